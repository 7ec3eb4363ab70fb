// Integer instructions over pairs of edge values, 32 and 64 bits wide.
//
// The operands come from memory, so neither compiler can work the results out beforehand.
// biome-ignore-all lint/correctness/noPrecisionLoss: in AssemblyScript a 64-bit integer is exact
import { put32, put64 } from "./output";

const TABLE: usize = 16384;
const COUNT: usize = 12;
const OPERANDS: StaticArray<u64> = [
  0, 1, 2, 7, 31, 0x7fffffff, 0x80000000, 0xffffffff, 0x123456789abcdef0, 0x7fffffffffffffff,
  0x8000000000000000, 0xffffffffffffffff,
];

function setTable(): void {
  for (let i: usize = 0; i < COUNT; i++) store<u64>(TABLE + 8 * i, unchecked(OPERANDS[<i32>i]));
}

export function integers(): void {
  setTable();
  for (let i: usize = 0; i < COUNT; i++) {
    const x = load<u64>(TABLE + 8 * i);
    unary32(<u32>x);
    unary32(<u32>(x >> 32));
    unary64(x);
    for (let j: usize = 0; j < COUNT; j++) {
      const y = load<u64>(TABLE + 8 * j);
      binary32(<u32>x ^ <u32>(x >> 32), <u32>y ^ <u32>(y >> 32));
      binary64(x, y);
    }
  }
}

function unary32(x: u32): void {
  put32(clz<u32>(x));
  put32(ctz<u32>(x));
  put32(popcnt<u32>(x));
  put32(<i32>(<i8>x));
  put32(<i32>(<i16>x));
  put32(<u32>!x);
  put64(<u64>x);
  put64(<u64>(<i64>(<i32>x)));
}

function unary64(x: u64): void {
  put64(clz<u64>(x));
  put64(ctz<u64>(x));
  put64(popcnt<u64>(x));
  put64(<i64>(<i8>x));
  put64(<i64>(<i16>x));
  put64(<i64>(<i32>x));
  put32(<u32>!x);
  put32(<u32>x);
}

function binary32(x: u32, y: u32): void {
  put32(x + y);
  put32(x - y);
  put32(x * y);
  put32(x & y);
  put32(x | y);
  put32(x ^ y);
  put32(x << y);
  put32(x >> y);
  put32(<u32>(<i32>x >> <i32>y));
  put32(rotl<u32>(x, y));
  put32(rotr<u32>(x, y));
  put32(<u32>(x == y) | ((<u32>(x != y)) << 1));
  put32(<u32>(x < y) | ((<u32>(x <= y)) << 1) | ((<u32>(x > y)) << 2) | ((<u32>(x >= y)) << 3));
  const s = <i32>x;
  const t = <i32>y;
  put32(<u32>(s < t) | ((<u32>(s <= t)) << 1) | ((<u32>(s > t)) << 2) | ((<u32>(s >= t)) << 3));
  put32(select<u32>(x, y, s < t));
  if (y == 0) return;
  put32(x / y);
  put32(x % y);
  put32(<u32>(s % t)); // the least number by -1 has the remainder 0 and no trap
  if (!(s == i32.MIN_VALUE && t == -1)) put32(<u32>(s / t));
}

function binary64(x: u64, y: u64): void {
  put64(x + y);
  put64(x - y);
  put64(x * y);
  put64(x & y);
  put64(x | y);
  put64(x ^ y);
  put64(x << y);
  put64(x >> y);
  put64(<u64>(<i64>x >> <i64>y));
  put64(rotl<u64>(x, y));
  put64(rotr<u64>(x, y));
  put32(<u32>(x == y) | ((<u32>(x != y)) << 1));
  put32(<u32>(x < y) | ((<u32>(x <= y)) << 1) | ((<u32>(x > y)) << 2) | ((<u32>(x >= y)) << 3));
  const s = <i64>x;
  const t = <i64>y;
  put32(<u32>(s < t) | ((<u32>(s <= t)) << 1) | ((<u32>(s > t)) << 2) | ((<u32>(s >= t)) << 3));
  put64(select<u64>(x, y, s < t));
  if (y == 0) return;
  put64(x / y);
  put64(x % y);
  put64(<u64>(s % t));
  if (!(s == i64.MIN_VALUE && t == -1)) put64(<u64>(s / t));
}
