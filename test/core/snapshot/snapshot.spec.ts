// Snapshots in as-pect: what is published is found, and wrong bytes are not believed.

import {
  SNAPSHOT_MAGIC,
  SNAPSHOT_SEQUENCE,
  STATUS_BAD_CONFIG,
  STATUS_BAD_MAGIC,
  STATUS_MISALIGNED,
  STATUS_OK,
  STATUS_TORN,
  STATUS_TRUNCATED,
  STATUS_ZERO,
} from "../../../assembly/base/spec";
import { mapInit, mapSize } from "../../../assembly/map/map";
import { mapStore } from "../../../assembly/map/operations";
import { mapSnapshot } from "../../../assembly/snapshot/publish";
import {
  snapshotInit,
  snapshotLimit,
  snapshotPin,
  snapshotRegionSize,
  snapshotUnpin,
} from "../../../assembly/snapshot/region";
import {
  snapshotFind,
  snapshotFindSize,
  snapshotValidate,
} from "../../../assembly/snapshot/validate";

const SLOT_SIZE: i32 = 512;
const AGENTS: i32 = 1;
const map = memory.data(8192, 64);
const region = memory.data(4096, 64);
const value = memory.data(64, 8);

function publish(): usize {
  memory.fill(map, 0, 8192);
  memory.fill(region, 0, 4096);
  expect(mapSize(16, 2048, AGENTS)).toBeLessThanOrEqual(8192);
  expect(snapshotRegionSize(SLOT_SIZE)).toBeLessThanOrEqual(4096);
  expect(mapInit(map, 16, 2048, AGENTS)).toBe(STATUS_OK);
  expect(snapshotInit(region, SLOT_SIZE)).toBe(STATUS_OK);
  expect(snapshotPin(region, 0)).toBe(0);
  for (let i: u64 = 0; i < 10; i++) {
    store<u64>(value, i);
    mapStore(map, 0, 90 - i * 10, value, 8 + <i32>i);
  }
  expect(mapSnapshot(map, 0, region, 20, 80, 1, 2)).toBeGreaterThan(0);
  const base = snapshotPin(region, 0);
  snapshotUnpin(region, 0);
  return base;
}

describe("snapshots", () => {
  it("hold the keys of the range and no others", () => {
    const base = publish();
    expect(snapshotValidate(base, snapshotLimit(region))).toBe(STATUS_OK);
    for (let i: u64 = 0; i < 10; i++) {
      const key = 90 - i * 10;
      const found = snapshotFind(base, key);
      if (key < 20 || key > 80) {
        expect(found).toBe(0);
        continue;
      }
      expect(load<u64>(found)).toBe(i);
      expect(snapshotFindSize(base, key)).toBe(8 + <i32>i);
    }
  });

  it("are refused when they are torn, foreign, unwritten, cut or shifted", () => {
    const base = publish();
    const limit = snapshotLimit(region);
    expect(snapshotValidate(base + 4, limit)).toBe(STATUS_MISALIGNED);
    expect(snapshotValidate(base, base + 39)).toBe(STATUS_TRUNCATED);
    store<u32>(base, load<u32>(base, SNAPSHOT_SEQUENCE) + 1, SNAPSHOT_SEQUENCE);
    expect(snapshotValidate(base, limit)).toBe(STATUS_TORN);
    store<u32>(base, 0, SNAPSHOT_MAGIC);
    expect(snapshotValidate(base, limit)).toBe(STATUS_BAD_MAGIC);
    store<u32>(base, 0);
    expect(snapshotValidate(base, limit)).toBe(STATUS_ZERO);
  });

  it("need slots of a multiple of 8 that hold at least an empty one", () => {
    expect(snapshotRegionSize(32)).toBe(STATUS_BAD_CONFIG);
    expect(snapshotRegionSize(44)).toBe(STATUS_BAD_CONFIG);
    expect(snapshotRegionSize(0x2000000)).toBe(STATUS_BAD_CONFIG);
    expect(snapshotInit(region + 4, 512)).toBe(STATUS_MISALIGNED);
  });
});
