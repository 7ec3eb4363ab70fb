// Reads snapshots in place, in Node and in the browser: the twin of assembly/snapshot.
//
// A snapshot lies either in the gateway's shared memory, where SnapshotRegion pins it, or in bytes
// that came over a socket. Nothing is copied: fields come back as typed arrays over the same
// memory. Validate before you read; the checks are those of the table "Validation" in
// spec/snapshot.md, in the same order.
import {
  FIELD_COUNT,
  FIELD_DATA,
  FIELD_IS_ARRAY,
  FIELD_QUALITY,
  FIELD_TYPE,
  FIELD_TYPE_BYTE,
  FIELD_TYPE_DOUBLE,
  FIELD_TYPE_FLOAT,
  FIELD_TYPE_INT16,
  FIELD_TYPE_INT32,
  FIELD_TYPE_INT64,
  FIELD_TYPE_SBYTE,
  FIELD_TYPE_UINT16,
  FIELD_TYPE_UINT32,
  FIELD_TYPE_UINT64,
  LIMIT_CACHE_LINE_SIZE,
  LIMIT_READERS_MAX,
  LIMIT_SNAPSHOT_SIZE_MAX,
  SNAPSHOT_COUNT,
  SNAPSHOT_DATA_SIZE,
  SNAPSHOT_DIRECTORY,
  SNAPSHOT_ENTRY_KEY,
  SNAPSHOT_ENTRY_OFFSET,
  SNAPSHOT_ENTRY_SIZE,
  SNAPSHOT_LENGTH,
  SNAPSHOT_MAGIC,
  SNAPSHOT_REGION_CURRENT,
  SNAPSHOT_REGION_PINS,
  SNAPSHOT_REGION_SLOT_COUNT,
  SNAPSHOT_REGION_SLOT_SIZE,
  SNAPSHOT_REGION_SLOTS,
  SNAPSHOT_SCHEMA,
  SNAPSHOT_SEQUENCE,
  SNAPSHOT_TIME,
  SNAPSHOT_VALUE_ENTRY_SIZE,
  SNAPSHOT_VALUE_HEADER_SIZE,
  SNAPSHOT_VALUE_MAGIC,
  SNAPSHOT_VALUE_TAIL_SIZE,
  STATUS_BAD_MAGIC,
  STATUS_MALFORMED,
  STATUS_MISALIGNED,
  STATUS_NAMES,
  STATUS_OK,
  STATUS_TOO_LONG,
  STATUS_TORN,
  STATUS_TRUNCATED,
  STATUS_ZERO,
} from "./spec.ts";

/** Constructors of the arrays that hold the elements of a FIELD, by OPC UA built-in type. */
const ARRAYS = {
  [FIELD_TYPE_SBYTE]: Int8Array,
  [FIELD_TYPE_BYTE]: Uint8Array,
  [FIELD_TYPE_INT16]: Int16Array,
  [FIELD_TYPE_UINT16]: Uint16Array,
  [FIELD_TYPE_INT32]: Int32Array,
  [FIELD_TYPE_UINT32]: Uint32Array,
  [FIELD_TYPE_INT64]: BigInt64Array,
  [FIELD_TYPE_UINT64]: BigUint64Array,
  [FIELD_TYPE_FLOAT]: Float32Array,
  [FIELD_TYPE_DOUBLE]: Float64Array,
} as const;

type FieldType = keyof typeof ARRAYS;

export type FieldValues = InstanceType<(typeof ARRAYS)[FieldType]>;

/**
 * One field: its elements lie in the snapshot's own memory, so they last as long as the pin or the
 * bytes.
 */
export interface Field {
  /** OPC UA built-in type, FIELD_TYPE_* of spec/snapshot.md. */
  type: number;
  isArray: boolean;
  /** Upper half of an OPC UA StatusCode: 0 good, 0x8000 and above bad. */
  quality: number;
  values: FieldValues;
}

/**
 * Where a value lies: a key in two halves (a bigint costs an allocation), offset in the buffer,
 * bytes.
 */
export interface SnapshotEntry {
  /** PublisherId. */
  keyHigh: number;
  /** DataSetWriterId << 16 | field index. */
  keyLow: number;
  offset: number;
  size: number;
}

/**
 * STATUS_OK if a whole snapshot lies at `base` of the buffer and ends at or before `limit`; else
 * what is wrong with it first, as snapshotValidate of the core says. Cost: one pass over the
 * directory.
 */
