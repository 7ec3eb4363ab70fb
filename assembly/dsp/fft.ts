// Real FFT in fixed point: i32 data with one shared exponent (block floating point), Q31 twiddles.
//
// A real signal of N points is taken as N/2 complex points, transformed in place and unpacked.
// Decimation in time, binary bit reversal, then radix-4 butterflies whose middle legs are swapped
// (so the bit-reversed order serves any power of two); an odd power starts with one radix-8 pass.
// Before each stage the largest magnitude decides how far the block must be shifted so that nothing
// can overflow; the shift rides on the twiddles. Rounding: to nearest, ties up, at each
// multiplication and shift. No floats, no allocation, no table but sine.ts. Sources: Cooley and
// Tukey 1965; Oppenheim and Weinstein 1972, "Effects of finite register length" (block scaling);
// Sorensen et al. 1987, "Real-valued fast Fourier transform algorithms" (unpacking).
import { QUARTER, SINE } from "./sine";

export const FFT_SIZE_MIN: i32 = 64;
export const FFT_SIZE_MAX: i32 = 4096;

/** Half of one unit after a shift by 32. */
const ROUND: i64 = 0x80000000;
/** cos(45 degrees) in Q31. */
const DIAGONAL: i64 = 1518500250;

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

/** Two i32 in one 64-bit access: real part low, imaginary part high. */
class Complex {
  /**
   * Stores a value and answers all bits that any magnitude of the two uses, the sign folded away.
   */
  // @ts-expect-error: decorator
  @inline static put(at: usize, re: i32, im: i32): i32 {
    store<i64>(at, Complex.pack(re, im));
    return Complex.bits(re, im);
  }
  // @ts-expect-error: decorator
  @inline static pack(re: i32, im: i32): i64 {
    return ((<i64>im) << 32) | <i64>(<u32>re);
  }
  // @ts-expect-error: decorator
  @inline static raised(z: i64, up: i32): i64 {
    return Complex.pack((<i32>z) << up, (<i32>(z >> 32)) << up);
  }
  // @ts-expect-error: decorator
  @inline static re(z: i64): i32 {
    return <i32>z;
  }
  // @ts-expect-error: decorator
  @inline static im(z: i64): i32 {
    return <i32>(z >> 32);
  }
  /** Parts of z (cos - i sin) / 2. */
  // @ts-expect-error: decorator
  @inline static turnRe(z: i64, cos: i64, sin: i64): i32 {
    return <i32>((<i64>(<i32>z) * cos + (z >> 32) * sin + ROUND) >> 32);
  }
  // @ts-expect-error: decorator
  @inline static turnIm(z: i64, cos: i64, sin: i64): i32 {
    return <i32>(((z >> 32) * cos - <i64>(<i32>z) * sin + ROUND) >> 32);
  }
  // @ts-expect-error: decorator
  @inline static bits(re: i32, im: i32): i32 {
    return (re ^ (re >> 31)) | (im ^ (im >> 31));
  }
}

/** Sine and cosine of 2 pi i / 4096 in Q31; inlined because a call costs more than the lookup. */
class Twiddle {
  /** Sine in the first quarter, 0 <= i <= 1024. */
  // @ts-expect-error: decorator
  @inline static first(i: i32): i64 {
    return <i64>load<i32>(SINE + ((<usize>i) << 2));
  }
  /** 0 <= i <= 2048. */
  // @ts-expect-error: decorator
  @inline static sin(i: i32): i64 {
    return Twiddle.first(QUARTER - abs(QUARTER - i));
  }
  /** 0 <= i <= 2048. */
  // @ts-expect-error: decorator
  @inline static cos(i: i32): i64 {
    const sign = <i64>((QUARTER - i) >> 31);
    return (Twiddle.first(abs(QUARTER - i)) ^ sign) - sign;
  }
}

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
  let bits = scan(data, half);
  if (bits == 0) return 0;

  const room = (isOdd ? FIRST_BITS_RADIX8 : FIRST_BITS_RADIX4) - (32 - clz(bits));
  if (room < 0) lower(data, half, -room);
  reverse(data, half);
  let exponent = -room;

  let leg = isOdd ? 8 : 4;
  const up = max(room, 0);
  bits = isOdd ? firstRadix8(data, half, up) : firstRadix4(data, half, up);
  for (; leg < half; leg <<= 2) {
    const shift = excess(bits);
    bits = stage(data, half, leg, shift);
    exponent += shift + 1;
  }
  const shift = excess(bits);
  unpack(data, size, shift);
  return exponent + shift;
}

/** Bits to give up before a stage: 0 to 2. */
function excess(bits: i32): i32 {
  return max(32 - <i32>clz(bits) - STAGE_BITS, 0);
}

