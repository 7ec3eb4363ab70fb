// Bad input: memory that is no map, sizes beside the limits, figures that make no map.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { MAP_START, MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

let program: CoreProgram;
let view: DataView;
before(async () => {
  program = await loadProgram();
  view = new DataView(program.memory.buffer);
});

const statusName = (status: number) => spec.STATUS_NAMES[status] as string;

describe("memory that is no map", () => {
  const begin = () => {
    newMap(program, { capacity: 100, arenaSize: 8192, agents: 3 });
    return MAP_START + view.getUint32(MAP_START + spec.MAP_SIZE, true);
  };
  const check = (map: number, limit: number) => statusName(program.core.mapCheck(map, limit));

  it("is told from a map, new or used", () => {
    const limit = begin();
    assert.equal(check(MAP_START, limit), "OK");
    assert.equal(check(MAP_START, limit + 4096), "OK");
    const map = new MapClient(program.core, program.memory, 0);
    for (let n = 0n; n < 60n; n++) map.store(n, `${n}`);
    assert.equal(check(MAP_START, limit), "OK");
  });

  it("is refused if it is not aligned, at each place beside", () => {
    const limit = begin();
    for (let shift = 1; shift < 64; shift++) {
      assert.equal(check(MAP_START + shift, limit + 64), "MISALIGNED");
      assert.equal(program.core.mapInit(MAP_START + shift, 100, 8192, 3), spec.STATUS_MISALIGNED);
    }
    assert.equal(check(MAP_START, limit), "OK");
  });

  it("is refused if it ends too early, at each byte", () => {
    const limit = begin();
    for (let end = MAP_START; end < limit; end++) {
      assert.equal(check(MAP_START, end), "TRUNCATED", `${limit - end} bytes less`);
    }
    assert.equal(check(MAP_START, MAP_START - 64), "TRUNCATED");
    assert.equal(check(MAP_START, 0), "TRUNCATED");
  });

  it("is refused if it is zeros, something else or another version's map", () => {
    const limit = begin();
    for (const magic of ["\0\0\0\0", "MAP1", "MAP3", "LWSN", "2PAM"]) {
      Buffer.from(program.memory.buffer).write(magic, MAP_START, "latin1");
      assert.equal(check(MAP_START, limit), "BAD_MAGIC");
    }
  });

  it("is refused with any bit of what init wrote once, and moved to another place", () => {
    const limit = begin();
    const fixed = {
      ...{ MAGIC: spec.MAP_MAGIC, AGENT_COUNT: spec.MAP_AGENT_COUNT },
      ...{ DIRECTORY: spec.MAP_DIRECTORY, BUCKETS_MAX: spec.MAP_BUCKETS_MAX },
      ...{ BITMAP: spec.MAP_BITMAP, BITMAP_WORDS: spec.MAP_BITMAP_WORDS, ARENA: spec.MAP_ARENA },
    };
    for (const [name, field] of Object.entries(fixed)) {
      const right = view.getUint32(MAP_START + field, true);
      for (let bit = 0; bit < 32; bit++) {
        view.setUint32(MAP_START + field, (right ^ (1 << bit)) >>> 0, true);
        assert.notEqual(check(MAP_START, limit), "OK", `${name}, bit ${bit}`);
      }
      view.setUint32(MAP_START + field, right, true);
    }
    const size = limit - MAP_START;
    for (const wrong of [0, 1, 63, size - 512, size - 8, size - 1, 0x80000000]) {
      view.setUint32(MAP_START + spec.MAP_SIZE, wrong, true);
      assert.notEqual(check(MAP_START, limit), "OK", `size ${wrong}`);
    }
    view.setUint32(MAP_START + spec.MAP_SIZE, size, true);
    const right = view.getUint32(MAP_START + spec.MAP_CAPACITY, true);
    for (const capacity of [0, 1, 52, 105, 0x7fffffff, 0xffffffff]) {
      view.setUint32(MAP_START + spec.MAP_CAPACITY, capacity, true);
      assert.equal(check(MAP_START, limit), "WRONG_SIZE", `capacity ${capacity}`);
    }
    view.setUint32(MAP_START + spec.MAP_CAPACITY, right, true);
    assert.equal(check(MAP_START, limit), "OK");
    const bytes = new Uint8Array(program.memory.buffer);
    bytes.copyWithin(limit + 64 - (limit % 64), MAP_START, limit);
    assert.equal(check(limit + 64 - (limit % 64), limit * 2), "WRONG_SIZE");
  });

  it("is refused if it uses more buckets than it has, or a number that is no power of two", () => {
    const limit = begin();
    for (const buckets of [0, 1, 4, 9, 12, 32, 64, 0x80000000, 0xffffffff]) {
      view.setUint32(MAP_START + spec.MAP_BUCKETS, buckets, true);
      assert.equal(check(MAP_START, limit), "WRONG_SIZE", `${buckets} buckets`);
    }
    view.setUint32(MAP_START + spec.MAP_BUCKETS, 16, true);
    assert.equal(check(MAP_START, limit), "OK");
  });
});

