// From the ADC's blocks to whole windows: the one place where interrupt and main loop meet.
//
// ```
//        tail (main loop)            head (interrupt)
//          ▼                           ▼
//  ┌───────┬───────────────────────────┬───────────┐
//  │ free  │ samples waiting           │ free      │   i16[LIMIT_SAMPLE_RING_SIZE], a power of two
//  └───────┴───────────────────────────┴───────────┘
// ```
// Head and tail count samples since start and wrap at 2^32; their difference is the fill. One
// producer, one consumer: neither ever waits. A block that does not fit is read and thrown away
// whole, and counted; a window never holds samples from both sides of such a gap.
import {
  LIMIT_ADC_BLOCK_SIZE,
  LIMIT_SAMPLE_RING_SIZE,
  LIMIT_WINDOW_SIZE,
} from "../../assembly/base/spec";
import { regionAllocate } from "../../assembly/memory/regions";
import { adcRead } from "./port";

// Offsets in the sampler's state.
const HEAD = 0; // u32, written by the interrupt
const ENDED = 4; // i32, the status that ended the source, 0 while it goes on; written by the interrupt
const LOST = 8; // u32, samples thrown away; written by the interrupt
const GAP = 12; // u32, head at which the newest gap ended; written by the interrupt
const TAIL = 64; // u32, written by the main loop, on a line of its own
const LOST_BEFORE = 68; // u32, samples thrown away before TAIL; the main loop's own
const BLOCK = 128; // i16[LIMIT_ADC_BLOCK_SIZE], where the interrupt reads a block
const RING = BLOCK + LIMIT_ADC_BLOCK_SIZE * 2;
const STATE_SIZE = RING + LIMIT_SAMPLE_RING_SIZE * 2;

let state: usize = 0;

/** Lays out the ring; false if memory does not suffice. Once, at init. */
export function samplerInit(): bool {
  state = regionAllocate(STATE_SIZE);
  return state != 0;
}

/** Takes one block from the ADC. Interrupt only; cost: one block copied twice. */
export function samplerTick(): void {
  if (load<i32>(state, ENDED) != 0) return;
  const count = adcRead(state + BLOCK, LIMIT_ADC_BLOCK_SIZE);
  if (count < 0) {
    // Order: published after all heads before it; samplerWindow reads HEAD after ENDED.
    atomic.store<i32>(state, count, ENDED);
    return;
  }
  const head = load<u32>(state, HEAD);
  // Order: acquire, pairs with the release of TAIL in samplerWindow; the samples below it were
  // read.
  const fill = head - atomic.load<u32>(state, TAIL);
  if (fill + <u32>count > <u32>LIMIT_SAMPLE_RING_SIZE) {
    store<u32>(state, load<u32>(state, LOST) + count, LOST);
    atomic.store<u32>(state, head, GAP);
    return;
  }
  const mask = LIMIT_SAMPLE_RING_SIZE - 1;
  const at = head & mask;
  const first = min<i32>(count, LIMIT_SAMPLE_RING_SIZE - at);
  memory.copy(state + RING + (at << 1), state + BLOCK, first << 1);
  memory.copy(state + RING, state + BLOCK + (first << 1), (count - first) << 1);
  // Order: release, pairs with the acquire of HEAD in samplerWindow; the samples are whole.
  atomic.store<u32>(state, head + count, HEAD);
}

/**
 * 1 when the next LIMIT_WINDOW_SIZE samples were copied to target, 0 when they are not there yet,
 * or the status that ended the source. Main loop only.
 */
export function samplerWindow(target: usize): i32 {
  // Order: ENDED before HEAD, so that no block published before the end is missed.
  const ended = atomic.load<i32>(state, ENDED);
  const head = atomic.load<u32>(state, HEAD);
  let tail = load<u32>(state, TAIL);
  const gap = atomic.load<u32>(state, GAP);
  // A gap inside the window: what lies before it cannot be completed.
  if (gap - tail - 1 < <u32>LIMIT_WINDOW_SIZE - 1) tail = gap;
  if (<i32>(gap - tail) <= 0) store<u32>(state, atomic.load<u32>(state, LOST), LOST_BEFORE);
  if (head - tail < <u32>LIMIT_WINDOW_SIZE) {
    atomic.store<u32>(state, tail, TAIL);
    return ended;
  }
  const at = tail & (LIMIT_SAMPLE_RING_SIZE - 1);
  const first = min<i32>(LIMIT_WINDOW_SIZE, LIMIT_SAMPLE_RING_SIZE - at);
  memory.copy(target, state + RING + (at << 1), first << 1);
  memory.copy(target + (first << 1), state + RING, (LIMIT_WINDOW_SIZE - first) << 1);
  // Order: release, pairs with the acquire of TAIL in samplerTick; the copy above is complete.
  atomic.store<u32>(state, tail + LIMIT_WINDOW_SIZE, TAIL);
  return 1;
}

/** Samples thrown away since start because the main loop was late. Any agent. */
export function samplerLost(): u32 {
  return atomic.load<u32>(state, LOST);
}

/**
 * Samples that had been taken or lost when the window last given out ended; wraps at 2^32. Main
 * loop only.
 */
export function samplerPosition(): u32 {
  return load<u32>(state, TAIL) + load<u32>(state, LOST_BEFORE);
}
