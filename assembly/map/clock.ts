// The clock: stamps that order versions, so that a cut of the whole map costs one increment.
//
// Constant-time snapshots after Wei, Ben-David, Blelloch, Fatourou, Ruppert and Sun (PPoPP 2021):
// a version is published without a stamp, and whoever meets it first stamps it with the present
// clock. A cut takes the clock and moves it on; it sees of each entry the newest version stamped
// with its clock or an earlier one. Clear raises the floor to the clock: all that is stamped up to
// there is gone at that moment. While it does so no stamp is given; everybody helps it to its end.
import {
  MAP_AGENT_COUNT,
  MAP_AGENT_CUT,
  MAP_AGENT_CUT_FLOOR,
  MAP_AGENTS,
  MAP_BLOCK_END,
  MAP_BLOCK_PREVIOUS,
  MAP_BLOCK_STAMP,
  MAP_CLOCK,
  MAP_CUTS,
  MAP_FLOOR,
  MAP_VALUE_AGENT_SIZE,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_VALUE_CLOCK_LAST,
  STATUS_FULL,
  STATUS_OK,
} from "../base/spec";
import { syncAdd, syncExchange, syncLoad, syncStore } from "./sync";

const CLEARING: u32 = 1;

/**
 * The clock since which the value at `value` counts; gives it its stamp if it has none. A value
 * that replaced one that was cleared meanwhile came before that clear, and is gone with it: else a
 * swap would answer with what the clear took and yet outlive it.
 */
export function stampOf(map: usize, value: usize): u32 {
  const block = value - MAP_VALUE_BLOCK_HEADER_SIZE;
  const known = syncLoad(block + MAP_BLOCK_STAMP);
  if (known != 0) return known;
  let clock = clockSettled(map);
  // Whoever published the value retires the previous one only when this one is stamped.
  const previous = <usize>load<u32>(block, MAP_BLOCK_PREVIOUS);
  if (previous != 0) {
    const floor = syncLoad(map + MAP_FLOOR);
    const stamp = syncLoad(previous - MAP_VALUE_BLOCK_HEADER_SIZE + MAP_BLOCK_STAMP);
    if (stamp <= floor) clock = floor;
  }
  const before = syncExchange(block + MAP_BLOCK_STAMP, 0, clock);
  return before == 0 ? clock : before;
}

/** The clock since which the entry is deleted whose last value this is; stamps likewise. */
export function endOf(map: usize, value: usize): u32 {
  const at = value - MAP_VALUE_BLOCK_HEADER_SIZE + MAP_BLOCK_END;
  const known = syncLoad(at);
  if (known != 0) return known;
  const clock = clockSettled(map);
  const before = syncExchange(at, 0, clock);
  return before == 0 ? clock : before;
}

/** Whether it is known since when the entry is deleted whose last value this is. */
export function hasEnd(value: usize): bool {
  return syncLoad(value - MAP_VALUE_BLOCK_HEADER_SIZE + MAP_BLOCK_END) != 0;
}

/** Whether a value with this stamp, of the present, has not been cleared. */
export function isAboveFloor(map: usize, stamp: u32): bool {
  return stamp > syncLoad(map + MAP_FLOOR);
}

/** Clears all that is stamped now, at one moment. STATUS_OK, or FULL at the end of the clock. */
export function clockClear(map: usize): i32 {
  while (true) {
    const clock = clockSettled(map);
    if (clock >= <u32>MAP_VALUE_CLOCK_LAST) return STATUS_FULL;
    const word = clock << 1;
    if (syncExchange(map + MAP_CLOCK, word, word | CLEARING) != word) continue;
    finishClear(map, word | CLEARING);
    return STATUS_OK;
  }
}

/** Takes a cut for the agent: its clock and floor. STATUS_OK, or FULL at the end of the clock. */
export function clockCut(map: usize, self: usize): i32 {
  syncAdd(map + MAP_CUTS, 1);
  while (true) {
    const clock = clockSettled(map);
    if (clock >= <u32>MAP_VALUE_CLOCK_LAST) {
      clockRelease(map, self);
      return STATUS_FULL;
    }
    // Before the clock moves: whoever looks for the oldest cut finds this one, or reads a clock
    // that is not later than it will be.
    syncStore(self + MAP_AGENT_CUT, clock);
    store<u32>(self, syncLoad(map + MAP_FLOOR), MAP_AGENT_CUT_FLOOR);
    const word = clock << 1;
    if (syncExchange(map + MAP_CLOCK, word, word + 2) == word) return STATUS_OK;
  }
}

/** Gives the agent's cut up. */
export function clockRelease(map: usize, self: usize): void {
  syncStore(self + MAP_AGENT_CUT, 0);
  syncAdd(map + MAP_CUTS, <u32>-1);
}

/** The clock of the oldest cut there is or will be: an entry deleted by then is in none. */
export function cutHorizon(map: usize): u32 {
  let horizon = syncLoad(map + MAP_CLOCK) >> 1;
  if (syncLoad(map + MAP_CUTS) == 0) return horizon;
  let agent = map + MAP_AGENTS;
  for (let i = load<u32>(map, MAP_AGENT_COUNT); i > 0; i--, agent += MAP_VALUE_AGENT_SIZE) {
    const cut = syncLoad(agent + MAP_AGENT_CUT);
    if (cut != 0 && cut < horizon) horizon = cut;
  }
  return horizon;
}

/** The clock when no clear is under way. */
function clockSettled(map: usize): u32 {
  while (true) {
    const word = syncLoad(map + MAP_CLOCK);
    if (!(word & CLEARING)) return word >> 1;
    finishClear(map, word);
  }
}

function finishClear(map: usize, word: u32): void {
  const clock = word >> 1;
  const floor = syncLoad(map + MAP_FLOOR);
  if (floor < clock) syncExchange(map + MAP_FLOOR, floor, clock);
  syncExchange(map + MAP_CLOCK, word, (clock + 1) << 1);
}
