// A share of a simulated fleet on a thread of its own: runs its nodes up to a virtual time and
// hands the frames over.
//
// Frames travel in batches, one per step of virtual time, in one buffer: head of 24 bytes (time in
// microseconds f64, publisher u32, size u32, order u32, unused u32), then the frame padded to a
// multiple of 8.
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/error.ts";
import { LIMIT_ADC_BLOCK_SIZE } from "../base/spec.ts";
import { NodeFault, WasmNode } from "./wasm-node.ts";

export const BATCH_HEAD_SIZE = 24;

export interface FleetMember {
  publisherId: number;
  config: Uint8Array;
  /** Index into `signals`. */
  signal: number;
  firstSample: number;
  /** When the node starts, microseconds of virtual time. */
  startUs: number;
}

export interface FleetShare {
  module: WebAssembly.Module;
  memorySizeBytes: number;
  members: FleetMember[];
  /** ADC counts, shared by all workers. */
  signals: SharedArrayBuffer[];
}

export interface FleetBatch {
  untilUs: number;
  buffer: ArrayBuffer;
  size: number;
  frames: number;
}

/** What a worker says instead of a batch when one of its nodes has stopped with a fault. */
export interface FleetFault {
  fault: string;
}

interface Running {
  member: FleetMember;
  node: WasmNode;
  ticks: number;
  isDone: boolean;
}

/** Grows by doubling; frames of one step. */
class BatchWriter {
  #buffer = new ArrayBuffer(1 << 20);
  #size = 0;
  #frames = 0;

  put(timeUs: number, publisherId: number, frame: Uint8Array): void {
    const end = this.#size + BATCH_HEAD_SIZE + ((frame.length + 7) & ~7);
    if (end > this.#buffer.byteLength) this.#grow(end);
    const head = new DataView(this.#buffer, this.#size, BATCH_HEAD_SIZE);
    head.setFloat64(0, timeUs, true);
    head.setUint32(8, publisherId, true);
    head.setUint32(12, frame.length, true);
    head.setUint32(16, this.#frames, true);
    new Uint8Array(this.#buffer).set(frame, this.#size + BATCH_HEAD_SIZE);
    this.#size = end;
    this.#frames++;
  }

  take(untilUs: number): FleetBatch {
    const batch = { untilUs, buffer: this.#buffer, size: this.#size, frames: this.#frames };
    this.#buffer = new ArrayBuffer(this.#buffer.byteLength);
    this.#size = 0;
    this.#frames = 0;
    return batch;
  }

  #grow(end: number): void {
    let size = this.#buffer.byteLength;
    while (size < end) size *= 2;
    const larger = new ArrayBuffer(size);
    new Uint8Array(larger).set(new Uint8Array(this.#buffer));
    this.#buffer = larger;
  }
}

function main(share: FleetShare): void {
  const port = parentPort;
  assert(port, "runs as a worker");
  const batch = new BatchWriter();
  let nowUs = 0;
  const fleet: Running[] = share.members.map((member) => ({
    member,
    ticks: 0,
    isDone: false,
    node: new WasmNode({
      module: share.module,
      memorySizeBytes: share.memorySizeBytes,
      config: member.config,
      samples: new Int16Array(share.signals[member.signal] as SharedArrayBuffer),
      firstSample: member.firstSample,
      onFrame: (frame) => {
        batch.put(nowUs, member.publisherId, frame);
        return 0;
      },
    }),
  }));
  port.on("message", (untilUs: number) => {
    for (const running of fleet) {
      const { node, member } = running;
      const tickUs = (LIMIT_ADC_BLOCK_SIZE * 1e6) / node.sampleRateHz;
      for (;;) {
        const atUs = member.startUs + Math.round((running.ticks + 1) * tickUs);
        if (atUs > untilUs || running.isDone) break;
        running.ticks++;
        nowUs = atUs;
        try {
          running.isDone = !node.tick();
        } catch (error) {
          if (!(error instanceof NodeFault)) throw error;
          const fault = `node ${member.publisherId}: ${error.message}`;
          port.postMessage({ fault } satisfies FleetFault);
          return;
        }
      }
    }
    const done = batch.take(untilUs);
    port.postMessage(done, [done.buffer]);
  });
}

if (parentPort) main(workerData as FleetShare);
