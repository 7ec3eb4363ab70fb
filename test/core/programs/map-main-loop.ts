// The main loop's side of map-interrupt.ts: loads, walks, cuts and changes, each with its check.
//
// The interrupt runs to its end wherever it comes in. So what the main loop reads must be what was
// there at some moment between the begin and the end of its own operation: COUNTER read before and
// after gives the bounds, and the same COUNTER twice leaves one answer only.
import {
  MAP_CURSOR_KEY,
  MAP_CURSOR_VALUE,
  MAP_VALUE_CURSOR_SIZE,
} from "../../../assembly/base/spec";
import { cutEnd, cutLoad, cutTake } from "../../../assembly/map/cut";
import { mapLoad, mapPin, mapUnpin, valueSize } from "../../../assembly/map/map";
import {
  MAP_WAS_LOADED,
  mapCompareAndDelete,
  mapCompareAndSwap,
  mapLoadAndDelete,
  mapLoadOrStore,
  mapSwap,
} from "../../../assembly/map/operations";
import { cutBegin, rangeBegin, walkNext } from "../../../assembly/map/walk";
import { mapReclaim } from "../../../assembly/map/whole";
import { regionAllocate } from "../../../assembly/memory/regions";
import {
  AIM,
  ANCHOR,
  addWord,
  COUNTER,
  CUT,
  DELETED,
  FINAL,
  fill,
  GROUP,
  KEYS,
  LOADED,
  MAIN,
  MAIN_IN,
  MAIN_OPERATIONS,
  MAIN_OUT,
  mistake,
  OWN,
  PAIR,
  REFUSED,
  SHARED,
  seedOf,
  setWord,
  TICKS,
  WALKED,
  word,
} from "./shared-state";

const SELF = 0;

let map: usize = 0;
let scratch: usize = 0; // a new value, then an old one
let cursor: usize = 0;
let seeds: usize = 0; // u32 per MAIN key, 0: absent
let seen: usize = 0; // u32 per key: seed that the walk showed, 0: not shown
let before: usize = 0; // u32 per OWN key: COUNTER, and DELETED behind them
let random: u32 = 1;
let issued: u32 = 0;

/** Lays out what the main loop needs. Once, at init. */
export function mainInit(at: usize, seed: u32): void {
  map = at;
  random = seed | 1;
  scratch = regionAllocate(128);
  cursor = regionAllocate(MAP_VALUE_CURSOR_SIZE);
  seeds = regionAllocate(<i32>GROUP * 4);
  seen = regionAllocate(<i32>KEYS * 4);
  before = regionAllocate(<i32>GROUP * 8);
}

/** Stores the anchors into a new map; the interrupt does not work yet. */
export function mainBegin(): void {
  memory.fill(seeds, 0, <usize>GROUP * 4);
  for (let key = ANCHOR; key < PAIR; key++) {
    if (mapSwap(map, SELF, key, scratch, fill(scratch, key, key)) != 0) mistake(REFUSED, false);
  }
}

/** One operation and its check. */
export function mainOperation(): void {
  const slot = (next() >> 8) % GROUP;
  const kind = next() % 256;
  setWord(AIM, SHARED + slot);
  if (kind < 1) walk();
  else if (kind < 2) cut();
  else if (kind < 3) reclaim();
  else if (kind < 60) loadOwn(slot);
  else if (kind < 75) loadAny(SHARED + slot);
  else if (kind < 85) loadMain(slot);
  else if (kind < 110) changeMain(slot);
  else if (kind < 160) swapShared(SHARED + slot);
  else if (kind < 195) takeShared(SHARED + slot);
  else if (kind < 235) compareShared(SHARED + slot, kind < 215);
  else loadOrStoreShared(SHARED + slot);
  addWord(MAIN_OPERATIONS, 1);
}

