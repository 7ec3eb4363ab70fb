// The passes of butterflies.ts on two complex points at once (128-bit SIMD), to the same bytes.
//
// Called by fft.ts where SIMD is on (the gateway). A pair holds [re0, im0, re1, im1] of two
// neighbouring points, as memory does. Products are exact in 64 bits and rounded once, as in the
// scalar form, so only the order of independent points differs. Instead of the union of all
// magnitudes' bits the extreme values are kept: both have the same leading zeros, and nothing else
// is asked of them.
import { QUARTER, SINE } from "./sine";

/** cos(45 degrees) in Q31. */
const DIAGONAL: i32 = 1518500250;

/** Operations on two complex points, [re0, im0, re1, im1]. */
class Pair {
  /** The first points of both, the second points of both: a matrix of points turned over. */
  // @ts-expect-error: decorator
  @inline static firsts(a: v128, b: v128): v128 {
    return v128.shuffle<i64>(a, b, 0, 2);
  }
  // @ts-expect-error: decorator
  @inline static seconds(a: v128, b: v128): v128 {
    return v128.shuffle<i64>(a, b, 1, 3);
  }
  /** [re1, im1, re0, im0]. */
  // @ts-expect-error: decorator
  @inline static mirrored(z: v128): v128 {
    return v128.shuffle<i64>(z, z, 1, 0);
  }
  /** [im, re] of each. */
  // @ts-expect-error: decorator
  @inline static swapped(z: v128): v128 {
    return v128.shuffle<i32>(z, z, 1, 0, 3, 2);
  }
  /** Negated where the mask is -1. */
  // @ts-expect-error: decorator
  @inline static signed(z: v128, mask: v128): v128 {
    return i32x4.sub(v128.xor(z, mask), mask);
  }
  // @ts-expect-error: decorator
  @inline static conjugate(z: v128): v128 {
    return Pair.signed(z, i32x4(0, -1, 0, -1));
  }
  /** -i z = [im, -re]. */
  // @ts-expect-error: decorator
  @inline static quarterTurn(z: v128): v128 {
    return Pair.conjugate(Pair.swapped(z));
  }
  // @ts-expect-error: decorator
  @inline static rounded(z: v128, round: v128, down: i32): v128 {
    return i32x4.shr_s(i32x4.add(z, round), down);
  }
  /** z cos + [im, re] sin, divided by 2^32: a rotation where sin = [s, -s] of each. */
  // @ts-expect-error: decorator
  @inline static turned(z: v128, cos: v128, sin: v128): v128 {
    const crossed = Pair.swapped(z);
    return Pair.highWords(
      i64x2.add(i64x2.extmul_low_i32x4_s(z, cos), i64x2.extmul_low_i32x4_s(crossed, sin)),
      i64x2.add(i64x2.extmul_high_i32x4_s(z, cos), i64x2.extmul_high_i32x4_s(crossed, sin)),
    );
  }
  /** z / sqrt(2). */
  // @ts-expect-error: decorator
  @inline static diagonal(z: v128): v128 {
    const factor = i32x4.splat(DIAGONAL);
    // Twice a Q31 product is a whole word.
    return Pair.highWords(
      i64x2.shl(i64x2.extmul_low_i32x4_s(z, factor), 1),
      i64x2.shl(i64x2.extmul_high_i32x4_s(z, factor), 1),
    );
  }
  /** Four sums of products divided by 2^32, to nearest. */
  // @ts-expect-error: decorator
  @inline static highWords(low: v128, high: v128): v128 {
    const round = i64x2.splat(0x80000000);
    return v128.shuffle<i32>(i64x2.add(low, round), i64x2.add(high, round), 1, 3, 5, 7);
  }
  /** The sines of two angles of the first quarter, [x, x, y, y]: one factor for each point. */
  // @ts-expect-error: decorator
  @inline static sines(i: i32, j: i32): v128 {
    return Pair.firsts(
      v128.load32_splat(SINE + ((<usize>i) << 2)),
      v128.load32_splat(SINE + ((<usize>j) << 2)),
    );
  }
  /** [x, x, y, y]. */
  // @ts-expect-error: decorator
  @inline static splats(x: i32, y: i32): v128 {
    return Pair.firsts(i32x4.splat(x), i32x4.splat(y));
  }
  /** A number with the leading zeros of the largest magnitude among values in [least, most]. */
  // @ts-expect-error: decorator
  @inline static bits(most: v128, least: v128): i32 {
    let m = i32x4.max_s(most, v128.not(least));
    m = i32x4.max_s(m, Pair.mirrored(m));
    return max(i32x4.extract_lane(m, 0), i32x4.extract_lane(m, 1));
  }
}

