// The census of a map that others are changing: copied until two copies in a row are equal.
//
// Nothing is written to the shared memory, so who takes the census may be slow, or die. A map that
// never rests gives the last copy: what does not fit together in it counts as writing.
import { MAP_SIZE } from "../base/spec.ts";
import { type Census, takeCensus } from "./census.ts";

const TRIES_MAX = 16;

/** The map at offset `map` of a memory. Errors: BAD_INPUT if there is none. */
export function censusOfMemory(memory: ArrayBufferLike, map: number): Census {
  const size = new DataView(memory).getUint32(map + MAP_SIZE, true);
  const region = new Uint8Array(memory, map, Math.min(size, memory.byteLength - map));
  let copy = region.slice();
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const again = region.slice();
    if (Buffer.compare(copy, again) === 0) return takeCensus(again);
    copy = again;
  }
  return { ...takeCensus(copy), isExact: false };
}
