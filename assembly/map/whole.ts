// What is done to the whole map: clear, give memory back, take over from an agent that died.
//
// Clear takes effect at one moment (clock.ts) and then walks the buckets to give the memory back;
// others go on meanwhile. An agent that dies holds back what its pin protects; when its thread is
// known to be gone, another agent takes its pin, its cut and its lists over. What it had in
// hand at that moment stays taken: at most a value, an entry with its key, a bucket, the free
// granules of a bitmap word it was claiming, and what its promotion of one bucket had dropped.
import {
  ENTRY_STATE_READY,
  MAP_AGENT_BUSY,
  MAP_AGENT_CUT,
  MAP_AGENT_DEPTH,
  MAP_AGENT_LENGTH_DELTA,
  MAP_AGENT_PIN,
  MAP_BUCKETS,
  MAP_ENTRY_NEXT,
  MAP_ENTRY_WORD,
  MAP_WORD_AMENDED,
  MAP_WORD_UNSET,
  STATUS_BUSY,
  STATUS_OK,
} from "../base/spec";
import { arenaRelease } from "./arena";
import { entryOfTag, TAG_SIZE, tagsBegin, tagsEnd, wordOffset } from "./bucket";
import { bucketTidy, changeBegin, changeEnd, clearedDelete } from "./change";
import { clockClear, clockRelease, isAboveFloor, stampOf } from "./clock";
import { entryLoad, entryOffset, entryState } from "./entry";
import { directoryPlace, lengthAdd } from "./growth";
import { markAll } from "./mark";
import { agentRecord, limboInherit, reclaimAll } from "./pin";
import { syncLoad, syncStore } from "./sync";

const ANY: i32 = 1 << 16;

/**
 * Takes all keys out at one moment. STATUS_OK; FULL at the end of the clock; BUSY. Any agent; waits
 * for nobody. Cost: one step, then a walk over all buckets.
 */
export function mapClear(map: usize, agent: i32): i32 {
  const self = agentRecord(map, agent);
  if (!changeBegin(map, self)) return STATUS_BUSY;
  const status = clockClear(map);
  if (status == STATUS_OK) {
    markAll(map);
    sweep(map, self);
  }
  changeEnd(map, self);
  return status;
}

/**
 * Gives back what lies in buckets though no cut sees it any more, all that this agent has retired
 * and nobody can read, and what it had claimed for itself: blocks given back, or BUSY. For idle
 * moments. Cost: a walk over all buckets.
 */
export function mapReclaim(map: usize, agent: i32): i32 {
  const self = agentRecord(map, agent);
  if (!changeBegin(map, self)) return STATUS_BUSY;
  sweep(map, self);
  changeEnd(map, self); // its own pin would hold the epoch back
  store<u32>(self, 1, MAP_AGENT_BUSY);
  const count = reclaimAll(map, self);
  arenaRelease(map, self);
  store<u32>(self, 0, MAP_AGENT_BUSY);
  return count;
}

/**
 * Takes over from agent `dead`, whose thread is known to be gone for good: its pin, its cut, its
 * retired blocks, its count of keys. STATUS_OK, or BUSY. Never while it may still run.
 */
export function mapRecover(map: usize, agent: i32, dead: i32): i32 {
  const self = agentRecord(map, agent);
  const other = agentRecord(map, dead);
  assert(self != other); // nobody takes over from himself
  if (!changeBegin(map, self)) return STATUS_BUSY;
  limboInherit(map, self, other);
  arenaRelease(map, other);
  lengthAdd(map, self, load<i32>(other, MAP_AGENT_LENGTH_DELTA));
  store<i32>(other, 0, MAP_AGENT_LENGTH_DELTA);
  if (syncLoad(other + MAP_AGENT_CUT) != 0) clockRelease(map, other);
  store<u32>(other, 0, MAP_AGENT_DEPTH);
  store<u32>(other, 0, MAP_AGENT_BUSY);
  syncStore(other + MAP_AGENT_PIN, 0);
  changeEnd(map, self);
  return STATUS_OK;
}

/** Deletes what was cleared, and promotes every bucket that has something to drop. */
function sweep(map: usize, self: usize): void {
  const buckets = syncLoad(map + MAP_BUCKETS);
  for (let index: u32 = 0; index < buckets; index++) {
    const place = directoryPlace(map, index);
    const word = syncLoad(place);
    if (word == MAP_WORD_UNSET) continue;
    let at = word;
    for (; at & MAP_WORD_AMENDED; at = load<u32>(wordOffset(at), MAP_ENTRY_NEXT)) {
      deleteIfCleared(map, self, wordOffset(at));
    }
    const end = tagsEnd(at);
    for (let tag = tagsBegin(at); tag != end; tag += TAG_SIZE) {
      deleteIfCleared(map, self, wordOffset(entryOfTag(at, tag)));
    }
    bucketTidy(map, self, place, ANY);
  }
}

function deleteIfCleared(map: usize, self: usize, entry: usize): void {
  const now = entryLoad(entry + MAP_ENTRY_WORD);
  if (entryState(now) != ENTRY_STATE_READY) return;
  if (!isAboveFloor(map, stampOf(map, entryOffset(now)))) clearedDelete(map, self, entry, now);
}