/** See scan. */
export function scanPairs(data: usize, half: i32): i32 {
  let most = i32x4.splat(0);
  let least = i32x4.splat(0);
  for (let p = data, end = data + ((<usize>half) << 3); p < end; p += 16) {
    const z = v128.load(p);
    most = i32x4.max_s(most, z);
    least = i32x4.min_s(least, z);
  }
  return v128.any_true(v128.or(most, least)) ? Pair.bits(most, least) | 1 : 0;
}

/**
 * Puts the blocks of a block matrix into bit-reversed order. An index is h m l with two bits in h
 * and in l; block m is the 4 x 4 points of all h and l. What is left to do inside each block,
 * l m h to h m l, comes with firstRadix4Pairs.
 */
export function reverseBlocks(data: usize, half: i32): void {
  const row = (<usize>half) << 1;
  const count = half >> 4;
  let r = 0;
  for (let m = 0; m < count; m++) {
    if (m < r) {
      let p = data + ((<usize>m) << 5);
      let q = data + ((<usize>r) << 5);
      for (let h = 0; h < 4; h++) {
        const a = v128.load(p);
        const b = v128.load(p, 16);
        v128.store(p, v128.load(q));
        v128.store(p, v128.load(q, 16), 16);
        v128.store(q, a);
        v128.store(q, b, 16);
        p += row;
        q += row;
      }
    }
    r ^= count - (count >> (<i32>ctz(m + 1) + 1)); // as in reverse
  }
}

/**
 * See firstRadix4; of blocks as reverseBlocks leaves them. A column of a block is one butterfly and
 * becomes the row whose number has the column's two bits reversed.
 */
export function firstRadix4Pairs(data: usize, half: i32, up: i32): i32 {
  let most = i32x4.splat(0);
  let least = i32x4.splat(0);
  const row = (<usize>half) << 1;
  for (let p = data, end = data + row; p < end; p += 32) {
    const q = p + row;
    const r = q + row;
    const s = r + row;
    let a = i32x4.shl(v128.load(p), up);
    let c = i32x4.shl(v128.load(q), up);
    let b = i32x4.shl(v128.load(r), up);
    let d = i32x4.shl(v128.load(s), up);
    let sumAb = i32x4.add(a, b);
    let difAb = i32x4.sub(a, b);
    let sumCd = i32x4.add(c, d);
    let difCd = Pair.quarterTurn(i32x4.sub(c, d));
    const x0 = i32x4.add(sumAb, sumCd);
    const x1 = i32x4.add(difAb, difCd);
    const x2 = i32x4.sub(sumAb, sumCd);
    const x3 = i32x4.sub(difAb, difCd);
    a = i32x4.shl(v128.load(p, 16), up);
    c = i32x4.shl(v128.load(q, 16), up);
    b = i32x4.shl(v128.load(r, 16), up);
    d = i32x4.shl(v128.load(s, 16), up);
    sumAb = i32x4.add(a, b);
    difAb = i32x4.sub(a, b);
    sumCd = i32x4.add(c, d);
    difCd = Pair.quarterTurn(i32x4.sub(c, d));
    const y0 = i32x4.add(sumAb, sumCd);
    const y1 = i32x4.add(difAb, difCd);
    const y2 = i32x4.sub(sumAb, sumCd);
    const y3 = i32x4.sub(difAb, difCd);
    most = i32x4.max_s(most, i32x4.max_s(i32x4.max_s(x0, x1), i32x4.max_s(x2, x3)));
    most = i32x4.max_s(most, i32x4.max_s(i32x4.max_s(y0, y1), i32x4.max_s(y2, y3)));
    least = i32x4.min_s(least, i32x4.min_s(i32x4.min_s(x0, x1), i32x4.min_s(x2, x3)));
    least = i32x4.min_s(least, i32x4.min_s(i32x4.min_s(y0, y1), i32x4.min_s(y2, y3)));
    v128.store(p, Pair.firsts(x0, x1));
    v128.store(p, Pair.firsts(x2, x3), 16);
    v128.store(q, Pair.firsts(y0, y1));
    v128.store(q, Pair.firsts(y2, y3), 16);
    v128.store(r, Pair.seconds(x0, x1));
    v128.store(r, Pair.seconds(x2, x3), 16);
    v128.store(s, Pair.seconds(y0, y1));
    v128.store(s, Pair.seconds(y2, y3), 16);
  }
  return Pair.bits(most, least);
}

