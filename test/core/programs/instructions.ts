// A node program that is no node: one group of WebAssembly instructions a step, its results sent
// out as frames.
import { conversions } from "./conversions";
import { floats } from "./floats";
import { integers } from "./integers";
import { atomics, bulk, loadsAndStores } from "./memory";
import { finish, put32, put64, putF32, putF64 } from "./output";

let group: i32 = 0;
let wide: i64 = -2;
let narrow: f32 = 0.5;
let long: f64 = -0.25;

export function init(): i32 {
  return 12000;
}

export function tick(): void {
  group++;
}

/** One group a sampling interrupt; STATUS_END behind the last. */
export function step(): i32 {
  const now = group;
  group = 0;
  switch (now == 0 ? 0 : <i32>(load<u32>(4096) + 1)) {
    case 0:
      return 0;
    case 1:
      integers();
      break;
    case 2:
      floats();
      break;
    case 3:
      conversions();
      break;
    case 4:
      loadsAndStores();
      break;
    case 5:
      atomics();
      break;
    case 6:
      bulk();
      break;
    case 7:
      control();
      break;
    default: {
      const status = finish();
      return status < 0 ? status : -16;
    }
  }
  store<u32>(4096, load<u32>(4096) + 1);
  return 1;
}

/**
 * Globals of each type, a table of branches with a hole, loops left from within, calls of many
 * operands.
 */
function control(): void {
  for (let i: i32 = -1; i < 9; i++) {
    put32(branch(i));
    wide = wide * 3 + i;
    narrow = narrow * 1.5 - <f32>i;
    long = long * 1.25 + <f64>i;
    put64(<u64>mixed(<i8>i, wide, narrow, long, <u16>i));
  }
  put64(<u64>wide);
  putF32(narrow);
  putF64(long);
  for (let i: i32 = 0; i < 10; i++) {
    for (let j: i32 = 0; j < 10; j++) {
      if (i * j == 42) return;
      if (j > i) break;
      if (j == 3) continue;
      put32(<u32>(i * 100 + j));
    }
  }
}

function branch(index: i32): u32 {
  switch (index) {
    case 0:
      return 11;
    case 1:
    case 2:
      return 22;
    case 4:
      return 44;
    // biome-ignore lint/suspicious/noFallthroughSwitchClause: the fall is what is tested
    case 5:
      index += 100;
    case 6:
      return <u32>index;
    default:
      return 99;
  }
}

function mixed(a: i8, b: i64, c: f32, d: f64, e: u16): i64 {
  return <i64>a + (b ^ <i64>c) - <i64>d * <i64>e;
}