export function validateSnapshot(buffer: ArrayBufferLike, base: number, limit: number): number {
  if (base % 8 !== 0) return STATUS_MISALIGNED;
  const room = Math.min(limit, buffer.byteLength) - base;
  const least = SNAPSHOT_VALUE_HEADER_SIZE + SNAPSHOT_VALUE_TAIL_SIZE;
  if (room < least) return STATUS_TRUNCATED;
  const view = new DataView(buffer, base, room);
  // Order: acquire; pairs with the writer's store of the length, after everything else in the slot.
  const length = Atomics.load(new Uint32Array(buffer, base, 1), SNAPSHOT_LENGTH);
  if (length === 0) return STATUS_ZERO;
  if (length > LIMIT_SNAPSHOT_SIZE_MAX || length > room) return STATUS_TOO_LONG;
  if (length % 8 !== 0) return STATUS_MISALIGNED;
  if (view.getUint32(SNAPSHOT_MAGIC, true) !== SNAPSHOT_VALUE_MAGIC) return STATUS_BAD_MAGIC;
  const count = view.getUint32(SNAPSHOT_COUNT, true);
  const stated =
    least + count * SNAPSHOT_VALUE_ENTRY_SIZE + view.getUint32(SNAPSHOT_DATA_SIZE, true);
  if (length < stated) return STATUS_TRUNCATED;
  if (length > stated) return STATUS_MALFORMED;
  const tail = length - SNAPSHOT_VALUE_TAIL_SIZE;
  if (view.getUint32(tail, true) !== view.getUint32(SNAPSHOT_SEQUENCE, true)) return STATUS_TORN;
  if (view.getUint32(tail + 4, true) !== 0) return STATUS_TORN;
  return validateDirectory(view, count, tail);
}

/**
 * Each value begins where the one before it ended, rounded up to 8, and the last one ends the data.
 */
function validateDirectory(view: DataView, count: number, dataEnd: number): number {
  let expected = SNAPSHOT_DIRECTORY + count * SNAPSHOT_VALUE_ENTRY_SIZE;
  let previousHigh = -1;
  let previousLow = 0;
  for (let i = 0; i < count; i++) {
    const entry = SNAPSHOT_DIRECTORY + i * SNAPSHOT_VALUE_ENTRY_SIZE;
    const low = view.getUint32(entry + SNAPSHOT_ENTRY_KEY, true);
    const high = view.getUint32(entry + SNAPSHOT_ENTRY_KEY + 4, true);
    const size = view.getUint32(entry + SNAPSHOT_ENTRY_SIZE, true);
    if (high < previousHigh || (high === previousHigh && low <= previousLow))
      return STATUS_MALFORMED;
    if (view.getUint32(entry + SNAPSHOT_ENTRY_OFFSET, true) !== expected) return STATUS_MALFORMED;
    if (size === 0) return STATUS_MALFORMED;
    expected += Math.ceil(size / 8) * 8;
    if (expected > dataEnd) return STATUS_MALFORMED;
    previousHigh = high;
    previousLow = low;
  }
  return expected === dataEnd ? STATUS_OK : STATUS_MALFORMED;
}

/** A valid snapshot, read in place. */
export class Snapshot {
  readonly buffer: ArrayBufferLike;
  readonly base: number;
  private readonly view: DataView;

  /** Only for a snapshot that validateSnapshot has found OK; openSnapshot does both. */
  constructor(buffer: ArrayBufferLike, base: number) {
    this.buffer = buffer;
    this.base = base;
    this.view = new DataView(buffer, base);
  }

  /** Bytes from base to the end of the tail. */
  get length(): number {
    return this.view.getUint32(SNAPSHOT_LENGTH, true);
  }

  get sequence(): number {
    return this.view.getUint32(SNAPSHOT_SEQUENCE, true);
  }

  /** Entries in the directory. */
  get count(): number {
    return this.view.getUint32(SNAPSHOT_COUNT, true);
  }

  /** OPC UA DateTime (100 ns since 1601-01-01 UTC) of the newest sample; 0 if unknown. */
  get time(): bigint {
    return this.view.getBigInt64(SNAPSHOT_TIME, true);
  }

  get schema(): number {
    return this.view.getUint32(SNAPSHOT_SCHEMA, true);
  }

  /** All its bytes, over the same memory. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.buffer, this.base, this.length);
  }

  /** Entry number `index`, below count; they ascend by key. */
  entry(index: number): SnapshotEntry {
    const at = SNAPSHOT_DIRECTORY + index * SNAPSHOT_VALUE_ENTRY_SIZE;
    return {
      keyHigh: this.view.getUint32(at + SNAPSHOT_ENTRY_KEY + 4, true),
      keyLow: this.view.getUint32(at + SNAPSHOT_ENTRY_KEY, true),
      offset: this.base + this.view.getUint32(at + SNAPSHOT_ENTRY_OFFSET, true),
      size: this.view.getUint32(at + SNAPSHOT_ENTRY_SIZE, true),
    };
  }

  *entries(): Generator<SnapshotEntry> {
    const count = this.count;
    for (let i = 0; i < count; i++) yield this.entry(i);
  }

