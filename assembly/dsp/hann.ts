// Hann window over 2048 i32 in place, and what it does to amplitudes and energies.
//
// w[n] = (1 - cos(2 pi n / 2048)) / 2, periodic. w[n + 1024] = 1 - w[n], so one table word serves
// two samples. A sine of amplitude A becomes a line of magnitude A n / 4 (coherent gain 1/2); the
// mean of w squared is 3/8.
import { LIMIT_WINDOW_SIZE } from "../base/spec";
import { QUARTER, SINE } from "./sine";

const HALF: i32 = LIMIT_WINDOW_SIZE >> 1;
/** Half of one unit after a shift by 32, and 1/2 in Q31. */
const ROUND: i64 = 0x80000000;
const MIDDLE: i32 = 0x40000000;

/**
 * Magnitude bits the data should have after the shift; the products then have the 28 that fftReal
 * starts from.
 */
export const HANN_BITS: i32 = 29;

/**
 * Multiplies 2048 i32 at `data` (multiple of 8) by the window and by 2^(shift - 1), rounded to
 * nearest. `shift` must leave every magnitude below 2^31.
 */
export function hann(data: usize, shift: i32): void {
  // cos(2 pi n / 2048) is word 1024 - 2n of the quarter wave up to n = 512, then minus word 2n -
  // 1024.
  let at = SINE + ((<usize>QUARTER) << 2);
  const middle = data + ((<usize>HALF) << 1);
  const end = data + ((<usize>HALF) << 2);
  let p = data;
  for (; p < middle; p += 8, at -= 16) {
    const first = MIDDLE - (load<i32>(at) >> 1);
    const second = MIDDLE - (load<i32>(at - 8) >> 1);
    weigh(p, shift, first, second);
  }
  for (; p < end; p += 8, at += 16) {
    const first = MIDDLE + (load<i32>(at) >> 1);
    const second = MIDDLE + (load<i32>(at + 8) >> 1);
    weigh(p, shift, first, second);
  }
}

/** Two neighbours at `p` and their partners half a window later. */
function weigh(p: usize, shift: i32, first: i32, second: i32): void {
  const a = load<i64>(p);
  const b = load<i64>(p, HALF << 2);
  // 1 in Q31 is one unit short, as in the table.
  const aLow = <i64>((<i32>a) << shift) * first;
  const aHigh = <i64>((<i32>(a >> 32)) << shift) * second;
  const bLow = <i64>((<i32>b) << shift) * (0x7fffffff - first);
  const bHigh = <i64>((<i32>(b >> 32)) << shift) * (0x7fffffff - second);
  store<i64>(p, ((aHigh + ROUND) & ~0xffffffff) | <i64>(<u64>(aLow + ROUND) >> 32));
  store<i64>(p, ((bHigh + ROUND) & ~0xffffffff) | <i64>(<u64>(bLow + ROUND) >> 32), HALF << 2);
}
