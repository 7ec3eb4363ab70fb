// Integer square roots and the few 64-bit steps around them; exact floors, no floats, no loop over
// bits.
//
// Seed by a straight line, two Newton steps with the 32-bit divider that Cortex-M3 has, one
// correction.

/** Floor of the square root of n, 0 to 65535. About 30 instructions. */
export function root32(n: u32): u32 {
  if (n == 0) return 0;
  // t = m / 2^30 in [1, 4); 0.7 + 0.3125 t is within 6.5 % of sqrt(t), so two steps leave 2e-6,
  // from above.
  const shift = clz(n) & ~1;
  const m = n << shift;
  let x: u32 = 22938 + (m >> 17) + (m >> 19);
  x = (x + m / x) >> 1;
  x = (x + m / x) >> 1;
  x = min<u32>(x, 65535);
  if (x * x > m) x--;
  return x >> (shift >> 1);
}

/** Square root of n with 16 significant bits, rounded down: the magnitude of a spectral line. */
export function root64Short(n: u64): u32 {
  const high = <u32>(n >> 32);
  if (high == 0) return root32(<u32>n);
  const shift = 32 - (<i32>clz(high) & ~1);
  return root32(<u32>(n >> shift)) << (shift >> 1);
}

/**
 * Floor of the square root of n; for the few words per window where all bits count (64-bit
 * divisions).
 */
export function root64(n: u64): u32 {
  if (n >> 32 == 0) return root32(<u32>n);
  // The short root is low by less than 2^-15; one Newton step leaves 2^-31 from above.
  const short = <u64>root64Short(n);
  let x = (short + n / short) >> 1;
  x = min<u64>(x, 0xffffffff);
  while (x * x > n) x--; // at most twice
  return <u32>x;
}

/** a x 2^16 / b, rounded down, saturating; 0 if b is 0. A ratio in Q16.16. */
export function ratioQ16(a: u32, b: u32): u32 {
  if (b == 0) return 0;
  return <u32>min<u64>(((<u64>a) << 16) / b, 0xffffffff);
}

/** value x 2^shift, rounded to nearest, saturating at `most`; shift from -63 to 31. */
export function scaled(value: u32, shift: i32, most: u32): u32 {
  const wide = <u64>value;
  const result = shift >= 0 ? wide << shift : (wide + ((<u64>1) << (-shift - 1))) >> -shift;
  return <u32>min<u64>(result, most);
}
