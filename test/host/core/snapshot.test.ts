// Snapshots: both readers find what the core writes, and believe no wrong word.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import {
  openSnapshot,
  Snapshot,
  SnapshotRegion,
  validateSnapshot,
} from "../../../host/base/snapshot.ts";
import * as spec from "../../../host/base/spec.ts";
import { type CoreExports, loadProgram } from "./program.ts";

let core: CoreExports;
let buffer: ArrayBufferLike;
let bytes: Uint8Array;
let view: DataView;
let map = 0;
let region = 0;
let source = 0;

const PUBLISHER = 0xfffffff1;
const SLOT_SIZE = 4096;

before(async () => {
  const program = await loadProgram();
  core = program.core;
  buffer = program.memory.buffer;
  bytes = new Uint8Array(buffer);
  view = new DataView(buffer);
});

const key = (low: number) => (BigInt(PUBLISHER) << 32n) | BigInt(low);

/** Stores one FIELD of 32-bit words or 16-bit halves under a key. */
function storeField(low: number, type: number, elementSize: number, elements: number[]): void {
  view.setUint32(source, type | (1 << 8), true);
  view.setUint32(source + 4, elements.length, true);
  elements.forEach((element, i) => {
    if (elementSize === 2) view.setInt16(source + 8 + 2 * i, element, true);
    else view.setUint32(source + 8 + 4 * i, element, true);
  });
  const size = 8 + elementSize * elements.length;
  assert.equal(core.mapStore(map, 0, key(low), source, size), 0);
}

function prepare(): void {
  core.regionsInit(0x800000, 0x1800000);
  map = core.regionTake(core.mapSize(64, 65536, 1), 64);
  assert.equal(core.mapInit(map, 64, 65536, 1), 0);
  region = core.regionTake(core.snapshotRegionSize(SLOT_SIZE), 64);
  assert.equal(core.snapshotInit(region, SLOT_SIZE), 0);
  source = core.regionTake(8192, 8);
}

const publish = () => core.mapSnapshot(map, 0, region, key(0), key(0xffffffff), 1234567n, 77);

/** A snapshot of three fields, not stored in order; its base. */
function three(): number {
  prepare();
  storeField(0x20000, spec.FIELD_TYPE_INT16, 2, [1, -2, 3]);
  storeField(0x10001, spec.FIELD_TYPE_UINT32, 4, [7]);
  storeField(0x10000, spec.FIELD_TYPE_UINT32, 4, [10, 20, 0xfffffffe]);
  assert.equal(core.mapStore(map, 0, 5n, source, 16), 0); // another publisher's
  const length = publish();
  assert.equal(length, 32 + 3 * 16 + 24 + 16 + 16 + 8);
  const base = core.snapshotPin(region, 0);
  core.snapshotUnpin(region, 0);
  return base;
}

/** What both validators say, which is one thing. */
function validate(base: number, limit: number): string {
  const status = core.snapshotValidate(base, limit);
  assert.equal(validateSnapshot(buffer, base, limit), status);
  return spec.STATUS_NAMES[status] as string;
}

