// The threads of the benchmark and the memory that they share.
//
// 0x100000 a page of scratch for each thread · 0x180000 gate, ping-pong words, control array ·
// 0x400000 the map of the case at hand · growth has its times behind the map.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MessageChannel, type Worker } from "node:worker_threads";
import { packageRoot } from "../../../host/base/package.ts";
import { startWorker } from "../../../host/base/worker.ts";
import { compileWasm } from "../../../host/build/wasm.ts";
import type { AgentAnswer, AgentCall, AgentTask } from "./agent.worker.ts";

/** Exports of test/core/map/loops.ts. */
export interface Loops {
  mapSize(capacity: number, arenaSize: number, agents: number): number;
  mapInit(map: number, capacity: number, arenaSize: number, agents: number): number;
  mapLen(map: number): number;
  mapArenaUsed(map: number): number;
  mapReclaim(map: number, agent: number): number;
  mapPin(map: number, agent: number): void;
  mapUnpin(map: number, agent: number): void;
  mapLoadBytes(map: number, agent: number, key: number, keySize: number): number;
  mapStoreBytes(
    map: number,
    agent: number,
    key: number,
    keySize: number,
    source: number,
    size: number,
  ): number;
  loadLow(map: number, agent: number, key: number): number;
  storeLow(map: number, agent: number, key: number, source: number, size: number): number;
  deleteLow(map: number, agent: number, key: number): number;
  fill(map: number, agent: number, first: number, count: number, source: number): number;
  fillPlain(map: number, agent: number, source: number): number;
}

const PAGES = 4096;
export const SCRATCH = 0x100000;
export const SCRATCH_SIZE = 0x10000;
/** Where a thread's cursor lies in its scratch. */
export const CURSOR = 0x8000;
const GATE = 0x180000;
export const PING_WORDS = 0x181000;
export const CONTROL_ARRAY = 0x190000;
export const MAP = 0x400000;
/** The least memory behind which growth puts its times. */
export const TIMES = 0xd000000;

export function instantiateLoops(module: WebAssembly.Module, memory: WebAssembly.Memory): Loops {
  const fault = (kind: number, _file: number, line: number, column: number): never => {
    throw new Error(`core fault ${kind} at line ${line}:${column}`);
  };
  const now = () => performance.now() * 1e6;
  const instance = new WebAssembly.Instance(module, { env: { memory }, port: { fault, now } });
  return instance.exports as unknown as Loops;
}

/** Scratch of a thread, whose number is that of its agent too. */
export function scratchOf(agent: number): number {
  return SCRATCH + agent * SCRATCH_SIZE;
}

export class Agents {
  readonly memory: WebAssembly.Memory;
  /** An instance of the main thread's, for what is not measured. */
  readonly loops: Loops;
  readonly #workers: Worker[];
  #calls = 0;

  private constructor(memory: WebAssembly.Memory, loops: Loops, workers: Worker[]) {
    this.memory = memory;
    this.loops = loops;
    this.#workers = workers;
  }

  /** Compiles the loops and starts as many threads, each on a processor of its own. */
  static async start(threads: number): Promise<Agents> {
    const output = join(packageRoot, "build/bench/map-loops.wasm");
    const entry = join(packageRoot, "test/core/map/loops.ts");
    await compileWasm({ entry, target: "gateway", output, pages: PAGES });
    const module = new WebAssembly.Module(readFileSync(output));
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
    const loops = instantiateLoops(module, memory);
    const url = new URL("./agent.worker.ts", import.meta.url);
    const workers: Worker[] = [];
    for (let cpu = 0; cpu < threads; cpu++) {
      const task: AgentTask = { module, memory, cpu, gate: GATE / 4 };
      const worker = startWorker(url, task);
      workers.push(worker);
      await messageOf(worker);
    }
    return new Agents(memory, loops, workers);
  }

  /** Lays a new map out at MAP, over cleared memory that has been touched. */
  newMap(capacity: number, arenaSize: number, agents = 2, at = MAP): number {
    const size = this.loops.mapSize(capacity, arenaSize, agents);
    if (size <= 0 || at + size > this.memory.buffer.byteLength) throw new Error(`map of ${size}`);
    new Uint8Array(this.memory.buffer, at, size).fill(0);
    const status = this.loops.mapInit(at, capacity, arenaSize, agents);
    if (status !== 0) throw new Error(`mapInit: ${status}`);
    return at;
  }

  /** Runs a loop on one thread: its nanoseconds and its answer. */
  async call(thread: number, name: string, ...args: (number | string)[]) {
    this.#calls++;
    const answer = await this.#send(thread, { name, args, until: this.#calls });
    return { ns: answer.ended - answer.began, result: answer.result, switches: answer.switches };
  }

  /** Runs a loop on threads 0 to n - 1 that begin together; until the last has ended. */
  async together(name: string, argsOf: (number | string)[][]) {
    this.#calls += argsOf.length;
    const until = this.#calls;
    const answers = await Promise.all(
      argsOf.map((args, thread) => this.#send(thread, { name, args, until })),
    );
    const began = Math.min(...answers.map((answer) => answer.began));
    const ended = Math.max(...answers.map((answer) => answer.ended));
    const switches = answers.reduce((sum, answer) => sum + answer.switches, 0);
    return { ns: ended - began, switches };
  }

  /** Lets thread 0 own a Map that thread 1 can ask. */
  link(): void {
    const { port1, port2 } = new MessageChannel();
    this.#workers[0]!.postMessage({ port: port1, isOwner: true }, [port1]);
    this.#workers[1]!.postMessage({ port: port2, isOwner: false }, [port2]);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  async #send(thread: number, call: AgentCall): Promise<AgentAnswer> {
    const worker = this.#workers[thread]!;
    const waiting = messageOf(worker);
    worker.postMessage(call);
    const answer = (await waiting) as AgentAnswer;
    if (answer.error !== undefined) throw new Error(`${call.name}: ${answer.error}`);
    const { result } = answer;
    if (typeof result === "number" && result < 0 && !/loadLoop|controlLoop/.test(call.name)) {
      throw new Error(`${call.name}: status ${result}`);
    }
    return answer;
  }
}

/** Whether threads can be pinned here; else why not. */
export function pinningFailure(): string | undefined {
  try {
    execFileSync("taskset", ["-p", String(process.pid)], { stdio: "pipe" });
    return undefined;
  } catch {
    return "no taskset here (Debian: util-linux)";
  }
}

function messageOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (message) => {
      worker.off("error", reject);
      resolve(message);
    });
  });
}
