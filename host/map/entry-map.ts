// The entry map for JavaScript: one object a thread, all over one shared memory.
//
//   const map = await EntryMap.create({ capacity: 1024, arenaSize: 1 << 20, agents: 4 });
//   new Worker(url, { workerData: map.handle });          // there: EntryMap.open(workerData)
//
// Any thread does anything at any time; none waits for another, not even for one that has died.
// What the operations mean is what Go's sync.Map says. An object belongs to the thread that made it
// and is one agent of the map. Two ways to read: `load` gives a copy, which is yours; `using pin =
// map.pin()` and `pin.load(key)` give an offset into `map.u8`, `map.f64` and so on, with no copy
// and no object, good until the pin closes. Refusals are a MapError, and the map is then as it was.
import { threadId } from "node:worker_threads";
import {
  MAP_BLOCK_SIZE,
  MAP_HEAD_VALUE_SCRATCH_SIZE,
  MAP_VALUE_BLOCK_HEADER_SIZE,
} from "../base/spec.ts";
import { Cut } from "./cut.ts";
import { closed, MapError, statusError } from "./map-error.ts";
import { MapPages, type PageOptions } from "./map-pages.ts";
import { MapPin, type Pin } from "./pin.ts";
import { closedCore, ensureMapProgram, instantiateMap, type MapCore, rulerOf } from "./program.ts";
import {
  allocateMemory,
  checkRegion,
  layRegion,
  Owners,
  planRegion,
  type Region,
} from "./region.ts";
import { type MapKey, Scratch } from "./scratch.ts";
import { type MapStats, readStats, retiredBytes } from "./stats.ts";
import { Walks } from "./walk.ts";

export { Cut } from "./cut.ts";
export { MapError, type MapErrorCode } from "./map-error.ts";
export { MapPages, type PageOptions, type PageStatus } from "./map-pages.ts";
export type { RestoreReport } from "./page-file.ts";
export type { Pin } from "./pin.ts";
export type { MapKey } from "./scratch.ts";
export type { MapStats } from "./stats.ts";

export interface MapOptions {
  /** Keys that the directory is sized for, 1 to 4,194,304; more make longer buckets. */
  capacity: number;
  /** Bytes for entries and values, a multiple of 16: some 44 more than key and value each. */
  arenaSize: number;
  /** Threads, objects of this class, that may use it at once, 1 to 64; 8 if not given. */
  agents?: number;
  /** Runs a program that refuses reads without a pin (UNPINNED); costs a comparison a read. */
  checked?: boolean;
  /** A memory to lay the map out in, made with shared: true; one just large enough if not given. */
  memory?: WebAssembly.Memory;
  /** Where in it, a multiple of 64 behind the program's static data; at its first free byte. */
  offset?: number;
  /** Keeps the map in a file; the creating thread writes it. */
  pages?: PageOptions;
}

/** What another thread needs to open the map; goes through workerData and postMessage. */
export interface MapHandle {
  memory: WebAssembly.Memory;
  module: WebAssembly.Module;
  offset: number;
  agents: number;
}

export class EntryMap implements Disposable {
  /** Plain data for EntryMap.open in another thread. */
  readonly handle: MapHandle;
  /** The agent that this object is, 0 to agents - 1. */
  readonly agent: number;
  /** The whole memory; a value's offset, divided by the element's size, is its index. */
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  /** Write-back, in the thread that keeps the file; undefined elsewhere. */
  readonly pages: MapPages | undefined;

  readonly #region: Region;
  readonly #owners: Owners;
  readonly #scratch: Scratch;
  readonly #walks: Walks;
  readonly #pins: MapPin[] = [];
  #cut: Cut | undefined;
  #core: MapCore;
  #isOpen = true;

