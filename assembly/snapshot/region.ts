// Snapshot region: slots that one writer publishes in and any reader reads from in place.
//
//   region             64                      320      448
//   ├──────────────────┼───────────────────────┼────────┼────────┬────────┬── ─ ─ ┬────────┐
//   │ current, sizes   │ pins, a 64-byte line  │ cursor │ slot 0 │ slot 1 │       │ slot 5 │
//   └──────────────────┴───────────────────────┴────────┴────────┴────────┴── ─ ─ ┴────────┘
//
// There are two slots more than readers, so one that is neither published nor pinned always exists:
// publishing never waits, and a pinned snapshot never changes. Layout and protocol:
// spec/snapshot.md.
import {
  LIMIT_ALIGNMENT,
  LIMIT_CACHE_LINE_SIZE,
  LIMIT_READERS_MAX,
  LIMIT_SNAPSHOT_SIZE_MAX,
  LIMIT_SNAPSHOT_SLOTS,
  SNAPSHOT_REGION_CURRENT,
  SNAPSHOT_REGION_PINS,
  SNAPSHOT_REGION_SLOT_COUNT,
  SNAPSHOT_REGION_SLOT_SIZE,
  SNAPSHOT_REGION_SLOTS,
  SNAPSHOT_VALUE_ENTRY_SIZE,
  SNAPSHOT_VALUE_HEADER_SIZE,
  SNAPSHOT_VALUE_TAIL_SIZE,
  STATUS_BAD_CONFIG,
  STATUS_MISALIGNED,
  STATUS_OK,
} from "../base/spec";
import { syncLoad, syncStore } from "../map/sync";

/**
 * Bytes of a snapshot of `count` entries whose values, each rounded up to 8, take `dataSize` bytes.
 */
export function snapshotSize(count: i32, dataSize: i32): i32 {
  return (
    SNAPSHOT_VALUE_HEADER_SIZE +
    count * SNAPSHOT_VALUE_ENTRY_SIZE +
    dataSize +
    SNAPSHOT_VALUE_TAIL_SIZE
  );
}

/**
 * Bytes of a region whose slots hold snapshots up to `slotSize` bytes (a multiple of 8);
 * STATUS_BAD_CONFIG.
 */
export function snapshotRegionSize(slotSize: i32): i32 {
  if (slotSize < snapshotSize(0, 0) || slotSize > LIMIT_SNAPSHOT_SIZE_MAX) return STATUS_BAD_CONFIG;
  if (slotSize & (LIMIT_ALIGNMENT - 1)) return STATUS_BAD_CONFIG;
  return SNAPSHOT_REGION_SLOTS + LIMIT_SNAPSHOT_SLOTS * slotSize;
}

/**
 * Lays out a region, cleared, of snapshotRegionSize(slotSize) bytes. STATUS_OK, MISALIGNED or
 * BAD_CONFIG.
 */
export function snapshotInit(region: usize, slotSize: i32): i32 {
  if (snapshotRegionSize(slotSize) < 0) return STATUS_BAD_CONFIG;
  if (region & (LIMIT_ALIGNMENT - 1)) return STATUS_MISALIGNED;
  store<u32>(region, <u32>slotSize, SNAPSHOT_REGION_SLOT_SIZE);
  store<u32>(region, LIMIT_SNAPSHOT_SLOTS, SNAPSHOT_REGION_SLOT_COUNT);
  return STATUS_OK;
}

/** Offset behind the region's last slot: the limit for snapshotValidate. Any agent. */
export function snapshotLimit(region: usize): usize {
  const slots = load<u32>(region, SNAPSHOT_REGION_SLOT_SIZE) * LIMIT_SNAPSHOT_SLOTS;
  return region + SNAPSHOT_REGION_SLOTS + <usize>slots;
}

/**
 * Offset of the newest snapshot, which stays as it is until snapshotUnpin; 0 if there is none yet.
 * `reader`, below LIMIT_READERS_MAX, belongs to one agent (a thread, or one interrupt level). Any
 * agent; never waits: it repeats only if the writer published in between. No nesting.
 */
export function snapshotPin(region: usize, reader: i32): usize {
  assert(<u32>reader < <u32>LIMIT_READERS_MAX); // no such reader
  const pin = pinWord(region, reader);
  // Order: acquire; pairs with snapshotPublish: the snapshot's bytes are visible with its offset.
  let base = syncLoad(region + SNAPSHOT_REGION_CURRENT);
  while (true) {
    // Order: sequentially consistent, before the second load: either that load sees the writer's
    // newer snapshot, or the writer's search for a free slot sees this pin.
    syncStore(pin, base);
    const again = syncLoad(region + SNAPSHOT_REGION_CURRENT);
    if (again == base) return <usize>base;
    base = again;
  }
}

/** Ends the reading of `reader`. Any agent. */
export function snapshotUnpin(region: usize, reader: i32): void {
  assert(<u32>reader < <u32>LIMIT_READERS_MAX); // no such reader
  // Order: release; the last load of the snapshot stands before the writer's sight of 0 in
  // snapshotFreeSlot.
  syncStore(pinWord(region, reader), 0);
}

/** A slot that nobody reads and nobody will; the writer's until it publishes it. Writer only. */
export function snapshotFreeSlot(region: usize): usize {
  const published = <usize>load<u32>(region, SNAPSHOT_REGION_CURRENT); // only we write it
  const slotSize = <usize>load<u32>(region, SNAPSHOT_REGION_SLOT_SIZE);
  for (let i = 0; i < LIMIT_SNAPSHOT_SLOTS; i++) {
    const slot = region + SNAPSHOT_REGION_SLOTS + <usize>i * slotSize;
    if (slot != published && !isPinned(region, slot)) return slot;
  }
  assert(false); // there are two slots more than readers
  return 0;
}

/** Makes a whole snapshot in `slot` the current one. Writer only. */
export function snapshotPublish(region: usize, slot: usize): void {
  // Order: release; pairs with snapshotPin; the snapshot's bytes stand before it.
  syncStore(region + SNAPSHOT_REGION_CURRENT, <u32>slot);
}

function isPinned(region: usize, slot: usize): bool {
  for (let reader = 0; reader < LIMIT_READERS_MAX; reader++) {
    // Order: sequentially consistent; pairs with the store in snapshotPin.
    if (<usize>syncLoad(pinWord(region, reader)) == slot) return true;
  }
  return false;
}

function pinWord(region: usize, reader: i32): usize {
  return region + SNAPSHOT_REGION_PINS + <usize>(reader * LIMIT_CACHE_LINE_SIZE);
}