/** Union of the magnitudes' bits; 0 only if all is zero (-1 alone uses none but its sign). */
function scan(data: usize, half: i32): i32 {
  let bits = 0;
  let any: i64 = 0;
  for (let p = data, end = data + ((<usize>half) << 3); p < end; p += 8) {
    const z = load<i64>(p);
    any |= z;
    bits |= Complex.bits(Complex.re(z), Complex.im(z));
  }
  return any == 0 ? 0 : bits | 1;
}

/**
 * Puts the points into bit-reversed order. With m the middle bits of an index and r their reverse,
 * 0m1 and 1r0 always change places; 0m0 with 0r0 and 1m1 with 1r1 only once, if m < r.
 */
function reverse(data: usize, half: i32): void {
  const upper = data + ((<usize>half) << 2);
  const count = half >> 2;
  let r = 0;
  for (let m = 0; m < count; m++) {
    const p = data + ((<usize>m) << 4);
    const q = data + ((<usize>r) << 4);
    const p1 = upper + ((<usize>m) << 4);
    const q1 = upper + ((<usize>r) << 4);
    swap(p + 8, q1);
    if (m < r) {
      swap(p, q);
      swap(p1 + 8, q1 + 8);
    }
    // The reversed counter: a carry runs from the top bit down over as many bits as m + 1 has
    // trailing zeros.
    r ^= count - (count >> (<i32>ctz(m + 1) + 1));
  }
}

