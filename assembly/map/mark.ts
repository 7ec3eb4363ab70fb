// Marks: which pages of a map have changed since they were written (spec/page.md).
//
// A change is marked after it was published, so a pass that reads the marks and then takes its cut
// has all that it takes off in the cut.
import {
  MAP_PAGES,
  PAGE_CHANGES,
  PAGE_SINCE_MS,
  PAGE_TOUCHED_MS,
  PAGE_VALUE_SIZE,
  PAGES_COUNT,
  PAGES_NOW_MS,
  PAGES_TABLE,
} from "../base/spec";
import { syncAdd, syncLoad, syncStore } from "./sync";

/** Marks the page of a hash, if the map has pages. */
export function markHash(map: usize, hash: u32): void {
  const pages = <usize>load<u32>(map, MAP_PAGES);
  if (pages != 0) markPage(pages, hash & (load<u32>(pages, PAGES_COUNT) - 1));
}

/** Marks all pages. */
export function markAll(map: usize): void {
  const pages = <usize>load<u32>(map, MAP_PAGES);
  if (pages == 0) return;
  const count = load<u32>(pages, PAGES_COUNT);
  for (let page: u32 = 0; page < count; page++) markPage(pages, page);
}

function markPage(pages: usize, page: u32): void {
  const record = pages + PAGES_TABLE + <usize>(page * PAGE_VALUE_SIZE);
  const now = syncLoad(pages + PAGES_NOW_MS);
  if (syncLoad(record + PAGE_CHANGES) == 0) syncStore(record + PAGE_SINCE_MS, now);
  syncStore(record + PAGE_TOUCHED_MS, now);
  syncAdd(record + PAGE_CHANGES, 1);
}