describe("figures of a map", () => {
  it("are refused beside their ranges and taken at both ends", () => {
    const { core } = program;
    const { LIMIT_MAP_CAPACITY_MAX, LIMIT_MAP_ARENA_SIZE_MAX, LIMIT_MAP_AGENTS_MAX } = spec;
    const bad: [number, number, number][] = [
      [0, 1024, 1],
      [-1, 1024, 1],
      [LIMIT_MAP_CAPACITY_MAX + 1, 1024, 1],
      [8, 0, 1],
      [8, 1008, 1],
      [8, 1028, 1],
      [8, -1024, 1],
      [8, LIMIT_MAP_ARENA_SIZE_MAX + 16, 1],
      [8, 1024, 0],
      [8, 1024, -1],
      [8, 1024, LIMIT_MAP_AGENTS_MAX + 1],
    ];
    for (const figures of bad) {
      assert.equal(core.mapSize(...figures), spec.STATUS_BAD_CONFIG, `${figures}`);
      assert.equal(core.mapInit(MAP_START, ...figures), spec.STATUS_BAD_CONFIG, `${figures}`);
    }
    const largest = core.mapSize(
      LIMIT_MAP_CAPACITY_MAX,
      LIMIT_MAP_ARENA_SIZE_MAX,
      LIMIT_MAP_AGENTS_MAX,
    );
    assert.ok(largest > LIMIT_MAP_ARENA_SIZE_MAX, `${largest}`);
    assert.ok(core.mapSize(1, 1024, 1) > 1024);
  });
});

/** Every operation that brings a value, for both kinds of keys, as the core's functions. */
function storing(map: number, key: number, value: number): ((size: number) => number)[] {
  const { core } = program;
  return [
    (size) => core.mapStore(map, 0, 7n, value, size),
    (size) => core.mapSwap(map, 0, 7n, value, size),
    (size) => core.mapLoadOrStore(map, 0, 7n, value, size),
    (size) => core.mapCompareAndSwap(map, 0, 7n, value, 8, value, size),
    (size) => core.mapStoreBytes(map, 0, key, 5, value, size),
    (size) => core.mapSwapBytes(map, 0, key, 5, value, size),
    (size) => core.mapLoadOrStoreBytes(map, 0, key, 5, value, size),
    (size) => core.mapCompareAndSwapBytes(map, 0, key, 5, value, 8, value, size),
  ];
}

/** Every operation with a byte string for a key that answers with a status. */
function keyed(map: number, key: number, value: number): ((size: number) => number)[] {
  const { core } = program;
  return [
    (size) => core.mapStoreBytes(map, 0, key, size, value, 8),
    (size) => core.mapSwapBytes(map, 0, key, size, value, 8),
    (size) => core.mapLoadOrStoreBytes(map, 0, key, size, value, 8),
    (size) => core.mapLoadAndDeleteBytes(map, 0, key, size),
    (size) => core.mapDeleteBytes(map, 0, key, size),
    (size) => core.mapCompareAndSwapBytes(map, 0, key, size, value, 8, value, 8),
    (size) => core.mapCompareAndDeleteBytes(map, 0, key, size, value, 8),
  ];
}

