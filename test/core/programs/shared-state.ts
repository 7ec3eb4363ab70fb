// What interrupt and main loop of map-interrupt.ts share: keys, values that prove themselves, sums.
//
// All of it is memory, accessed with atomics: a global could stay in a register of the main loop
// while the interrupt changes it.
// ```
//  key   0..23 OWN     changed by the interrupt alone, COUNTER and DELETED tell what is there
//       24..47 SHARED  changed by both, IN and OUT of each tell what must be left
//       48..71 MAIN    changed by the main loop alone, SEED tells what is there
//       72..79 ANCHOR  never changed: every walk must show them
//       80, 81 PAIR    stored by the interrupt one right after the other: equal in every cut
// ```
import { MAP_AGENT_BUSY, MAP_AGENT_CUT, MAP_AGENT_DEPTH } from "../../../assembly/base/spec";
import { valueSize } from "../../../assembly/map/map";
import { agentRecord } from "../../../assembly/map/pin";

export const OWN: u32 = 0;
export const SHARED: u32 = 24;
export const MAIN: u32 = 48;
export const ANCHOR: u32 = 72;
export const PAIR: u32 = 80;
export const KEYS: u32 = 82;
export const GROUP: u32 = 24;

/** Counters of what was found wrong, u32 each from MISTAKES on. */
export const TORN = 0; // a value that is not one write's
export const LOADED = 1; // a load or an answer that no order of the operations gives
export const REFUSED = 2; // a status where none may be
export const WALKED = 3; // a key shown twice, not at all, or one that is none
export const CUT = 4; // a cut that is not one moment, or not the same twice
export const TALLY = 5; // what was put in is not what came out and is left
export const FINAL = 6; // the end's content, or the number of keys
export const MEMORY = 7; // bytes that did not come back
export const ILLEGAL = 8; // ILLEGAL_STEPS
export const MISTAKE_KINDS = 9;

// Offsets in the state; what one side writes, the other only reads.
export const ACTIVE = 0; // 1: the interrupt works
export const TICKS = 4; // interrupts that worked
export const TICK_OPERATIONS = 8;
export const FOUND_BUSY = 12; // interrupts that came inside a changing operation of agent 0
export const FOUND_PINNED = 16; // inside a load or a walk of its
export const FOUND_CUT = 20; // while it held a cut
export const TICK_RANDOM = 24;
export const TICK_IN = 28; // sum of the seeds that the interrupt stored under SHARED keys
export const TICK_OUT = 32; // and of those it took out
export const MAIN_OPERATIONS = 36;
export const MAIN_IN = 40;
export const MAIN_OUT = 44;
export const AIM = 48; // the SHARED key that the main loop is about to change, or has just changed
export const MISTAKES = 64; // by the main loop; the interrupt's stand behind them
export const TICK_MISTAKES = MISTAKES + MISTAKE_KINDS * 4;
export const COUNTER = 192; // u32 per OWN key: changes the interrupt has made, the value's seed
export const DELETED = COUNTER + 24 * 4; // u32 per OWN key: COUNTER when it last deleted it
export const PAIR_COUNTER = DELETED + 24 * 4;
export const STATE_SIZE = PAIR_COUNTER + 8;

let state: usize = 0;

export function stateAt(at: usize): void {
  state = at;
}

export function word(offset: i32): u32 {
  return atomic.load<u32>(state + <usize>offset);
}

export function setWord(offset: i32, value: u32): void {
  atomic.store<u32>(state + <usize>offset, value);
}

/** Not atomic: of words that one side alone writes. */
export function addWord(offset: i32, value: u32): void {
  setWord(offset, word(offset) + value);
}

export function mistake(kind: i32, isTick: bool): void {
  addWord((isTick ? TICK_MISTAKES : MISTAKES) + kind * 4, 1);
}

/** xorshift32 at `offset`, seeded by whoever starts. */
export function randomAt(offset: i32): u32 {
  let x = word(offset);
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  setWord(offset, x);
  return x;
}

/** Writes a value of 8 to 64 bytes, a multiple of 4, and answers with its size. */
export function fill(target: usize, key: u32, seed: u32): i32 {
  const size = 8 + 4 * <i32>((seed * 0x9e3779b1) >> 28);
  store<u32>(target, seed);
  for (let i = 4; i < size; i += 4) store<u32>(target + <usize>i, derived(key, seed, i));
  return size;
}

/** The seed of a value, after the proof that it is one write's. */
export function seedOf(value: usize, key: u32, isTick: bool): u32 {
  const seed = load<u32>(value);
  const size = 8 + 4 * <i32>((seed * 0x9e3779b1) >> 28);
  let isWhole = valueSize(value) == size;
  for (let i = 4; isWhole && i < size; i += 4) {
    isWhole = load<u32>(value + <usize>i) == derived(key, seed, i);
  }
  if (!isWhole) mistake(TORN, isTick);
  return seed;
}

function derived(key: u32, seed: u32, i: i32): u32 {
  return (seed * 0x85ebca6b + <u32>i) ^ (key * 0xc2b2ae35);
}

/** Where the interrupt found the main loop: the proof that it comes inside operations. */
export function noteWhere(map: usize): void {
  const main = agentRecord(map, 0);
  if (load<u32>(main, MAP_AGENT_BUSY) != 0) addWord(FOUND_BUSY, 1);
  else if (load<u32>(main, MAP_AGENT_DEPTH) != 0) addWord(FOUND_PINNED, 1);
  if (atomic.load<u32>(main + MAP_AGENT_CUT) != 0) addWord(FOUND_CUT, 1);
}
