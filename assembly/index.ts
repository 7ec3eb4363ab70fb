// The core as the gateway's module: what the host may call, over imported, shared memory.
//
// One instance, in the decode worker, calls init and frameIngest. All others read the memory in
// place by the layouts of spec/gateway.md and spec/snapshot.md and need no instance.
import { stateInit } from "./gateway/state";
import { regionsInit } from "./memory/regions";

export { frameIngest } from "./gateway/ingest";

/**
 * Lays out the memory, whose size is `size` bytes; offset of the GATEWAY state, or 0 if it is too
 * small. Once, before any other worker sees the memory.
 */
export function init(size: u32): usize {
  regionsInit(__heap_base, <usize>size);
  return stateInit();
}
