// The passes of the fixed-point FFT, one complex point after the other: for every target.
//
// fft.ts calls them in order; butterflies-simd.ts has the same passes on two points at once and
// must give the same bytes. A point is loaded in one 64-bit access, because a node compares each
// access with the memory's end. Products are exact in 64 bits and rounded once: nearest, ties up.
// A pass that changes magnitudes answers the union of their bits, of which fft.ts makes the shift.
import { QUARTER, SINE } from "./sine";

/** Half of one unit after a shift by 32. */
const ROUND: i64 = 0x80000000;
/** cos(45 degrees) in Q31. */
const DIAGONAL: i64 = 1518500250;

/** Two i32, as a 64-bit value: real part low, imaginary part high. */
class Complex {
  /**
   * Stores a value and answers all bits that any magnitude of the two uses, the sign folded away.
   */
  // @ts-expect-error: decorator
  @inline static put(at: usize, re: i32, im: i32): i32 {
    // Two stores: to pack the words first costs V8 more than a board's second comparison.
    store<i32>(at, re);
    store<i32>(at, im, 4);
    return Complex.bits(re, im);
  }
  /** Puts the sum of the value at `at` and z there, the difference four points on. */
  // @ts-expect-error: decorator
  @inline static join(at: usize, z: i64): i32 {
    const y = load<i64>(at);
    const bits = Complex.put(at, Complex.re(y) + Complex.re(z), Complex.im(y) + Complex.im(z));
    return (
      bits | Complex.put(at + 32, Complex.re(y) - Complex.re(z), Complex.im(y) - Complex.im(z))
    );
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
  @inline static first(i: i32): i32 {
    return load<i32>(SINE + ((<usize>i) << 2));
  }
  /** 0 <= i <= 2048. */
  // @ts-expect-error: decorator
  @inline static sin(i: i32): i32 {
    return Twiddle.first(QUARTER - abs(QUARTER - i));
  }
  /** 0 <= i <= 2048. */
  // @ts-expect-error: decorator
  @inline static cos(i: i32): i32 {
    const sign = (QUARTER - i) >> 31;
    return (Twiddle.first(abs(QUARTER - i)) ^ sign) - sign;
  }
}

/** Union of the magnitudes' bits; 0 only if all is zero (-1 alone uses none but its sign). */
export function scan(data: usize, half: i32): i32 {
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
export function reverse(data: usize, half: i32): void {
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
 * First pass, four neighbours each, no twiddles; input times 2^up, output not scaled. Answers the
 * magnitudes' bits.
 */
export function firstRadix4(data: usize, half: i32, up: i32): i32 {
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
 * Joins two neighbouring transforms of four points to one of eight. Answers the magnitudes' bits.
 */
export function joinRadix8(data: usize, half: i32): i32 {
  let bits = 0;
  for (let p = data, end = data + ((<usize>half) << 3); p < end; p += 64) {
    bits |= Complex.join(p, load<i64>(p, 32));
    const b = load<i64>(p, 40);
    const bRe = Complex.re(b);
    const bIm = Complex.im(b);
    // W8 = (1 - i) / sqrt(2), W8^3 = (-1 - i) / sqrt(2).
    bits |= Complex.join(p + 8, Complex.pack(diagonal(bRe + bIm), diagonal(bIm - bRe)));
    const c = load<i64>(p, 48);
    bits |= Complex.join(p + 16, Complex.pack(Complex.im(c), -Complex.re(c)));
    const d = load<i64>(p, 56);
    const dRe = Complex.re(d);
    const dIm = Complex.im(d);
    bits |= Complex.join(p + 24, Complex.pack(diagonal(dIm - dRe), diagonal(-dIm - dRe)));
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
export function stage(data: usize, half: i32, leg: i32, shift: i32): i32 {
  let bits = plainButterflies(data, half, leg, shift + 1);
  const down = shift + 1;
  const half1 = 1 << shift;
  const round = half1 >> 1;
  const size = (<usize>leg) << 3;
  const end = data + ((<usize>half) << 3);
  const step = QUARTER / leg;
  for (let k = 1, at = step; k < leg; k++, at += step) {
    // Twiddles cos(a) - i sin(a) of the angles a, 2a, 3a, divided by 2^shift.
    const cos1 = <i64>((Twiddle.first(QUARTER - at) + round) >> shift);
    const sin1 = <i64>((Twiddle.first(at) + round) >> shift);
    const cos2 = <i64>((Twiddle.cos(at << 1) + round) >> shift);
    // Unsigned: at 90 degrees the rounding term carries into bit 31.
    const sin2 = <i64>(<u32>(Twiddle.sin(at << 1) + round) >> shift);
    const isLate = at * 3 > 2 * QUARTER; // past 180 degrees
    const at3 = isLate ? at * 3 - 2 * QUARTER : at * 3;
    // Negated in 32 bits: in 64 the C compiler would lose sight of 32 x 32 multiplications.
    const turn = isLate ? -1 : 0;
    const cos3 = <i64>((((Twiddle.cos(at3) + round) >> shift) ^ turn) - turn);
    const sin3 = <i64>((((Twiddle.sin(at3) + round) >> shift) ^ turn) - turn);
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
 * / 2, O = (Z[k] - conj Z[half - k]) / 2i. Bins 1 to half - 1; the middle one meets itself and is
 * written twice alike.
 */
export function unpack(data: usize, size: i32, shift: i32): void {
  const round = (1 << shift) >> 1;
  const half = size >> 1;
  const middle = data + ((<usize>half) << 2);
  const step = (<usize>((QUARTER << 2) / size)) << 2;
  let sinAt = SINE + step;
  let cosAt = SINE + ((<usize>QUARTER) << 2) - step;
  let q = data + ((<usize>(half - 1)) << 3);
  for (let p = data + 8; p <= middle; p += 8, q -= 8) {
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
}
