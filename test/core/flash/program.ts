// The map with its log in flash as flat exports, for the tests that cut the power.
import { regionAllocate } from "../../../assembly/memory/regions";

export { logOpen, logPass } from "../../../assembly/flash/log";
export {
  mapInit,
  mapLen,
  mapLoad,
  mapPin,
  mapSize,
  mapUnpin,
  valueSize,
} from "../../../assembly/map/map";
export { mapDelete, mapStore } from "../../../assembly/map/operations";
export { rangeBegin, walkNext } from "../../../assembly/map/walk";
export {
  mapClear,
  mapReclaim,
} from "../../../assembly/map/whole";
export { regionsInit } from "../../../assembly/memory/regions";
export { pagesInit, pagesSize } from "../../../assembly/page/write-back";

/** First free byte behind the static data. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** regionAllocate without its optional parameter. */
export function regionTake(size: i32, alignment: i32): usize {
  return regionAllocate(size, alignment);
}
