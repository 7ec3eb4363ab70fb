// The core's memory, map and snapshot as flat exports, for the tests that drive it from Node.
import { regionAllocate } from "../../../assembly/memory/regions";

export { entryLoad, entryReplace, entryStep } from "../../../assembly/map/entry";
export {
  mapArenaUsed,
  mapClear,
  mapCompareAndDelete,
  mapCompareAndSwap,
  mapDelete,
  mapInit,
  mapLen,
  mapLoad,
  mapLoadAndDelete,
  mapLoadOrStore,
  mapReclaim,
  mapSize,
  mapStore,
  mapSwap,
  mapValueCost,
  valueSize,
} from "../../../assembly/map/map";
export { mapPin, mapUnpin } from "../../../assembly/map/pin";
export { rangeBegin, rangeNext } from "../../../assembly/map/range";
export { alignUp, regionsInit, regionsUsed } from "../../../assembly/memory/regions";
export { mapSnapshot } from "../../../assembly/snapshot/publish";
export {
  snapshotInit,
  snapshotLimit,
  snapshotPin,
  snapshotRegionSize,
  snapshotSize,
  snapshotUnpin,
} from "../../../assembly/snapshot/region";
export {
  snapshotFind,
  snapshotFindSize,
  snapshotValidate,
} from "../../../assembly/snapshot/validate";
export { heapBase, readLoop, valueFill, valueIsWhole, writeLoop } from "./stress";

/** regionAllocate without its optional parameter, which JavaScript could not give. */
export function regionTake(size: i32, alignment: i32): usize {
  return regionAllocate(size, alignment);
}
