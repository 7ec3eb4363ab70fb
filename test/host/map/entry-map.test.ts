// The map's JavaScript API in one thread: operations, keys, pins, cuts, walks, counters.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { EntryMap, type MapKey } from "../../../host/map/entry-map.ts";
import { randomFrom } from "../core/map-client.ts";

const SIZES = { capacity: 256, arenaSize: 1 << 20, agents: 4 };
const bytes = (text: string) => Buffer.from(text.padEnd(8, "."));
const text = (value: Uint8Array | undefined) =>
  value && Buffer.from(value).toString().replace(/\.+$/, "");

let map: EntryMap;

before(async () => {
  map = await EntryMap.create({ ...SIZES, checked: true });
});
after(() => map.close());

describe("operations", () => {
  const keys: [string, MapKey][] = [
    ["a number", 7],
    ["a number above 32 bits", 2 ** 53 - 1],
    ["a bigint", 2n ** 64n - 1n],
    ["a short string", "pump 3"],
    ["a string that is not ASCII", "søren/θ/漢字/😀"],
    ["a long string", "x".repeat(4096)],
    ["an empty string", ""],
    ["bytes", Uint8Array.of(0, 255, 254, 1)],
  ];
  for (const [name, key] of keys) {
    it(`do what sync.Map does, with ${name} as key`, () => {
      map.clear();
      assert.equal(map.load(key), undefined);
      assert.equal(map.delete(key), false);
      assert.equal(map.loadAndDelete(key), undefined);
      assert.equal(map.compareAndSwap(key, bytes("one"), bytes("two")), false);
      assert.equal(map.compareAndDelete(key, bytes("one")), false);
      assert.equal(text(map.loadOrStore(key, bytes("one"))), undefined);
      assert.equal(text(map.loadOrStore(key, bytes("two"))), "one");
      assert.equal(text(map.load(key)), "one");
      assert.equal(map.compareAndSwap(key, bytes("other"), bytes("two")), false);
      assert.equal(map.compareAndSwap(key, bytes("one"), bytes("two")), true);
      assert.equal(text(map.swap(key, bytes("three"))), "two");
      map.store(key, bytes("four"));
      assert.equal(map.compareAndDelete(key, bytes("three")), false);
      assert.equal(map.size, 1);
      assert.equal(map.compareAndDelete(key, bytes("four")), true);
      assert.equal(map.swap(key, bytes("five")), undefined);
      assert.equal(text(map.loadAndDelete(key)), "five");
      map.store(key, bytes("six"));
      assert.deepEqual(
        [...map].map(([found, value]) => [found, text(value)]),
        [[key, "six"]],
      );
      assert.equal(map.delete(key), true);
      assert.equal(map.size, 0);
    });
  }

  it("agree with a Map over 20,000 random steps, seed 5", () => {
    map.clear();
    const random = randomFrom(5);
    const oracle = new Map<string | number, string>();
    for (let step = 0; step < 20_000; step++) {
      const number = random(300);
      const key = random(2) ? number * 0x1_0000_0001 : `key ${number}`;
      const old = oracle.get(key);
      const value = `${step}`.repeat(1 + random(20));
      const operation = random(6);
      if (operation === 0) {
        map.store(key, bytes(value));
        oracle.set(key, value);
      } else if (operation === 1) {
        assert.equal(text(map.swap(key, bytes(value))), old, `step ${step}`);
        oracle.set(key, value);
      } else if (operation === 2) {
        assert.equal(text(map.loadAndDelete(key)), old, `step ${step}`);
        oracle.delete(key);
      } else if (operation === 3) {
        assert.equal(text(map.loadOrStore(key, bytes(value))), old, `step ${step}`);
        if (old === undefined) oracle.set(key, value);
      } else if (operation === 4) {
        const done = map.compareAndSwap(key, bytes(old ?? "none"), bytes(value));
        assert.equal(done, old !== undefined, `step ${step}`);
        if (done) oracle.set(key, value);
      } else assert.equal(text(map.load(key)), old, `step ${step}`);
      assert.equal(map.size, oracle.size, `step ${step}`);
    }
    const found = new Map([...map].map(([key, value]) => [key, text(value)]));
    assert.deepEqual(found, oracle);
  });

  it("take 5 and 5n for one key, and a string for its bytes, and neither for the other", () => {
    map.clear();
    map.store(97, bytes("number"));
    map.store("a", bytes("string"));
    assert.equal(text(map.load(97n)), "number");
    assert.equal(text(map.load(Uint8Array.of(97))), "string");
    assert.equal(map.size, 2);
  });

  it("find with each key that a walk shows the entry it showed, bigints and no UTF-8 too", () => {
    map.clear();
    const keys: MapKey[] = [0, 2 ** 53 - 1, 2n ** 53n, "\ufffd", "é", Uint8Array.of(0xc3), "a\0b"];
    for (const [i, key] of keys.entries()) map.store(key, bytes(`value ${i}`));
    const shown = [...map];
    assert.equal(shown.length, keys.length);
    for (const [key, value] of shown) assert.equal(text(map.load(key)), text(value), String(key));
    assert.deepEqual(
      new Set(shown.map(([key]) => typeof key)),
      new Set(["number", "bigint", "string", "object"]),
    );
  });
});

