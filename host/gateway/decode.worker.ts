// Decode worker: the core, fed from the frame ring; the shared memory's only writer.
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/error.ts";
import { type GatewayCore, instantiateCore } from "./core.ts";
import { FrameRing } from "./frame-ring.ts";
import { GatewayState } from "./state.ts";

export interface DecodeTask {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
}

/** First and only message: offset of the state. */
export interface DecodeReady {
  state: number;
}

const { module, memory }: DecodeTask = workerData;
const core: GatewayCore = instantiateCore(module, memory);
const state = core.init(memory.buffer.byteLength);
assert(state > 0, "the gateway's memory holds its regions");
parentPort?.postMessage({ state } satisfies DecodeReady);

const buffer = memory.buffer as unknown as SharedArrayBuffer;
const ring = new FrameRing(buffer, new GatewayState(buffer, state, 0, []).ring);
ring.drain((offset, size, timeMs) => {
  core.frameIngest(offset, size, timeMs);
});
