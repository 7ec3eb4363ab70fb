// The map in as-pect: one life of a key, a pin, churn back to nothing; more in test/host/core.

import { STATUS_ABSENT, STATUS_OK } from "../../../assembly/base/spec";
import {
  mapArenaUsed,
  mapDelete,
  mapInit,
  mapLen,
  mapLoad,
  mapReclaim,
  mapSize,
  mapStore,
  valueSize,
} from "../../../assembly/map/map";
import { mapPin, mapUnpin } from "../../../assembly/map/pin";

const CAPACITY: i32 = 16;
const ARENA_SIZE: i32 = 2048;
const map = memory.data(8192, 64);
const value = memory.data(64, 8);

function begin(): void {
  memory.fill(map, 0, 8192);
  expect(mapSize(CAPACITY, ARENA_SIZE)).toBeLessThanOrEqual(8192);
  expect(mapInit(map, CAPACITY, ARENA_SIZE)).toBe(STATUS_OK);
}

function put(key: u64, content: u64): i32 {
  store<u64>(value, content);
  return mapStore(map, key, value, 8);
}

describe("map", () => {
  it("stores, replaces and deletes a key", () => {
    begin();
    expect(mapLoad(map, 7)).toBe(0);
    expect(put(7, 70)).toBe(STATUS_OK);
    expect(load<u64>(mapLoad(map, 7))).toBe(70);
    expect(valueSize(mapLoad(map, 7))).toBe(8);
    expect(put(7, 71)).toBe(STATUS_OK);
    expect(load<u64>(mapLoad(map, 7))).toBe(71);
    expect(mapLen(map)).toBe(1);
    expect(mapDelete(map, 7)).toBe(STATUS_OK);
    expect(mapDelete(map, 7)).toBe(STATUS_ABSENT);
    expect(mapLoad(map, 7)).toBe(0);
  });

  it("keeps a pinned value while the writer goes on", () => {
    begin();
    put(1, 100);
    mapPin(map, 0);
    const pinned = mapLoad(map, 1);
    for (let i: u64 = 0; i < 20; i++) put(1, 200 + i);
    expect(load<u64>(pinned)).toBe(100);
    mapUnpin(map, 0);
    mapReclaim(map);
    expect(load<u64>(mapLoad(map, 1))).toBe(219);
  });

  it("comes back to an empty arena after 1,000 keys have come and gone", () => {
    begin();
    for (let key: u64 = 0; key < 1000; key++) {
      expect(put(key, key)).toBe(STATUS_OK);
      expect(load<u64>(mapLoad(map, key))).toBe(key);
      expect(mapDelete(map, key)).toBe(STATUS_OK);
    }
    mapReclaim(map);
    expect(mapArenaUsed(map)).toBe(0);
    expect(mapLen(map)).toBe(0);
  });
});
