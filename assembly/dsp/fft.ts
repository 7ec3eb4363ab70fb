// Real FFT in fixed point: i32 data with one shared exponent (block floating point), Q31 twiddles.
//
// A real signal of N points is taken as N/2 complex points, transformed in place and unpacked.
// Decimation in time, binary bit reversal, then radix-4 butterflies whose middle legs are swapped
// (so the bit-reversed order serves any power of two); an odd power starts with radix 4 x 2.
// Before each stage the largest magnitude decides how far the block must be shifted so that nothing
// can overflow; the shift rides on the twiddles. Rounding: to nearest, ties up, at each
// multiplication and shift. No floats, no allocation, no table but sine.ts. With SIMD two points go
// at once, to the same bytes. Sources: Cooley and Tukey 1965; Oppenheim and Weinstein 1972,
// "Effects of finite register length" (block scaling); Sorensen et al. 1987, "Real-valued fast
// Fourier transform algorithms" (unpacking).
import { firstRadix4, joinRadix8, reverse, scan, stage, unpack } from "./butterflies";
import {
  firstRadix4Pairs,
  joinRadix8Pairs,
  reverseBlocks,
  scanPairs,
  stagePairs,
  unpackPairs,
} from "./butterflies-simd";

export const FFT_SIZE_MIN: i32 = 64;
export const FFT_SIZE_MAX: i32 = 4096;

/**
 * Magnitude bits a block may have at the start of a twiddle stage: 4 x sqrt(2) x 2^29 / 2 < 2^31.
 */
const STAGE_BITS: i32 = 29;
/**
 * Same for the first pass, which does not scale: 4 x 2^28 = 2^30 (radix 4); 4 + 4 sqrt(2) times
 * 2^27 (radix 8).
 */
const FIRST_BITS_RADIX4: i32 = 28;
const FIRST_BITS_RADIX8: i32 = 27;

/**
 * Transforms `size` i32 at `data` (a multiple of 8) in place; answers the exponent e.
 *
 * After it, bin k = (re, im) of 1 <= k < size/2 is the pair of i32 at data + 8 k, and the pair at
 * data holds the two real bins: 0, then size/2. The spectrum is the stored value times 2^e; sum
 * over n of x[n] exp(-2 pi i k n / size). Any input is legal, the extreme values of i32 too; the
 * result never overflows: |re|, |im| < 2^30.3.
 */
export function fftReal(data: usize, size: i32): i32 {
  assert(size >= FFT_SIZE_MIN && size <= FFT_SIZE_MAX && (size & (size - 1)) == 0); // power of two
  assert((data & 7) == 0); // 64-bit accesses
  const half = size >> 1;
  const isOdd = (ctz(half) & 1) != 0;
  let bits = ASC_FEATURE_SIMD ? scanPairs(data, half) : scan(data, half);
  if (bits == 0) return 0;

  const room = (isOdd ? FIRST_BITS_RADIX8 : FIRST_BITS_RADIX4) - (32 - clz(bits));
  if (room < 0) lower(data, half, -room);
  let exponent = -room;
  bits = firstPasses(data, half, isOdd, max(room, 0));
  for (let leg = isOdd ? 8 : 4; leg < half; leg <<= 2) {
    const shift = excess(bits);
    bits = ASC_FEATURE_SIMD ? stagePairs(data, half, leg, shift) : stage(data, half, leg, shift);
    exponent += shift + 1;
  }
  const shift = excess(bits);
  if (ASC_FEATURE_SIMD) unpackPairs(data, size, shift);
  else unpack(data, size, shift);
  unpackEnds(data, shift);
  return exponent + shift;
}

/**
 * Bit reversal and the transforms of 4 or 8 points, input times 2^up; answers the magnitudes' bits.
 */
function firstPasses(data: usize, half: i32, isOdd: bool, up: i32): i32 {
  if (ASC_FEATURE_SIMD) {
    reverseBlocks(data, half);
    const bits = firstRadix4Pairs(data, half, up);
    return isOdd ? joinRadix8Pairs(data, half) : bits;
  }
  reverse(data, half);
  const bits = firstRadix4(data, half, up);
  return isOdd ? joinRadix8(data, half) : bits;
}

/** Bins 0 and size/2, both real, from Z[0]; divided by 2^shift. */
function unpackEnds(data: usize, shift: i32): void {
  const round = (1 << shift) >> 1;
  const re = (load<i32>(data) + round) >> shift;
  const im = (load<i32>(data, 4) + round) >> shift;
  store<i32>(data, re + im);
  store<i32>(data, re - im, 4);
}

/** Bits to give up before a stage: 0 to 2. */
function excess(bits: i32): i32 {
  return max(32 - <i32>clz(bits) - STAGE_BITS, 0);
}

/**
 * Shifts all right by `down`, 1 to 5; for input that fills more bits than the first pass may have.
 */
function lower(data: usize, half: i32, down: i32): void {
  // In 64 bits, because the rounding term may carry out of the extreme values.
  const round = (<i64>1) << (down - 1);
  for (let p = data, end = data + ((<usize>half) << 3); p < end; p += 4) {
    store<i32>(p, <i32>((<i64>load<i32>(p) + round) >> down));
  }
}
