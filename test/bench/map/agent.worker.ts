// One thread of the benchmark: an instance of the loops over the shared memory, pinned to a CPU.
//
// V8 gives no thread number, but /proc does, and taskset takes it. Calls of several threads begin
// together: each counts itself in and waits until all have.
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { instantiateLoops } from "./agents.ts";
import * as javascript from "./javascript-loops.ts";

export interface AgentTask {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  cpu: number;
  /** Index of the word at which threads count themselves in. */
  gate: number;
}

export interface AgentCall {
  name: string;
  args: (number | string)[];
  /** Calls counted in when all threads of this one are there. */
  until: number;
}

/** The port between two threads, one of which owns a Map. */
export interface AgentLink {
  port: MessagePort;
  isOwner: boolean;
}

export interface AgentAnswer {
  result: number | number[];
  /** Of the machine's clock, ns. */
  began: number;
  ended: number;
  /** How often the system took the thread off its processor meanwhile. */
  switches: number;
  error?: string;
}

const LINE_WORDS = 16;
const task: AgentTask = workerData;
const thread = /(\d+)$/.exec(readlinkSync("/proc/thread-self"))![1] as string;
execFileSync("taskset", ["-cp", String(task.cpu), thread]);

const core = instantiateLoops(task.module, task.memory);
const words = new Int32Array(task.memory.buffer);
const { scripts, link } = javascript.loopsOf(core, task.memory);

parentPort!.on("message", (call: AgentCall | AgentLink) => {
  if ("port" in call) {
    link(call.port, call.isOwner);
    return;
  }
  const loop = (scripts[call.name] ?? core[call.name as keyof typeof core]) as (
    ...args: (number | string)[]
  ) => javascript.Answer;
  void answer(loop, call);
});
parentPort!.postMessage("ready");

async function answer(
  loop: (...args: (number | string)[]) => javascript.Answer,
  call: AgentCall,
): Promise<void> {
  const reply: AgentAnswer = { result: 0, began: 0, ended: 0, switches: 0 };
  const before = involuntarySwitches();
  passGate(call.until);
  try {
    reply.began = Number(process.hrtime.bigint());
    const result = loop(...call.args);
    reply.result = typeof result === "object" && "then" in result ? await result : result;
    reply.ended = Number(process.hrtime.bigint());
    reply.switches = involuntarySwitches() - before;
  } catch (error) {
    reply.error = String(error);
  }
  parentPort!.postMessage(reply);
}

/** Sleeps until all are here, so that nobody has used up its time slice by then; then begins. */
function passGate(until: number): void {
  let arrived = Atomics.add(words, task.gate, 1) + 1;
  if (arrived === until) Atomics.notify(words, task.gate);
  for (; arrived < until; arrived = Atomics.load(words, task.gate)) {
    Atomics.wait(words, task.gate, arrived);
  }
  const second = task.gate + LINE_WORDS;
  Atomics.add(words, second, 1);
  while (Atomics.load(words, second) < until);
}

function involuntarySwitches(): number {
  const status = readFileSync("/proc/thread-self/status", "latin1");
  return Number(/^nonvoluntary_ctxt_switches:\s*(\d+)/m.exec(status)![1]);
}
