// Search: where a key stands now, for readers and writers, while the map grows around them.
//
// Found is found: an entry word is the truth wherever it was met. Absent needs a second look: the
// entry may have been in a bucket that was split off while we read the other half.
import { MAP_BUCKETS, MAP_WORD_UNSET } from "../base/spec";
import { bucketFind } from "./bucket";
import { directoryPlace } from "./growth";
import { syncLoad } from "./sync";

/** The directory word that leads to the entries of `hash` now, and that of its own bucket. */
export function homeWord(map: usize, hash: u32, buckets: u32): u32 {
  const home = hash & (buckets - 1);
  const word = syncLoad(directoryPlace(map, home));
  return word == MAP_WORD_UNSET ? syncLoad(directoryPlace(map, home - (buckets >> 1))) : word;
}

/** Whether a search that began with `buckets` and, if it was, with an unset bucket, still holds. */
export function searchHolds(map: usize, hash: u32, buckets: u32, wasUnset: bool): bool {
  if (syncLoad(map + MAP_BUCKETS) != buckets) return false;
  return !wasUnset || syncLoad(directoryPlace(map, hash & (buckets - 1))) == MAP_WORD_UNSET;
}

/** The entry that has the key and a value now; 0 if there was none at a moment of the call. */
export function search(
  map: usize,
  self: usize,
  hash: u32,
  key: u64,
  bytes: usize,
  size: i32,
): usize {
  while (true) {
    const buckets = syncLoad(map + MAP_BUCKETS);
    const own = syncLoad(directoryPlace(map, hash & (buckets - 1)));
    const isUnset = own == MAP_WORD_UNSET;
    const word = isUnset ? homeWord(map, hash, buckets) : own;
    const entry = bucketFind(map, self, word, hash, key, bytes, size);
    if (entry != 0 || searchHolds(map, hash, buckets, isUnset)) return entry;
  }
}
