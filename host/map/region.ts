// The memory that holds a map: laid out by one thread, checked and entered by the others.
//
// Layout: spec/entry-map.md. What comes as a handle is checked by its bytes before anything is
// written, an instance's static data included, so a wrong memory stays as it is. An agent belongs
// to the thread whose number stands in its OWNERS word.
import {
  LIMIT_MAP_AGENTS_MAX,
  MAP_ARENA,
  MAP_CAPACITY,
  MAP_HEAD_AGENT_COUNT,
  MAP_HEAD_BUFFER,
  MAP_HEAD_BUFFER_SIZE,
  MAP_HEAD_KEEPER,
  MAP_HEAD_MAGIC,
  MAP_HEAD_MAP,
  MAP_HEAD_OWNERS,
  MAP_HEAD_PAGES,
  MAP_HEAD_SCRATCH,
  MAP_HEAD_SIZE,
  MAP_HEAD_VALUE_MAGIC,
  MAP_HEAD_VALUE_RECOVERING,
  MAP_HEAD_VALUE_SCRATCH_SIZE,
  MAP_HEAD_VALUE_SIZE,
  MAP_MAGIC,
  MAP_SIZE,
  MAP_VALUE_ALIGNMENT,
  MAP_VALUE_MAGIC,
  MAP_VALUE_SLACK_SIZE,
  PAGES_COUNT,
} from "../base/spec.ts";
import { MapError, statusError } from "./map-error.ts";
import { instantiateMap, type MapCore } from "./program.ts";

const WASM_PAGE_SIZE = 65536;
/** Offsets of the core lie below this. */
const END_MAX = 2 ** 31 - WASM_PAGE_SIZE;

/** What a region is laid out from. */
export interface RegionSizes {
  capacity: number;
  arenaSize: number;
  agents: number;
  /** 0: no write-back. */
  pageCount: number;
  bufferSize: number;
}

/** Offsets in the memory. */
export interface Region extends RegionSizes {
  offset: number;
  scratch: number;
  map: number;
  mapSize: number;
  /** 0: none. */
  pages: number;
  buffer: number;
  end: number;
}

/** Where everything lies in a region at `offset`. Errors: BAD_CONFIG. Cost: none to speak of. */
export function planRegion(ruler: MapCore, offset: number, sizes: RegionSizes): Region {
  const { capacity, arenaSize, agents, pageCount, bufferSize } = sizes;
  for (const value of [capacity, arenaSize, agents, pageCount, bufferSize]) {
    if (!Number.isInteger(value) || value < 0 || value > END_MAX) throw badConfig(sizes);
  }
  const mapSize = ruler.mapSize(capacity, arenaSize, agents);
  const pagesSize = pageCount === 0 ? 0 : ruler.pagesSize(pageCount);
  if (mapSize < 0 || pagesSize < 0) throw badConfig(sizes);
  const scratch = offset + MAP_HEAD_VALUE_SIZE;
  const map = scratch + agents * MAP_HEAD_VALUE_SCRATCH_SIZE;
  const pages = aligned(map + mapSize);
  const buffer = aligned(pages + pagesSize);
  const end = aligned(buffer + bufferSize);
  if (end > END_MAX) throw badConfig(sizes);
  const places = pageCount === 0 ? { pages: 0, buffer: 0 } : { pages, buffer };
  return { ...sizes, offset, scratch, map, mapSize, ...places, end };
}

/** A memory just large enough for what ends at `end`. Errors: FULL if the system has no room. */
export function allocateMemory(end: number): WebAssembly.Memory {
  const pages = Math.ceil(end / WASM_PAGE_SIZE);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (error) {
    throw new MapError("FULL", `the system gives no ${end} bytes of memory`, { cause: error });
  }
}

/**
 * Lays the region out, empty. Errors: NOT_SHARED, MISALIGNED, TRUNCATED (the memory is too small),
 * EXISTS (a map begins there already).
 */
