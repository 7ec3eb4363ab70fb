// A node program that is no node: the timer interrupt changes a map while the main loop reads and
// changes it too, in rounds; each round ends with an empty map that has all its memory back.
//
// The configuration record says how: PUBLISHER_ID the seed, WINDOW_LIMIT the operations of both
// together, SAMPLE_RATE_HZ, as ever, the timer's period. The last step sends one frame of counters.
import {
  MAP_AGENT_ILLEGAL_STEPS,
  MAP_AGENT_MIGRATIONS,
  MAP_AGENT_PROMOTIONS,
  MAP_AGENT_UNRECLAIMED,
  NODE_CONFIG_PUBLISHER_ID,
  NODE_CONFIG_SAMPLE_RATE_HZ,
  NODE_CONFIG_VALUE_SIZE,
  NODE_CONFIG_WINDOW_LIMIT,
  STATUS_END,
} from "../../../assembly/base/spec";
import { mapArenaUsed, mapInit, mapLen, mapLoad, mapSize } from "../../../assembly/map/map";
import { mapDelete, mapLoadAndDelete, mapSwap } from "../../../assembly/map/operations";
import { agentRecord } from "../../../assembly/map/pin";
import { mapReclaim } from "../../../assembly/map/whole";
import { regionAllocate, regionsInit } from "../../../assembly/memory/regions";
import { configRead, linkWrite, memorySize } from "../../../firmware/node/port";
import { mainBegin, mainInit, mainOperation, mainRest } from "./map-main-loop";
import {
  ACTIVE,
  AIM,
  addWord,
  COUNTER,
  DELETED,
  FINAL,
  FOUND_BUSY,
  FOUND_CUT,
  FOUND_PINNED,
  fill,
  GROUP,
  ILLEGAL,
  KEYS,
  LOADED,
  MAIN_IN,
  MAIN_OPERATIONS,
  MAIN_OUT,
  MEMORY,
  MISTAKE_KINDS,
  MISTAKES,
  mistake,
  noteWhere,
  OWN,
  PAIR,
  PAIR_COUNTER,
  REFUSED,
  randomAt,
  SHARED,
  STATE_SIZE,
  seedOf,
  setWord,
  stateAt,
  TALLY,
  TICK_IN,
  TICK_MISTAKES,
  TICK_OPERATIONS,
  TICK_OUT,
  TICK_RANDOM,
  TICKS,
  word,
} from "./shared-state";

const CAPACITY = 96;
/** With room for what is replaced while the main loop holds a cut. */
const ARENA_SIZE = 28672;
const AGENTS = 2;
/** Agent of the interrupt; the main loop is 0. */
const INTERRUPT = 1;
const ROUND_OPERATIONS: u32 = 10_000;
const STEP_OPERATIONS = 64;

let config: usize = 0;
let map: usize = 0;
let tickScratch: usize = 0;
let report: usize = 0;
let rounds: u32 = 0;
let roundEnd: u32 = 0;
let promotions: u32 = 0;
let migrations: u32 = 0;

export function init(): i32 {
  regionsInit(__heap_base, memorySize());
  config = regionAllocate(NODE_CONFIG_VALUE_SIZE);
  map = regionAllocate(mapSize(CAPACITY, ARENA_SIZE, AGENTS), 64);
  const state = regionAllocate(STATE_SIZE, 64);
  tickScratch = regionAllocate(64);
  report = regionAllocate(256);
  stateAt(state);
  configRead(config, NODE_CONFIG_VALUE_SIZE);
  const seed = load<u32>(config, NODE_CONFIG_PUBLISHER_ID);
  setWord(TICK_RANDOM, seed | 1);
  mainInit(map, seed * 0x9e3779b1);
  roundBegin();
  return load<i32>(config, NODE_CONFIG_SAMPLE_RATE_HZ);
}

/** The interrupt: one operation, two for the pair; half of them meet the main loop's key. */
export function tick(): void {
  if (word(ACTIVE) == 0) return;
  noteWhere(map);
  const random = randomAt(TICK_RANDOM);
  const slot = (random >> 8) % GROUP;
  switch (random % 8) {
    case 0:
    case 1:
      ownChange(slot, false);
      break;
    case 2:
      ownChange(slot, true);
      break;
    case 3:
      pairStore();
      break;
    case 4:
      sharedStore(SHARED + slot, random | 1);
      break;
    case 5:
      sharedTake(word(AIM), mapLoadAndDelete(map, INTERRUPT, word(AIM)));
      break;
    default:
      sharedStore(word(AIM), random | 1);
  }
  addWord(TICKS, 1);
}

/** Stores or deletes an OWN key; the answer is known, since nobody else changes it. */
function ownChange(slot: u32, isDelete: bool): void {
  const counter = word(COUNTER + slot * 4);
  const isThere = counter != word(DELETED + slot * 4);
  const key = OWN + slot;
  const old = isDelete
    ? mapLoadAndDelete(map, INTERRUPT, key)
    : mapSwap(map, INTERRUPT, key, tickScratch, fill(tickScratch, key, counter + 1));
  if (old < 0) mistake(REFUSED, true);
  else if ((old != 0) != isThere) mistake(LOADED, true);
  else if (old > 0 && seedOf(old, key, true) != counter) mistake(LOADED, true);
  setWord(COUNTER + slot * 4, counter + 1);
  if (isDelete) setWord(DELETED + slot * 4, counter + 1);
  addWord(TICK_OPERATIONS, 1);
}