  /** The entry under a key, by binary search. */
  find(keyHigh: number, keyLow: number): SnapshotEntry | undefined {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = SNAPSHOT_DIRECTORY + middle * SNAPSHOT_VALUE_ENTRY_SIZE;
      const foundHigh = this.view.getUint32(at + SNAPSHOT_ENTRY_KEY + 4, true);
      const foundLow = this.view.getUint32(at + SNAPSHOT_ENTRY_KEY, true);
      if (foundHigh === keyHigh && foundLow === keyLow) return this.entry(middle);
      if (foundHigh < keyHigh || (foundHigh === keyHigh && foundLow < keyLow)) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  /** A field by its key's three parts; undefined if it is absent or no FIELD. */
  field(publisherId: number, writerId: number, fieldIndex: number): Field | undefined {
    const entry = this.find(publisherId, ((writerId << 16) | fieldIndex) >>> 0);
    return entry && decodeField(this.buffer, entry.offset, entry.size);
  }
}

/**
 * The FIELD of `size` bytes at `offset` of a buffer, as typed arrays over the same memory (the
 * offset of a snapshot's value is a multiple of 8, so they are always aligned). Undefined if its
 * header does not fit its size or names a type that has no array.
 */
export function decodeField(
  buffer: ArrayBufferLike,
  offset: number,
  size: number,
): Field | undefined {
  if (size < FIELD_DATA) return undefined;
  const view = new DataView(buffer, offset, size);
  const type = view.getUint8(FIELD_TYPE);
  const count = view.getUint32(FIELD_COUNT, true);
  const isArray = view.getUint8(FIELD_IS_ARRAY) === 1;
  if (!(type in ARRAYS) || (!isArray && count !== 1)) return undefined;
  const Elements = ARRAYS[type as FieldType];
  if (count * Elements.BYTES_PER_ELEMENT > size - FIELD_DATA) return undefined;
  const values = new Elements(buffer as ArrayBuffer, offset + FIELD_DATA, count);
  return { type, isArray, quality: view.getUint16(FIELD_QUALITY, true), values };
}

export type OpenedSnapshot =
  | { ok: true; value: Snapshot }
  /** Name of the status that validateSnapshot gave. */
  | { ok: false; code: string };

/**
 * Validates and opens the bytes of one snapshot; copies them only if they do not begin on a
 * multiple of 8.
 */
export function openSnapshot(bytes: ArrayBufferLike | Uint8Array): OpenedSnapshot {
  let buffer: ArrayBufferLike;
  let base = 0;
  let limit: number;
  if (!(bytes instanceof Uint8Array)) {
    buffer = bytes;
    limit = bytes.byteLength;
  } else {
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
    buffer = aligned.buffer;
    base = aligned.byteOffset;
    limit = base + aligned.byteLength;
  }
  const status = validateSnapshot(buffer, base, limit);
  if (status !== STATUS_OK) return { ok: false, code: STATUS_NAMES[status] ?? String(status) };
  return { ok: true, value: new Snapshot(buffer, base) };
}

/** A snapshot region of the core, seen by one reader: a worker, or the main thread. */
export class SnapshotRegion {
  private readonly buffer: ArrayBufferLike;
  private readonly words: Uint32Array;
  private readonly pinWord: number;
  /** Offset behind the last slot. */
  readonly limit: number;

  /**
   * `region`: its offset, a multiple of 8; `reader`, below LIMIT_READERS_MAX, belongs to one agent.
   */
  constructor(buffer: ArrayBufferLike, region: number, reader: number) {
    if (reader < 0 || reader >= LIMIT_READERS_MAX) throw new RangeError(`no reader ${reader}`);
    this.buffer = buffer;
    this.words = new Uint32Array(buffer, region, SNAPSHOT_REGION_SLOTS / 4);
    this.pinWord = (SNAPSHOT_REGION_PINS + reader * LIMIT_CACHE_LINE_SIZE) / 4;
    const slots =
      (this.words[SNAPSHOT_REGION_SLOT_SIZE / 4] ?? 0) *
      (this.words[SNAPSHOT_REGION_SLOT_COUNT / 4] ?? 0);
    this.limit = region + SNAPSHOT_REGION_SLOTS + slots;
  }

  /**
   * Offset of the newest snapshot, which stays as it is until unpin; 0 if there is none yet. Never
   * waits: it repeats only if the writer published in between. No nesting.
   */
  pin(): number {
    const current = SNAPSHOT_REGION_CURRENT / 4;
    // Order: acquire; pairs with snapshotPublish of the core.
    let base = Atomics.load(this.words, current);
    for (;;) {
      // Order: sequentially consistent, before the second load: either that load sees the writer's
      // newer snapshot, or the writer's search for a free slot sees this pin.
      Atomics.store(this.words, this.pinWord, base);
      const again = Atomics.load(this.words, current);
      if (again === base) return base;
      base = again;
    }
  }

  unpin(): void {
    // Order: release; the last read of the snapshot stands before the writer's sight of 0.
    Atomics.store(this.words, this.pinWord, 0);
  }

  /**
   * Runs `visit` on the newest snapshot under the pin; undefined if there is none yet or it is not
   * valid.
   */
  read<T>(visit: (snapshot: Snapshot) => T): T | undefined {
    const base = this.pin();
    try {
      if (base === 0 || validateSnapshot(this.buffer, base, this.limit) !== STATUS_OK)
        return undefined;
      return visit(new Snapshot(this.buffer, base));
    } finally {
      this.unpin();
    }
  }
}