export function layRegion(module: WebAssembly.Module, memory: WebAssembly.Memory, plan: Region) {
  const words = sharedWords(memory);
  if (plan.offset % MAP_VALUE_ALIGNMENT !== 0) throw misaligned(plan.offset);
  if (plan.end > words.byteLength) {
    throw new MapError("TRUNCATED", `${words.byteLength} bytes of memory, ${plan.end} needed`);
  }
  const at = (field: number) => (plan.offset + field) / 4;
  if (words[at(MAP_HEAD_MAGIC)] === MAP_HEAD_VALUE_MAGIC) {
    throw new MapError("EXISTS", `there is a map at offset ${plan.offset}; open it by its handle`);
  }
  new Uint8Array(memory.buffer, plan.offset, plan.end - plan.offset).fill(0);
  const core = instantiateMap(module, memory);
  const status = core.mapInit(plan.map, plan.capacity, plan.arenaSize, plan.agents);
  if (status < 0) throw statusError(status);
  if (plan.pages !== 0) {
    const answer = core.pagesInit(plan.map, plan.pages, plan.pageCount);
    if (answer < 0) throw statusError(answer);
  }
  for (const [field, value] of headOf(plan)) words[at(field)] = value;
  // Order: release, after all else; whoever finds the magic finds the region whole.
  Atomics.store(words, at(MAP_HEAD_MAGIC), MAP_HEAD_VALUE_MAGIC);
}

/**
 * The region that begins at `offset`, if there is one. Reads only. Errors: NOT_SHARED, MISALIGNED,
 * TRUNCATED, BAD_MAGIC (not ours, or another version), WRONG_SIZE.
 */
export function checkRegion(ruler: MapCore, memory: WebAssembly.Memory, offset: number): Region {
  const words = sharedWords(memory);
  const size = words.byteLength;
  if (!Number.isInteger(offset) || offset < 0 || offset % MAP_VALUE_ALIGNMENT !== 0) {
    throw misaligned(offset);
  }
  const word = (at: number) => Atomics.load(words, at / 4);
  if (offset + MAP_HEAD_VALUE_SIZE > size) throw truncated(offset + MAP_HEAD_VALUE_SIZE, size);
  if (word(offset + MAP_HEAD_MAGIC) !== MAP_HEAD_VALUE_MAGIC) throw badMagic(offset);
  const end = offset + word(offset + MAP_HEAD_SIZE);
  if (end > size) throw truncated(end, size);
  const agents = word(offset + MAP_HEAD_AGENT_COUNT);
  const map = word(offset + MAP_HEAD_MAP);
  const pages = word(offset + MAP_HEAD_PAGES);
  if (agents > LIMIT_MAP_AGENTS_MAX || map % 4 !== 0 || pages % 4 !== 0) throw wrongSize(offset);
  if (map < offset || map + MAP_HEAD_VALUE_SIZE > end || pages + 4 > end) throw wrongSize(offset);
  if (word(map + MAP_MAGIC) !== MAP_VALUE_MAGIC) throw badMagic(map);
  const mapSize = word(map + MAP_SIZE);
  let plan: Region;
  try {
    plan = planRegion(ruler, offset, {
      capacity: word(map + MAP_CAPACITY),
      arenaSize: mapSize - (word(map + MAP_ARENA) - map) - MAP_VALUE_SLACK_SIZE,
      agents,
      pageCount: pages === 0 ? 0 : word(pages + PAGES_COUNT),
      bufferSize: word(offset + MAP_HEAD_BUFFER_SIZE),
    });
  } catch {
    throw wrongSize(offset);
  }
  const isRight = headOf(plan).every(([field, value]) => word(offset + field) === value);
  if (!isRight || plan.mapSize !== mapSize) throw wrongSize(offset);
  return plan;
}

/** The agents of a region and the threads that use them. */
export class Owners {
  readonly #words: Uint32Array;
  readonly #keeper: Uint32Array;
  readonly #thread: number;

