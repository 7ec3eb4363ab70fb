// Reserved values: nobody sees them until they are published, and then whole; none is lost.
import assert from "node:assert/strict";
import { before, beforeEach, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

let program: CoreProgram;
let map: MapClient;

before(async () => {
  program = await loadProgram();
});
beforeEach(() => {
  newMap(program);
  map = new MapClient(program.core, program.memory, 0);
});

const reserve = (size: number) => program.core.mapReserve(map.map, 0, size);
const publish = (key: bigint, value: number) => program.core.mapPublish(map.map, 0, key, value);
const discard = (value: number) => program.core.mapDiscard(map.map, 0, value);

/** A reserved value with a text in it, filled up with dots. */
function filled(text: string, size: number): number {
  const value = reserve(size);
  assert.ok(value > 0 && value % 8 === 0, `offset ${value}`);
  map.bytes.fill(".", value, value + size);
  map.bytes.write(text, value, "latin1");
  return value;
}

it("shows a value in place when it is published, not before", () => {
  const value = filled("in place", 4096);
  assert.equal(map.load(1n), undefined);
  assert.equal(publish(1n, value), 0);
  assert.equal(map.load(1n), "in place");
  assert.equal(
    map.pinned(() => program.core.mapLoad(map.map, 0, 1n)),
    value,
  );
  validateMap(program.memory, map.map);
});

it("answers with the value it replaced, which stays while it is pinned", () => {
  map.store(1n, "old one");
  map.pinned(() => {
    const old = program.core.mapLoad(map.map, 0, 1n);
    assert.equal(publish(1n, filled("new one", 16)), old);
    assert.equal(map.textAt(old), "old one");
  });
  assert.equal(map.load(1n), "new one");
  const key = map.bytes.write("a key", map.scratch, "latin1");
  const value = filled("under bytes", 16);
  assert.equal(program.core.mapPublishBytes(map.map, 0, map.scratch, key, value), 0);
  assert.equal(map.load("a key"), "under bytes");
  validateMap(program.memory, map.map);
});

it("holds any number of them, and gives all back that are discarded", () => {
  const values = Array.from({ length: 40 }, (_, i) => filled(`number ${i}`, 8 + 8 * i));
  assert.equal(new Set(values).size, 40);
  assert.equal(map.length, 0);
  values.forEach((value, i) => {
    assert.equal(i % 2 === 0 ? publish(BigInt(i), value) : discard(value), 0);
  });
  for (let i = 0; i < 40; i += 2) assert.equal(map.load(BigInt(i)), `number ${i}`);
  validateMap(program.memory, map.map);
  map.clear();
  map.reclaim();
  assert.equal(map.arenaUsed, 0);
});

it("refuses sizes that no value has, and leaves the value to its holder when it is refused", () => {
  assert.equal(reserve(7), spec.STATUS_TRUNCATED);
  assert.equal(reserve(4097), spec.STATUS_TOO_LONG);
  assert.equal(reserve(-1), spec.STATUS_TRUNCATED);
  // A length below 0 given to a store is a mistake, not a reserved value.
  assert.equal(program.core.mapStore(map.map, 0, 1n, map.scratch, -1), spec.STATUS_TRUNCATED);
  const value = filled("still mine", 16);
  const busy = map.map + spec.MAP_AGENTS + spec.MAP_AGENT_BUSY;
  map.view.setUint32(busy, 1, true);
  assert.equal(publish(1n, value), spec.STATUS_BUSY);
  assert.equal(discard(value), spec.STATUS_BUSY);
  assert.equal(reserve(8), spec.STATUS_BUSY);
  map.view.setUint32(busy, 0, true);
  assert.equal(publish(1n, value), 0);
  assert.equal(map.load(1n), "still mine");
  assert.equal(map.own(spec.MAP_AGENT_REFUSED_BUSY), 3);
});

it("takes what waits for readers before it says FULL, and publishes without room for a value", () => {
  newMap(program, { arenaSize: 1 << 16 });
  map.store(1n, "first");
  const held: number[] = [];
  for (;;) {
    const value = reserve(4096);
    if (value < 0) {
      assert.equal(value, spec.STATUS_FULL);
      break;
    }
    held.push(value);
  }
  assert.ok(held.length >= 12, `${held.length} values`);
  assert.ok(publish(1n, held[0] as number) > 0);
  // What was replaced has come back with the next reservation that needs it.
  for (const value of held.slice(1)) assert.equal(discard(value), spec.STATUS_OK);
  for (let i = 0; i < 100; i++) {
    const value = reserve(4096);
    assert.ok(value > 0, `round ${i}: ${spec.STATUS_NAMES[value]}`);
    assert.ok(publish(1n, value) > 0);
  }
  validateMap(program.memory, map.map);
});
