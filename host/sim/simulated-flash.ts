// NOR flash in memory: erased in blocks, programmed once, and its power may fail in any operation.
//
// It keeps the rules that a careless log would break: a program touches no byte that is programmed
// already, offsets and sizes are multiples of 8, an erase takes a whole block. Breaking one is
// STATUS_DEVICE, and nothing has changed. Flash without ECC does not notice a second program: it
// only sets no bit (`isPlain`).
import { assert } from "../base/error.ts";
import { STATUS_DEVICE, STATUS_OK } from "../base/spec.ts";

const ERASED = 0xff;
const UNIT_SIZE = 8;

/** What is about to happen: the bytes from `at` on will be `bytes`. */
export interface FlashOperation {
  kind: "program" | "erase";
  at: number;
  bytes: Uint8Array;
}

export class SimulatedFlash {
  /** The content, as it is now. */
  readonly bytes: Uint8Array;
  readonly blockSize: number;
  /** True: programming twice is not refused, what is there then is both, ANDed. */
  isPlain = false;
  /** Erases of each block. */
  readonly eraseCounts: number[];
  /**
   * Called before each operation that changes something; it may change `bytes` as a torn operation
   * leaves them, and throw: the power is gone.
   */
  onOperation: (operation: FlashOperation) => void = () => {};

  /** Erased, or with the content of another one. */
  constructor(size: number, blockSize: number, content?: Uint8Array) {
    assert(size % blockSize === 0 && blockSize % UNIT_SIZE === 0, "whole blocks of whole units");
    this.bytes = content ? Uint8Array.from(content) : new Uint8Array(size).fill(ERASED);
    assert(this.bytes.length === size, "content is as large as the flash");
    this.blockSize = blockSize;
    this.eraseCounts = new Array<number>(size / blockSize).fill(0);
  }

  get size(): number {
    return this.bytes.length;
  }

  read(at: number, target: Uint8Array): number {
    if (at < 0 || at + target.length > this.size) return STATUS_DEVICE;
    target.set(this.bytes.subarray(at, at + target.length));
    return STATUS_OK;
  }

  program(at: number, source: Uint8Array): number {
    if (at < 0 || at + source.length > this.size) return STATUS_DEVICE;
    if (at % UNIT_SIZE !== 0 || source.length % UNIT_SIZE !== 0) return STATUS_DEVICE;
    const target = this.bytes.subarray(at, at + source.length);
    if (!this.isPlain && target.some((byte) => byte !== ERASED)) return STATUS_DEVICE;
    const bytes = Uint8Array.from(source, (byte, i) => byte & (target[i] as number));
    this.onOperation({ kind: "program", at, bytes });
    target.set(bytes);
    return STATUS_OK;
  }

  erase(at: number): number {
    if (at < 0 || at >= this.size || at % this.blockSize !== 0) return STATUS_DEVICE;
    const bytes = new Uint8Array(this.blockSize).fill(ERASED);
    this.onOperation({ kind: "erase", at, bytes });
    this.bytes.set(bytes, at);
    const block = at / this.blockSize;
    this.eraseCounts[block] = (this.eraseCounts[block] as number) + 1;
    return STATUS_OK;
  }
}

/**
 * The imports of assembly/flash/port.ts over `flash`, or over none. `region` gives the bytes of
 * linear memory that the port may touch.
 */
export function flashPort(
  flash: SimulatedFlash | undefined,
  region: (offset: number, size: number) => Uint8Array,
): Record<string, (...words: number[]) => number> {
  return {
    flashSize: () => flash?.size ?? 0,
    flashBlockSize: () => flash?.blockSize ?? 0,
    flashRead: (at = 0, target = 0, size = 0) =>
      flash?.read(at, region(target, size)) ?? STATUS_DEVICE,
    flashProgram: (at = 0, source = 0, size = 0) =>
      flash?.program(at, region(source, size)) ?? STATUS_DEVICE,
    flashErase: (at = 0) => flash?.erase(at) ?? STATUS_DEVICE,
  };
}