  /** `thread`: number of the calling thread. */
  constructor(memory: WebAssembly.Memory, region: Region, thread: number) {
    this.#words = new Uint32Array(memory.buffer, region.offset + MAP_HEAD_OWNERS, region.agents);
    this.#keeper = new Uint32Array(memory.buffer, region.offset + MAP_HEAD_KEEPER, 1);
    this.#thread = thread + 1;
  }

  /** Takes a free agent: its number. Errors: NO_AGENT. Never waits. */
  claim(): number {
    for (let i = 0; i < this.#words.length; i++) if (this.tryClaim(i)) return i;
    const threads = this.threads().join(", ");
    throw new MapError(
      "NO_AGENT",
      `all ${this.#words.length} agents are in use, by threads ${threads}; close() one, recover() ` +
        "one whose thread is gone, or create the map with more agents",
    );
  }

  /** Takes agent `index` if it is free. */
  tryClaim(index: number): boolean {
    return Atomics.compareExchange(this.#words, index, 0, this.#thread) === 0;
  }

  /**
   * Marks an agent that somebody uses as being taken over; false if it is free. If its thread kept
   * the pages, nobody does from here on.
   */
  tryRecover(index: number): boolean {
    const owner = Atomics.load(this.#words, index);
    const mark = (MAP_HEAD_VALUE_RECOVERING | this.#thread) >>> 0;
    if (!owner || Atomics.compareExchange(this.#words, index, owner, mark) !== owner) return false;
    Atomics.compareExchange(this.#keeper, 0, owner, 0);
    return true;
  }

  release(index: number): void {
    Atomics.store(this.#words, index, 0);
  }

  /** By agent: number of the thread that uses it, -1 if it is free. */
  threads(): number[] {
    return Array.from(this.#words, (_, i) => {
      const owner = Atomics.load(this.#words, i);
      return owner === 0 ? -1 : (owner & ~MAP_HEAD_VALUE_RECOVERING) - 1;
    });
  }
}

/** Words of the head and what they must be; the magic apart. */
function headOf(plan: Region): [number, number][] {
  return [
    [MAP_HEAD_SIZE, plan.end - plan.offset],
    [MAP_HEAD_AGENT_COUNT, plan.agents],
    [MAP_HEAD_SCRATCH, plan.scratch],
    [MAP_HEAD_MAP, plan.map],
    [MAP_HEAD_PAGES, plan.pages],
    [MAP_HEAD_BUFFER, plan.buffer],
    [MAP_HEAD_BUFFER_SIZE, plan.bufferSize],
  ];
}

function sharedWords(memory: WebAssembly.Memory): Uint32Array {
  const buffer: unknown = memory instanceof WebAssembly.Memory ? memory.buffer : undefined;
  if (!(buffer instanceof SharedArrayBuffer)) {
    throw new MapError(
      "NOT_SHARED",
      "expected a WebAssembly.Memory made with shared: true (its buffer alone cannot run Wasm)",
    );
  }
  return new Uint32Array(buffer);
}

function aligned(offset: number): number {
  return Math.ceil(offset / MAP_VALUE_ALIGNMENT) * MAP_VALUE_ALIGNMENT;
}

function badConfig(sizes: RegionSizes): MapError {
  const asked = Object.entries(sizes).map(([name, value]) => `${name} ${value}`);
  return new MapError(
    "BAD_CONFIG",
    `${asked.join(", ")}: capacity is 1 to 4194304, arenaSize a multiple of 16 from 1024 on, ` +
      "agents 1 to 64, pageCount a power of two up to 4096, all together below 2 GiB",
  );
}

const misaligned = (offset: number) =>
  new MapError("MISALIGNED", `offset ${offset} is no multiple of ${MAP_VALUE_ALIGNMENT}`);
const truncated = (end: number, size: number) =>
  new MapError("TRUNCATED", `the memory has ${size} bytes, the map ends at ${end}`);
const badMagic = (offset: number) =>
  new MapError("BAD_MAGIC", `no map of this version at offset ${offset}`);
const wrongSize = (offset: number) =>
  new MapError("WRONG_SIZE", `the sizes in the head at ${offset} do not fit each other`);
