// The vibration node with figures of a user's own: the upper bits of the flags in its
// configuration record say how many.
import { NODE_CONFIG_FLAGS, NODE_CONFIG_VALUE_SIZE } from "../../../assembly/base/spec";
import { putU32, USER_WRITER } from "../../../firmware/node/entries";
import { nodeInit, nodeMeasure, nodePublish, nodeTick } from "../../../firmware/node/node";
import { configRead } from "../../../firmware/node/port";

const record = memory.data(NODE_CONFIG_VALUE_SIZE, 8);
let windows: u32 = 0;

export function init(): i32 {
  const size = configRead(record, NODE_CONFIG_VALUE_SIZE);
  return size < 0 ? size : nodeInit();
}

export function tick(): void {
  nodeTick();
}

export function step(): i32 {
  const measured = nodeMeasure();
  if (measured <= 0) return measured;
  windows++;
  const count = load<u32>(record, NODE_CONFIG_FLAGS) >> 8;
  for (let i: u32 = 0; i < count; i++) {
    const status = putU32(USER_WRITER, i, 1000 * windows + i);
    if (status < 0) return status;
  }
  return nodePublish();
}
