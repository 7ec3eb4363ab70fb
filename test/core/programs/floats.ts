// Float instructions over pairs of edge values: zeros of both signs, subnormals, halves,
// infinities, NaNs.
//
// Generic over f32 and f64; the operands are bit patterns in memory.
// biome-ignore-all lint/correctness/noPrecisionLoss: in AssemblyScript a 64-bit integer is exact
import { put32, put64, putF32, putF64 } from "./output";

const TABLE: usize = 16384;
const COUNT: usize = 22;
const PATTERNS_64: StaticArray<u64> = [
  0, 0x8000000000000000, 1, 0x800fffffffffffff, 0x0010000000000000, 0x3ff0000000000000,
  0xbff0000000000000, 0x3fe0000000000000, 0xbfe0000000000000, 0x3ff8000000000000,
  0x4004000000000000, 0xc004000000000000, 0x3fdfffffffffffff, 0x433fffffffffffff,
  0x400921fb54442d18, 0x7fefffffffffffff, 0xffefffffffffffff, 0x7ff0000000000000,
  0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000001234, 0x7ff0000000000001,
];
const PATTERNS_32: StaticArray<u32> = [
  0, 0x80000000, 1, 0x807fffff, 0x00800000, 0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000,
  0x3fc00000, 0x40200000, 0xc0200000, 0x3effffff, 0x4affffff, 0x40490fdb, 0x7f7fffff, 0xff7fffff,
  0x7f800000, 0xff800000, 0x7fc00000, 0xffc01234, 0x7f800001,
];

/** f64 patterns; the f32 table is made of patterns of its own. */
function setTable64(): void {
  for (let i: usize = 0; i < COUNT; i++) store<u64>(TABLE + 8 * i, unchecked(PATTERNS_64[<i32>i]));
}

function setTable32(): void {
  for (let i: usize = 0; i < COUNT; i++) store<u32>(TABLE + 8 * i, unchecked(PATTERNS_32[<i32>i]));
}

export function floats(): void {
  setTable32();
  overPairs<f32>();
  setTable64();
  overPairs<f64>();
}

function overPairs<T>(): void {
  for (let i: usize = 0; i < COUNT; i++) {
    unary<T>(load<T>(TABLE + 8 * i));
    for (let j: usize = 0; j < COUNT; j++) {
      binary<T>(load<T>(TABLE + 8 * i), load<T>(TABLE + 8 * j));
    }
  }
}

function made<T>(value: T): void {
  if (sizeof<T>() == 4) putF32(<f32>value);
  else putF64(<f64>value);
}

/** Bit for bit: instructions that move bits keep a NaN's sign and payload. */
function moved<T>(value: T): void {
  if (sizeof<T>() == 4) put32(reinterpret<u32>(<f32>value));
  else put64(reinterpret<u64>(<f64>value));
}

function unary<T>(x: T): void {
  moved<T>(x);
  moved<T>(-x);
  moved<T>(abs<T>(x));
  made<T>(ceil<T>(x));
  made<T>(floor<T>(x));
  made<T>(trunc<T>(x));
  made<T>(nearest<T>(x));
  made<T>(sqrt<T>(x));
  if (sizeof<T>() == 4) putF64(<f64>x);
  else putF32(<f32>x);
}

function binary<T>(x: T, y: T): void {
  made<T>(x + y);
  made<T>(x - y);
  made<T>(x * y);
  made<T>(x / y);
  made<T>(min<T>(x, y));
  made<T>(max<T>(x, y));
  // Multiplied, then added: two roundings on every target, never one.
  made<T>(x * y + x);
  moved<T>(copysign<T>(x, y));
  moved<T>(select<T>(x, y, x < y));
  put32(<u32>(x == y) | ((<u32>(x != y)) << 1) | ((<u32>(x < y)) << 2));
  put32(<u32>(x <= y) | ((<u32>(x > y)) << 1) | ((<u32>(x >= y)) << 2));
}