describe("sizes", () => {
  const begin = () => {
    newMap(program, { arenaSize: 1 << 18, agents: 2 });
    return new MapClient(program.core, program.memory, 0);
  };
  const expectUntouched = (map: MapClient) => {
    assert.deepEqual(map.entries(), new Map());
    assert.equal(map.arenaUsed, 0);
    assert.equal(map.own(spec.MAP_AGENT_BUSY), 0);
    validateMap(program.memory, map.map);
  };

  it("of values are taken from 8 to 4,096 bytes, every one, byte for byte", () => {
    const map = begin();
    const { core } = program;
    const value = map.scratch + 0x2000;
    for (let size = 8; size <= spec.LIMIT_VALUE_SIZE_MAX; size++) {
      core.valueFill(value, (size + 3) & ~3, 7n, size);
      assert.equal(core.mapStore(map.map, 0, 7n, value, size), 0, `size ${size}`);
      core.mapPin(map.map, 0);
      const offset = core.mapLoad(map.map, 0, 7n);
      assert.equal(offset % 8, 0);
      assert.equal(core.valueSize(offset), size);
      const isSame = map.bytes.compare(map.bytes, value, value + size, offset, offset + size) === 0;
      assert.ok(isSame, `size ${size}`);
      core.mapUnpin(map.map, 0);
    }
    validateMap(program.memory, map.map);
  });

  it("of values beside that are refused by every operation, and nothing has changed", () => {
    const map = begin();
    const min = -0x80000000;
    for (const store of storing(map.map, map.scratch, map.scratch + 0x2000)) {
      for (const size of [7, 1, 0, -1, min]) assert.equal(statusName(store(size)), "TRUNCATED");
      for (const size of [4097, 1 << 20, 0x7fffffff]) {
        assert.equal(statusName(store(size)), "TOO_LONG");
      }
    }
    expectUntouched(map);
  });

  it("of byte strings are taken from 0 to 4,096 bytes, every one", () => {
    const map = begin();
    const text = "k".repeat(spec.LIMIT_KEY_SIZE_MAX);
    for (let size = 0; size <= spec.LIMIT_KEY_SIZE_MAX; size++) {
      const key = text.slice(0, size);
      assert.equal(map.store(key, `${size}`), 0, `${size} bytes`);
      assert.equal(map.load(key), `${size}`);
      if (size > 0) assert.equal(map.load(text.slice(1, size)), undefined);
      assert.equal(map.delete(key), true);
    }
    map.reclaim();
    expectUntouched(map);
  });

  it("of byte strings beside that are refused before a byte is read, and nothing has changed", () => {
    const map = begin();
    const { core } = program;
    const sizes = [4097, 1 << 20, 1 << 26, 0x7fffffff, -1, -0x80000000];
    for (const size of sizes) {
      for (const change of keyed(map.map, map.scratch, map.scratch + 0x2000)) {
        assert.equal(statusName(change(size)), "TOO_LONG", `size ${size}`);
      }
      assert.equal(
        map.pinned(() => core.mapLoadBytes(map.map, 0, map.scratch, size)),
        0,
      );
      map.takeCut();
      assert.equal(core.cutLoadBytes(map.map, 0, map.scratch, size), 0);
      map.endCut();
    }
    expectUntouched(map);
  });

  it("of what is compared with may be anything: it just differs", () => {
    const map = begin();
    const { core } = program;
    const value = map.scratch + 0x2000;
    assert.equal(map.store(1n, "value"), 0);
    for (const size of [0, 1, 7, 9, 4096, 4097, 0x7fffffff, -1, -0x80000000]) {
      assert.equal(core.mapCompareAndSwap(map.map, 0, 1n, value, size, value, 8), 0);
      assert.equal(core.mapCompareAndDelete(map.map, 0, 1n, value, size), 0);
    }
    assert.equal(map.load(1n), "value");
    validateMap(program.memory, map.map);
  });
});
