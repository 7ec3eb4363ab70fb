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
// whole, and counted. Beside each block stands the number of its first sample, thrown away ones
// counted too: so a window never holds samples from both sides of a gap, and its time is true.
import {
  LIMIT_ADC_BLOCK_SIZE,
  LIMIT_SAMPLE_RING_SIZE,
  LIMIT_WINDOW_SIZE,
  STATUS_END,
} from "../../assembly/base/spec";
import { regionAllocate } from "../../assembly/memory/regions";
import { adcRead } from "./port";

const BLOCKS = LIMIT_SAMPLE_RING_SIZE / LIMIT_ADC_BLOCK_SIZE;
const WINDOW_BLOCKS = LIMIT_WINDOW_SIZE / LIMIT_ADC_BLOCK_SIZE;

// Offsets in the sampler's state.
const HEAD = 0; // u32, written by the interrupt
const ENDED = 4; // i32, status that ended the source, 0 while it goes on; by the interrupt
const LOST = 8; // u32, samples thrown away; written by the interrupt
const TAIL = 64; // u32, written by the main loop, on a line of its own
const POSITION = 68; // u32, number of the sample behind the last window; the main loop's own
const NUMBERS = 128; // u32[BLOCKS], number of each block's first sample; by the interrupt
const BLOCK = NUMBERS + BLOCKS * 4; // i16[LIMIT_ADC_BLOCK_SIZE], where the interrupt reads one
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
  if (count != LIMIT_ADC_BLOCK_SIZE) {
    // Order: published after all heads before it; samplerWindow reads ENDED before HEAD. A part of
    // a block is the end too: nothing may follow it without a gap.
    if (count != 0) atomic.store<i32>(state, count < 0 ? count : STATUS_END, ENDED);
    return;
  }
  const head = load<u32>(state, HEAD);
  // Order: acquire, pairs with the release of TAIL in samplerWindow; the samples below it were
  // read.
  const fill = head - atomic.load<u32>(state, TAIL);
  const lost = load<u32>(state, LOST);
  if (fill + <u32>count > <u32>LIMIT_SAMPLE_RING_SIZE) {
    atomic.store<u32>(state, lost + count, LOST);
    return;
  }
  const at = head & (LIMIT_SAMPLE_RING_SIZE - 1);
  memory.copy(state + RING + (at << 1), state + BLOCK, LIMIT_ADC_BLOCK_SIZE << 1);
  store<u32>(numberOf(head), head + lost);
  // Order: release, pairs with the acquire of HEAD in samplerWindow; samples and number are whole.
  atomic.store<u32>(state, head + count, HEAD);
}

/** Where the number of the block that holds ring position `at` stands. */
function numberOf(at: u32): usize {
  return state + NUMBERS + ((at / LIMIT_ADC_BLOCK_SIZE) & (BLOCKS - 1)) * 4;
}

/**
 * 1 when the next LIMIT_WINDOW_SIZE samples were copied to target, 0 when they are not there yet,
 * or the status that ended the source. Main loop only.
 */
export function samplerWindow(target: usize): i32 {
  // Order: acquire, ENDED before HEAD, so that no block published before the end is missed.
  const ended = atomic.load<i32>(state, ENDED);
  const head = atomic.load<u32>(state, HEAD);
  let tail = load<u32>(state, TAIL);
  // A window in pieces cannot be completed: begin behind its last gap, and look again from there.
  let gap = true;
  while (gap && head - tail >= <u32>LIMIT_WINDOW_SIZE) {
    gap = false;
    for (let i = WINDOW_BLOCKS - 1; i > 0 && !gap; i--) {
      const at = tail + i * LIMIT_ADC_BLOCK_SIZE;
      const before = load<u32>(numberOf(at - LIMIT_ADC_BLOCK_SIZE));
      if (load<u32>(numberOf(at)) - before != LIMIT_ADC_BLOCK_SIZE) {
        tail = at;
        gap = true;
      }
    }
  }
  if (head - tail < <u32>LIMIT_WINDOW_SIZE) {
    atomic.store<u32>(state, tail, TAIL);
    return ended;
  }
  const at = tail & (LIMIT_SAMPLE_RING_SIZE - 1);
  const first = min<i32>(LIMIT_WINDOW_SIZE, LIMIT_SAMPLE_RING_SIZE - at);
  memory.copy(target, state + RING + (at << 1), first << 1);
  memory.copy(target + (first << 1), state + RING, (LIMIT_WINDOW_SIZE - first) << 1);
  store<u32>(state, load<u32>(numberOf(tail)) + LIMIT_WINDOW_SIZE, POSITION);
  // Order: release, pairs with the acquire of TAIL in samplerTick; the copy above is complete.
  atomic.store<u32>(state, tail + LIMIT_WINDOW_SIZE, TAIL);
  return 1;
}

/** Samples thrown away since start because the main loop was late. Any agent. */
export function samplerLost(): u32 {
  return atomic.load<u32>(state, LOST);
}

/** Number of the sample behind the window last given out; wraps at 2^32. Main loop only. */
export function samplerPosition(): u32 {
  return load<u32>(state, POSITION);
}
