// An agent's scratch area: where keys and values stand while an operation of the core runs.
//
// A key is a number, a bigint, a string or bytes. Numbers travel as two halves in `low` and `high`,
// because a bigint argument costs a call into Wasm some 50 ns. Short ASCII strings are written by
// their characters, which takes less than a call of TextEncoder. A string is its UTF-8 bytes,
// so it is the same key as these bytes; lone surrogates are U+FFFD.
import { isUtf8 } from "node:buffer";
import {
  LIMIT_KEY_SIZE_MAX,
  LIMIT_VALUE_SIZE_MAX,
  MAP_CURSOR_KEY,
  MAP_CURSOR_KEY_SIZE,
  MAP_HEAD_VALUE_CURSOR_SIZE,
  MAP_SCRATCH_CURSORS,
  MAP_SCRATCH_KEY,
  MAP_SCRATCH_OLD,
  MAP_SCRATCH_VALUE,
} from "../base/spec.ts";
import { MapError } from "./map-error.ts";

/**
 * A whole number from 0 to 2^53 - 1, a bigint from 0 to 2^64 - 1 (5 and 5n are one key), a string
 * or up to 4,096 bytes ("a" and [97] are one key, and none of the numbers).
 */
export type MapKey = number | bigint | string | Uint8Array;

/** keySize of a number. */
const INTEGER = -1;
/** Characters up to which a string is written by its characters. */
const SHORT = 32;
/** Bytes up to which a loop is faster than a call of set or slice. */
const SMALL = 64;
const TWO_32 = 0x1_0000_0000;
const BIGINT_LIMIT = 1n << 64n;

const encoder = new TextEncoder();
const halvesKey = new BigUint64Array(1);
const halves = new Uint32Array(halvesKey.buffer);

export class Scratch {
  /** Halves of the key that putKey was given last, if it was a number. */
  low = 0;
  high = 0;
  readonly #bytes: Uint8Array;
  readonly #text: Buffer;
  readonly #words: Int32Array;
  readonly #key: number;
  readonly #value: number;
  readonly #old: number;
  readonly #cursors: number;

  constructor(buffer: ArrayBufferLike, offset: number) {
    this.#bytes = new Uint8Array(buffer);
    this.#text = Buffer.from(buffer as SharedArrayBuffer);
    this.#words = new Int32Array(buffer);
    this.#key = offset + MAP_SCRATCH_KEY;
    this.#value = offset + MAP_SCRATCH_VALUE;
    this.#old = offset + MAP_SCRATCH_OLD;
    this.#cursors = offset + MAP_SCRATCH_CURSORS;
  }

  /** Puts a key where the core looks for it; its keySize. Errors: BAD_KEY, TOO_LONG. */
  putKey(key: MapKey): number {
    if (typeof key === "number") return this.#putNumber(key);
    if (typeof key === "string") return this.#putString(key);
    if (typeof key === "bigint") return this.#putBigint(key);
    return this.#put(key, this.#key, LIMIT_KEY_SIZE_MAX, "key");
  }

  /** Puts a new value; its size. Errors: TOO_LONG; too short a one is the core's to refuse. */
  putValue(value: Uint8Array): number {
    return this.#put(value, this.#value, LIMIT_VALUE_SIZE_MAX, "value");
  }

  /** Puts a value to compare with. A longer one than there can be equals none. */
  putOld(old: Uint8Array): number {
    if (old.length > LIMIT_VALUE_SIZE_MAX) return LIMIT_VALUE_SIZE_MAX + 1;
    return this.#put(old, this.#old, LIMIT_VALUE_SIZE_MAX, "value");
  }

  /** A copy of the value that the core answered with. */
  takeOld(size: number): Uint8Array {
    return this.copy(this.#old, size);
  }

  /** A copy of `size` bytes at `offset` of the memory. */
  copy(offset: number, size: number): Uint8Array {
    if (size > SMALL) return this.#bytes.slice(offset, offset + size);
    const copy = new Uint8Array(size);
    for (let i = 0; i < size; i++) copy[i] = this.#bytes[offset + i] as number;
    return copy;
  }

  /**
   * The key at cursor `index`: a number if it is a safe one, else a bigint; bytes as a string, or
   * as they are if they are no UTF-8. Given back to any operation it finds the same entry.
   */
  cursorKey(index: number): MapKey {
    const cursor = this.#cursors + index * MAP_HEAD_VALUE_CURSOR_SIZE;
    const size = this.#words[(cursor + MAP_CURSOR_KEY_SIZE) >> 2] as number;
    const first = (this.#words[(cursor + MAP_CURSOR_KEY) >> 2] as number) >>> 0;
    if (size !== INTEGER) return this.#textAt(first, size);
    const second = (this.#words[(cursor + MAP_CURSOR_KEY + 4) >> 2] as number) >>> 0;
    if (second < 1 << 21) return second * TWO_32 + first;
    return (BigInt(second) << 32n) | BigInt(first);
  }

  #textAt(offset: number, size: number): string | Uint8Array {
    const text = this.#text.toString("utf8", offset, offset + size);
    if (!text.includes("\ufffd")) return text;
    const bytes = this.copy(offset, size);
    return isUtf8(bytes) ? text : bytes;
  }

  #putNumber(key: number): number {
    if (!Number.isSafeInteger(key) || key < 0) {
      throw new MapError("BAD_KEY", `the key ${key} is no whole number from 0 to 2^53 - 1`);
    }
    this.low = key >>> 0;
    this.high = (key - this.low) / TWO_32;
    return INTEGER;
  }

  #putBigint(key: bigint): number {
    if (key < 0n || key >= BIGINT_LIMIT) {
      throw new MapError("BAD_KEY", `the key ${key}n is not from 0 to 2^64 - 1`);
    }
    halvesKey[0] = key;
    this.low = halves[0] as number;
    this.high = halves[1] as number;
    return INTEGER;
  }

  /** Four characters at a time: one store for a word, one look at all whether they are ASCII. */
  #putString(key: string): number {
    const length = key.length;
    if (length > SHORT) return this.#encode(key);
    const words = this.#words;
    let at = this.#key >> 2;
    let all = 0;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      const a = key.charCodeAt(i);
      const b = key.charCodeAt(i + 1);
      const c = key.charCodeAt(i + 2);
      const d = key.charCodeAt(i + 3);
      all |= a | b | c | d;
      words[at++] = a | (b << 8) | (c << 16) | (d << 24);
    }
    let last = 0;
    for (let shift = 0; i < length; i++, shift += 8) {
      const code = key.charCodeAt(i);
      all |= code;
      last |= code << shift;
    }
    words[at] = last;
    return all > 0x7f ? this.#encode(key) : length;
  }

  #encode(key: string): number {
    const target = this.#bytes.subarray(this.#key, this.#key + LIMIT_KEY_SIZE_MAX);
    const { read, written } = encoder.encodeInto(key, target);
    if (read < key.length) throw tooLong("key", Buffer.byteLength(key), LIMIT_KEY_SIZE_MAX);
    return written;
  }

  #put(source: Uint8Array, at: number, limit: number, what: string): number {
    const size = source.length;
    if (size > limit) throw tooLong(what, size, limit);
    if (size > SMALL) this.#bytes.set(source, at);
    else for (let i = 0; i < size; i++) this.#bytes[at + i] = source[i] as number;
    return size;
  }
}

function tooLong(what: string, size: number, limit: number): MapError {
  return new MapError("TOO_LONG", `a ${what} of ${size} bytes, ${limit} are the most`);
}
