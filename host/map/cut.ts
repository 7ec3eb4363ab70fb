// A cut: the whole map as it was at one moment, read in place while others go on changing it.
import type { EntryMap } from "./entry-map.ts";
import { closed, statusError } from "./map-error.ts";
import type { MapCore } from "./program.ts";
import type { MapKey, Scratch } from "./scratch.ts";
import type { Walks } from "./walk.ts";

/**
 * Made by EntryMap.cut, used by that thread. Offsets are good until it closes. Everything throws
 * CLOSED afterwards. `using cut = map.cut()`, or close().
 */
export class Cut implements Disposable {
  readonly #map: EntryMap;
  readonly #core: MapCore;
  readonly #scratch: Scratch;
  readonly #walks: Walks;
  #isOpen = true;

  /** For EntryMap alone. */
  constructor(map: EntryMap, core: MapCore, scratch: Scratch, walks: Walks) {
    this.#map = map;
    this.#core = core;
    this.#scratch = scratch;
    this.#walks = walks;
  }

  /** A copy of the value that `key` had, undefined if it was absent. */
  load(key: MapKey): Uint8Array | undefined {
    const offset = this.offsetOf(key);
    return offset === 0 ? undefined : this.#copyAt(offset);
  }

  /** The offset of that value, 0 if the key was absent. */
  offsetOf(key: MapKey): number {
    this.#goesOn();
    const scratch = this.#scratch;
    const keySize = scratch.putKey(key);
    const offset = this.#core.cutFind(keySize, scratch.low, scratch.high);
    if (offset < 0) throw statusError(offset);
    return offset;
  }

  /** Calls `visit` for each key there was, with a copy of its value, until it answers false. */
  range(visit: (key: MapKey, value: Uint8Array) => unknown): void {
    this.forEachOffset((key, offset) => visit(key, this.#copyAt(offset)));
  }

  /** The same with the value's offset. No allocation for numbers as keys. */
  forEachOffset(visit: (key: MapKey, offset: number) => unknown): void {
    this.#walks.forEach(true, visit, () => this.#goesOn());
  }

  /** Keys and copies of their values. */
  *[Symbol.iterator](): Generator<[MapKey, Uint8Array]> {
    this.#goesOn();
    yield* this.#walks.entries(
      true,
      (offset) => this.#copyAt(offset),
      () => this.#goesOn(),
    );
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#core.cutClose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #copyAt(offset: number): Uint8Array {
    return this.#scratch.copy(offset, this.#map.sizeOf(offset));
  }

  #goesOn(): void {
    if (!this.#isOpen) throw closed("cut");
  }
}
