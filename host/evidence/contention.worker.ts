// One of the workers that contend on a map: runs the loop under V8's sampling profiler.
//
// V8 tells of a Wasm frame which function it is, by its name in the module, and not which line: a
// frame's line is that of the function.
import { Session } from "node:inspector/promises";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/error.ts";
import type { Frame, SampledStack } from "./flame-graph.ts";
import { declarationOf } from "./source-frames.ts";

export interface ContentionTask {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Workers that are ready; they begin together. */
  gate: Int32Array;
  agent: number;
  workers: number;
  keys: number;
  durationMs: number;
}

export interface ContentionResult {
  map: number;
  rounds: number;
  torn: number;
  stacks: SampledStack[];
}

interface Program {
  contentionInit(keys: number, agents: number): number;
  contentionMap(agents: number): number;
  contentionRun(map: number, agent: number, count: number, keys: number, seed: number): number;
}

const INTERVAL_US = 250;
const ROUNDS = 2000;
const ROUNDS_MAX = 200_000_000;

const { module, memory, gate, agent, workers, keys, durationMs }: ContentionTask = workerData;
const fault = (kind: number, _file: number, line: number): never => {
  throw new Error(`core: fault ${kind} at line ${line}`);
};
const instance = new WebAssembly.Instance(module, { env: { memory }, port: { fault } });
const program = instance.exports as unknown as Program;
if (agent === 0) assert(program.contentionInit(keys, workers) > 0, "the memory holds the map");
const map = program.contentionMap(workers);

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.setSamplingInterval", { interval: INTERVAL_US });
pass();
await session.post("Profiler.start");
const end = performance.now() + durationMs;
let rounds = 0;
let torn = 0;
while (performance.now() < end && rounds < ROUNDS_MAX) {
  torn += program.contentionRun(map, agent, ROUNDS, keys, 1 + agent + rounds);
  rounds += ROUNDS;
}
const { profile } = await session.post("Profiler.stop");
session.disconnect();
parentPort?.postMessage({ map, rounds, torn, stacks: stacksOf() } satisfies ContentionResult);

/** Waits until all workers are here. */
function pass(): void {
  Atomics.add(gate, 0, 1);
  Atomics.notify(gate, 0);
  for (let here = Atomics.load(gate, 0); here < workers; here = Atomics.load(gate, 0)) {
    Atomics.wait(gate, 0, here, 1000);
  }
}

/** One stack for each node of the profile that was on top, with the time of its samples. */
function stacksOf(): SampledStack[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map<number, number>();
  for (const node of profile.nodes) {
    for (const child of node.children ?? []) parents.set(child, node.id);
  }
  const times = new Map<number, number>();
  profile.samples?.forEach((id, i) => {
    times.set(id, (times.get(id) ?? 0) + Math.max(0, profile.timeDeltas?.[i] ?? 0));
  });
  return [...times].flatMap(([id, weight]) => {
    const frames: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const { functionName, url } = nodes.get(at)?.callFrame ?? { functionName: "", url: "" };
      if (!url.startsWith("wasm://")) continue;
      const name = functionName.replace(/^\w+-to-wasm:.*/, "");
      if (name !== "") frames.unshift({ name, ...declarationOf(name) });
    }
    // Without a Wasm frame it is the worker itself: loader, garbage collector, profiler.
    return frames.length === 0 || weight === 0 ? [] : [{ frames, weight }];
  });
}
