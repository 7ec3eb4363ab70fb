// Census of a map: what each granule of its arena holds now, read from its bytes (spec/map.md).
//
// Works on a copy and trusts no word of it: the map may have changed while it was copied, or the
// bytes may be anything. Every granule is counted once, under the first holder that is found, so
// the census always adds up to the region; where it met something that cannot be, it is not exact.
import { ToolError } from "../base/error.ts";
import * as spec from "../base/spec.ts";

/** What bytes of a region are used for. */
export type State =
  | "ready" // in a bucket, the key is there
  | "cleared" // in a bucket, behind a clear, not yet swept
  | "deleted" // in a bucket, a cut may still see it
  | "expunged" // in no bucket, waits for its grace period
  | "replaced" // a value that another one replaced, waits for its grace period
  | "read bucket"
  | "retired bucket"
  | "writing" // taken and in no list: a writer fills it, or died there
  | "claimed" // taken by an agent for its next blocks
  | "free"
  | "header"; // header, agents, directory, bitmap

export type MapKey = { integer: bigint } | { bytes: Uint8Array };

export interface Holding {
  state: State;
  part: "entry" | "value" | "key block" | "bucket" | "granules" | "layout";
  key?: MapKey;
  /** As the arena counts them: whole granules. */
  bytes: number;
}

export interface Census {
  /** Offset of the map in its linear memory. */
  map: number;
  holdings: Holding[];
  /** Bytes of the region; the holdings add up to it. */
  size: number;
  isExact: boolean;
}

const { MAP_VALUE_GRANULE_SIZE: GRANULE } = spec;

/** The maps in an image of a memory, or the one map that the bytes are. Errors: BAD_INPUT. */
export function findMaps(bytes: Uint8Array, name: string): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at + spec.MAP_AGENTS <= bytes.length; at += spec.MAP_VALUE_ALIGNMENT) {
    if (view.getUint32(at + spec.MAP_MAGIC, true) !== spec.MAP_VALUE_MAGIC) continue;
    const size = view.getUint32(at + spec.MAP_SIZE, true);
    const isWhole = size > spec.MAP_AGENTS && at + size <= bytes.length;
    const region = bytes.subarray(at, at + size);
    if (isWhole && isSound(region) && (at === 0 || baseOf(region) === at)) found.push(region);
  }
  if (found.length > 0) return found;
  throw new ToolError(
    "BAD_INPUT",
    `${name}: ${bytes.length} bytes without an entry map; expected one's region or a whole memory`,
  );
}

/** What the bytes of a map's region hold, which begin with its header. Errors: BAD_INPUT. */
export function takeCensus(region: Uint8Array): Census {
  if (region.length < spec.MAP_AGENTS || !isSound(region)) {
    throw new ToolError("BAD_INPUT", `${region.length} bytes that are no region of an entry map`);
  }
  return new CensusTaker(region).run();
}

/** Offset of the map in its memory: references are offsets from there. */
function baseOf(region: Uint8Array): number {
  const view = new DataView(region.buffer, region.byteOffset, region.byteLength);
  const agents = view.getUint32(spec.MAP_AGENT_COUNT, true);
  return (
    view.getUint32(spec.MAP_DIRECTORY, true) - spec.MAP_AGENTS - agents * spec.MAP_VALUE_AGENT_SIZE
  );
}

/** The parts lie behind each other, inside the region. */
function isSound(region: Uint8Array): boolean {
  const view = new DataView(region.buffer, region.byteOffset, region.byteLength);
  const field = (offset: number) => view.getUint32(offset, true);
  const base = baseOf(region);
  const bitmap = field(spec.MAP_DIRECTORY) + 4 * field(spec.MAP_BUCKETS_MAX);
  const behind = field(spec.MAP_ARENA) - base + spec.MAP_VALUE_SLACK_SIZE;
  return (
    field(spec.MAP_MAGIC) === spec.MAP_VALUE_MAGIC &&
    field(spec.MAP_SIZE) === region.length &&
    base >= 0 &&
    base % spec.MAP_VALUE_ALIGNMENT === 0 &&
    field(spec.MAP_AGENT_COUNT) <= spec.LIMIT_MAP_AGENTS_MAX &&
    field(spec.MAP_BITMAP) === bitmap &&
    field(spec.MAP_ARENA) >= bitmap + 4 * field(spec.MAP_BITMAP_WORDS) &&
    field(spec.MAP_BUCKETS) <= field(spec.MAP_BUCKETS_MAX) &&
    behind < region.length &&
    (region.length - behind) % GRANULE === 0 &&
    (region.length - behind) / GRANULE <= 32 * field(spec.MAP_BITMAP_WORDS)
  );
}

class CensusTaker {
  readonly #region: Uint8Array;
  readonly #view: DataView;
  readonly #base: number;
  readonly #arena: number;
  /** 1: counted. */
  readonly #counted: Uint8Array;
  readonly #entries = new Set<number>();
  readonly #holdings: Holding[] = [];
  #isExact = true;

