// A pin: what this thread has read in place stays as it is until the pin closes.
import type { EntryMap } from "./entry-map.ts";
import { closed } from "./map-error.ts";
import type { MapKey } from "./scratch.ts";

/** An object that closes itself at the end of a `using` block. */
export interface Pin extends Disposable {
  /**
   * Offset of the value of `key`, 0 if absent: its bytes are map.u8[offset] to
   * map.u8[offset + map.sizeOf(offset) - 1], it starts on a multiple of 16, and nobody changes it
   * while the pin is open. Errors: CLOSED. No allocation.
   */
  load(key: MapKey): number;
  /** A view of the value in place, good while the pin is open. Allocates the view, some 50 ns. */
  view(key: MapKey): Uint8Array | undefined;
  close(): void;
}

/** For EntryMap alone. */
export class MapPin implements Pin {
  readonly #map: EntryMap;
  isOpen = false;

  constructor(map: EntryMap) {
    this.#map = map;
  }

  load(key: MapKey): number {
    if (!this.isOpen) throw closed("pin");
    return this.#map.offsetOf(key);
  }

  view(key: MapKey): Uint8Array | undefined {
    const offset = this.load(key);
    return offset === 0 ? undefined : this.#map.view(offset);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#map.unpin();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
