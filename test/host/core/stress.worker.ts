// One agent of stress.test.ts: an instance of the core over the shared memory.
import { parentPort, workerData } from "node:worker_threads";
import { instantiate } from "./program.ts";

export interface StressTask {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  map: number;
  region: number;
  scratch: number;
  /** -1 writes; from 0 on: the reader's number. */
  reader: number;
  count: number;
  keys: number;
  /** Word that all agents wait for, so that they run together. */
  gate: number;
}

const task: StressTask = workerData;
const core = instantiate(task.module, task.memory);
const words = new Int32Array(task.memory.buffer);
parentPort?.postMessage("ready");
Atomics.wait(words, task.gate / 4, 0);
const result =
  task.reader < 0
    ? core.writeLoop(task.map, task.region, task.scratch, task.count, task.keys, 12345)
    : core.readLoop(task.map, task.region, task.reader, task.count, task.keys);
parentPort?.postMessage(result);
