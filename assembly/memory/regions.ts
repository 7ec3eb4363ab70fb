// Regions: the linear memory above the static data, handed out once, front to back.
//
// Everything the core keeps lies in a region that `init` asked for here; nothing is ever given
// back, so there is no fragmentation and no allocation after init. The picture of the memory is in
// spec/memory.md.
//
//   start                next                               end
//   ├────────┬───────────┼──────────────────────────────────┤
//   │ region │ region    │ free                             │
//   └────────┴───────────┴──────────────────────────────────┘
import { LIMIT_ALIGNMENT } from "../base/spec";

let regionsStart: usize = 0;
let regionsNext: usize = 0;
let regionsEnd: usize = 0;

/** The next multiple of `alignment` (a power of two) at or above `offset`. */
export function alignUp(offset: usize, alignment: usize): usize {
  return (offset + alignment - 1) & ~(alignment - 1);
}

/**
 * Takes [start, end) of the linear memory for regions; all of it is free. Called by init, before
 * any other.
 */
export function regionsInit(start: usize, end: usize): void {
  assert(start <= end); // regions end before they start
  regionsStart = alignUp(start, LIMIT_ALIGNMENT);
  regionsNext = regionsStart;
  regionsEnd = end;
}

/**
 * Offset of a new region of `size` bytes, all zero, on a multiple of `alignment` (a power of two, 8
 * or more); 0 if it does not fit, and then nothing has changed. Called by init only. Cost: clearing
 * `size` bytes.
 */
export function regionAllocate(size: i32, alignment: i32 = LIMIT_ALIGNMENT): usize {
  assert(alignment >= LIMIT_ALIGNMENT && (alignment & (alignment - 1)) == 0); // no power of two
  if (size <= 0) return 0;
  const base = alignUp(regionsNext, <usize>alignment);
  if (base < regionsNext || base > regionsEnd || regionsEnd - base < <usize>size) return 0;
  memory.fill(base, 0, <usize>size);
  regionsNext = base + <usize>size;
  return base;
}

/** Bytes handed out so far, gaps for alignment included. */
export function regionsUsed(): i32 {
  return <i32>(regionsNext - regionsStart);
}
