// Walks all bytes of a map that nobody changes, and finds every granule exactly once.
//
// An independent reading of spec/map.md, in JavaScript: directory, dirty chains, read buckets,
// entries, values, key blocks, the lists of retired blocks, what agents have claimed. Each granule
// that the bitmap calls taken belongs to one of these, and to one only; every entry stands in its
// home bucket under its hash; counts and sums agree with the header and the agents' records.
import assert from "node:assert/strict";
import * as spec from "../../../host/base/spec.ts";

export interface MapReport {
  /** Entries in buckets: present, cleared but not swept, deleted but not dropped. */
  present: number;
  cleared: number;
  deleted: number;
  /** Blocks in limbo lists. */
  retired: number;
  /** Bytes that are taken and belong to nothing: what dead agents left behind. */
  leaked: number;
  buckets: number;
  unset: number;
  frozen: number;
}

export interface ValidateOptions {
  /** Bytes that dead agents may have left behind; 0 if nobody died, then sums are exact. */
  leakLimit?: number;
  /** Agents that hold a pin or a cut now. */
  pinned?: number[];
}

const { MAP_VALUE_GRANULE_SIZE: GRANULE } = spec;
const OWNER_NONE = 0;
const OWNER_BLOCK = 1;
const OWNER_CLAIM = 2;

/** Throws an AssertionError that says what is wrong and where. */
export function validateMap(
  memory: WebAssembly.Memory,
  map: number,
  options: ValidateOptions = {},
): MapReport {
  return new MapValidator(memory, map, options).run();
}

class MapValidator {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #map: number;
  readonly #options: ValidateOptions;
  readonly #owners: Uint8Array;
  readonly #arena: number;
  readonly #granules: number;
  readonly #clock: number;
  readonly #report: MapReport;