/** See joinRadix8. */
export function joinRadix8Pairs(data: usize, half: i32): i32 {
  let most = i32x4.splat(0);
  let least = i32x4.splat(0);
  for (let p = data, end = data + ((<usize>half) << 3); p < end; p += 64) {
    const even01 = v128.load(p);
    const even23 = v128.load(p, 16);
    const odd01 = v128.load(p, 32);
    const odd23 = v128.load(p, 48);
    // W8 z = (z - i z) / sqrt(2), W8^3 z = (-z - i z) / sqrt(2).
    const turn23 = Pair.quarterTurn(odd23);
    const sum1 = i32x4.add(odd01, Pair.quarterTurn(odd01));
    const turn13 = Pair.diagonal(Pair.seconds(sum1, i32x4.sub(turn23, odd23)));
    const b01 = Pair.firsts(odd01, turn13);
    const b23 = v128.shuffle<i64>(turn23, turn13, 0, 3);
    const x0 = i32x4.add(even01, b01);
    const x1 = i32x4.add(even23, b23);
    const x2 = i32x4.sub(even01, b01);
    const x3 = i32x4.sub(even23, b23);
    most = i32x4.max_s(most, i32x4.max_s(i32x4.max_s(x0, x1), i32x4.max_s(x2, x3)));
    least = i32x4.min_s(least, i32x4.min_s(i32x4.min_s(x0, x1), i32x4.min_s(x2, x3)));
    v128.store(p, x0);
    v128.store(p, x1, 16);
    v128.store(p, x2, 32);
    v128.store(p, x3, 48);
  }
  return Pair.bits(most, least);
}

