// A node whose map never rests: main loop and interrupt contend on one, for `latch evidence`.
//
// It measures and sends nothing. The interrupt loads a key at each tick, the main loop loads,
// stores and deletes without a pause; `seen` is what the interrupt read last.

import { STATUS_END, STATUS_FULL, STATUS_TORN } from "../../assembly/base/spec";
import {
  CONTENTION_TORN,
  CONTENTION_VALUE_SIZE,
  contend,
  contentionArenaSize,
  contentionLoad,
} from "../../assembly/evidence/contention";
import { mapInit, mapSize } from "../../assembly/map/map";
import { regionAllocate, regionsInit } from "../../assembly/memory/regions";
import { memorySize } from "./port";

const KEYS: u32 = 40;
const AGENTS = 2;
const MAIN_LOOP = 0;
const INTERRUPT = 1;
/** A tick each 128 samples: 0.1 ms, some 2,500 clocks. */
const RATE_HZ = 1_280_000;
/** Rounds of one step, and steps until the run ends by itself. */
const ROUNDS = 16;
const STEPS_MAX: u32 = 1_000_000;

let map: usize = 0;
let scratch: usize = 0;
let steps: u32 = 0;
let ticks: u32 = 0;
/** Number in the value that the interrupt loaded last. */
let seen: i32 = 0;

/** Lays out the map: the sample rate in Hz, or a status. */
export function init(): i32 {
  regionsInit(__heap_base, memorySize());
  const arena = contentionArenaSize(KEYS, AGENTS);
  const place = regionAllocate(mapSize(KEYS, arena, AGENTS), 64);
  scratch = regionAllocate(CONTENTION_VALUE_SIZE);
  if (place == 0 || scratch == 0) return STATUS_FULL;
  const status = mapInit(place, KEYS, arena, AGENTS);
  if (status < 0) return status;
  map = place;
  return RATE_HZ;
}

/** Loads one key, the next one at the next tick. */
export function tick(): void {
  if (seen == CONTENTION_TORN) return;
  const number = contentionLoad(map, INTERRUPT, <u64>(ticks++ % KEYS));
  if (number != 0) seen = number;
}

/** Contends for some rounds; TORN if anybody ever saw half a value. */
export function step(): i32 {
  if (steps++ == STEPS_MAX) return STATUS_END;
  const torn = contend(map, MAIN_LOOP, scratch, ROUNDS, KEYS);
  return torn != 0 || seen == CONTENTION_TORN ? STATUS_TORN : 1;
}
