// Conversions between integers and floats, rounding ties and the ends of each range.
// biome-ignore-all lint/correctness/noPrecisionLoss: in AssemblyScript a 64-bit integer is exact
import { put32, put64, putF32, putF64 } from "./output";

const TABLE: usize = 16384;
const INTEGERS: StaticArray<u64> = [
  0, 1, 0x1000001, 0x1000003, 0x7fffffff, 0x80000000, 0xffffff7f, 0xffffff80, 0xffffffff,
  0x20000000000001, 0x20000000000003, 0x7fffffffffffffff, 0x8000000000000000, 0xfffffffffffffbff,
  0xfffffffffffffc00, 0xffffffffffffffff, 0x4000004000000001, 0x8000008000000000,
];
const NARROW: StaticArray<f32> = [
  0,
  -0.0,
  0.5,
  -0.99999994,
  -1,
  1.9999999,
  -7.5,
  2147483520.0,
  2147483648.0,
  -2147483648.0,
  -2147483904.0,
  4294967040.0,
  4294967296.0,
  9223371487098961920.0,
  9223372036854775808.0,
  -9223372036854775808.0,
  -9223373136366403584.0,
  18446742974197923840.0,
  18446744073709551616.0,
  Infinity,
  -Infinity,
  NaN,
];
const WIDE: StaticArray<f64> = [
  0,
  -0.0,
  0.5,
  -0.9999999999999999,
  -1,
  1.9999999999999998,
  -7.5,
  2147483647.9999998,
  2147483648.0,
  -2147483648.9999995,
  -2147483649.0,
  4294967295.9999995,
  4294967296.0,
  9223372036854774784.0,
  9223372036854775808.0,
  -9223372036854775808.0,
  -9223372036854777856.0,
  18446744073709549568.0,
  18446744073709551616.0,
  Infinity,
  -Infinity,
  NaN,
];

export function conversions(): void {
  fromIntegers();
  toIntegers();
}

/** Values whose nearest float lies on a tie, just above it and just below it, among others. */
function fromIntegers(): void {
  for (let i: i32 = 0; i < 18; i++) {
    store<u64>(TABLE, unchecked(INTEGERS[i]));
    const x = load<u64>(TABLE);
    putF32(<f32>(<u32>x));
    putF32(<f32>(<i32>x));
    putF64(<f64>(<u32>x));
    putF64(<f64>(<i32>x));
    putF32(<f32>x);
    putF32(<f32>(<i64>x));
    putF64(<f64>x);
    putF64(<f64>(<i64>x));
    put32(reinterpret<u32>(-reinterpret<f32>(<u32>x)));
    put64(reinterpret<u64>(-reinterpret<f64>(x)));
  }
}

/**
 * Truncations saturate: edges of each range from both sides, infinities, and NaN, which gives 0.
 */
function toIntegers(): void {
  for (let i: i32 = 0; i < NARROW.length; i++) {
    store<f32>(TABLE, unchecked(NARROW[i]));
    const x = load<f32>(TABLE);
    put32(<u32>(<i32>x));
    put32(<u32>x);
    put64(<u64>(<i64>x));
    put64(<u64>x);
  }
  for (let i: i32 = 0; i < WIDE.length; i++) {
    store<f64>(TABLE, unchecked(WIDE[i]));
    const x = load<f64>(TABLE);
    put32(<u32>(<i32>x));
    put32(<u32>x);
    put64(<u64>(<i64>x));
    put64(<u64>x);
  }
}