describe("reading in place", () => {
  it("gives offsets into the long-lived arrays, as long as the pin is open", () => {
    map.clear();
    const value = new Uint8Array(Float64Array.of(1.5, -2.5, 1e300).buffer);
    map.store("f", value);
    using pin = map.pin();
    const offset = pin.load("f");
    assert.ok(offset > 0 && offset % 16 === 0);
    assert.equal(map.sizeOf(offset), 24);
    assert.equal(map.f64[offset / 8 + 1], -2.5);
    assert.equal(map.u8[offset + 23], value[23]);
    map.store("f", bytes("new"));
    map.reclaim();
    assert.equal(map.f64[offset / 8 + 2], 1e300, "replaced, yet still there");
    assert.equal(text(pin.view("f")), "new");
    assert.equal(pin.load("absent"), 0);
    assert.equal(pin.view("absent"), undefined);
  });

  it("nests, in any order of closing", () => {
    map.store(1, bytes("one"));
    const outer = map.pin();
    const inner = map.pin();
    outer.close();
    outer.close();
    assert.equal(text(map.view(inner.load(1))), "one");
    assert.equal(map.stats().pins, 1);
    assert.throws(() => outer.load(1), { code: "CLOSED" });
    inner.close();
    assert.equal(map.stats().pins, 0);
    {
      using a = map.pin();
      using b = map.pin();
      assert.equal(a.load(1), b.load(1));
      assert.equal(map.stats().pins, 1, "one agent");
    }
    assert.equal(map.stats().pins, 0);
  });
});

describe("a cut", () => {
  it("shows the map of one moment, however it changes afterwards", () => {
    map.clear();
    for (let i = 0; i < 500; i++) map.store(i, bytes(`old ${i}`));
    map.store("name", bytes("old"));
    using cut = map.cut();
    for (let i = 0; i < 500; i += 2) map.store(i, bytes("new"));
    for (let i = 1; i < 500; i += 2) map.delete(i);
    for (let i = 500; i < 900; i++) map.store(i, bytes("later"));
    const seen = new Map<MapKey, string | undefined>();
    for (const [key, value] of cut) seen.set(key, text(value));
    assert.equal(seen.size, 501);
    for (let i = 0; i < 500; i++) assert.equal(seen.get(i), `old ${i}`);
    assert.equal(text(cut.load(3)), "old 3");
    assert.equal(cut.load(700), undefined);
    assert.equal(text(cut.load("name")), "old");
    let offsets = 0;
    cut.forEachOffset((key, offset) => {
      assert.equal(text(map.view(offset)), seen.get(key));
      offsets++;
    });
    assert.equal(offsets, 501);
    map.clear();
    assert.equal(text(cut.load(4)), "old 4");
    assert.equal(map.size, 0);
  });

  it("is given up by using and by close, and its memory comes back", () => {
    map.clear();
    for (let i = 0; i < 10; i++) map.reclaim();
    const before = map.stats().arenaUsed;
    for (let i = 0; i < 100; i++) map.store(i, bytes("x"));
    const cut = map.cut();
    map.clear();
    assert.equal([...cut].length, 100);
    cut.close();
    cut.close();
    assert.equal(map.stats().cuts, 0);
    for (let i = 0; i < 3; i++) map.reclaim();
    assert.equal(map.stats().unreclaimed, 0);
    assert.ok(map.stats().arenaUsed <= before + 4096, `${map.stats().arenaUsed} of ${before}`);
  });
});

describe("a walk", () => {
  it("ends when visit answers false, and may change the map", () => {
    map.clear();
    for (let i = 0; i < 50; i++) map.store(i, bytes("x"));
    let visits = 0;
    map.range(() => ++visits < 7);
    assert.equal(visits, 7);
    map.range((key) => map.delete(key));
    assert.equal(map.size, 0);
    assert.equal(map.stats().pins, 0);
  });

  it("goes on by itself however many others go on beside it", () => {
    map.clear();
    for (let i = 0; i < 100; i++) map.store(i, bytes(`${i}`));
    const walks = Array.from({ length: 16 }, () => ({ walk: map[Symbol.iterator](), seen: 0 }));
    const random = randomFrom(9);
    for (let left = walks.length; left > 0; ) {
      const one = walks[random(walks.length)] as (typeof walks)[number];
      const { done, value } = one.walk.next();
      if (!done) one.seen++;
      else if (one.seen > 0) {
        assert.equal(one.seen, 100);
        one.seen = -1;
        left--;
      }
      if (value) assert.equal(text(value[1]), `${value[0]}`);
    }
  });

  it("leaves no pin and no cursor behind when the loop breaks or visit throws", () => {
    map.store(1, bytes("x"));
    for (let i = 0; i < 40; i++) {
      for (const _ of map) break;
      assert.throws(() =>
        map.range(() => {
          throw new Error("visit");
        }),
      );
    }
    assert.equal(map.stats().pins, 0);
    const walks = Array.from({ length: 16 }, () => map[Symbol.iterator]());
    for (const walk of walks) walk.next();
    assert.throws(() => map.range(() => {}), { code: "BUSY" });
    for (const walk of walks.reverse()) walk.return([1, bytes("x")]);
    map.range(() => {});
    assert.equal(map.stats().pins, 0);
  });
});

it("stats count what happened", async () => {
  const counted = await EntryMap.create(SIZES);
  for (let i = 0; i < 1000; i++) counted.store(i, bytes("x"));
  for (let i = 0; i < 1000; i++) counted.load(i);
  for (let i = 1000; i < 1050; i++) counted.load(i);
  for (let i = 0; i < 1000; i++) counted.delete(i);
  const stats = counted.stats();
  assert.equal(stats.length, 0);
  assert.ok(stats.hits >= 1000 && stats.misses >= 50, JSON.stringify(stats));
  assert.ok(stats.promotions > 0 && stats.migrations > 0 && stats.buckets > 8);
  assert.ok(stats.unreclaimed > 0 && stats.epochs > 0 && stats.epoch > 3);
  assert.equal(stats.refusedFull + stats.refusedBusy + stats.illegalSteps, 0);
  assert.equal(stats.arenaSize, SIZES.arenaSize);
  counted.close();
});
