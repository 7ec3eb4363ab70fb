// Each refusal of the map's API has its code, and leaves the memory, or the map, as it was.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import {
  EntryMap,
  MapError,
  type MapErrorCode,
  type MapHandle,
} from "../../../host/map/entry-map.ts";
import { validateMap } from "../core/validate-map.ts";

const SIZES = { capacity: 64, arenaSize: 1 << 16, agents: 3 };
const value = Buffer.from("12345678");
let map: EntryMap;

before(async () => {
  map = await EntryMap.create({ ...SIZES, checked: true });
  for (let i = 0; i < 40; i++) map.store(i, value);
});
after(() => map.close());

function refused(code: MapErrorCode, action: () => unknown): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof MapError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^map: .{10,}/);
    return true;
  });
}

const mapOffset = (handle: MapHandle) =>
  handle.offset + spec.MAP_HEAD_VALUE_SIZE + handle.agents * spec.MAP_HEAD_VALUE_SCRATCH_SIZE;
const hashOf = (memory: WebAssembly.Memory) =>
  createHash("sha256").update(new Uint8Array(memory.buffer)).digest("hex");
/** A memory of `pages` with the bytes of another one, as far as they fit. */
function copyOf(memory: WebAssembly.Memory, pages: number, shared = true): WebAssembly.Memory {
  const copy = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  const source = new Uint8Array(memory.buffer);
  new Uint8Array(copy.buffer).set(source.subarray(0, copy.buffer.byteLength));
  return copy;
}

describe("open refuses", () => {
  const pages = () => map.handle.memory.buffer.byteLength / 65536;
  const damages: [string, MapErrorCode, (handle: MapHandle) => MapHandle][] = [
    [
      "a memory of zeros",
      "BAD_MAGIC",
      (handle) => {
        const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
        return { ...handle, memory };
      },
    ],
    [
      "a memory that is not shared",
      "NOT_SHARED",
      (handle) => ({
        ...handle,
        memory: copyOf(handle.memory, pages(), false),
      }),
    ],
    [
      "a bare SharedArrayBuffer",
      "NOT_SHARED",
      (handle) => ({
        ...handle,
        memory: handle.memory.buffer as unknown as WebAssembly.Memory,
      }),
    ],
    [
      "one that ends too early",
      "TRUNCATED",
      (handle) => ({
        ...handle,
        memory: copyOf(handle.memory, pages() - 1),
      }),
    ],
    [
      "one that ends before the head",
      "TRUNCATED",
      (handle) => ({
        ...handle,
        offset: handle.memory.buffer.byteLength - 64,
      }),
    ],
    ["an offset between", "MISALIGNED", (handle) => ({ ...handle, offset: handle.offset + 8 })],
    ["an offset that is none", "MISALIGNED", (handle) => ({ ...handle, offset: -64 })],
    ["another offset", "BAD_MAGIC", (handle) => ({ ...handle, offset: handle.offset + 64 })],
  ];
  for (const [name, code, damage] of damages) {
    it(`${name}: ${code}`, () => {
      const memory = copyOf(map.handle.memory, pages());
      const handle = damage({ ...map.handle, memory });
      const target = handle.memory instanceof WebAssembly.Memory ? handle.memory : memory;
      const before = hashOf(target);
      refused(code, () => EntryMap.open(handle));
      assert.equal(hashOf(target), before, "untouched");
    });
  }

  it("each word of head and map header that is another one", () => {
    const memory = copyOf(map.handle.memory, pages());
    const handle = { ...map.handle, memory };
    const head = handle.offset;
    const header = mapOffset(handle);
    const words = [
      ...[spec.MAP_HEAD_MAGIC, spec.MAP_HEAD_SIZE, spec.MAP_HEAD_AGENT_COUNT].map((f) => head + f),
      ...[spec.MAP_HEAD_SCRATCH, spec.MAP_HEAD_MAP, spec.MAP_HEAD_PAGES].map((f) => head + f),
      ...[spec.MAP_HEAD_BUFFER, spec.MAP_HEAD_BUFFER_SIZE].map((f) => head + f),
      ...[spec.MAP_MAGIC, spec.MAP_SIZE, spec.MAP_CAPACITY, spec.MAP_ARENA].map((f) => header + f),
    ];
    const view = new DataView(memory.buffer);
    for (const word of words) {
      const right = view.getUint32(word, true);
      for (const wrong of [...Array(32).keys()].map((bit) => (right ^ (1 << bit)) >>> 0)) {
        // A capacity that leads to the same directory is as good as the right one.
        if (word === header + spec.MAP_CAPACITY && wrong > 52 && wrong <= 104) continue;
        view.setUint32(word, wrong, true);
        const before = hashOf(memory);
        assert.throws(() => EntryMap.open(handle), MapError, `word ${word}: ${wrong}`);
        assert.equal(hashOf(memory), before, "untouched");
      }
      view.setUint32(word, right, true);
    }
  });
});

