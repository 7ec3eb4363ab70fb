// Growth: the directory doubles, and each bucket is split in two when it is its turn or is touched.
//
// Doubling is one word. A bucket of the new half is UNSET until its entries are split off from the
// bucket with half the index range: that one is frozen as a pure read bucket, the new half gets its
// pairs, then the old half is replaced by what stays. Any agent helps a split on, so nobody waits;
// readers go on in the frozen bucket. The next doubling waits until all buckets are split.
import {
  MAP_AGENT_LENGTH_DELTA,
  MAP_AGENT_MIGRATIONS,
  MAP_BUCKETS,
  MAP_BUCKETS_MAX,
  MAP_DIRECTORY,
  MAP_LENGTH,
  MAP_MIGRATE_CHUNK,
  MAP_MIGRATE_DONE,
  MAP_VALUE_LENGTH_BATCH,
  MAP_WORD_AMENDED,
  MAP_WORD_FROZEN,
  MAP_WORD_UNSET,
  STATUS_FULL,
} from "../base/spec";
import { bucketDiscard, bucketPart, bucketReplace, bucketRetire } from "./bucket";
import { bucketPromote } from "./promote";
import { syncAdd, syncExchange, syncLoad } from "./sync";

/** Place of the directory word of bucket `index`. */
export function directoryPlace(map: usize, index: u32): usize {
  return <usize>(load<u32>(map, MAP_DIRECTORY) + (index << 2));
}

/** Counts keys that came or went: in the agent's own line, and a batch at a time for all. */
export function lengthAdd(map: usize, self: usize, count: i32): void {
  const delta = load<i32>(self, MAP_AGENT_LENGTH_DELTA) + count;
  if (delta > -MAP_VALUE_LENGTH_BATCH && delta < MAP_VALUE_LENGTH_BATCH) {
    store<i32>(self, delta, MAP_AGENT_LENGTH_DELTA);
    return;
  }
  store<i32>(self, 0, MAP_AGENT_LENGTH_DELTA);
  syncAdd(map + MAP_LENGTH, <u32>delta);
}

/** Doubles the buckets in use if there are more than 6.5 keys to each, and all are split. */
export function growIfFull(map: usize, self: usize): void {
  const buckets = syncLoad(map + MAP_BUCKETS);
  const length = <i32>syncLoad(map + MAP_LENGTH) + load<i32>(self, MAP_AGENT_LENGTH_DELTA);
  if (length * 2 <= <i32>buckets * 13) return;
  if (buckets >= load<u32>(map, MAP_BUCKETS_MAX)) return;
  if (syncLoad(map + MAP_MIGRATE_DONE) < buckets) return;
  syncExchange(map + MAP_BUCKETS, buckets, buckets << 1);
}

/** The share of the migration that each changing operation does: MIGRATE_CHUNK buckets. */
export function migrateStep(map: usize, self: usize): void {
  for (let i = load<u32>(map, MAP_MIGRATE_CHUNK); i > 0; i--) {
    // In this order: what is done never falls behind half of a number of buckets read before it.
    const buckets = syncLoad(map + MAP_BUCKETS);
    const done = syncLoad(map + MAP_MIGRATE_DONE);
    if (done >= buckets) return;
    if (!split(map, self, done - (buckets >> 1), buckets)) return;
    syncExchange(map + MAP_MIGRATE_DONE, done, done + 1);
  }
}

/**
 * Splits bucket `parent`, below buckets / 2, so that its other half is set and it is not frozen any
 * more; helps whoever is at it. False if there is no room. Cost: the entries of one bucket.
 */
export function split(map: usize, self: usize, parent: u32, buckets: u32): bool {
  const half = buckets >> 1;
  const place = directoryPlace(map, parent);
  const childPlace = directoryPlace(map, parent + half);
  while (true) {
    const word = syncLoad(place);
    const child = syncLoad(childPlace);
    // All are split before the next doubling; a word frozen for that one is not ours to complete.
    if (syncLoad(map + MAP_BUCKETS) != buckets) return true;
    if (!(word & MAP_WORD_FROZEN)) {
      if (child != MAP_WORD_UNSET) return true;
      if (word & MAP_WORD_AMENDED) {
        if (bucketPromote(map, self, place, word, MAP_WORD_FROZEN) == STATUS_FULL) return false;
      } else {
        bucketReplace(place, word, word | MAP_WORD_FROZEN);
      }
      continue;
    }
    if (child == MAP_WORD_UNSET && !setChild(map, self, childPlace, word, half)) return false;
    const stays = bucketPart(map, self, word, half, false);
    if (stays == 0) return false;
    if (!bucketReplace(place, word, stays)) {
      bucketDiscard(map, self, stays);
      continue;
    }
    bucketRetire(map, self, word);
    store<u32>(self, load<u32>(self, MAP_AGENT_MIGRATIONS) + 1, MAP_AGENT_MIGRATIONS);
    return true;
  }
}

function setChild(map: usize, self: usize, place: usize, frozen: u32, half: u32): bool {
  const moves = bucketPart(map, self, frozen, half, true);
  if (moves == 0) return false;
  if (!bucketReplace(place, MAP_WORD_UNSET, moves)) bucketDiscard(map, self, moves);
  return true;
}
