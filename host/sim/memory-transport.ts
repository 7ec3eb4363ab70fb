// A transport without a network: simulated nodes in this process hand their frames over directly.
import {
  type Clock,
  type FrameListener,
  systemClock,
  type Transport,
  type TransportCounters,
  zeroCounters,
} from "../link/transport.ts";

export class MemoryTransport implements Transport {
  readonly name = "memory";
  readonly isSimulated = true;
  readonly #clock: Clock;
  readonly #counters = zeroCounters();
  #onFrame: FrameListener | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  open(onFrame: FrameListener): Promise<void> {
    this.#onFrame = onFrame;
    return Promise.resolve();
  }

  /**
   * A node's frame arrives; it belongs to the receiver from now on. Before open and after close it
   * is lost.
   */
  deliver(frame: Uint8Array): void {
    if (!this.#onFrame) return;
    this.#counters.received++;
    this.#counters.receivedBytes += frame.length;
    this.#onFrame(frame, this.#clock.nowMs());
  }

  /** Simulated nodes do not listen; counted as refused. */
  write(_frame: Uint8Array): Promise<void> {
    this.#counters.refused++;
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#onFrame = undefined;
    return Promise.resolve();
  }

  counters(): TransportCounters {
    return { ...this.#counters };
  }
}