describe("create refuses", () => {
  const wrong: [string, object][] = [
    ["no capacity", { capacity: 0 }],
    ["too large a capacity", { capacity: 2 ** 22 + 1 }],
    ["a fraction", { capacity: 1.5 }],
    ["a small arena", { arenaSize: 1008 }],
    ["an arena of half granules", { arenaSize: 2056 }],
    ["an arena above 1 GiB", { arenaSize: 2 ** 30 + 16 }],
    ["no agents", { agents: 0 }],
    ["too many agents", { agents: 65 }],
    ["an offset in the static data", { offset: 64 }],
    ["pages that are no power of two", { pages: { file: "/nonexistent/x", count: 3 } }],
  ];
  for (const [name, options] of wrong) {
    it(`${name}: BAD_CONFIG`, async () => {
      await assert.rejects(EntryMap.create({ ...SIZES, ...options }), { code: "BAD_CONFIG" });
    });
  }

  it("a memory that is too small, not shared, or holds a map there", async () => {
    const memory = (pages: number, shared: boolean) =>
      new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
    const create = (options: object) => EntryMap.create({ ...SIZES, ...options });
    await assert.rejects(create({ memory: memory(1, true) }), { code: "TRUNCATED" });
    await assert.rejects(create({ memory: memory(8, false) }), { code: "NOT_SHARED" });
    const shared = memory(8, true);
    await assert.rejects(create({ memory: shared, offset: 65544 }), { code: "MISALIGNED" });
    const first = await create({ memory: shared });
    first.store(1, value);
    await assert.rejects(create({ memory: shared }), { code: "EXISTS" });
    const second = await create({ memory: shared, offset: 4 * 65536 });
    assert.equal(second.load(1), undefined, "two maps in one memory");
    assert.deepEqual(first.load(1), new Uint8Array(value));
    first.close();
    second.close();
  });
});

