// A node program that breaks on purpose: the first word of its configuration record says how.
import { configRead, memorySize } from "../../../firmware/node/port";

const FLAGS = 68; // NODE_CONFIG_FLAGS: the test puts the kind of break there
let kind: i32 = 0;
let depth: i32 = 0;

export function init(): i32 {
  configRead(4096, 88);
  kind = load<i32>(4096, FLAGS);
  return kind == 100 ? -15 : 12000;
}

export function tick(): void {}

function divide(by: i32): i32 {
  return 100 / by;
}

export function step(): i32 {
  if (kind == 1) assert(load<i32>(4096) == 1); // the record's size is one
  if (kind == 3) assert(kind == 0); // an emulated board whose signal is simulated has both flags
  if (kind == 2) store<i32>(memorySize() - 2, 7);
  if (kind == 4) depth = divide(depth);
  if (kind == 6) unreachable();
  return depth;
}