  constructor(region: Uint8Array) {
    this.#region = region;
    this.#view = new DataView(region.buffer, region.byteOffset, region.byteLength);
    this.#base = baseOf(region);
    this.#arena = this.#header(spec.MAP_ARENA);
    const behind = this.#arena - this.#base + spec.MAP_VALUE_SLACK_SIZE;
    this.#counted = new Uint8Array((region.length - behind) / GRANULE);
  }

  run(): Census {
    const size = this.#region.length;
    const layout = size - this.#counted.length * GRANULE;
    this.#holdings.push({ state: "header", part: "layout", bytes: layout });
    const agents = this.#header(spec.MAP_AGENT_COUNT);
    for (let agent = 0; agent < agents; agent++) {
      this.#claim(this.#agent(agent) + spec.MAP_AGENT_CLAIM_VALUES);
      this.#claim(this.#agent(agent) + spec.MAP_AGENT_CLAIM_INDEX);
    }
    const directory = this.#header(spec.MAP_DIRECTORY);
    const buckets = this.#header(spec.MAP_BUCKETS);
    for (let i = 0; i < buckets; i++) this.#bucket(this.#u32(directory + 4 * i));
    for (let agent = 0; agent < agents; agent++) {
      const lists = this.#agent(agent) + spec.MAP_AGENT_LIMBO;
      for (let i = 0; i < 3; i++) this.#limbo(this.#u32(lists + i * spec.MAP_VALUE_LIMBO_SIZE));
      this.#limbo(this.#u32(this.#agent(agent) + spec.MAP_AGENT_FREEABLE));
    }
    this.#rest();
    return { map: this.#base, holdings: this.#holdings, size, isExact: this.#isExact };
  }

  #agent(agent: number): number {
    return this.#base + spec.MAP_AGENTS + agent * spec.MAP_VALUE_AGENT_SIZE;
  }

  #claim(claim: number): void {
    const bits = this.#u32(claim + spec.MAP_CLAIM_BITS);
    const word = (this.#u32(claim + spec.MAP_CLAIM_WORD) - this.#header(spec.MAP_BITMAP)) / 4;
    let run = 0;
    for (let bit = 0; bit <= 32; bit++) {
      if (bit < 32 && (bits >>> bit) & 1) {
        run++;
        continue;
      }
      const first = this.#arena + (32 * word + bit - run) * GRANULE;
      if (run > 0) this.#hold(first, run * GRANULE, { state: "claimed", part: "granules" });
      run = 0;
    }
  }

