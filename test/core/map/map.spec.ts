// The map in as-pect: one life of a key, a pin, churn back to nothing; more in test/host/core.

import { STATUS_ABSENT, STATUS_OK } from "../../../assembly/base/spec";
import {
  mapArenaUsed,
  mapInit,
  mapLen,
  mapLoad,
  mapPin,
  mapSize,
  mapUnpin,
  valueSize,
} from "../../../assembly/map/map";
import { mapDelete, mapStore } from "../../../assembly/map/operations";
import { mapReclaim } from "../../../assembly/map/whole";

const CAPACITY: i32 = 16;
const ARENA_SIZE: i32 = 4096;
const AGENTS: i32 = 2;
const WRITER: i32 = 0;
const READER: i32 = 1;
const map = memory.data(8192, 64);
const value = memory.data(64, 8);

function begin(): void {
  memory.fill(map, 0, 8192);
  expect(mapSize(CAPACITY, ARENA_SIZE, AGENTS)).toBeLessThanOrEqual(8192);
  expect(mapInit(map, CAPACITY, ARENA_SIZE, AGENTS)).toBe(STATUS_OK);
}

function put(key: u64, content: u64): i32 {
  store<u64>(value, content);
  return mapStore(map, WRITER, key, value, 8);
}

/** The content of a key's value; 0 if it is absent. */
function contentOf(key: u64): u64 {
  mapPin(map, READER);
  const at = mapLoad(map, READER, key);
  const content = at == 0 ? 0 : load<u64>(at);
  if (at != 0) expect(valueSize(at)).toBe(8);
  mapUnpin(map, READER);
  return content;
}

describe("map", () => {
  it("stores, replaces and deletes a key", () => {
    begin();
    expect(contentOf(7)).toBe(0);
    expect(put(7, 70)).toBe(STATUS_OK);
    expect(contentOf(7)).toBe(70);
    expect(put(7, 71)).toBe(STATUS_OK);
    expect(contentOf(7)).toBe(71);
    expect(mapLen(map)).toBe(1);
    expect(mapDelete(map, WRITER, 7)).toBe(STATUS_OK);
    expect(mapDelete(map, WRITER, 7)).toBe(STATUS_ABSENT);
    expect(contentOf(7)).toBe(0);
  });

  it("keeps a pinned value while the writer goes on", () => {
    begin();
    put(1, 100);
    mapPin(map, READER);
    const pinned = mapLoad(map, READER, 1);
    for (let i: u64 = 0; i < 20; i++) put(1, 200 + i);
    mapReclaim(map, WRITER);
    expect(load<u64>(pinned)).toBe(100);
    mapUnpin(map, READER);
    expect(mapReclaim(map, WRITER)).toBe(20);
    expect(contentOf(1)).toBe(219);
  });

  it("comes back to an empty arena after 1,000 keys have come and gone", () => {
    begin();
    for (let key: u64 = 0; key < 1000; key++) {
      expect(put(key, key + 1)).toBe(STATUS_OK);
      expect(contentOf(key)).toBe(key + 1);
      expect(mapDelete(map, WRITER, key)).toBe(STATUS_OK);
    }
    mapReclaim(map, WRITER);
    expect(mapArenaUsed(map)).toBe(0);
    expect(mapLen(map)).toBe(0);
  });
});
