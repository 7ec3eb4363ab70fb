// The gateway's core with the node's encoder beside it, for tests and the benchmark.

export { frameIngest } from "../../../assembly/gateway/ingest";
export { sequenceAdmit } from "../../../assembly/gateway/sequence";
export { init } from "../../../assembly/index";
export { padFrame, writeEthernetHeader } from "../../../assembly/uadp/ethernet";
export { encodeDataSet } from "../../../assembly/uadp/network-message";

import { frameIngest } from "../../../assembly/gateway/ingest";

const area: usize = memory.data(262144, 64);

/** A place of 256 KiB that init does not hand out. */
export function scratch(): usize {
  return area;
}

/**
 * Takes in `count` frames that lie one behind the other at `frames`, each after its u32 size on a
 * multiple of 8. How many were accepted.
 */
export function ingestAll(frames: usize, count: i32, nowMs: u32): i32 {
  let accepted = 0;
  let at = frames;
  for (let i = 0; i < count; i++) {
    const size = load<i32>(at);
    if (frameIngest(at + 8, size, nowMs) == 0) accepted++;
    at += (8 + size + 7) & ~7;
  }
  return accepted;
}
