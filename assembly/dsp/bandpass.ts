// Band-pass of the envelope: a Butterworth low-pass at the upper edge, then a Butterworth high-pass
// at the lower.
//
// Both are second-order sections from the bilinear transform (R. Bristow-Johnson, Audio EQ
// Cookbook, Q = 1/sqrt(2)), designed at init in integers from the sine table, Q30 coefficients,
// direct form I, 64-bit accumulator rounded to nearest. Samples are Q12: 2^27 at the rail; the
// worst input can raise a section by 2.3, so 4 x 2.3 x 2^27 < 2^31 bounds the sums and 2.3^2 x 2^27
// < 2^30 the output.
import { QUARTER, SINE } from "./sine";

/** Fraction bits of the filtered samples. */
export const BAND_FRACTION: i32 = 12;

/** Coefficients and memory of the two sections, i32 words. */
const LOW_GAIN: i32 = 0;
const LOW_A1: i32 = 4;
const LOW_A2: i32 = 8;
const HIGH_GAIN: i32 = 12;
const HIGH_A1: i32 = 16;
const HIGH_A2: i32 = 20;
const INPUT1: i32 = 24;
const INPUT2: i32 = 28;
const MIDDLE1: i32 = 32;
const MIDDLE2: i32 = 36;
const OUTPUT1: i32 = 40;
const OUTPUT2: i32 = 44;
export const BAND_STATE_SIZE: i32 = 48;

const ONE_Q31: i64 = 1 << 31;
const ROUND_Q30: i64 = 1 << 29;
const SQRT_HALF_Q31: i64 = 1518500250;
/** 2 pi in Q28. */
const TWO_PI_Q28: i64 = 1686629713;

/** Designs the filter for 0 < low < high < rate / 2, all in Hz; memory at rest. */
export function bandInit(state: usize, low: u32, high: u32, rate: u32): void {
  section(state + LOW_GAIN, high, rate, false);
  section(state + HIGH_GAIN, low, rate, true);
  for (let i = INPUT1; i < BAND_STATE_SIZE; i += 4) store<i32>(state + i, 0);
}

/**
 * gain = (1 -+ cos w) / 2 / (1 + alpha), a1 = -2 cos w / (1 + alpha), a2 = (1 - alpha) / (1 +
 * alpha).
 */
function section(at: usize, corner: u32, rate: u32, isHighPass: bool): void {
  const turn = <u32>(((<u64>corner) << 32) / rate); // w / 2 pi, below 1/2
  const cos = cosineOf(turn);
  const alpha = (sineOf(turn) * SQRT_HALF_Q31) >> 31;
  const norm = ONE_Q31 + alpha;
  const gain = isHighPass ? ONE_Q31 + cos : ONE_Q31 - cos;
  // Q31 numerators << 30 stay below 2^63; a1 reaches 2 only at w = 0, which the range forbids.
  store<i32>(at, <i32>(((gain >> 1) << 30) / norm));
  store<i32>(at, <i32>(-(cos << 31) / norm), 4);
  store<i32>(at, <i32>(((ONE_Q31 - alpha) << 30) / norm), 8);
}

/** sin(2 pi turn / 2^32) in Q31, 0 <= turn < 2^31, within 2^-30. */
function sineOf(turn: u32): i64 {
  return turn <= 0x40000000 ? quarterOf(turn) : quarterOf(0x80000000 - turn);
}

/** cos(2 pi turn / 2^32) in Q31, 0 <= turn < 2^31. */
function cosineOf(turn: u32): i64 {
  return turn <= 0x40000000 ? quarterOf(0x40000000 - turn) : -quarterOf(turn - 0x40000000);
}

/**
 * First quarter: the table's step, then the angle d that is left by sin d = d, cos d = 1 - d^2 / 2
 * (d < 0.0016).
 */
function quarterOf(turn: u32): i64 {
  const at = SINE + ((<usize>(turn >> 20)) << 2);
  const sin = <i64>load<i32>(at);
  const cos = <i64>load<i32>(SINE + ((<usize>QUARTER) << 2) - (at - SINE));
  const rest = (<i64>(turn & 0xfffff) * TWO_PI_Q28) >> 29; // Q31
  const squared = (rest * rest) >> 32; // d^2 / 2 in Q31
  return sin + ((cos * rest - sin * squared) >> 31);
}

/** Fills the memory as if `sample` had been there for ever: a start without a step. */
export function bandSettle(state: usize, sample: i32): void {
  const x = sample << BAND_FRACTION;
  store<i32>(state, x, INPUT1);
  store<i32>(state, x, INPUT2);
  store<i32>(state, x, MIDDLE1);
  store<i32>(state, x, MIDDLE2);
}

/**
 * Filters `count` i16 at `samples`, rectifies and averages 2^log2 of them into one i32 (Q12) at
 * `output`. `count` is a multiple of 2^log2. The inner loop is the node's hottest after the FFT:
 * all memory stays in locals.
 */
export function bandEnvelope(
  state: usize,
  samples: usize,
  count: i32,
  output: usize,
  log2: i32,
): void {
  const lowGain = <i64>load<i32>(state, LOW_GAIN);
  const lowA1 = <i64>load<i32>(state, LOW_A1);
  const lowA2 = <i64>load<i32>(state, LOW_A2);
  const highGain = <i64>load<i32>(state, HIGH_GAIN);
  const highA1 = <i64>load<i32>(state, HIGH_A1);
  const highA2 = <i64>load<i32>(state, HIGH_A2);
  let x1 = load<i32>(state, INPUT1);
  let x2 = load<i32>(state, INPUT2);
  let y1 = load<i32>(state, MIDDLE1);
  let y2 = load<i32>(state, MIDDLE2);
  let z1 = load<i32>(state, OUTPUT1);
  let z2 = load<i32>(state, OUTPUT2);
  const group = 1 << log2;
  const half: i64 = group >> 1;
  for (let end = samples + ((<usize>count) << 1); samples < end; output += 4) {
    let sum: i64 = half;
    for (const stop = samples + ((<usize>group) << 1); samples < stop; samples += 2) {
      const x = (<i32>load<i16>(samples)) << BAND_FRACTION;
      const x0 = <i64>(x + 2 * x1 + x2) * lowGain;
      const y = <i32>((x0 - y1 * lowA1 - y2 * lowA2 + ROUND_Q30) >> 30);
      const y0 = <i64>(y - 2 * y1 + y2) * highGain;
      const z = <i32>((y0 - z1 * highA1 - z2 * highA2 + ROUND_Q30) >> 30);
      x2 = x1;
      x1 = x;
      y2 = y1;
      y1 = y;
      z2 = z1;
      z1 = z;
      sum += abs(z);
    }
    store<i32>(output, <i32>(sum >> log2));
  }
  store<i32>(state, x1, INPUT1);
  store<i32>(state, x2, INPUT2);
  store<i32>(state, y1, MIDDLE1);
  store<i32>(state, y2, MIDDLE2);
  store<i32>(state, z1, OUTPUT1);
  store<i32>(state, z2, OUTPUT2);
}
