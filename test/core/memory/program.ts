// The core's memory, map and snapshot as flat exports, for the tests that drive it from Node.
import { regionAllocate } from "../../../assembly/memory/regions";

export {
  mapCompareAndDeleteBytes,
  mapCompareAndSwapBytes,
  mapDeleteBytes,
  mapLoadAndDeleteBytes,
  mapLoadOrStoreBytes,
  mapStoreBytes,
  mapSwapBytes,
} from "../../../assembly/map/bytes";
export { cutEnd, cutLoad, cutLoadBytes, cutTake } from "../../../assembly/map/cut";
export { entryLoad, entryReplace, entryStep } from "../../../assembly/map/entry";
export {
  mapArenaUsed,
  mapCheck,
  mapInit,
  mapLen,
  mapLoad,
  mapLoadBytes,
  mapPin,
  mapSize,
  mapUnpin,
  mapValueCost,
  valueSize,
} from "../../../assembly/map/map";
export {
  mapCompareAndDelete,
  mapCompareAndSwap,
  mapDelete,
  mapLoadAndDelete,
  mapLoadOrStore,
  mapStore,
  mapSwap,
} from "../../../assembly/map/operations";
export {
  mapDiscard,
  mapPublish,
  mapPublishBytes,
  mapReserve,
} from "../../../assembly/map/reserve";
export { cutBegin, rangeBegin, walkNext } from "../../../assembly/map/walk";
export { mapClear, mapReclaim, mapRecover } from "../../../assembly/map/whole";
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
export {
  heapBase,
  publishLoop,
  readLoop,
  snapshotLoop,
  valueFill,
  valueIsWhole,
  writeLoop,
} from "./stress";

/** regionAllocate without its optional parameter, which JavaScript could not give. */
export function regionTake(size: i32, alignment: i32): usize {
  return regionAllocate(size, alignment);
}
