// Walks over all keys, of the map as it is or of a cut, by cursors in the agent's scratch area.
import { MAP_HEAD_VALUE_CURSORS } from "../base/spec.ts";
import { MapError } from "./map-error.ts";
import { closedCore, type MapCore } from "./program.ts";
import type { MapKey, Scratch } from "./scratch.ts";

export class Walks {
  readonly #scratch: Scratch;
  #core: MapCore;
  /** One bit a cursor; walks need not end in the order in which they began. */
  #free = (1 << MAP_HEAD_VALUE_CURSORS) - 1;

  constructor(core: MapCore, scratch: Scratch) {
    this.#core = core;
    this.#scratch = scratch;
  }

  /**
   * Calls `visit` for each key until it answers false. The agent is pinned, or holds the cut, all
   * the time; `goesOn` throws when it does no longer. Errors: BUSY if too many walks are under way.
   */
  forEach(
    isCut: boolean,
    visit: (key: MapKey, offset: number) => unknown,
    goesOn: () => void = () => {},
  ): void {
    const index = this.#begin(isCut);
    try {
      for (;;) {
        goesOn();
        const offset = this.#core.walkOn(index);
        if (offset === 0 || visit(this.#scratch.cursorKey(index), offset) === false) return;
      }
    } finally {
      this.#free |= 1 << index;
    }
  }

  /** The same as a sequence of keys and what `valueAt` makes of the offset. */
  *entries<Value>(
    isCut: boolean,
    valueAt: (offset: number) => Value,
    goesOn: () => void = () => {},
  ): Generator<[MapKey, Value]> {
    const index = this.#begin(isCut);
    try {
      for (;;) {
        goesOn();
        const offset = this.#core.walkOn(index);
        if (offset === 0) return;
        yield [this.#scratch.cursorKey(index), valueAt(offset)];
      }
    } finally {
      this.#free |= 1 << index;
    }
  }

  /** From here on a walk that goes on throws CLOSED. */
  close(): void {
    this.#core = closedCore;
  }

  #begin(isCut: boolean): number {
    if (this.#free === 0) {
      throw new MapError("BUSY", `${MAP_HEAD_VALUE_CURSORS} walks are under way already`);
    }
    const index = 31 - Math.clz32(this.#free);
    this.#core.walkBegin(index, isCut ? 1 : 0);
    this.#free &= ~(1 << index);
    return index;
  }
}