describe("what is published", () => {
  it("is sorted, contiguous and holds the wanted keys only", () => {
    const base = three();
    assert.equal(validate(base, core.snapshotLimit(region)), "OK");
    const snapshot = new Snapshot(buffer, base);
    assert.deepEqual(
      [...snapshot.entries()].map((entry) => entry.keyLow),
      [0x10000, 0x10001, 0x20000],
    );
    assert.equal(snapshot.time, 1234567n);
    assert.equal(snapshot.schema, 77);
    assert.equal(snapshot.sequence, 1);
    assert.deepEqual([...(snapshot.field(PUBLISHER, 1, 0)?.values ?? [])], [10, 20, 0xfffffffe]);
    assert.deepEqual([...(snapshot.field(PUBLISHER, 2, 0)?.values ?? [])], [1, -2, 3]);
    assert.equal(snapshot.field(PUBLISHER, 3, 0), undefined);
    assert.equal(snapshot.field(0, 0, 5), undefined);
    const values = snapshot.field(PUBLISHER, 2, 0)?.values;
    assert.equal(values?.buffer, buffer, "no copy is made");
  });

  it("is found key by key by the core's own reader", () => {
    const base = three();
    for (const low of [0x10000, 0x10001, 0x20000]) {
      const offset = core.snapshotFind(base, key(low));
      const entry = new Snapshot(buffer, base).find(PUBLISHER, low);
      assert.equal(offset, entry?.offset);
      assert.equal(core.snapshotFindSize(base, key(low)), entry?.size);
    }
    assert.equal(core.snapshotFind(base, key(0x10002)), 0);
    assert.equal(core.snapshotFindSize(base, 5n), 0);
  });

  it("is the same over a socket, aligned or not", () => {
    const base = three();
    const length = view.getUint32(base, true);
    for (const shift of [0, 1, 4]) {
      const carried = new Uint8Array(length + shift);
      carried.set(bytes.subarray(base, base + length), shift);
      const opened = openSnapshot(carried.subarray(shift));
      assert.ok(opened.ok);
      assert.deepEqual([...(opened.value.field(PUBLISHER, 1, 1)?.values ?? [])], [7]);
    }
    assert.deepEqual(openSnapshot(new Uint8Array(bytes.slice(base, base + length - 8))), {
      ok: false,
      code: "TOO_LONG",
    });
  });

  it("sorts 64 keys in any order", () => {
    prepare();
    for (let i = 0; i < 64; i++) storeField((i * 37) % 64, spec.FIELD_TYPE_UINT32, 4, [i]);
    assert.ok(publish() > 0);
    const base = core.snapshotPin(region, 0);
    assert.equal(validate(base, core.snapshotLimit(region)), "OK");
    assert.equal(new Snapshot(buffer, base).count, 64);
  });

  it("may be empty", () => {
    prepare();
    assert.equal(publish(), 40);
    assert.equal(validate(core.snapshotPin(region, 0), core.snapshotLimit(region)), "OK");
  });

  it("is refused and counted when it does not fit, and the old one stays", () => {
    prepare();
    storeField(1, spec.FIELD_TYPE_UINT32, 4, [1]);
    const length = publish();
    const before = core.snapshotPin(region, 0);
    for (let low = 10; low < 20; low++) {
      storeField(low, spec.FIELD_TYPE_UINT32, 4, new Array(100).fill(low));
    }
    assert.equal(publish(), spec.STATUS_TOO_LONG);
    assert.equal(view.getUint32(region + spec.SNAPSHOT_REGION_REFUSED, true), 1);
    assert.equal(core.snapshotPin(region, 0), before);
    assert.equal(view.getUint32(before, true), length);
    assert.equal(validate(before, core.snapshotLimit(region)), "OK");
  });

  it("fills a slot to the last byte", () => {
    prepare();
    const most = SLOT_SIZE - 40 - 16 - 8;
    storeField(1, spec.FIELD_TYPE_UINT32, 4, new Array(most / 4).fill(9));
    assert.equal(publish(), SLOT_SIZE);
    storeField(1, spec.FIELD_TYPE_UINT32, 4, new Array(most / 4 + 1).fill(9));
    assert.equal(publish(), spec.STATUS_TOO_LONG);
  });
});

describe("pins", () => {
  it("keep a snapshot while the writer goes on, for every reader at once", () => {
    prepare();
    const held: { base: number; sequence: number }[] = [];
    for (let reader = 0; reader < spec.LIMIT_READERS_MAX; reader++) {
      storeField(1, spec.FIELD_TYPE_UINT32, 4, [reader]);
      publish();
      const base = core.snapshotPin(region, reader);
      held.push({ base, sequence: view.getUint32(base + spec.SNAPSHOT_SEQUENCE, true) });
    }
    for (let round = 0; round < 50; round++) {
      storeField(1, spec.FIELD_TYPE_UINT32, 4, [1000 + round]);
      assert.ok(publish() > 0);
    }
    held.forEach(({ base, sequence }, reader) => {
      assert.equal(validate(base, core.snapshotLimit(region)), "OK");
      const snapshot = new Snapshot(buffer, base);
      assert.equal(snapshot.sequence, sequence);
      assert.deepEqual([...(snapshot.field(PUBLISHER, 0, 1)?.values ?? [])], [reader]);
      core.snapshotUnpin(region, reader);
    });
  });

  it("are the same words in JavaScript", () => {
    prepare();
    const reader = new SnapshotRegion(buffer, region, 3);
    assert.equal(reader.pin(), 0);
    storeField(1, spec.FIELD_TYPE_UINT32, 4, [5]);
    publish();
    const base = reader.pin();
    for (let round = 0; round < 20; round++) publish();
    assert.equal(new Snapshot(buffer, base).sequence, 1);
    assert.equal(validate(base, reader.limit), "OK");
    reader.unpin();
    assert.equal(reader.limit, core.snapshotLimit(region));
    assert.equal(
      reader.read((snapshot) => snapshot.sequence),
      21,
    );
    assert.throws(() => new SnapshotRegion(buffer, region, 4), RangeError);
  });

  it("move on if the writer reuses the slot between a reader's look and its pin", (t) => {
    prepare();
    publish();
    const reader = new SnapshotRegion(buffer, region, 2);
    const store = Atomics.store;
    // The reader has loaded `current` and is stopped before its pin shows; the writer goes round
    // its slots.
    let stops = 3;
    t.mock.method(Atomics, "store", (words: Uint32Array, index: number, value: number) => {
      if (stops > 0 && value !== 0) {
        stops--;
        for (let round = 0; round < 7; round++) publish();
      }
      return store(words, index, value);
    });
    const base = reader.pin();
    t.mock.restoreAll();
    assert.equal(stops, 0);
    assert.equal(base, view.getUint32(region + spec.SNAPSHOT_REGION_CURRENT, true));
    for (let round = 0; round < 20; round++) publish();
    assert.equal(validate(base, reader.limit), "OK");
    assert.equal(new Snapshot(buffer, base).sequence, 22);
    reader.unpin();
  });

  it("count sequences past 2^32", () => {
    prepare();
    view.setUint32(region + spec.SNAPSHOT_REGION_SEQUENCE, 0xffffffff, true);
    publish();
    const reader = new SnapshotRegion(buffer, region, 0);
    assert.equal(
      reader.read((snapshot) => snapshot.sequence),
      0,
    );
  });
});

