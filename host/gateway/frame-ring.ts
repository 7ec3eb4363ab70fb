// The queue between link and decoder: one producer, one consumer, in the shared memory.
//
// The frames lie where the core reads them, so they are copied once, from the network's buffer.
// Full: the newest frame is dropped and counted (spec/gateway.md).
import {
  FRAME_RING_DROPPED,
  FRAME_RING_FRAMES,
  FRAME_RING_HEAD,
  FRAME_RING_STOP,
  FRAME_RING_TAIL,
  GATEWAY_VALUE_RING_COUNT,
  GATEWAY_VALUE_RING_FRAME_SIZE,
  RING_FRAME_BYTES,
  RING_FRAME_SIZE,
  RING_FRAME_TIME_MS,
} from "../base/spec.ts";

const HEAD = FRAME_RING_HEAD / 4;
const TAIL = FRAME_RING_TAIL / 4;
const DROPPED = FRAME_RING_DROPPED / 4;
const STOP = FRAME_RING_STOP / 4;

/**
 * Bytes of a frame that a place in the ring holds; of a longer one only so many are kept, and its
 * size tells.
 */
export const FRAME_BYTES_MAX = GATEWAY_VALUE_RING_FRAME_SIZE - RING_FRAME_BYTES;

/** The consumer wakes at least this often to look for STOP. */
const WAKE_MS = 250;

export class FrameRing {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #ring: number;

  /** `ring`: its offset in the shared memory. */
  constructor(buffer: SharedArrayBuffer, ring: number) {
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
    this.#ring = ring / 4;
  }

  /** Frames dropped because the ring was full. Any thread. */
  get dropped(): number {
    return Atomics.load(this.#words, this.#ring + DROPPED) >>> 0;
  }

  /** Frames that wait. Any thread. */
  get length(): number {
    const tail = Atomics.load(this.#words, this.#ring + TAIL);
    return (Atomics.load(this.#words, this.#ring + HEAD) - tail) >>> 0;
  }

  /** Puts a frame in; false and counted if the ring is full. Producer only. Never waits. */
  push(frame: Uint8Array, timeMs: number): boolean {
    const words = this.#words;
    // Order: acquire; pairs with the consumer's store of TAIL: it has left the place.
    const tail = Atomics.load(words, this.#ring + TAIL);
    const head = words[this.#ring + HEAD] as number;
    if ((head - tail) >>> 0 >= GATEWAY_VALUE_RING_COUNT) {
      Atomics.add(words, this.#ring + DROPPED, 1);
      return false;
    }
    const place = this.#place(head);
    const kept = frame.length <= FRAME_BYTES_MAX ? frame : frame.subarray(0, FRAME_BYTES_MAX);
    words[(place + RING_FRAME_SIZE) / 4] = frame.length;
    words[(place + RING_FRAME_TIME_MS) / 4] = timeMs;
    this.#bytes.set(kept, place + RING_FRAME_BYTES);
    // Order: release; pairs with the consumer's load of HEAD; the frame stands before it.
    Atomics.store(words, this.#ring + HEAD, (head + 1) | 0);
    Atomics.notify(words, this.#ring + HEAD, 1);
    return true;
  }

  /** Lets the consumer end once the ring is empty. */
  stop(): void {
    Atomics.store(this.#words, this.#ring + STOP, 1);
    Atomics.notify(this.#words, this.#ring + HEAD, 1);
  }

  /**
   * Hands each frame's offset, size and arrival to `take`, and sleeps between, until stop().
   * Consumer only.
   */
  drain(take: (offset: number, size: number, timeMs: number) => void): void {
    const words = this.#words;
    let tail = Atomics.load(words, this.#ring + TAIL);
    for (;;) {
      // Order: acquire; pairs with the producer's store of HEAD.
      const head = Atomics.load(words, this.#ring + HEAD);
      if (head === tail) {
        if (Atomics.load(words, this.#ring + STOP) === 1) return;
        Atomics.wait(words, this.#ring + HEAD, head, WAKE_MS);
        continue;
      }
      const place = this.#place(tail);
      const size = words[(place + RING_FRAME_SIZE) / 4] as number;
      const timeMs = words[(place + RING_FRAME_TIME_MS) / 4] as number;
      take(place + RING_FRAME_BYTES, size, timeMs);
      tail = (tail + 1) | 0;
      // Order: release; the frame has been read before its place is given back.
      Atomics.store(words, this.#ring + TAIL, tail);
    }
  }

  #place(index: number): number {
    const slot = index & (GATEWAY_VALUE_RING_COUNT - 1);
    return this.#ring * 4 + FRAME_RING_FRAMES + slot * GATEWAY_VALUE_RING_FRAME_SIZE;
  }
}
