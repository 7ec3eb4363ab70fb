// What is read off a spectrum: magnitudes, band energy, the strongest line, the median, the place
// of a peak.
//
// Lines are u32 magnitudes with 16 significant bits. The median is a radix selection, eight bits a
// pass: at most four passes whatever the data (a quicksort's worst case has no place on a node).
import { ratioQ16, root64Short, scaled } from "./root";

/** Counters of the radix selection, in bytes. */
export const MEDIAN_SCRATCH_SIZE: i32 = 256 * 4;

/** Squared magnitude of a bin, below 2^62 for what fftReal gives. */
function energy(bin: i64): u64 {
  const re = <i64>(<i32>bin);
  const im = bin >> 32;
  return re * re + im * im;
}

/**
 * Turns `count` bins at `data` in place into u32 lines; line i at data + 4 i. Bin 0 keeps its real
 * part only.
 */
export function magnitudes(data: usize, count: i32): void {
  let line = data;
  store<u32>(line, <u32>abs(load<i32>(data)));
  for (let p = data + 8, end = data + ((<usize>count) << 3); p < end; p += 8) {
    line += 4;
    store<u32>(line, root64Short(energy(load<i64>(p))));
  }
}

/**
 * Sum of the squared magnitudes of bins `low` to `high` - 1, divided by 2^10; at most 1024 bins.
 */
export function bandEnergy(data: usize, low: i32, high: i32): u64 {
  let sum: u64 = 0;
  const end = data + ((<usize>high) << 3);
  for (let p = data + ((<usize>low) << 3); p < end; p += 8) sum += energy(load<i64>(p)) >> 10;
  return sum;
}

/**
 * `count` u16 at `picture`: the larger of bins 2i and 2i + 1, times 2^shift, saturating. Bin 0
 * counts as 0.
 */
export function pairPicture(picture: usize, data: usize, count: i32, shift: i32): void {
  let p = data;
  for (let i = 0; i < count; i += 2, p += 32) {
    const first = max(i == 0 ? 0 : energy(load<i64>(p)), energy(load<i64>(p, 8)));
    const second = max(energy(load<i64>(p, 16)), energy(load<i64>(p, 24)));
    const pair = picturePair(root64Short(first), root64Short(second), shift);
    store<u32>(picture + ((<usize>i) << 1), pair);
  }
}

/** `count` u16 at `picture`: the lines times 2^shift, saturating. */
export function linePicture(picture: usize, lines: usize, count: i32, shift: i32): void {
  for (let i = 0; i < count; i += 2) {
    const p = lines + ((<usize>i) << 2);
    const pair = picturePair(load<u32>(p), load<u32>(p, 4), shift);
    store<u32>(picture + ((<usize>i) << 1), pair);
  }
}

/** Two u16 in one word. */
function picturePair(first: u32, second: u32, shift: i32): u32 {
  return scaled(first, shift, 0xffff) | (scaled(second, shift, 0xffff) << 16);
}

/** Index of the largest line from `low` to `high` (both included), the first if several. */
export function strongest(lines: usize, low: i32, high: i32): i32 {
  let at = low;
  let best: u32 = 0;
  for (let i = low; i <= high; i++) {
    const line = load<u32>(lines + ((<usize>i) << 2));
    if (line > best) {
      best = line;
      at = i;
    }
  }
  return at;
}

/**
 * Lower median of lines `low` to `high` (both included); scratch of MEDIAN_SCRATCH_SIZE, multiple
 * of 8.
 */
export function median(lines: usize, low: i32, high: i32, scratch: usize): u32 {
  const first = lines + ((<usize>low) << 2);
  const end = lines + ((<usize>(high + 1)) << 2);
  let all: u32 = 0;
  for (let p = first; p < end; p += 4) all |= load<u32>(p);
  let rank = (high - low) >> 1;
  let prefix: u32 = 0;
  let mask: u32 = 0;
  // From the highest byte that any line uses.
  for (let shift = (31 - <i32>clz(all | 1)) & ~7; shift >= 0; shift -= 8) {
    for (let i: usize = 0; i < <usize>MEDIAN_SCRATCH_SIZE; i += 8) store<i64>(scratch + i, 0);
    for (let p = first; p < end; p += 4) {
      const line = load<u32>(p);
      if ((line & mask) != prefix) continue;
      const counter = scratch + ((<usize>((line >> shift) & 255)) << 2);
      store<i32>(counter, load<i32>(counter) + 1);
    }
    let digit: u32 = 0;
    for (; digit < 255; digit++) {
      const count = load<i32>(scratch + ((<usize>digit) << 2));
      if (rank < count) break;
      rank -= count;
    }
    prefix |= digit << shift;
    mask |= 255 << shift;
  }
  return prefix;
}

/**
 * Place of the peak at line `at` in bins, Q16, from the larger neighbour: for a Hann window a pure
 * tone between two bins has the ratio r = neighbour / line and lies (2 r - 1) / (1 + r) bins
 * towards the neighbour.
 */
export function peakQ16(lines: usize, at: i32): i32 {
  const p = lines + ((<usize>at) << 2);
  const here = load<u32>(p);
  const before = load<u32>(p - 4);
  const after = load<u32>(p, 4);
  // Noise may hold both neighbours up; then the tone is on the line.
  const ratio = min<i32>(<i32>ratioQ16(max(before, after), max<u32>(here, 1)), 0x10000);
  const delta = <i32>(((<i64>max(2 * ratio - 0x10000, 0)) << 16) / (0x10000 + ratio));
  return (at << 16) + (after > before ? delta : -delta);
}