describe("an operation refuses, and the map goes on", () => {
  const long = Buffer.alloc(4097);
  const cases: [string, MapErrorCode, () => unknown][] = [
    ["a value above 4,096 bytes", "TOO_LONG", () => map.store(1, long)],
    ["a value below 8 bytes", "TRUNCATED", () => map.store(1, Buffer.alloc(7))],
    [
      "a new value that is too short",
      "TRUNCATED",
      () => map.compareAndSwap(1, value, Buffer.alloc(1)),
    ],
    ["a string key above 4,096 bytes", "TOO_LONG", () => map.load("é".repeat(2049))],
    ["a key of bytes above 4,096", "TOO_LONG", () => map.store(long, value)],
    ["a negative key", "BAD_KEY", () => map.load(-1)],
    ["a fraction", "BAD_KEY", () => map.store(0.5, value)],
    ["NaN", "BAD_KEY", () => map.delete(Number.NaN)],
    ["a number above 2^53 - 1", "BAD_KEY", () => map.load(2 ** 53)],
    ["a negative bigint", "BAD_KEY", () => map.load(-1n)],
    ["a bigint of 65 bits", "BAD_KEY", () => map.load(2n ** 64n)],
    ["a read without a pin, number", "UNPINNED", () => map.offsetOf(1)],
    ["a read without a pin, string", "UNPINNED", () => map.offsetOf("name")],
    ["a recover of itself", "NO_AGENT", () => map.recover(map.agent)],
    ["a recover of nobody", "NO_AGENT", () => map.recover(2)],
  ];
  for (const [name, code, action] of cases) {
    it(`${name}: ${code}`, () => {
      refused(code, action);
      validateMap(map.handle.memory, mapOffset(map.handle));
      assert.equal(map.size, 40);
      assert.deepEqual(map.load(1), new Uint8Array(value));
      map.store(1, value);
    });
  }

  it("a second cut of one object: BUSY", () => {
    const cut = map.cut();
    refused("BUSY", () => map.cut());
    assert.equal([...cut].length, 40);
    cut.close();
    map.cut().close();
  });

  it("a re-entrant change: BUSY", () => {
    const busy = mapOffset(map.handle) + spec.MAP_AGENTS + spec.MAP_AGENT_BUSY;
    const word = busy + map.agent * spec.MAP_VALUE_AGENT_SIZE;
    map.u32[word / 4] = 1;
    refused("BUSY", () => map.store(1, value));
    refused("BUSY", () => map.clear());
    refused("BUSY", () => map.reclaim());
    map.u32[word / 4] = 0;
    map.store(1, value);
    assert.ok(map.stats().refusedBusy >= 1);
  });

  it("one object too many: NO_AGENT, until one closes", () => {
    const others = [EntryMap.open(map.handle), EntryMap.open(map.handle)];
    refused("NO_AGENT", () => EntryMap.open(map.handle));
    others[0]?.close();
    const again = EntryMap.open(map.handle);
    assert.equal(again.size, 40);
    for (const other of [again, ...others]) other.close();
    assert.deepEqual(map.threads(), [0, -1, -1]);
  });

  it("everything behind close: CLOSED", async () => {
    const closed = await EntryMap.create(SIZES);
    closed.store(1, value);
    const pin = closed.pin();
    const cut = closed.cut();
    const walk = closed[Symbol.iterator]();
    walk.next();
    closed.close();
    closed.close();
    const actions = [
      () => closed.load(1),
      () => closed.store(1, value),
      () => closed.size,
      () => closed.pin(),
      () => pin.load(1),
      () => cut.load(1),
      () => [...cut],
      () => walk.next(),
      () => closed.stats(),
    ];
    for (const action of actions) refused("CLOSED", action);
    pin.close();
    cut.close();
  });

  it("a cut that closes under its own walk: CLOSED", () => {
    const cut = map.cut();
    refused("CLOSED", () => cut.forEachOffset(() => cut.close()));
    refused("CLOSED", () => cut.load(1));
  });
});

describe("a full arena", () => {
  it("refuses with FULL, keeps all it has, and takes more once room is given back", async () => {
    const small = await EntryMap.create({ capacity: 64, arenaSize: 4096, agents: 2 });
    const stored: number[] = [];
    refused("FULL", () => {
      for (let i = 0; i < 1000; i++) {
        small.store(i, value);
        stored.push(i);
      }
    });
    assert.ok(stored.length > 20, `${stored.length}`);
    assert.equal(small.size, stored.length);
    for (const key of stored) assert.deepEqual(small.load(key), new Uint8Array(value));
    assert.equal(small.load(stored.length), undefined);
    assert.ok(small.stats().refusedFull >= 1);
    validateMap(small.handle.memory, mapOffset(small.handle));
    const pin = small.pin();
    for (const key of stored) assert.equal(small.delete(key), true);
    refused("FULL", () => {
      for (let i = 0; i < 1000; i++) small.store(i + 1000, Buffer.alloc(64));
    });
    pin.close();
    small.clear();
    assert.ok(small.reclaim() > 0);
    for (let i = 0; i < 15; i++) small.store(i, Buffer.alloc(64));
    small.close();
  });
});
