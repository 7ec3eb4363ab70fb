// Results of a test program as frames of one size: every value written is compared byte for byte.
//
// A NaN that arithmetic made may have any sign and payload (core 2.0, 4.3.3), but it is quiet; so
// only that is kept.
// biome-ignore-all lint/suspicious/noGlobalIsNan: AssemblyScript's isNaN takes floats only
import { linkWrite } from "../../../firmware/node/port";

const FRAME_SIZE: usize = 1024;
const FRAME: usize = 8192;

let used: usize = 0;
let refused: i32 = 0;

export function put32(value: u32): void {
  store<u32>(FRAME + used, value);
  used += 4;
  if (used == FRAME_SIZE) flush();
}

export function put64(value: u64): void {
  put32(<u32>value);
  put32(<u32>(value >> 32));
}

/** A float that arithmetic made. */
export function putF32(value: f32): void {
  const bits = reinterpret<u32>(value);
  put32(isNaN<f32>(value) ? bits & 0x400000 : bits);
}

/** A float that arithmetic made. */
export function putF64(value: f64): void {
  const bits = reinterpret<u64>(value);
  put64(isNaN<f64>(value) ? bits & 0x8000000000000 : bits);
}

/** Sends what is left, padded with zeros; the first status below zero that the link gave. */
export function finish(): i32 {
  if (used > 0) {
    memory.fill(FRAME + used, 0, FRAME_SIZE - used);
    flush();
  }
  return refused;
}

function flush(): void {
  const status = linkWrite(FRAME, <i32>FRAME_SIZE);
  if (status < 0 && refused == 0) refused = status;
  used = 0;
}
