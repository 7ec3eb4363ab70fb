// The gateway's core on the calling thread, without queue or workers: for virtual time, where a
// queue would overflow.
//
// The same module and the same memory layout as the decode worker's; only who calls frameIngest
// differs.
import {
  FRAME_RING_FRAMES,
  LIMIT_FRAME_SIZE_MAX,
  RING_FRAME_BYTES,
  STATUS_TOO_LONG,
} from "../base/spec.ts";
import { createMemory, ensureCore, type GatewayCore, instantiateCore } from "./core.ts";
import type { StatusMessage } from "./messages.ts";
import { GatewayState } from "./state.ts";

export class DirectGateway {
  readonly #core: GatewayCore;
  readonly #bytes: Uint8Array;
  readonly #scratch: number;
  readonly #state: GatewayState;

  private constructor(module: WebAssembly.Module) {
    const memory = createMemory();
    this.#core = instantiateCore(module, memory);
    const state = this.#core.init(memory.buffer.byteLength);
    const buffer = memory.buffer as unknown as SharedArrayBuffer;
    this.#bytes = new Uint8Array(buffer);
    this.#state = new GatewayState(buffer, state, 0, []);
    // The ring is idle here; its first place holds the frame at hand.
    this.#scratch = this.#state.ring + FRAME_RING_FRAMES + RING_FRAME_BYTES;
  }

  /** Errors: COMPILE if the core does not build. */
  static async create(): Promise<DirectGateway> {
    return new DirectGateway(await ensureCore());
  }

  /**
   * Takes one Ethernet frame in; a status of spec/status.md. `nowMs`: since the gateway started.
   */
  ingest(frame: Uint8Array, nowMs: number): number {
    if (frame.length > LIMIT_FRAME_SIZE_MAX) return STATUS_TOO_LONG;
    this.#bytes.set(frame, this.#scratch);
    return this.#core.frameIngest(this.#scratch, frame.length, nowMs);
  }

  status(): StatusMessage {
    return this.#state.status();
  }
}
