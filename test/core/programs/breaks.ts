// A node program that traps at its publisher's number, each in one way; the tests find the lines by
// their marks.
import { configRead, linkWrite, memorySize } from "../../../firmware/node/port";

const AT: usize = 4096;
const PUBLISHER_ID = 8; // NODE_CONFIG_PUBLISHER_ID

let kind: i32 = 0;
let ticks: i32 = 0;

export function init(): i32 {
  configRead(AT, 88);
  kind = load<i32>(AT, PUBLISHER_ID);
  if (kind == 11) unreachable(); // 11
  return 12000;
}

export function tick(): void {
  ticks++;
  if (kind == 12) store<i32>(-4, ticks); // 12
}

export function step(): i32 {
  const zero = ticks - 1;
  if (kind == 1) store<i32>(AT, load<i32>(0x7fffffff)); // 1
  if (kind == 2) store<i32>(AT, 100 / zero); // 2
  if (kind == 3) store<i32>(AT, 100 % zero); // 3
  if (kind == 4) store<i32>(AT, i32.MIN_VALUE / (zero - 1)); // 4
  if (kind == 5) unreachable(); // 5
  if (kind == 6) store<i32>(AT, deeper(ticks));
  if (kind == 7) memory.copy(AT, 0x7fffff00, 64); // 7
  if (kind == 8) atomic.add<i32>(AT + 2, 1); // 8
  if (kind == 9) linkWrite(memorySize() - 8, 64); // 9
  if (kind == 10) store<i32>(AT, sending(ticks));
  linkWrite(AT, 64);
  return 0;
}

function deeper(by: i32): i32 {
  store<i32>(AT, by);
  return deeper(by + 1) + load<i32>(AT); // 6
}

/** The stack ends in the port as well as here. */
function sending(by: i32): i32 {
  linkWrite(AT, 64); // 10
  return sending(by + 1) + load<i32>(AT); // 10
}