  constructor(memory: WebAssembly.Memory, map: number, options: ValidateOptions) {
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#map = map;
    this.#options = options;
    this.#arena = this.#header(spec.MAP_ARENA);
    const end = map + this.#header(spec.MAP_SIZE) - spec.MAP_VALUE_SLACK_SIZE;
    this.#granules = (end - this.#arena) / GRANULE;
    this.#owners = new Uint8Array(this.#header(spec.MAP_BITMAP_WORDS) * 32);
    const clock = this.#header(spec.MAP_CLOCK);
    assert.equal(clock & 1, 0, "no clear is under way");
    this.#clock = clock >>> 1;
    const buckets = this.#header(spec.MAP_BUCKETS);
    this.#report = {
      ...{ present: 0, cleared: 0, deleted: 0, retired: 0, leaked: 0 },
      ...{ buckets, unset: 0, frozen: 0 },
    };
  }

  run(): MapReport {
    assert.equal(this.#header(spec.MAP_MAGIC), spec.MAP_VALUE_MAGIC);
    assert.ok(Number.isInteger(this.#granules) && this.#arena % GRANULE === 0);
    this.#directory();
    const agents = this.#header(spec.MAP_AGENT_COUNT);
    let length = this.#view.getInt32(this.#map + spec.MAP_LENGTH, true);
    let used = 0;
    let cuts = 0;
    for (let agent = 0; agent < agents; agent++) {
      const record = this.#map + spec.MAP_AGENTS + agent * spec.MAP_VALUE_AGENT_SIZE;
      this.#agent(agent, record);
      length += this.#view.getInt32(record + spec.MAP_AGENT_LENGTH_DELTA, true);
      used += this.#view.getInt32(record + spec.MAP_AGENT_ARENA_USED, true);
      if (this.#u32(record + spec.MAP_AGENT_CUT) !== 0) cuts++;
    }
    const blocks = this.#bitmap();
    const { present, cleared, leaked } = this.#report;
    assert.ok(leaked <= (this.#options.leakLimit ?? 0), `${leaked} bytes belong to nothing`);
    if (this.#options.leakLimit === undefined) {
      assert.equal(length, present + cleared, "LENGTH counts the entries that are ready");
      assert.equal(used, blocks * GRANULE, "ARENA_USED is what the blocks take");
      assert.equal(this.#header(spec.MAP_CUTS), cuts, "CUTS counts the agents with a cut");
    }
    return this.#report;
  }

  #directory(): void {
    const directory = this.#header(spec.MAP_DIRECTORY);
    const buckets = this.#header(spec.MAP_BUCKETS);
    const done = this.#header(spec.MAP_MIGRATE_DONE);
    const max = this.#header(spec.MAP_BUCKETS_MAX);
    assert.ok(buckets <= max && (buckets & (buckets - 1)) === 0, `${buckets} buckets`);
    assert.ok(done <= buckets && done >= Math.min(buckets / 2, spec.MAP_VALUE_BUCKETS_MIN));
    const wordAt = (index: number) => this.#u32(directory + 4 * index);
    for (let index = 0; index < buckets; index++) {
      const word = wordAt(index);
      const sibling = index < buckets / 2 ? wordAt(index + buckets / 2) : 0;
      if (word === spec.MAP_WORD_UNSET) {
        assert.ok(index >= done && index >= buckets / 2, `bucket ${index} is set`);
        this.#report.unset++;
        continue;
      }
      const isSplit = index >= buckets / 2 || sibling !== spec.MAP_WORD_UNSET;
      const isFrozen = (word & spec.MAP_WORD_FROZEN) !== 0;
      if (isFrozen) this.#report.frozen++;
      assert.ok(!isFrozen || index < buckets / 2, `bucket ${index} is not frozen`);
      // A frozen bucket is still one of half as many, even if its other half is set.
      const level = isSplit && !isFrozen ? buckets : buckets / 2;
      this.#bucket(index, word, buckets === spec.MAP_VALUE_BUCKETS_MIN ? buckets : level, isSplit);
    }
    for (let index = buckets; index < max; index++) assert.equal(wordAt(index), 0);
  }

  /** `isSplit`: those pairs of a frozen bucket that moved are found in the other half. */
  #bucket(index: number, first: number, level: number, isSplit: boolean): void {
    const keys = new Set<string>();
    const buckets = this.#header(spec.MAP_BUCKETS);
    let word = first;
    while (word & spec.MAP_WORD_AMENDED) {
      assert.equal(word & (spec.MAP_WORD_FROZEN | spec.MAP_WORD_EMPTY), 0, "a dirty entry's word");
      const entry = word & ~spec.MAP_WORD_BITS;
      this.#entry(index, entry, (word & spec.MAP_WORD_BYTES) !== 0, level, keys);
      word = this.#u32(entry + spec.MAP_ENTRY_NEXT);
    }
    if (word & spec.MAP_WORD_EMPTY) {
      assert.equal(2 ** (word >>> 4), level, `level of the empty bucket ${index}`);
      return;
    }
    const bucket = word & ~spec.MAP_WORD_BITS;
    assert.equal(word & (spec.MAP_WORD_BYTES | spec.MAP_WORD_EMPTY), 0);
    const count = this.#u16(bucket + spec.MAP_BUCKET_COUNT);
    const capacity = this.#u16(bucket + spec.MAP_BUCKET_CAPACITY);
    assert.ok(count <= capacity && capacity > 0, `${count} of ${capacity} pairs`);
    this.#own(bucket, spec.MAP_BUCKET_TAGS + 8 * capacity, `read bucket ${index}`);
    assert.equal(this.#u32(bucket + spec.MAP_BUCKET_LINK), level, `level of bucket ${index}`);
    for (let i = 0; i < count; i++) {
      const at = bucket + spec.MAP_BUCKET_TAGS + 4 * i;
      const tag = this.#u32(at);
      const named = this.#u32(at + 4 * capacity);
      const hasMoved = isSplit && (tag & (buckets - 1)) !== index;
      if (level < buckets && hasMoved) continue;
      const entry = named & ~spec.MAP_WORD_BITS;
      const isBytes = (named & spec.MAP_WORD_BYTES) !== 0;
      assert.equal(this.#entry(index, entry, isBytes, level, keys), tag, "tag is the key's hash");
    }
  }

  /** Checks an entry in a bucket; its hash. */
  #entry(index: number, entry: number, isBytes: boolean, level: number, keys: Set<string>): number {
    this.#own(entry, spec.MAP_VALUE_ENTRY_SIZE, `entry in bucket ${index}`);
    const [key, hash] = this.#key(entry, isBytes);
    assert.equal(hash & (level - 1), index & (level - 1), `${key} stands in its home bucket`);
    const word = this.#u32(entry + spec.MAP_ENTRY_WORD);
    const state = word & spec.ENTRY_STATE_MASK;
    const value = word & ~spec.ENTRY_STATE_MASK;
    this.#value(value - spec.MAP_VALUE_BLOCK_HEADER_SIZE, `value of ${key}`);
    const stamp = this.#u32(value - spec.MAP_VALUE_BLOCK_HEADER_SIZE + spec.MAP_BLOCK_STAMP);
    const end = this.#u32(value - spec.MAP_VALUE_BLOCK_HEADER_SIZE + spec.MAP_BLOCK_END);
    const isExact = this.#options.leakLimit === undefined;
    assert.ok((stamp > 0 || !isExact) && stamp <= this.#clock, `stamp ${stamp} of ${key}`);
    if (state === spec.ENTRY_STATE_DELETED) {
      assert.ok((end >= stamp || !isExact) && end <= this.#clock, `end ${end} of ${key}`);
      this.#report.deleted++;
      return hash;
    }
    assert.equal(state, spec.ENTRY_STATE_READY, `state of ${key}`);
    assert.equal(end, 0);
    // A dead writer's value is stamped by whoever meets it, with the present clock.
    if (stamp !== 0 && stamp <= this.#header(spec.MAP_FLOOR)) {
      this.#report.cleared++;
      return hash;
    }
    assert.ok(!keys.has(key), `${key} is there twice`);
    keys.add(key);
    this.#report.present++;
    return hash;
  }

  #value(block: number, what: string): void {
    const size = this.#u32(block + spec.MAP_BLOCK_SIZE);
    assert.ok(size >= spec.LIMIT_VALUE_SIZE_MIN && size <= spec.LIMIT_VALUE_SIZE_MAX, what);
    this.#own(block, spec.MAP_VALUE_BLOCK_HEADER_SIZE + size, what);
  }

  /** The key in a form that tells all keys apart, and its hash; owns its key block. */
  #key(entry: number, isBytes: boolean): [string, number] {
    const mask = this.#header(spec.MAP_HASH_MASK);
    const low = this.#u32(entry + spec.MAP_ENTRY_KEY);
    const high = this.#u32(entry + spec.MAP_ENTRY_KEY + 4);
    if (!isBytes) return [`${high}:${low}`, (integerHash(low, high) & mask) >>> 0];
    const size = this.#u32(low + spec.MAP_KEY_BLOCK_SIZE);
    assert.ok(size <= spec.LIMIT_KEY_SIZE_MAX);
    this.#own(low, spec.MAP_KEY_BLOCK_BYTES + size, "key block");
    const at = low + spec.MAP_KEY_BLOCK_BYTES;
    const bytes = this.#bytes.slice(at, at + size);
    const hash = (bytesHash(bytes) & mask) >>> 0;
    assert.equal(high, hash, "an entry keeps the hash of its bytes");
    return [`"${Buffer.from(bytes).toString("latin1")}"`, hash];
  }

  #agent(agent: number, record: number): void {
    const isPinned = this.#options.pinned?.includes(agent) ?? false;
    assert.equal(this.#u32(record + spec.MAP_AGENT_BUSY), 0, `agent ${agent} is in no operation`);
    assert.equal(this.#u32(record + spec.MAP_AGENT_PIN) !== 0, isPinned, `pin of agent ${agent}`);
    assert.equal(this.#u32(record + spec.MAP_AGENT_DEPTH) !== 0, isPinned);
    assert.equal(this.#u32(record + spec.MAP_AGENT_ILLEGAL_STEPS), 0, "no illegal step");
    const epoch = this.#header(spec.MAP_EPOCH);
    assert.equal(epoch & 1, 1);
    let size = 0;
    for (let list = 0; list < 3; list++) {
      const at = record + spec.MAP_AGENT_LIMBO + list * spec.MAP_VALUE_LIMBO_SIZE;
      size += this.#limbo(at);
      const since = this.#u32(at + spec.MAP_LIMBO_EPOCH);
      if (this.#u32(at) !== 0) assert.ok(since % 2 === 1 && since <= epoch, `epoch ${since}`);
    }
    size += this.#limbo(record + spec.MAP_AGENT_FREEABLE);
    if (this.#options.leakLimit === undefined) {
      assert.equal(this.#u32(record + spec.MAP_AGENT_UNRECLAIMED), size, "UNRECLAIMED");
    }
    for (const claim of [spec.MAP_AGENT_CLAIM_VALUES, spec.MAP_AGENT_CLAIM_INDEX]) {
      const bits = this.#u32(record + claim + spec.MAP_CLAIM_BITS);
      const at = this.#u32(record + claim + spec.MAP_CLAIM_WORD);
      const word = at - this.#header(spec.MAP_BITMAP);
      for (let bit = 0; bit < 32; bit++) {
        if (bits & (1 << bit)) this.#take(word * 8 + bit, OWNER_CLAIM, `claim of agent ${agent}`);
      }
    }
  }

  /** Walks one list of retired blocks; their bytes as the core counts them. */
  #limbo(list: number): number {
    let size = 0;
    let last = 0;
    let link = this.#u32(list + spec.MAP_LIMBO_FIRST);
    while (link !== 0 && link !== spec.MAP_LINK_END) {
      const block = link & ~spec.MAP_LINK_MASK;
      const kind = link & spec.MAP_LINK_MASK;
      last = link;
      this.#report.retired++;
      if (kind === spec.MAP_LINK_BUCKET) {
        const bucket = spec.MAP_BUCKET_TAGS + 8 * this.#u16(block + spec.MAP_BUCKET_CAPACITY);
        this.#own(block, bucket, "retired bucket");
        size += bucket;
        link = this.#u32(block + spec.MAP_BUCKET_LINK);
        continue;
      }
      this.#value(block, "retired value");
      size += spec.MAP_VALUE_BLOCK_HEADER_SIZE + this.#u32(block + spec.MAP_BLOCK_SIZE);
      if (kind !== spec.MAP_LINK_VALUE) size += this.#retiredEntry(block, kind);
      link = this.#u32(block + spec.MAP_BLOCK_END);
    }
    if (last !== 0) assert.equal(this.#u32(list + spec.MAP_LIMBO_LAST), last, "LAST is the last");
    return size;
  }

  #retiredEntry(block: number, kind: number): number {
    const entry = this.#u32(block + spec.MAP_BLOCK_PREVIOUS);
    const word = this.#u32(entry + spec.MAP_ENTRY_WORD);
    const expected = (block + spec.MAP_VALUE_BLOCK_HEADER_SIZE) | spec.ENTRY_STATE_EXPUNGED;
    assert.equal(word, expected, "a retired entry is expunged");
    this.#own(entry, spec.MAP_VALUE_ENTRY_SIZE, "retired entry");
    if (kind === spec.MAP_LINK_ENTRY) return spec.MAP_VALUE_ENTRY_SIZE;
    assert.equal(kind, spec.MAP_LINK_BYTES_ENTRY);
    this.#key(entry, true);
    const keySize = this.#u32(this.#u32(entry + spec.MAP_ENTRY_KEY) + spec.MAP_KEY_BLOCK_SIZE);
    return spec.MAP_VALUE_ENTRY_SIZE + spec.MAP_KEY_BLOCK_BYTES + keySize;
  }

  /** Compares owners with bits; how many granules are in blocks. */
  #bitmap(): number {
    const bitmap = this.#header(spec.MAP_BITMAP);
    const summary = this.#header(spec.MAP_SUMMARY);
    for (let index = 0; index < this.#header(spec.MAP_BITMAP_WORDS); index++) {
      const isListed = (this.#u32(summary + 4 * (index >>> 5)) >>> (index & 31)) & 1;
      const free = ~this.#u32(bitmap + 4 * index);
      const runs = free & (free >>> 1) & (free >>> 2) & (free >>> 3);
      if (runs !== 0) assert.equal(isListed, 1, `word ${index} has four free bits in a row`);
    }
    let blocks = 0;
    this.#owners.forEach((owner, granule) => {
      const isTaken = (this.#u32(bitmap + 4 * (granule >>> 5)) >>> (granule & 31)) & 1;
      if (granule >= this.#granules) assert.ok(isTaken === 1 && owner === OWNER_NONE);
      else if (owner !== OWNER_NONE)
        assert.equal(isTaken, 1, `granule ${granule} is free but used`);
      else if (isTaken) this.#report.leaked += GRANULE;
      if (owner === OWNER_BLOCK) blocks++;
    });
    return blocks;
  }

  #own(block: number, size: number, what: string): void {
    const first = (block - this.#arena) / GRANULE;
    assert.ok(Number.isInteger(first), `${what} at ${block} begins with a granule`);
    const count = Math.ceil(size / GRANULE);
    for (let i = 0; i < count; i++) this.#take(first + i, OWNER_BLOCK, what);
  }

  #take(granule: number, owner: number, what: string): void {
    assert.ok(granule >= 0 && granule < this.#granules, `${what}: granule ${granule} is outside`);
    assert.equal(this.#owners[granule], OWNER_NONE, `${what}: granule ${granule} is used twice`);
    this.#owners[granule] = owner;
  }

  #header(field: number): number {
    return this.#u32(this.#map + field);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }
}

function integerHash(low: number, high: number): number {
  const folded = (BigInt(high >>> 0) << 32n) | BigInt((low ^ high) >>> 0);
  return Number(((folded * 0x9e3779b97f4a7c15n) >> 32n) & 0xffffffffn);
}

/** MurmurHash3 x86 32, seed 0 (Appleby, 2011). */
function bytesHash(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer);
  const whole = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < whole; at += 4) {
    hash = (Math.imul(rotate(hash ^ scramble(view.getUint32(at, true)), 13), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | (bytes[at] as number);
  if (whole < bytes.length) hash ^= scramble(rest);
  return mix(hash ^ bytes.length);
}

function scramble(block: number): number {
  return Math.imul(rotate(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