/** At a round's end: MAIN keys and anchors as they must be; how many keys that is. */
export function mainRest(): i32 {
  let length = 0;
  for (let slot: u32 = 0; slot < GROUP; slot++) {
    const wanted = load<u32>(seeds + slot * 4);
    if (seedNow(MAIN + slot) != wanted) mistake(FINAL, false);
    if (wanted != 0) length++;
  }
  for (let key = ANCHOR; key < PAIR; key++, length++) {
    if (seedNow(key) != key) mistake(FINAL, false);
  }
  return length;
}

function next(): u32 {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  return random;
}

/** A seed of the main loop's: even, where the interrupt's are odd. */
function newSeed(): u32 {
  issued += 2;
  return issued;
}

function seedNow(key: u32): u32 {
  mapPin(map, SELF);
  const value = mapLoad(map, SELF, key);
  const seed = value == 0 ? 0 : seedOf(value, key, false);
  mapUnpin(map, SELF);
  return seed;
}

function loadOwn(slot: u32): void {
  const first = word(COUNTER + slot * 4);
  const seed = seedNow(OWN + slot);
  const last = word(COUNTER + slot * 4);
  const isPossible = seed == 0 ? word(DELETED + slot * 4) >= first : seed >= first && seed <= last;
  if (!isPossible) mistake(LOADED, false);
}

function loadAny(key: u32): void {
  seedNow(key);
}

function loadMain(slot: u32): void {
  if (seedNow(MAIN + slot) != load<u32>(seeds + slot * 4)) mistake(LOADED, false);
}

/** Swap or LoadAndDelete of a key that nobody else changes. */
function changeMain(slot: u32): void {
  const key = MAIN + slot;
  const seed = next() % 3 == 0 ? 0 : newSeed();
  const old =
    seed == 0
      ? mapLoadAndDelete(map, SELF, key)
      : mapSwap(map, SELF, key, scratch, fill(scratch, key, seed));
  if (old < 0) mistake(REFUSED, false);
  else if ((old == 0 ? 0 : seedOf(old, key, false)) != load<u32>(seeds + slot * 4)) {
    mistake(LOADED, false);
  }
  store<u32>(seeds + slot * 4, seed);
}

function swapShared(key: u32): void {
  const seed = newSeed();
  const old = mapSwap(map, SELF, key, scratch, fill(scratch, key, seed));
  if (old < 0) mistake(REFUSED, false);
  else addWord(MAIN_IN, seed);
  if (old > 0) addWord(MAIN_OUT, seedOf(old, key, false));
}

function takeShared(key: u32): void {
  const old = mapLoadAndDelete(map, SELF, key);
  if (old < 0) mistake(REFUSED, false);
  if (old > 0) addWord(MAIN_OUT, seedOf(old, key, false));
}

/** CompareAndSwap or CompareAndDelete with what was loaded; an interrupt may be in between. */
function compareShared(key: u32, isSwap: bool): void {
  mapPin(map, SELF);
  const value = mapLoad(map, SELF, key);
  const size = value == 0 ? 8 : valueSize(value);
  const oldSeed = value == 0 ? 0 : seedOf(value, key, false);
  const old = scratch + 64;
  if (value == 0) memory.fill(old, 0, 8);
  else memory.copy(old, value, <usize>size);
  mapUnpin(map, SELF);
  const seed = newSeed();
  const answer = isSwap
    ? mapCompareAndSwap(map, SELF, key, old, size, scratch, fill(scratch, key, seed))
    : mapCompareAndDelete(map, SELF, key, old, size);
  if (answer < 0) mistake(REFUSED, false);
  else if (answer == 1 && oldSeed == 0) mistake(LOADED, false);
  else if (answer == 1) {
    if (isSwap) addWord(MAIN_IN, seed);
    addWord(MAIN_OUT, oldSeed);
  }
}

