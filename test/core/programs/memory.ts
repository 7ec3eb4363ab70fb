// Loads and stores of every width and sign, the last legal byte, atomics, and copies that overlap.
// biome-ignore-all lint/correctness/noPrecisionLoss: in AssemblyScript a 64-bit integer is exact
import { memorySize } from "../../../firmware/node/port";
import { put32, put64 } from "./output";

const AREA: usize = 24576;

export function loadsAndStores(): void {
  for (let at: usize = 0; at < 9; at++) {
    fillArea();
    loads(AREA + at);
    stores(AREA + at);
  }
  const end = <usize>memorySize();
  memory.fill(end - 64, 0xa5, 64);
  loads(end - 24);
  lastLegal(end);
}

function fillArea(): void {
  for (let i: usize = 0; i < 64; i++) store<u8>(AREA + i, <u8>(0x71 + 29 * i));
}

/** Touches `at` to `at + 23`. */
function loads(at: usize): void {
  put32(i32.load8_s(at));
  put32(i32.load8_u(at, 3));
  put32(i32.load16_s(at));
  put32(i32.load16_u(at, 5));
  put32(i32.load(at, 7));
  put64(i64.load8_s(at));
  put64(i64.load8_u(at, 2));
  put64(i64.load16_s(at, 4));
  put64(i64.load16_u(at));
  put64(i64.load32_s(at, 9));
  put64(i64.load32_u(at));
  put64(i64.load(at, 16));
  put32(reinterpret<u32>(f32.load(at, 1)));
  put64(reinterpret<u64>(f64.load(at, 8)));
}

function stores(at: usize): void {
  i32.store8(at, 0x12345678);
  i32.store16(at, 0x12345678, 1);
  i32.store(at, 0x12345678, 5);
  i64.store8(at, 0x123456789abcdef0, 10);
  i64.store16(at, 0x123456789abcdef0, 11);
  i64.store32(at, 0x123456789abcdef0, 14);
  i64.store(at, 0x123456789abcdef0, 18);
  f32.store(at, reinterpret<f32>(0x7fa00001), 27);
  f64.store(at, reinterpret<f64>(0xfff4000000000001), 32);
  for (let i: usize = 0; i < 56; i += 4) put32(load<u32>(AREA + i));
}

/** Each width at the last offset where it fits, with and without a constant part. */
function lastLegal(end: usize): void {
  i32.store8(end - 1, 1);
  put32(i32.load8_u(end - 41, 40));
  i32.store16(end - 42, 0x2222, 40);
  put32(i32.load16_u(end - 2));
  i32.store(end - 4, 0x33333333);
  put32(i32.load(end - 44, 40));
  i64.store(end - 48, 0x4444444444444444, 40);
  put64(i64.load(end - 8));
  f32.store(end - 44, 5.5, 40);
  put32(reinterpret<u32>(f32.load(end - 4)));
  f64.store(end - 8, 6.5);
  put64(reinterpret<u64>(f64.load(end - 48, 40)));
  put32(<u32>atomic.add<i32>(end - 44, 1, 40));
  memory.fill(end, 1, 0);
  memory.copy(end, AREA, 0);
  memory.copy(end - 8, AREA, 8);
  put64(load<u64>(end - 8));
}

export function atomics(): void {
  const at = AREA + 8;
  atomic.store<i32>(at, 100);
  put32(<u32>atomic.load<i32>(at));
  put32(<u32>atomic.add<i32>(at, 0x7fffffff));
  put32(<u32>atomic.sub<i32>(at - 16, -5, 16));
  put32(<u32>atomic.and<i32>(at, 0x0ff0ff0f));
  put32(<u32>atomic.or<i32>(at, 0x10000001));
  put32(<u32>atomic.xor<i32>(at, -1));
  put32(<u32>atomic.xchg<i32>(at, 77));
  put32(<u32>atomic.cmpxchg<i32>(at, 76, 1));
  put32(<u32>atomic.cmpxchg<i32>(at, 77, 2));
  put32(<u32>atomic.cmpxchg<i32>(at - 4, 2, -3, 4));
  put32(<u32>atomic.load<i32>(at - 8, 8));
}

export function bulk(): void {
  for (let shift: i32 = -9; shift < 10; shift += 3) {
    fillArea();
    memory.copy(AREA + 16 + shift, AREA + 16, 24);
    memory.fill(AREA + 44 + shift, <u8>(0xff + shift), 3);
    for (let i: usize = 0; i < 64; i += 4) put32(load<u32>(AREA + i));
  }
}