function swap(p: usize, q: usize): void {
  const a = load<i64>(p);
  store<i64>(p, load<i64>(q));
  store<i64>(q, a);
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

/**
 * First pass, four neighbours each, no twiddles; input times 2^up, output not scaled. Answers the
 * magnitudes' bits.
 */
function firstRadix4(data: usize, half: i32, up: i32): i32 {
  let bits = 0;
  for (let p = data, end = data + ((<usize>half) << 3); p < end; p += 32) {
    const a = Complex.raised(load<i64>(p), up);
    const b = Complex.raised(load<i64>(p, 8), up);
    const c = Complex.raised(load<i64>(p, 16), up);
    const d = Complex.raised(load<i64>(p, 24), up);
    const sumAbRe = Complex.re(a) + Complex.re(b);
    const sumAbIm = Complex.im(a) + Complex.im(b);
    const difAbRe = Complex.re(a) - Complex.re(b);
    const difAbIm = Complex.im(a) - Complex.im(b);
    const sumCdRe = Complex.re(c) + Complex.re(d);
    const sumCdIm = Complex.im(c) + Complex.im(d);
    const difCdRe = Complex.re(c) - Complex.re(d);
    const difCdIm = Complex.im(c) - Complex.im(d);
    bits |= Complex.put(p, sumAbRe + sumCdRe, sumAbIm + sumCdIm);
    bits |= Complex.put(p + 8, difAbRe + difCdIm, difAbIm - difCdRe);
    bits |= Complex.put(p + 16, sumAbRe - sumCdRe, sumAbIm - sumCdIm);
    bits |= Complex.put(p + 24, difAbRe - difCdIm, difAbIm + difCdRe);
  }
  return bits;
}

/**
 * First pass, eight neighbours each: two radix-4 butterflies joined by W8. Answers the magnitudes'
 * bits.
 */
function firstRadix8(data: usize, half: i32, up: i32): i32 {
  let bits = 0;
  for (let p = data, end = data + ((<usize>half) << 3); p < end; p += 64) {
    let a = Complex.raised(load<i64>(p), up);
    let b = Complex.raised(load<i64>(p, 8), up);
    let c = Complex.raised(load<i64>(p, 16), up);
    let d = Complex.raised(load<i64>(p, 24), up);
    let sumRe = Complex.re(a) + Complex.re(b);
    let sumIm = Complex.im(a) + Complex.im(b);
    let difRe = Complex.re(a) - Complex.re(b);
    let difIm = Complex.im(a) - Complex.im(b);
    let sum2Re = Complex.re(c) + Complex.re(d);
    let sum2Im = Complex.im(c) + Complex.im(d);
    let dif2Re = Complex.re(c) - Complex.re(d);
    let dif2Im = Complex.im(c) - Complex.im(d);
    const even0Re = sumRe + sum2Re;
    const even0Im = sumIm + sum2Im;
    const even1Re = difRe + dif2Im;
    const even1Im = difIm - dif2Re;
    const even2Re = sumRe - sum2Re;
    const even2Im = sumIm - sum2Im;
    const even3Re = difRe - dif2Im;
    const even3Im = difIm + dif2Re;

    a = Complex.raised(load<i64>(p, 32), up);
    b = Complex.raised(load<i64>(p, 40), up);
    c = Complex.raised(load<i64>(p, 48), up);
    d = Complex.raised(load<i64>(p, 56), up);
    sumRe = Complex.re(a) + Complex.re(b);
    sumIm = Complex.im(a) + Complex.im(b);
    difRe = Complex.re(a) - Complex.re(b);
    difIm = Complex.im(a) - Complex.im(b);
    sum2Re = Complex.re(c) + Complex.re(d);
    sum2Im = Complex.im(c) + Complex.im(d);
    dif2Re = Complex.re(c) - Complex.re(d);
    dif2Im = Complex.im(c) - Complex.im(d);
    const odd0Re = sumRe + sum2Re;
    const odd0Im = sumIm + sum2Im;
    const odd2Re = sumRe - sum2Re;
    const odd2Im = sumIm - sum2Im;
    const odd1Re = difRe + dif2Im;
    const odd1Im = difIm - dif2Re;
    const odd3Re = difRe - dif2Im;
    const odd3Im = difIm + dif2Re;
    // W8 = (1 - i) / sqrt(2), W8^3 = (-1 - i) / sqrt(2).
    const turn1Re = diagonal(odd1Re + odd1Im);
    const turn1Im = diagonal(odd1Im - odd1Re);
    const turn3Re = diagonal(odd3Im - odd3Re);
    const turn3Im = diagonal(-odd3Im - odd3Re);

    bits |= Complex.put(p, even0Re + odd0Re, even0Im + odd0Im);
    bits |= Complex.put(p + 8, even1Re + turn1Re, even1Im + turn1Im);
    bits |= Complex.put(p + 16, even2Re + odd2Im, even2Im - odd2Re);
    bits |= Complex.put(p + 24, even3Re + turn3Re, even3Im + turn3Im);
    bits |= Complex.put(p + 32, even0Re - odd0Re, even0Im - odd0Im);
    bits |= Complex.put(p + 40, even1Re - turn1Re, even1Im - turn1Im);
    bits |= Complex.put(p + 48, even2Re - odd2Im, even2Im + odd2Re);
    bits |= Complex.put(p + 56, even3Re - turn3Re, even3Im - turn3Im);
  }
  return bits;
}

/** x / sqrt(2). */
function diagonal(x: i32): i32 {
  return <i32>((<i64>x * DIAGONAL + 0x40000000) >> 31);
}

/**
 * One radix-4 stage over sub-transforms of `leg` points, results divided by 2^(shift + 1).
 * Answers the magnitudes' bits.
 */
function stage(data: usize, half: i32, leg: i32, shift: i32): i32 {
  let bits = plainButterflies(data, half, leg, shift + 1);
  const down = shift + 1;
  const half1 = 1 << shift;
  const round = half1 >> 1;
  const size = (<usize>leg) << 3;
  const end = data + ((<usize>half) << 3);
  const step = QUARTER / leg;
  for (let k = 1, at = step; k < leg; k++, at += step) {
    // Twiddles cos(a) - i sin(a) of the angles a, 2a, 3a, divided by 2^shift (in i64: 1 + round
    // passes 2^31).
    const cos1 = (Twiddle.first(QUARTER - at) + round) >> shift;
    const sin1 = (Twiddle.first(at) + round) >> shift;
    const cos2 = (Twiddle.cos(at << 1) + round) >> shift;
    const sin2 = (Twiddle.sin(at << 1) + round) >> shift;
    const isLate = at * 3 > 2 * QUARTER; // past 180 degrees
    const at3 = isLate ? at * 3 - 2 * QUARTER : at * 3;
    let cos3 = (Twiddle.cos(at3) + round) >> shift;
    let sin3 = (Twiddle.sin(at3) + round) >> shift;
    if (isLate) {
      cos3 = -cos3;
      sin3 = -sin3;
    }
    for (let p = data + ((<usize>k) << 3); p < end; p += size << 2) {
      const q = p + size;
      const r = q + size;
      const s = r + size;
      const a = load<i64>(p);
      const aRe = (Complex.re(a) + half1) >> down;
      const aIm = (Complex.im(a) + half1) >> down;
      // Bit reversal has swapped the middle legs: the second turns by 2a, the third by a.
      const b = load<i64>(q);
      const bRe = Complex.turnRe(b, cos2, sin2);
      const bIm = Complex.turnIm(b, cos2, sin2);
      const sumAbRe = aRe + bRe;
      const sumAbIm = aIm + bIm;
      const difAbRe = aRe - bRe;
      const difAbIm = aIm - bIm;
      const c = load<i64>(r);
      const d = load<i64>(s);
      const cRe = Complex.turnRe(c, cos1, sin1);
      const cIm = Complex.turnIm(c, cos1, sin1);
      const dRe = Complex.turnRe(d, cos3, sin3);
      const dIm = Complex.turnIm(d, cos3, sin3);
      const sumCdRe = cRe + dRe;
      const sumCdIm = cIm + dIm;
      const difCdRe = cRe - dRe;
      const difCdIm = cIm - dIm;
      bits |= Complex.put(p, sumAbRe + sumCdRe, sumAbIm + sumCdIm);
      bits |= Complex.put(q, difAbRe + difCdIm, difAbIm - difCdRe);
      bits |= Complex.put(r, sumAbRe - sumCdRe, sumAbIm - sumCdIm);
      bits |= Complex.put(s, difAbRe - difCdIm, difAbIm + difCdRe);
    }
  }
  return bits;
}

/** The butterflies of angle 0: no multiplications. */
function plainButterflies(data: usize, half: i32, leg: i32, down: i32): i32 {
  let bits = 0;
  const size = (<usize>leg) << 3;
  const round = 1 << (down - 1);
  for (let p = data, end = data + ((<usize>half) << 3); p < end; p += size << 2) {
    const q = p + size;
    const r = q + size;
    const s = r + size;
    const a = load<i64>(p);
    const b = load<i64>(q);
    const c = load<i64>(r);
    const d = load<i64>(s);
    const aRe = (Complex.re(a) + round) >> down;
    const aIm = (Complex.im(a) + round) >> down;
    const bRe = (Complex.re(b) + round) >> down;
    const bIm = (Complex.im(b) + round) >> down;
    const cRe = (Complex.re(c) + round) >> down;
    const cIm = (Complex.im(c) + round) >> down;
    const dRe = (Complex.re(d) + round) >> down;
    const dIm = (Complex.im(d) + round) >> down;
    bits |= Complex.put(p, aRe + bRe + cRe + dRe, aIm + bIm + cIm + dIm);
    bits |= Complex.put(q, aRe - bRe + cIm - dIm, aIm - bIm - cRe + dRe);
    bits |= Complex.put(r, aRe + bRe - cRe - dRe, aIm + bIm - cIm - dIm);
    bits |= Complex.put(s, aRe - bRe - cIm + dIm, aIm - bIm + cRe - dRe);
  }
  return bits;
}

/**
 * From the transform Z of the half-size complex signal to the spectrum X of the real one, divided
 * by 2^shift: X[k] = E + W^k O and X[half - k] = conj(E - W^k O) with E = (Z[k] + conj Z[half - k])
 * / 2, O = (Z[k] - conj Z[half - k]) / 2i.
 */
function unpack(data: usize, size: i32, shift: i32): void {
  const round = (1 << shift) >> 1;
  const half = size >> 1;
  const middle = data + ((<usize>half) << 2);
  const step = (<usize>((QUARTER << 2) / size)) << 2;
  let sinAt = SINE + step;
  let cosAt = SINE + ((<usize>QUARTER) << 2) - step;
  let q = data + ((<usize>(half - 1)) << 3);
  for (let p = data + 8; p < middle; p += 8, q -= 8) {
    const a = load<i64>(p);
    const b = load<i64>(q);
    const cos = <i64>load<i32>(cosAt);
    const sin = <i64>load<i32>(sinAt);
    const aRe = (Complex.re(a) + round) >> shift;
    const aIm = (Complex.im(a) + round) >> shift;
    const bRe = (Complex.re(b) + round) >> shift;
    const bIm = (Complex.im(b) + round) >> shift;
    const evenRe = (aRe + bRe + 1) >> 1;
    const evenIm = (aIm - bIm + 1) >> 1;
    const oddRe = <i64>(aIm + bIm);
    const oddIm = <i64>(bRe - aRe);
    const turnRe = <i32>((oddRe * cos + oddIm * sin + ROUND) >> 32);
    const turnIm = <i32>((oddIm * cos - oddRe * sin + ROUND) >> 32);
    store<i64>(p, Complex.pack(evenRe + turnRe, evenIm + turnIm));
    store<i64>(q, Complex.pack(evenRe - turnRe, turnIm - evenIm));
    sinAt += step;
    cosAt -= step;
  }
  const first = load<i64>(data);
  const firstRe = (Complex.re(first) + round) >> shift;
  const firstIm = (Complex.im(first) + round) >> shift;
  store<i64>(data, Complex.pack(firstRe + firstIm, firstRe - firstIm));
  const z = load<i64>(middle);
  store<i64>(
    middle,
    Complex.pack((Complex.re(z) + round) >> shift, -((Complex.im(z) + round) >> shift)),
  );
}
