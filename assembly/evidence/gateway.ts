// The contention loop as a module of its own over shared memory: one instance a worker.
import { mapInit, mapSize } from "../map/map";
import { contend, contentionArenaSize, contentionSeed } from "./contention";

/** A gateway's arena is roomy: what is looked at is the map, not the search for a free granule. */
const ROOM: i32 = 4;
/** Before the map: bytes that each worker uses as scratch. */
const SCRATCH_SIZE: usize = 64;

/**
 * Lays out a map for `keys` keys and `agents` agents; its offset, or a status. Once, before any
 * other worker sees the memory.
 */
export function contentionInit(keys: i32, agents: i32): i32 {
  const map = contentionMap(agents);
  const arena = ROOM * contentionArenaSize(keys, agents);
  if (mapSize(keys, arena, agents) < 0) return mapSize(keys, arena, agents);
  const status = mapInit(map, keys, arena, agents);
  return status < 0 ? status : <i32>map;
}

/** Offset of the map of contentionInit. */
export function contentionMap(agents: i32): usize {
  return scratchOf(agents);
}

/** `count` rounds as agent `agent`, with keys from `seed`; the torn values that were seen: 0. */
export function contentionRun(map: usize, agent: i32, count: i32, keys: u32, seed: u32): i32 {
  contentionSeed(seed);
  return contend(map, agent, scratchOf(agent), count, keys);
}

function scratchOf(agent: i32): usize {
  return ((__heap_base + 63) & ~63) + <usize>agent * SCRATCH_SIZE;
}