  /** Dirty chain, then read bucket. A chain that leads back to itself ends at the second visit. */
  #bucket(first: number): void {
    let word = first;
    while (word & spec.MAP_WORD_AMENDED) {
      const entry = word & ~spec.MAP_WORD_BITS;
      if (this.#entries.has(entry)) {
        this.#isExact = false;
        return;
      }
      if (!this.#entry(entry, (word & spec.MAP_WORD_BYTES) !== 0)) return;
      word = this.#u32(entry + spec.MAP_ENTRY_NEXT);
    }
    if (word === spec.MAP_WORD_UNSET || word & spec.MAP_WORD_EMPTY) return;
    const bucket = word & ~spec.MAP_WORD_BITS;
    const count = this.#u16(bucket + spec.MAP_BUCKET_COUNT);
    const capacity = this.#u16(bucket + spec.MAP_BUCKET_CAPACITY);
    const size = spec.MAP_BUCKET_TAGS + 8 * capacity;
    if (!this.#hold(bucket, size, { state: "read bucket", part: "bucket" })) return;
    for (let i = 0; i < Math.min(count, capacity); i++) {
      const named = this.#u32(bucket + spec.MAP_BUCKET_TAGS + 4 * (capacity + i));
      this.#entry(named & ~spec.MAP_WORD_BITS, (named & spec.MAP_WORD_BYTES) !== 0);
    }
  }

  /** An entry in a bucket, if it was not met before: a frozen bucket and its halves share some. */
  #entry(entry: number, isBytes: boolean): boolean {
    if (this.#entries.has(entry)) return true;
    const word = this.#u32(entry + spec.MAP_ENTRY_WORD);
    const value = word & ~spec.ENTRY_STATE_MASK;
    const stamp = this.#u32(value - spec.MAP_VALUE_BLOCK_HEADER_SIZE + spec.MAP_BLOCK_STAMP);
    let state: State = "ready";
    if ((word & spec.ENTRY_STATE_MASK) === spec.ENTRY_STATE_DELETED) state = "deleted";
    else if ((word & spec.ENTRY_STATE_MASK) === spec.ENTRY_STATE_EXPUNGED) state = "expunged";
    else if (stamp !== 0 && stamp <= this.#header(spec.MAP_FLOOR)) state = "cleared";
    const key = this.#key(entry, isBytes);
    const holder = { state, key };
    if (!this.#hold(entry, spec.MAP_VALUE_ENTRY_SIZE, { ...holder, part: "entry" })) return false;
    this.#entries.add(entry);
    if (isBytes) this.#keyBlock(entry, holder);
    this.#value(value - spec.MAP_VALUE_BLOCK_HEADER_SIZE, holder);
    return true;
  }

  #limbo(first: number): void {
    let link = first;
    while (link !== 0 && link !== spec.MAP_LINK_END) {
      const block = link & ~spec.MAP_LINK_MASK;
      const kind = link & spec.MAP_LINK_MASK;
      if (kind === spec.MAP_LINK_BUCKET) {
        const capacity = this.#u16(block + spec.MAP_BUCKET_CAPACITY);
        const size = spec.MAP_BUCKET_TAGS + 8 * capacity;
        if (!this.#hold(block, size, { state: "retired bucket", part: "bucket" })) return;
        link = this.#u32(block + spec.MAP_BUCKET_LINK);
        continue;
      }
      if (kind === spec.MAP_LINK_VALUE) {
        if (!this.#value(block, { state: "replaced" })) return;
      } else if (!this.#expunged(block, kind === spec.MAP_LINK_BYTES_ENTRY)) return;
      link = this.#u32(block + spec.MAP_BLOCK_END);
    }
  }

  #expunged(block: number, isBytes: boolean): boolean {
    const entry = this.#u32(block + spec.MAP_BLOCK_PREVIOUS);
    const holder = { state: "expunged", key: this.#key(entry, isBytes) } as const;
    if (!this.#value(block, holder)) return false;
    this.#hold(entry, spec.MAP_VALUE_ENTRY_SIZE, { ...holder, part: "entry" });
    if (isBytes) this.#keyBlock(entry, holder);
    return true;
  }

  #value(block: number, holder: { state: State; key?: MapKey }): boolean {
    const size = spec.MAP_VALUE_BLOCK_HEADER_SIZE + this.#u32(block + spec.MAP_BLOCK_SIZE);
    return this.#hold(block, size, { ...holder, part: "value" });
  }

  #keyBlock(entry: number, holder: { state: State; key?: MapKey }): void {
    const block = this.#u32(entry + spec.MAP_ENTRY_KEY);
    const size = spec.MAP_KEY_BLOCK_BYTES + this.#u32(block + spec.MAP_KEY_BLOCK_SIZE);
    this.#hold(block, size, { ...holder, part: "key block" });
  }

  #key(entry: number, isBytes: boolean): MapKey {
    const low = this.#u32(entry + spec.MAP_ENTRY_KEY);
    if (!isBytes) {
      return { integer: (BigInt(this.#u32(entry + spec.MAP_ENTRY_KEY + 4)) << 32n) | BigInt(low) };
    }
    const size = Math.min(this.#u32(low + spec.MAP_KEY_BLOCK_SIZE), spec.LIMIT_KEY_SIZE_MAX);
    const at = low + spec.MAP_KEY_BLOCK_BYTES - this.#base;
    return { bytes: this.#region.slice(Math.max(at, 0), Math.max(at + size, 0)) };
  }

  /** What is in no list: taken or free, a run of granules each. */
  #rest(): void {
    const bitmap = this.#header(spec.MAP_BITMAP);
    const isTaken = (granule: number) =>
      (this.#u32(bitmap + 4 * (granule >>> 5)) >>> (granule & 31)) & 1;
    const stateOf = (granule: number): State | undefined => {
      if (this.#counted[granule] !== 0) {
        if (!isTaken(granule)) this.#isExact = false;
        return undefined;
      }
      return isTaken(granule) ? "writing" : "free";
    };
    let state = stateOf(0);
    let first = 0;
    for (let granule = 1; granule <= this.#counted.length; granule++) {
      const next = granule < this.#counted.length ? stateOf(granule) : undefined;
      if (next === state) continue;
      const bytes = (granule - first) * GRANULE;
      if (state !== undefined) this.#holdings.push({ state, part: "granules", bytes });
      state = next;
      first = granule;
    }
  }

  /** Counts a block; false, and not exact, if it cannot be one or is counted already. */
  #hold(block: number, size: number, holding: Omit<Holding, "bytes">): boolean {
    const first = (block - this.#arena) / GRANULE;
    const count = Math.ceil(size / GRANULE);
    const isInside = Number.isInteger(first) && first >= 0 && first + count <= this.#counted.length;
    if (!isInside || this.#counted.subarray(first, first + count).includes(1)) {
      this.#isExact = false;
      return false;
    }
    this.#counted.fill(1, first, first + count);
    this.#holdings.push({ ...holding, bytes: count * GRANULE });
    return true;
  }

  #header(field: number): number {
    return this.#view.getUint32(field, true);
  }

  /** 0 outside of the region. */
  #u32(offset: number): number {
    const at = offset - this.#base;
    return at >= 0 && at + 4 <= this.#region.length ? this.#view.getUint32(at, true) : 0;
  }

  #u16(offset: number): number {
    return (this.#u32(offset & ~3) >>> (8 * (offset & 2))) & 0xffff;
  }
}
