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

/** Places in FleetShare's `turn`. */
export const TURN_PUBLISHER_ID = 0;
export const TURN_MOVES = 1;
export const TURN_COUNT = 2;

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
  /** Int32Array of TURN_COUNT: who runs and a count of the worker's moves, written by it. */
  turn: SharedArrayBuffer;
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
  /** Of the instruction, bytes from the module's begin, if `fault` does not tell its place. */
  offset?: number;
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

/** The nodes of one share and the frames they have sent since the last step. */
class Share {
  readonly #batch = new BatchWriter();
  readonly #share: FleetShare;
  #fleet: Running[] = [];
  #nowUs = 0;
  readonly #turn: Int32Array;

  constructor(share: FleetShare) {
    this.#share = share;
    this.#turn = new Int32Array(share.turn);
  }

  /** Whose turn it is; a fault is its. */
  get publisherId(): number {
    return this.#turn[TURN_PUBLISHER_ID] as number;
  }

  /** Runs every node to that time; throws NodeFault if one stops. */
  step(untilUs: number): FleetBatch {
    if (this.#fleet.length === 0) this.#fleet = this.#share.members.map((m) => this.#start(m));
    for (const running of this.#fleet) {
      const { node, member } = running;
      const tickUs = (LIMIT_ADC_BLOCK_SIZE * 1e6) / node.sampleRateHz;
      for (;;) {
        const atUs = member.startUs + Math.round((running.ticks + 1) * tickUs);
        if (atUs > untilUs || running.isDone) break;
        running.ticks++;
        this.#nowUs = atUs;
        this.#enter(member.publisherId);
        running.isDone = !node.tick();
      }
    }
    Atomics.add(this.#turn, TURN_MOVES, 1);
    return this.#batch.take(untilUs);
  }

  /**
   * Says who runs now. Order: relaxed would do; the reader in fleet.ts looks once in seconds and
   * reads nothing else by it.
   */
  #enter(publisherId: number): void {
    Atomics.store(this.#turn, TURN_PUBLISHER_ID, publisherId);
    Atomics.add(this.#turn, TURN_MOVES, 1);
  }

  #start(member: FleetMember): Running {
    this.#enter(member.publisherId);
    const { module, memorySizeBytes, signals } = this.#share;
    const node = new WasmNode({
      module,
      memorySizeBytes,
      config: member.config,
      samples: new Int16Array(signals[member.signal] as SharedArrayBuffer),
      firstSample: member.firstSample,
      onFrame: (frame) => {
        this.#batch.put(this.#nowUs, member.publisherId, frame);
        return 0;
      },
    });
    return { member, node, ticks: 0, isDone: false };
  }
}

function main(task: FleetShare): void {
  const port = parentPort;
  assert(port, "runs as a worker");
  const share = new Share(task);
  port.on("message", (untilUs: number) => {
    try {
      const batch = share.step(untilUs);
      port.postMessage(batch, [batch.buffer]);
    } catch (error) {
      if (!(error instanceof NodeFault)) throw error;
      const fault = `node ${share.publisherId}: ${error.message}`;
      const { offset } = error;
      port.postMessage({ fault, ...(offset === undefined ? {} : { offset }) } satisfies FleetFault);
    }
  });
}

if (parentPort) main(workerData as FleetShare);
