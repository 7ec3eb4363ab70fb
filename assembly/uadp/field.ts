// The types a FIELD (spec/snapshot.md) may hold, and moving its elements to and from the wire.
//
// FIELD and wire are both little-endian and the elements lie side by side in both, so a value is
// copied as it is.
import { UADP_TYPE_DATE_TIME } from "../base/spec";

// log2 of the element's size + 1 for each built-in type, 0 for types that a FIELD cannot hold:
// null, Boolean, SByte to UInt64, Float, Double, String, DateTime.
const SIZES: usize = memory.data<u8>([0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 3, 4, 0, 4]);

/** Bytes of one element of a built-in type, 0 if a FIELD cannot hold that type. */
export function elementSize(type: u32): i32 {
  if (type > <u32>UADP_TYPE_DATE_TIME) return 0;
  return (1 << load<u8>(SIZES + type)) >> 1;
}

/**
 * Copies size bytes upwards; the areas must not overlap. Without bulk memory operations (Cortex-M
 * after wasm2c) the compiler's own copy goes byte by byte when the alignments differ, as they do
 * behind an Ethernet header; unaligned words are a quarter of the work.
 */
export function copyBytes(target: usize, source: usize, size: i32): void {
  if (ASC_FEATURE_BULK_MEMORY) {
    memory.copy(target, source, size);
  } else {
    const wordsEnd = source + (size & ~3);
    const end = source + size;
    for (; source < wordsEnd; source += 4, target += 4) store<u32>(target, load<u32>(source));
    for (; source < end; source++, target++) store<u8>(target, load<u8>(source));
  }
}