/** Gives both keys of the pair the same seed. */
function pairStore(): void {
  const seed = word(PAIR_COUNTER) + 1;
  for (let key = PAIR; key < PAIR + 2; key++) {
    const old = mapSwap(map, INTERRUPT, key, tickScratch, fill(tickScratch, key, seed));
    const wanted = seed - 1;
    if (old < 0) mistake(REFUSED, true);
    else if ((old == 0 ? 0 : seedOf(old, key, true)) != wanted) mistake(LOADED, true);
  }
  setWord(PAIR_COUNTER, seed);
  addWord(TICK_OPERATIONS, 2);
}

function sharedStore(key: u32, seed: u32): void {
  const old = mapSwap(map, INTERRUPT, key, tickScratch, fill(tickScratch, key, seed));
  if (old >= 0) addWord(TICK_IN, seed);
  sharedTake(key, old);
}

function sharedTake(key: u32, old: i32): void {
  if (old < 0) mistake(REFUSED, true);
  if (old > 0) addWord(TICK_OUT, seedOf(old, key, true));
  addWord(TICK_OPERATIONS, 1);
}

/** 1 and some operations done; STATUS_END behind the last. */
export function step(): i32 {
  for (let i = 0; i < STEP_OPERATIONS; i++) mainOperation();
  const done = word(MAIN_OPERATIONS) + word(TICK_OPERATIONS);
  if (done < roundEnd) return 1;
  roundFinish();
  if (done < load<u32>(config, NODE_CONFIG_WINDOW_LIMIT)) {
    roundBegin();
    return 1;
  }
  const status = sendReport();
  return status < 0 ? status : STATUS_END;
}

/** A new map: so that every round grows and promotes again, with interrupts in it. */
function roundBegin(): void {
  memory.fill(map, 0, <usize>mapSize(CAPACITY, ARENA_SIZE, AGENTS));
  if (mapInit(map, CAPACITY, ARENA_SIZE, AGENTS) < 0) mistake(REFUSED, false);
  for (let slot: u32 = 0; slot < GROUP; slot++) {
    setWord(COUNTER + slot * 4, 0);
    setWord(DELETED + slot * 4, 0);
  }
  setWord(PAIR_COUNTER, 0);
  setWord(AIM, SHARED);
  setWord(TICK_IN, 0);
  setWord(TICK_OUT, 0);
  setWord(MAIN_IN, 0);
  setWord(MAIN_OUT, 0);
  roundEnd = word(MAIN_OPERATIONS) + word(TICK_OPERATIONS) + ROUND_OPERATIONS;
  mainBegin();
  setWord(ACTIVE, 1);
}

/** The content to the last key, then nothing, then all memory back. */
function roundFinish(): void {
  setWord(ACTIVE, 0);
  let length = mainRest();
  for (let slot: u32 = 0; slot < GROUP; slot++) {
    const counter = word(COUNTER + slot * 4);
    const wanted = counter == word(DELETED + slot * 4) ? 0 : counter;
    if (seedLeft(OWN + slot) != wanted) mistake(FINAL, false);
    if (wanted != 0) length++;
  }
  for (let key = PAIR; key < PAIR + 2; key++) {
    if (seedLeft(key) != word(PAIR_COUNTER)) mistake(FINAL, false);
    if (word(PAIR_COUNTER) != 0) length++;
  }
  let left: u32 = 0;
  for (let key = SHARED; key < SHARED + GROUP; key++) {
    const seed = seedLeft(key);
    left += seed;
    if (seed != 0) length++;
  }
  if (word(MAIN_IN) + word(TICK_IN) - word(MAIN_OUT) - word(TICK_OUT) != left) {
    mistake(TALLY, false);
  }
  if (mapLen(map) != length) mistake(FINAL, false);
  for (let key: u32 = 0; key < KEYS; key++) mapDelete(map, 0, key);
  // Nobody else runs: each agent's part is given back, twice, for the other's pins of before.
  for (let i = 0; i < 2 * AGENTS; i++) mapReclaim(map, i % AGENTS);
  if (mapLen(map) != 0 || mapArenaUsed(map) != 0) mistake(MEMORY, false);
  for (let agent = 0; agent < AGENTS; agent++) {
    const record = agentRecord(map, agent);
    if (load<u32>(record, MAP_AGENT_UNRECLAIMED) != 0) mistake(MEMORY, false);
    if (load<u32>(record, MAP_AGENT_ILLEGAL_STEPS) != 0) mistake(ILLEGAL, false);
    promotions += load<u32>(record, MAP_AGENT_PROMOTIONS);
    migrations += load<u32>(record, MAP_AGENT_MIGRATIONS);
  }
  rounds++;
}

function seedLeft(key: u32): u32 {
  const value = mapLoad(map, 0, key);
  return value == 0 ? 0 : seedOf(value, key, false);
}

/** Counters, then the mistakes by kind: test/board/map-interrupt.test.ts reads them. */
function sendReport(): i32 {
  let at = report;
  at = put(at, word(MAIN_OPERATIONS));
  at = put(at, word(TICK_OPERATIONS));
  at = put(at, word(TICKS));
  at = put(at, word(FOUND_BUSY));
  at = put(at, word(FOUND_PINNED));
  at = put(at, word(FOUND_CUT));
  at = put(at, rounds);
  at = put(at, promotions);
  at = put(at, migrations);
  for (let i = 0; i < MISTAKE_KINDS; i++) {
    at = put(at, word(MISTAKES + i * 4) + word(TICK_MISTAKES + i * 4));
  }
  return linkWrite(report, <i32>(at - report));
}

function put(at: usize, value: u32): usize {
  store<u32>(at, value);
  return at + 4;
}