function loadOrStoreShared(key: u32): void {
  const seed = newSeed();
  mapPin(map, SELF);
  const answer = mapLoadOrStore(map, SELF, key, scratch, fill(scratch, key, seed));
  if (answer < 0) mistake(REFUSED, false);
  else if (answer & MAP_WAS_LOADED) seedOf(<usize>(answer & ~MAP_WAS_LOADED), key, false);
  else addWord(MAIN_IN, seed);
  mapUnpin(map, SELF);
}

function reclaim(): void {
  if (mapReclaim(map, SELF) < 0) mistake(REFUSED, false);
}

/** Range: what did not change meanwhile is shown, nothing twice, nothing that never was. */
function walk(): void {
  noteOwn();
  mapPin(map, SELF);
  rangeBegin(cursor);
  showAll(WALKED);
  mapUnpin(map, SELF);
  for (let slot: u32 = 0; slot < GROUP; slot++) {
    const seed = load<u32>(seen + (OWN + slot) * 4);
    const first = load<u32>(before + slot * 4);
    const deleted = word(DELETED + slot * 4);
    const isPossible =
      seed == 0 ? deleted >= first : seed >= first && seed <= word(COUNTER + slot * 4);
    if (!isPossible) mistake(WALKED, false);
    const isMain = load<u32>(seen + (MAIN + slot) * 4) == load<u32>(seeds + slot * 4);
    if (!isMain) mistake(WALKED, false);
  }
}

/** A cut shows one moment, however long it is looked at and whatever the interrupt does. */
function cut(): void {
  const ticks = word(TICKS);
  noteOwn();
  if (cutTake(map, SELF) < 0) mistake(REFUSED, false);
  const isKnown = word(TICKS) == ticks;
  cutBegin(cursor, SELF);
  const first = showAll(CUT);
  if (load<u32>(seen + PAIR * 4) != load<u32>(seen + (PAIR + 1) * 4)) mistake(CUT, false);
  for (let slot: u32 = 0; slot < GROUP; slot++) {
    const seed = load<u32>(seen + (OWN + slot) * 4);
    const counter = load<u32>(before + slot * 4);
    const there = counter == load<u32>(before + (GROUP + slot) * 4) ? 0 : counter;
    if (isKnown && seed != there) mistake(CUT, false);
    if (load<u32>(seen + (MAIN + slot) * 4) != load<u32>(seeds + slot * 4)) mistake(CUT, false);
    const value = cutLoad(map, SELF, SHARED + slot);
    const loaded = value == 0 ? 0 : seedOf(value, SHARED + slot, false);
    if (loaded != load<u32>(seen + (SHARED + slot) * 4)) mistake(CUT, false);
  }
  cutBegin(cursor, SELF);
  if (showAll(CUT) != first) mistake(CUT, false);
  cutEnd(map, SELF);
}

/** Walks to the end into SEEN; a sum over keys and seeds. */
function showAll(kind: i32): u32 {
  memory.fill(seen, 0, <usize>KEYS * 4);
  let sum: u32 = 0;
  while (walkNext(map, cursor)) {
    const key = <u32>load<u64>(cursor, MAP_CURSOR_KEY);
    if (key >= KEYS || load<u32>(seen + key * 4) != 0) {
      mistake(kind, false);
      continue;
    }
    const seed = seedOf(<usize>load<u32>(cursor, MAP_CURSOR_VALUE), key, false);
    store<u32>(seen + key * 4, seed);
    sum += (seed ^ key) * 0x9e3779b1;
  }
  for (let key = ANCHOR; key < PAIR; key++) {
    if (load<u32>(seen + key * 4) != key) mistake(kind, false);
  }
  return sum;
}

/** COUNTER and DELETED of the OWN keys as they are now. */
function noteOwn(): void {
  for (let slot: u32 = 0; slot < GROUP; slot++) {
    store<u32>(before + slot * 4, word(COUNTER + slot * 4));
    store<u32>(before + (GROUP + slot) * 4, word(DELETED + slot * 4));
  }
}
