// Mean, RMS, peak, crest factor and kurtosis of one window of i16, exact but for the last rounding.
//
// Two passes: sum and extremes, then the power sums of d = x - m about the mean m rounded to a
// whole count. The central moments follow from them with the remainder R = sum of d, |R| <= n/2, so
// nothing is lost to a mean that is no integer. With n = 2048: |d| <= 65535 < 2^16, sum d^2 < 2^43,
// |sum d^3| < 2^59, sum d^4 < n 2^64 / 12 + ... < 2^72 (a two-point distribution is the worst),
// kept as two words of 32 bits.
import {
  FEATURE_CLIPPED,
  FEATURE_CREST_Q16,
  FEATURE_KURTOSIS_Q16,
  FEATURE_MEAN_Q8,
  FEATURE_PEAK_Q8,
  FEATURE_RMS_Q8,
  LIMIT_WINDOW_SIZE,
} from "../base/spec";
import { root64 } from "./root";

/** log2 of the window's size; the formulas below divide by it. */
const LOG2_SIZE: i32 = 11;
/** Magnitude from which a sample counts as clipped. */
const RAIL: i32 = 32767;

/**
 * Fills MEAN to KURTOSIS and CLIPPED of the feature record from i16[2048] at `samples` (multiple of
 * 8). Answers the mean rounded to a whole count.
 */
export function statistics(feature: usize, samples: usize): i32 {
  const end = samples + ((<usize>LIMIT_WINDOW_SIZE) << 1);
  let sum = 0; // < 2^26
  let low = i32.MAX_VALUE;
  let high = i32.MIN_VALUE;
  for (let p = samples; p < end; p += 4) {
    const pair = load<i32>(p);
    const a = <i32>(<i16>pair);
    const b = pair >> 16;
    sum += a + b;
    low = min(low, min(a, b));
    high = max(high, max(a, b));
  }
  const mean = (sum + (1 << (LOG2_SIZE - 1))) >> LOG2_SIZE;
  store<i32>(feature, (sum + 4) >> 3, FEATURE_MEAN_Q8);
  store<u32>(feature, low <= -RAIL || high >= RAIL ? clipped(samples, end) : 0, FEATURE_CLIPPED);

  // n times the largest deviation from the true mean, < 2^27.
  const peak = max((high << LOG2_SIZE) - sum, sum - (low << LOG2_SIZE));
  store<u32>(feature, (peak + 4) >> 3, FEATURE_PEAK_Q8);
  moments(feature, samples, mean, sum - (mean << LOG2_SIZE), peak);
  return mean;
}

/**
 * Fills RMS, CREST and KURTOSIS. `rest` is the sum of x - mean, `peak` n times the largest
 * deviation.
 */
function moments(feature: usize, samples: usize, mean: i32, rest: i32, peak: u32): void {
  let square: i64 = 0;
  let cube: i64 = 0;
  let fourthLow: i64 = 0;
  let fourthHigh: i64 = 0;
  for (let p = samples, end = samples + ((<usize>LIMIT_WINDOW_SIZE) << 1); p < end; p += 4) {
    const pair = load<i32>(p);
    const a = <i32>(<i16>pair) - mean;
    const b = (pair >> 16) - mean;
    const aa = <u64>(<u32>(a * a));
    const bb = <u64>(<u32>(b * b));
    square += aa + bb;
    cube += <i64>aa * a + <i64>bb * b;
    const aaaa = aa * aa;
    const bbbb = bb * bb;
    fourthLow += (aaaa & 0xffffffff) + (bbbb & 0xffffffff);
    fourthHigh += (aaaa >> 32) + (bbbb >> 32);
  }
  // n^2 times the variance, < 2^52: n sum d^2 - R^2.
  const variance = (square << LOG2_SIZE) - <i64>rest * rest;
  if (variance == 0) {
    store<u32>(feature, 0, FEATURE_RMS_Q8);
    store<u32>(feature, 0, FEATURE_CREST_Q16);
    store<u32>(feature, 0, FEATURE_KURTOSIS_Q16);
    return;
  }
  // RMS = sqrt(variance) / n in 1/256: sqrt(variance) / 8, rounded by way of one more bit.
  store<u32>(feature, (root64(variance >> 4) + 1) >> 1, FEATURE_RMS_Q8);
  // Crest = peak / sqrt(variance), both n times the real thing; 31 bits of root whatever the level.
  const lift = (<i32>clz(variance) - 1) >> 1;
  const root = <u64>root64(variance << (lift << 1));
  store<u32>(
    feature,
    <u32>((((<u64>peak) << (16 + lift)) + (root >> 1)) / root),
    FEATURE_CREST_Q16,
  );
  const kurtosis = fourthMoment(fourthHigh, fourthLow, cube, square, rest, variance);
  store<u32>(feature, kurtosis, FEATURE_KURTOSIS_Q16);
}

/**
 * Kurtosis in Q16.16 from the power sums: n K / V^2 with V = n^2 variance and
 * K = n^2 (fourth central moment) = n^2 S4 - 4 n R S3 + 6 R^2 S2 - 3 R^4 / n.
 */
function fourthMoment(high: i64, low: i64, cube: i64, square: i64, rest: i64, variance: i64): u32 {
  // Two words of 32 bits, each sum inside i64: high < 2^40 x 2^22, low < 2^32 x 2^22 after the
  // carry; 4 n R < 2^23 meets the halves of S3 (2^27, 2^32), 6 R^2 < 2^23 those of S2 (2^11, 2^32).
  high += low >> 32;
  low &= 0xffffffff;
  const third = rest << (LOG2_SIZE + 2);
  const second = 6 * rest * rest;
  high = (high << (2 * LOG2_SIZE)) - third * (cube >> 32) + second * (square >> 32);
  low =
    (low << (2 * LOG2_SIZE)) -
    third * (cube & 0xffffffff) +
    second * (square & 0xffffffff) -
    ((3 * rest * rest * rest * rest) >> LOG2_SIZE);
  high += low >> 32;
  low &= 0xffffffff;

  // 63 bits of K over 31 bits of V squared (cut to 32): relative error below 2^-28.
  const shiftK = max(0, 33 - <i32>clz(high));
  const k: u64 =
    shiftK > 0
      ? ((<u64>high) << (32 - shiftK)) | (<u64>low >> shiftK)
      : ((<u64>high) << 32) | <u64>low;
  const liftK = <i32>clz(k) - 1;
  const shiftV = 33 - <i32>clz(variance);
  const v: u64 = shiftV >= 0 ? <u64>variance >> shiftV : (<u64>variance) << -shiftV;
  const quotient = (k << liftK) / ((v * v) >> 30);
  // k 2^(shiftK - liftK) n 2^16 / (v^2 2^(2 shiftV)), of which 2^30 is in the quotient.
  const down = 30 - LOG2_SIZE - 16 - shiftK + liftK + 2 * shiftV;
  const wide = down > 0 ? (quotient + ((<u64>1) << (down - 1))) >> down : quotient << -down;
  return <u32>min<u64>(wide, 0xffffffff);
}

/** Samples at the rail. */
function clipped(samples: usize, end: usize): i32 {
  let count = 0;
  for (let p = samples; p < end; p += 2) {
    const x = <i32>load<i16>(p);
    count += i32(x >= RAIL) + i32(x <= -RAIL);
  }
  return count;
}