describe("validation", () => {
  const WORDS: [number, string][] = [
    [spec.SNAPSHOT_LENGTH, "TOO_LONG MISALIGNED TRUNCATED MALFORMED ZERO TORN"],
    [spec.SNAPSHOT_MAGIC, "BAD_MAGIC"],
    [spec.SNAPSHOT_SEQUENCE, "TORN"],
    [spec.SNAPSHOT_COUNT, "TRUNCATED MALFORMED"],
    [spec.SNAPSHOT_DATA_SIZE, "TRUNCATED MALFORMED"],
  ];

  it("refuses every flipped bit of the header words that have a meaning for the structure", () => {
    const base = three();
    const limit = core.snapshotLimit(region);
    const seen = new Set<string>();
    for (const [word, allowed] of WORDS) {
      const right = view.getUint32(base + word, true);
      for (let bit = 0; bit < 32; bit++) {
        view.setUint32(base + word, (right ^ (1 << bit)) >>> 0, true);
        const found = validate(base, limit);
        assert.ok(allowed.includes(found), `word ${word} bit ${bit}: ${found}`);
        assert.notEqual(found, "OK");
        seen.add(found);
      }
      view.setUint32(base + word, right, true);
    }
    assert.deepEqual([...seen].sort(), [
      "BAD_MAGIC",
      "MALFORMED",
      "MISALIGNED",
      "TOO_LONG",
      "TORN",
      "TRUNCATED",
    ]);
    assert.equal(validate(base, limit), "OK");
  });

  it("refuses every flipped bit of offsets, sizes and tail, and keys that do not ascend", () => {
    const base = three();
    const limit = core.snapshotLimit(region);
    const tail = view.getUint32(base, true) - 8;
    const words = [tail, tail + 4];
    for (let i = 0; i < 3; i++) words.push(32 + 16 * i + 8, 32 + 16 * i + 12);
    for (const word of words) {
      const right = view.getUint32(base + word, true);
      for (let bit = 0; bit < 32; bit++) {
        const wrong = (right ^ (1 << bit)) >>> 0;
        view.setUint32(base + word, wrong, true);
        // A size may change within its own padding: the structure is then still whole.
        const isSize = word < tail && word % 16 === 12;
        const isSame = isSize && wrong > 0 && Math.ceil(wrong / 8) === Math.ceil(right / 8);
        const found = validate(base, limit);
        assert.equal(
          found,
          isSame ? "OK" : word >= tail ? "TORN" : "MALFORMED",
          `word ${word} bit ${bit}`,
        );
      }
      view.setUint32(base + word, right, true);
    }
    for (let i = 1; i < 3; i++) {
      const right = view.getBigUint64(base + 32 + 16 * i, true);
      view.setBigUint64(base + 32 + 16 * i, view.getBigUint64(base + 16 + 16 * i, true), true);
      assert.equal(validate(base, limit), "MALFORMED");
      view.setBigUint64(base + 32 + 16 * i, 0n, true);
      assert.equal(validate(base, limit), "MALFORMED");
      view.setBigUint64(base + 32 + 16 * i, right, true);
    }
    assert.equal(validate(base, limit), "OK");
  });

  it("refuses each wrong base and each limit that cuts it", () => {
    const base = three();
    const limit = core.snapshotLimit(region);
    const length = view.getUint32(base, true);
    for (let shift = 1; shift < 8; shift++)
      assert.equal(validate(base + shift, limit), "MISALIGNED");
    for (let size = 0; size < length; size++) {
      assert.equal(validate(base, base + size), size < 40 ? "TRUNCATED" : "TOO_LONG");
    }
    assert.equal(validate(base, base + length), "OK");
    assert.equal(validate(base, base - 8), "TRUNCATED");
  });

  it("calls a slot that is being written, or never was, ZERO", () => {
    const base = three();
    const limit = core.snapshotLimit(region);
    view.setUint32(base, 0, true);
    assert.equal(validate(base, limit), "ZERO");
    assert.equal(validate(base + SLOT_SIZE, limit), "ZERO");
  });

  it("never reads past the limit, whatever the header says", () => {
    const base = three();
    const end = bytes.length - 40;
    bytes.copyWithin(end, base, base + 40);
    for (const word of [0, 12, 28]) {
      for (const value of [40, 48, 0x7fffffff, 0xffffffff, 0xfffffff8, 0x10000000]) {
        view.setUint32(end + word, value, true);
        assert.notEqual(validate(end, bytes.length), "OK");
        bytes.copyWithin(end, base, base + 40);
      }
    }
  });
});
