// A node program that does one forbidden thing; the flags of its configuration record say which.
//
// Accesses: 1000 + 10 x operation + place. The places, always one byte too far for the width:
// plain, with a constant part, past 2^32 with a constant part, and a constant part that alone is
// beyond.
import { adcRead, configRead, linkWrite, memorySize } from "../../../firmware/node/port";

const FLAGS = 68; // NODE_CONFIG_FLAGS
const AT: usize = 4096;
const BEYOND: usize = 131073; // one more than the memory this program is built for

let kind: i32 = 0;

export function init(): i32 {
  configRead(AT, 88);
  kind = load<i32>(AT, FLAGS);
  return 12000;
}

export function tick(): void {}

export function step(): i32 {
  if (kind >= 1000) access((kind - 1000) / 10, kind % 10);
  else if (kind >= 300) bulk(kind);
  else divide(kind, load<i32>(AT, 56), load<i64>(AT, 56));
  // What was done did not trap: a frame says so.
  linkWrite(AT, 64);
  return -16;
}

function divide(kind: i32, x: i32, y: i64): void {
  if (kind == 1) store<i32>(AT, 5 / x);
  if (kind == 2) store<u32>(AT, <u32>5 / <u32>x);
  if (kind == 3) store<i32>(AT, 5 % x);
  if (kind == 4) store<u32>(AT, <u32>5 % <u32>x);
  if (kind == 5) store<i64>(AT, 5 / y);
  if (kind == 6) store<u64>(AT, <u64>5 / <u64>y);
  if (kind == 7) store<i64>(AT, 5 % y);
  if (kind == 8) store<u64>(AT, <u64>5 % <u64>y);
  if (kind == 9) store<i32>(AT, i32.MIN_VALUE / (x - 1));
  if (kind == 10) store<i64>(AT, i64.MIN_VALUE / (y - 1));
  if (kind == 11) unreachable();
}

function bulk(kind: i32): void {
  const end = <usize>memorySize();
  if (kind == 300) memory.fill(end - 8, 1, 9);
  if (kind == 301) memory.copy(end - 8, AT, 9);
  if (kind == 302) memory.copy(AT, end - 8, 9);
  if (kind == 303) memory.fill(end + 1, 1, 0);
  if (kind == 304) memory.copy(AT, 16, 0xfffffff8);
  if (kind == 305) atomic.add<i32>(AT + 2, 1);
  if (kind == 306) atomic.store<i32>(AT + 1, 1, 4);
  if (kind == 307) atomic.load<i32>(end);
  if (kind == 308) linkWrite(end - 8, 64);
  if (kind == 309) linkWrite(AT, -1);
  if (kind == 310) adcRead(end - 8, 5);
  if (kind == 311) adcRead(AT, i32.MIN_VALUE + 4);
  if (kind == 312) configRead(end - 8, 88);
}

function access(operation: i32, place: i32): void {
  if (operation == 0) reach<i8, i32>(place);
  if (operation == 1) reach<u8, i32>(place);
  if (operation == 2) reach<i16, i32>(place);
  if (operation == 3) reach<u16, i32>(place);
  if (operation == 4) reach<i32, i32>(place);
  if (operation == 5) reach<i8, i64>(place);
  if (operation == 6) reach<u8, i64>(place);
  if (operation == 7) reach<i16, i64>(place);
  if (operation == 8) reach<u16, i64>(place);
  if (operation == 9) reach<i32, i64>(place);
  if (operation == 10) reach<u32, i64>(place);
  if (operation == 11) reach<i64, i64>(place);
  if (operation == 12) reach<f32, f32>(place);
  if (operation == 13) reach<f64, f64>(place);
  if (operation == 14) overwrite<i8, i32>(place);
  if (operation == 15) overwrite<i16, i32>(place);
  if (operation == 16) overwrite<i32, i32>(place);
  if (operation == 17) overwrite<i8, i64>(place);
  if (operation == 18) overwrite<i16, i64>(place);
  if (operation == 19) overwrite<i32, i64>(place);
  if (operation == 20) overwrite<i64, i64>(place);
  if (operation == 21) overwrite<f32, f32>(place);
  if (operation == 22) overwrite<f64, f64>(place);
}

/** Loads a T where none fits; what comes is kept, so that no compiler may leave the load out. */
function reach<T, R>(place: i32): void {
  const last = <usize>memorySize() - sizeof<T>();
  let value: R = <R>0;
  if (place == 0) value = load<T>(last + 1);
  if (place == 1) value = load<T>(last + 1 - 40, 40);
  if (place == 2) value = load<T>(0xfffffff0, 40);
  if (place == 3) value = load<T>(0, BEYOND);
  store<R>(AT, value);
}

/** Stores a T, held in a register of type R, where none fits. */
function overwrite<T, R>(place: i32): void {
  const last = <usize>memorySize() - sizeof<T>();
  const value: R = load<R>(AT, 8);
  if (place == 0) store<T>(last + 1, value);
  if (place == 1) store<T>(last + 1 - 40, value, 40);
  if (place == 2) store<T>(0xfffffff0, value, 40);
  if (place == 3) store<T>(0, value, BEYOND);
}
