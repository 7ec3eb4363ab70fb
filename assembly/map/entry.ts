// Entry words: 32 bits {offset of the value | state}, stepped by compare-exchange only.
//
//   31                                3 2     0
//   ├──────────────────────────────────┼───────┤
//   │ offset of the value (8-aligned)  │ state │
//   └──────────────────────────────────┴───────┘
//
//   empty(0) ─► writing(1) ─► ready(2) ─► deleted(3) ─► expunged(4)
//                               └─► ready(2) with another offset
//
// A word never goes back and never skips a state: a key that is stored again after it was deleted
// gets a new entry. `writing` is never published: readers pass over it and wait for nobody, not
// even for a writer that died there.
import {
  ENTRY_STATE_EXPUNGED,
  ENTRY_STATE_MASK,
  ENTRY_STATE_READY,
  STATUS_ILLEGAL_STEP,
  STATUS_OK,
  STATUS_STALE,
} from "../base/spec";
import { syncExchange, syncLoad } from "./sync";

/** The word for a value at `offset` (a multiple of 8) in `state`. */
export function entryWord(offset: usize, state: i32): u32 {
  return <u32>offset | <u32>state;
}

/** The state in a word, ENTRY_STATE_* of spec/map.md. */
export function entryState(word: u32): i32 {
  return <i32>(word & <u32>ENTRY_STATE_MASK);
}

/** The offset of the value in a word; 0 before there is one. */
export function entryOffset(word: u32): usize {
  return <usize>(word & ~(<u32>ENTRY_STATE_MASK));
}

/** The word at `place`, as the last writer left it. Any agent, also in an interrupt. */
export function entryLoad(place: usize): u32 {
  return syncLoad(place);
}

/**
 * Steps the word at `place` from `from` to `to`, both whole words whose states are neighbours.
 * STATUS_OK; ILLEGAL_STEP if they are not; STALE if the word is no longer `from`. The word is then
 * as it was. Any agent.
 */
export function entryStep(place: usize, from: u32, to: u32): i32 {
  const state = entryState(from);
  if (state >= ENTRY_STATE_EXPUNGED || entryState(to) != state + 1) return STATUS_ILLEGAL_STEP;
  return exchange(place, from, to);
}

/**
 * Swings a ready word to a new value: both words ready, offsets different. A reader sees the old
 * value or the new one, both whole. Answers as entryStep. Any agent.
 */
export function entryReplace(place: usize, from: u32, to: u32): i32 {
  if (entryState(from) != ENTRY_STATE_READY || entryState(to) != ENTRY_STATE_READY || from == to) {
    return STATUS_ILLEGAL_STEP;
  }
  return exchange(place, from, to);
}

function exchange(place: usize, from: u32, to: u32): i32 {
  return syncExchange(place, from, to) == from ? STATUS_OK : STATUS_STALE;
}