  private constructor(
    handle: MapHandle,
    region: Region,
    pages: PageOptions | undefined,
    isTakeover: boolean,
  ) {
    const buffer = handle.memory.buffer;
    this.handle = handle;
    this.#region = region;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.#owners = new Owners(handle.memory, region, threadId);
    this.agent = this.#owners.claim();
    const scratch = region.scratch + this.agent * MAP_HEAD_VALUE_SCRATCH_SIZE;
    this.#scratch = new Scratch(buffer, scratch);
    try {
      const keeper =
        pages && new MapPages(handle.memory, region, threadId, { ...pages, isTakeover });
      this.#core = instantiateMap(handle.module, handle.memory, keeper?.write);
      this.#core.attach(region.map, this.agent, scratch);
      keeper?.begin(this.#core, this.agent, isTakeover);
      this.pages = keeper;
    } catch (error) {
      this.#owners.release(this.agent);
      throw error;
    }
    this.#walks = new Walks(this.#core, this.#scratch);
  }

  /**
   * A new map. Compiles the core when its sources have changed (seconds, once), then takes a
   * millisecond for each 10 MB. With `pages`, what the file holds is in it. Errors: BAD_CONFIG,
   * FULL (no memory), and for `memory`: NOT_SHARED, MISALIGNED, TRUNCATED, EXISTS; those of
   * MapPages.
   */
  static async create(options: MapOptions): Promise<EntryMap> {
    const module = await ensureMapProgram(options.checked ?? false);
    const ruler = rulerOf(module);
    const base = ruler.heapBase();
    const offset = options.offset ?? base;
    if (!(offset >= base)) {
      throw new MapError("BAD_CONFIG", `offset ${offset}: the static data ends at ${base}`);
    }
    const { capacity, arenaSize, agents = 8, pages } = options;
    const pageSizes = pages ? MapPages.sizes(arenaSize, pages) : { pageCount: 0, bufferSize: 0 };
    const region = planRegion(ruler, offset, { capacity, arenaSize, agents, ...pageSizes });
    const memory = options.memory ?? allocateMemory(region.end);
    layRegion(module, memory, region);
    return new EntryMap({ memory, module, offset, agents }, region, pages, false);
  }

  /**
   * The map of a handle, as one more agent. `pages`: takes over the writing of its file after the
   * thread that did it is gone (recover first). Errors: NOT_SHARED, MISALIGNED, TRUNCATED,
   * BAD_MAGIC, WRONG_SIZE, and the memory is untouched; NO_AGENT. Cost: some 100 microseconds.
   */
  static open(handle: MapHandle, options: { pages?: PageOptions } = {}): EntryMap {
    const region = checkRegion(rulerOf(handle.module), handle.memory, handle.offset);
    return new EntryMap(handle, region, options.pages, true);
  }

  // Reading.

  /** A copy of the value of `key`, undefined if it is absent. */
  load(key: MapKey): Uint8Array | undefined {
    const scratch = this.#scratch;
    const keySize = scratch.putKey(key);
    return this.#answer(this.#core.read(keySize, scratch.low, scratch.high));
  }

  /** Keys in the map; exact when nobody changes it. Cost: one word per agent. */
  get size(): number {
    return this.#core.length();
  }

  /**
   * Begins to read in place. Pins nest; the outermost costs one atomic store, the objects are used
   * again. Close soon: what is replaced or deleted meanwhile is not given back. `using` or close().
   */
  pin(): Pin {
    let free: MapPin | undefined;
    for (const pin of this.#pins) if (!pin.isOpen) free = pin;
    free ??= this.#newPin();
    this.#core.pin();
    free.isOpen = true;
    return free;
  }

  /**
   * As Pin.load, by whoever knows that a pin of this object is open. Errors: UNPINNED if checked.
   */
  offsetOf(key: MapKey): number {
    let offset: number;
    // The same small number for TurboFan and Wasm: no range to check, no division.
    if (typeof key === "number" && (key | 0) === key && key >= 0) {
      offset = this.#core.find(key, 0);
    } else {
      const scratch = this.#scratch;
      const keySize = scratch.putKey(key);
      offset =
        keySize < 0 ? this.#core.find(scratch.low, scratch.high) : this.#core.findBytes(keySize);
    }
    if (offset < 0) throw statusError(offset);
    return offset;
  }

  /** Bytes of the value at an offset. */
  sizeOf(offset: number): number {
    return this.u32[(offset - MAP_VALUE_BLOCK_HEADER_SIZE + MAP_BLOCK_SIZE) >> 2] as number;
  }

  /** A view of the value at an offset, good as long as the offset. Allocates it. */
  view(offset: number): Uint8Array {
    return this.u8.subarray(offset, offset + this.sizeOf(offset));
  }

  /**
   * Calls `visit` for each key, a copy of its value with it, until it answers false. A key that is
   * there throughout is visited once, others at most once; a value may be from any moment of the
   * walk (a cut shows one moment). `visit` may change the map.
   */
  range(visit: (key: MapKey, value: Uint8Array) => unknown): void {
    this.forEachOffset((key, offset) => visit(key, this.#copyAt(offset)));
  }

  /** The same with the value's offset, good until `visit` returns. */
  forEachOffset(visit: (key: MapKey, offset: number) => unknown): void {
    const pin = this.pin();
    try {
      this.#walks.forEach(false, visit);
    } finally {
      pin.close();
    }
  }

  /** Keys and copies of their values, as range. Pinned until the loop ends. */
  *[Symbol.iterator](): Generator<[MapKey, Uint8Array]> {
    const pin = this.pin();
    try {
      yield* this.#walks.entries(false, (offset) => this.#copyAt(offset));
    } finally {
      pin.close();
    }
  }

  /**
   * The whole map as it is at this moment, in one step whatever it holds. What it shows is not
   * given back until it closes: close soon. One at a time for an object. Errors: BUSY, FULL (after
   * 2^31 cuts).
   */
  cut(): Cut {
    this.#check(this.#core.cutOpen());
    this.#cut = new Cut(this, this.#core, this.#scratch, this.#walks);
    return this.#cut;
  }

  // Changing. All of these: TOO_LONG, TRUNCATED (below 8 bytes) and BAD_KEY of what they are given;
  // FULL if what they store finds no room after what could be given back at once was. Then close
  // pins and cuts, call reclaim(), delete, or make the map larger: nothing is ever evicted.

  /** Sets the value of `key` to a copy of `value`, 8 to 4,096 bytes. */
  store(key: MapKey, value: Uint8Array): void {
    const scratch = this.#scratch;
    const keySize = scratch.putKey(key);
    const size = scratch.putValue(value);
    this.#check(this.#core.put(keySize, scratch.low, scratch.high, size));
  }

  /** As store; a copy of the value it replaced, undefined if the key was absent. */
  swap(key: MapKey, value: Uint8Array): Uint8Array | undefined {
    const scratch = this.#scratch;
    const keySize = scratch.putKey(key);
    const size = scratch.putValue(value);
    return this.#answer(this.#core.swap(keySize, scratch.low, scratch.high, size));
  }

  /** A copy of the value of `key`; if it is absent, stores `value` and answers with undefined. */
  loadOrStore(key: MapKey, value: Uint8Array): Uint8Array | undefined {
    const scratch = this.#scratch;
    const keySize = scratch.putKey(key);
    const size = scratch.putValue(value);
    return this.#answer(this.#core.loadOrStore(keySize, scratch.low, scratch.high, size));
  }

  /** Takes `key` out: a copy of its last value, undefined if it was absent. Needs no room. */
  loadAndDelete(key: MapKey): Uint8Array | undefined {
    const scratch = this.#scratch;
    const keySize = scratch.putKey(key);
    return this.#answer(this.#core.loadAndDelete(keySize, scratch.low, scratch.high));
  }

  /** Takes `key` out: whether it was there. Needs no room. */
  delete(key: MapKey): boolean {
    const scratch = this.#scratch;
    const keySize = scratch.putKey(key);
    return this.#check(this.#core.remove(keySize, scratch.low, scratch.high)) === 1;
  }

  /** Replaces the value by `value` if it equals `old`, byte by byte; an absent key never does. */
  compareAndSwap(key: MapKey, old: Uint8Array, value: Uint8Array): boolean {
    const scratch = this.#scratch;
    const keySize = scratch.putKey(key);
    const oldSize = scratch.putOld(old);
    const size = scratch.putValue(value);
    const { low, high } = scratch;
    return this.#check(this.#core.compareAndSwap(keySize, low, high, oldSize, size)) === 1;
  }

  /** Takes `key` out if its value equals `old`: whether it did. Needs no room. */
  compareAndDelete(key: MapKey, old: Uint8Array): boolean {
    const scratch = this.#scratch;
    const keySize = scratch.putKey(key);
    const oldSize = scratch.putOld(old);
    const { low, high } = scratch;
    return this.#check(this.#core.compareAndDelete(keySize, low, high, oldSize)) === 1;
  }

  /** Takes all keys out at one moment. Cost: a walk over all buckets. */
  clear(): void {
    this.#check(this.#core.clear());
  }

  // Keeping house.

  /**
   * Gives back what no pin and no cut protects any more: of this object, and of agents that nobody
   * uses now. How many blocks. For idle moments and after FULL. Cost: a walk over all buckets.
   */
  reclaim(): number {
    for (let agent = 0; agent < this.#region.agents; agent++) {
      if (!this.#owners.tryClaim(agent)) continue;
      try {
        if (retiredBytes(this.u32, this.#region.map, agent) > 0) {
          this.#check(this.#core.recover(agent));
        }
      } finally {
        this.#owners.release(agent);
      }
    }
    return this.#check(this.#core.reclaim());
  }

  /**
   * Takes over from an agent whose thread has ended without close(): frees its pin, its cut and its
   * number. What it was filling at that moment, one value, one key and one bucket at most, stays
   * taken. Never while the thread may still run. Errors: NO_AGENT if nobody uses that agent.
   */
  recover(agent: number): void {
    if (agent === this.agent || !this.#owners.tryRecover(agent)) {
      throw new MapError("NO_AGENT", `agent ${agent} is in nobody else's use`);
    }
    this.#check(this.#core.recover(agent));
    this.#owners.release(agent);
  }

  /** By agent: number of the thread that uses it (Worker.threadId), -1 if it is free. */
  threads(): number[] {
    return this.#owners.threads();
  }

  /** Counters, summed over all agents. Cost: some 20 words per agent. */
  stats(): MapStats {
    if (!this.#isOpen) throw closed("map");
    return readStats(this.u32, this.#region.map);
  }

  /**
   * Ends it: its pins and its cut close, its agent becomes free, what it kept is written. The map
   * stays. Whatever is called afterwards throws CLOSED. May be called twice.
   */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#cut?.close();
      this.pages?.close();
    } finally {
      for (const pin of this.#pins) pin.isOpen = false;
      this.#walks.close();
      this.#core.leave();
      this.#core = closedCore;
      this.#owners.release(this.agent);
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** For Pin alone. */
  unpin(): void {
    this.#core.unpin();
  }

  #newPin(): MapPin {
    const pin = new MapPin(this);
    this.#pins.push(pin);
    return pin;
  }

  #copyAt(offset: number): Uint8Array {
    return this.#scratch.copy(offset, this.sizeOf(offset));
  }

  #answer(size: number): Uint8Array | undefined {
    if (size === 0) return undefined;
    return this.#scratch.takeOld(this.#check(size));
  }

  #check(answer: number): number {
    if (answer < 0) throw statusError(answer);
    return answer;
  }
}
