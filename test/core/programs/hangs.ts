// A node program whose second publisher never comes back from step().
import { configRead } from "../../../firmware/node/port";

const AT: usize = 4096;
const PUBLISHER_ID = 8; // NODE_CONFIG_PUBLISHER_ID

export function init(): i32 {
  configRead(AT, 88);
  return 12000;
}

export function tick(): void {}

export function step(): i32 {
  while (load<i32>(AT, PUBLISHER_ID) == 2) atomic.add<i32>(AT, 1);
  return 0;
}