/** See stage; the butterflies k and k + 1 at once. */
export function stagePairs(data: usize, half: i32, leg: i32, shift: i32): i32 {
  let most = i32x4.splat(0);
  let least = i32x4.splat(0);
  const size = (<usize>leg) << 3;
  const end = data + ((<usize>half) << 3);
  const step = QUARTER / leg;
  const down = shift + 1;
  const half1 = i32x4.splat(1 << shift);
  const round = i32x4.splat((1 << shift) >> 1);
  const minus = i32x4(0, -1, 0, -1);
  for (let k = 0, at = 0; k < leg; k += 2, at += step << 1) {
    // Twiddles as in stage, of the angles `at` and `next`; a fold is the distance from 90 degrees.
    const next = at + step;
    const cos1 = Pair.rounded(Pair.sines(QUARTER - at, QUARTER - next), round, shift);
    const sin1 = Pair.rounded(Pair.sines(at, next), round, shift);
    const turn1 = Pair.signed(sin1, minus);

    // Both of a pair lie on one side of 90 degrees, the first perhaps upon it: cos = 0, no sign.
    const isPast2 = i32x4.splat((QUARTER - (next << 1)) >> 31);
    const fold2 = abs(QUARTER - (at << 1));
    const fold2Next = abs(QUARTER - (next << 1));
    const plain2 = Pair.signed(Pair.sines(fold2, fold2Next), isPast2);
    const cos2 = Pair.rounded(plain2, round, shift);
    // Unsigned: at 90 degrees the rounding term carries into bit 31.
    const sin2 = i32x4.add(Pair.sines(QUARTER - fold2, QUARTER - fold2Next), round);
    const turn2 = Pair.signed(i32x4.shr_u(sin2, shift), minus);

    // Past 180 degrees half a circle goes off, and both signs change after rounding.
    const late = (2 * QUARTER - at * 3) >> 31;
    const lateNext = (2 * QUARTER - next * 3) >> 31;
    const isLate = Pair.splats(late, lateNext);
    const side3 = QUARTER - at * 3 + ((2 * QUARTER) & late);
    const side3Next = QUARTER - next * 3 + ((2 * QUARTER) & lateNext);
    const fold3 = abs(side3);
    const fold3Next = abs(side3Next);
    const isPast3 = Pair.splats(side3 >> 31, side3Next >> 31);
    const plain3 = Pair.signed(Pair.sines(fold3, fold3Next), isPast3);
    const cos3 = Pair.signed(Pair.rounded(plain3, round, shift), isLate);
    const sin3 = Pair.rounded(Pair.sines(QUARTER - fold3, QUARTER - fold3Next), round, shift);
    const turn3 = Pair.signed(sin3, v128.xor(isLate, minus));

    for (let p = data + ((<usize>k) << 3); p < end; p += size << 2) {
      const q = p + size;
      const r = q + size;
      const s = r + size;
      const a = Pair.rounded(v128.load(p), half1, down);
      // Bit reversal has swapped the middle legs: the second turns by 2a, the third by a.
      const b0 = v128.load(q);
      const c0 = v128.load(r);
      const d0 = v128.load(s);
      let b = Pair.turned(b0, cos2, turn2);
      let c = Pair.turned(c0, cos1, turn1);
      let d = Pair.turned(d0, cos3, turn3);
      if (k == 0) {
        // The first has angle 0, whose cosine of 2^31 is no i32: shifted instead.
        b = v128.shuffle<i64>(Pair.rounded(b0, half1, down), b, 0, 3);
        c = v128.shuffle<i64>(Pair.rounded(c0, half1, down), c, 0, 3);
        d = v128.shuffle<i64>(Pair.rounded(d0, half1, down), d, 0, 3);
      }
      const sumAb = i32x4.add(a, b);
      const difAb = i32x4.sub(a, b);
      const sumCd = i32x4.add(c, d);
      const difCd = Pair.quarterTurn(i32x4.sub(c, d));
      const x0 = i32x4.add(sumAb, sumCd);
      const x1 = i32x4.add(difAb, difCd);
      const x2 = i32x4.sub(sumAb, sumCd);
      const x3 = i32x4.sub(difAb, difCd);
      most = i32x4.max_s(most, i32x4.max_s(i32x4.max_s(x0, x1), i32x4.max_s(x2, x3)));
      least = i32x4.min_s(least, i32x4.min_s(i32x4.min_s(x0, x1), i32x4.min_s(x2, x3)));
      v128.store(p, x0);
      v128.store(q, x1);
      v128.store(r, x2);
      v128.store(s, x3);
    }
  }
  return Pair.bits(most, least);
}

/** The bins 1 to half - 1 of unpack; the middle one meets itself and is written twice alike. */
export function unpackPairs(data: usize, size: i32, shift: i32): void {
  const round = i32x4.splat((1 << shift) >> 1);
  const one = i32x4.splat(1);
  const half = size >> 1;
  const middle = data + ((<usize>half) << 2);
  const step = (QUARTER << 2) / size;
  let at = step;
  let q = data + ((<usize>(half - 2)) << 3);
  for (let p = data + 8; p < middle; p += 16, q -= 16, at += step << 1) {
    const a = Pair.rounded(v128.load(p), round, shift);
    const b = Pair.conjugate(Pair.mirrored(Pair.rounded(v128.load(q), round, shift)));
    const next = at + step;
    const sin = Pair.sines(at, next);
    const cos = Pair.sines(QUARTER - at, QUARTER - next);
    const even = i32x4.shr_s(i32x4.add(i32x4.add(a, b), one), 1);
    // W^k O, twice: -i (cos - i sin) (a - b) = (sin + i cos) (b - a).
    const odd = Pair.turned(i32x4.sub(b, a), sin, Pair.signed(cos, i32x4(-1, 0, -1, 0)));
    v128.store(p, i32x4.add(even, odd));
    v128.store(q, Pair.mirrored(Pair.conjugate(i32x4.sub(even, odd))));
  }
}
