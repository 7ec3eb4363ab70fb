// Loops of the benchmark's row "publish": two threads that answer each other, by bare words and
// through the map.
import { mapLoad, mapPin, mapUnpin } from "../../../assembly/map/map";
import { mapStore } from "../../../assembly/map/operations";
import { mapPublish, mapReserve } from "../../../assembly/map/reserve";
import { now } from "./port";

/** Keys of the ping-pong, one for each way. */
const PING: u64 = 1;
const PONG: u64 = 2;
const LINE_SIZE: usize = 64;
/** Operations that are timed together where single ones are too short for the clock. */
const BURST: u32 = 64;

/** Stores under one key, `count` times: what filling and publishing costs alone. */
export function storeLoop(
  map: usize,
  agent: i32,
  size: i32,
  source: usize,
  count: u32,
  times: usize,
): i32 {
  let began = now();
  for (let i: u32 = 1; i <= count; i++) {
    store<u32>(source, i);
    const status = mapStore(map, agent, PING, source, size);
    if (status < 0) return status;
    if (i % BURST == 0) began = noteBurst(times, i, began);
  }
  return 0;
}

/**
 * Publishes values to the other side and waits for its answer, or the other way round. Before each
 * BURST round trips both sides reserve and fill the values of them, so that only the handing over
 * is in the time, of which the first leaves the ns as u32 at `times`: few enough trips for the
 * system to seldom come in between. `words` as in rawPingLoop, of this loop's own; `values` has
 * room for BURST offsets.
 */
export function pingLoop(
  map: usize,
  agent: i32,
  size: i32,
  values: usize,
  words: usize,
  count: u32,
  isFirst: bool,
  times: usize,
): i32 {
  const own = isFirst ? PING : PONG;
  const other = isFirst ? PONG : PING;
  for (let begin: u32 = 1; begin <= count; begin += BURST) {
    const reserved = reserveBurst(map, agent, size, values, begin);
    if (reserved < 0) return reserved;
    atomic.store<u32>(isFirst ? words : words + LINE_SIZE, begin);
    waitForWord(isFirst ? words + LINE_SIZE : words, begin);
    const began = now();
    for (let i: u32 = 0; i < BURST; i++) {
      if (!isFirst) awaitNumber(map, agent, other, begin + i);
      const status = mapPublish(map, agent, own, <usize>load<u32>(values + ((<usize>i) << 2)));
      if (status < 0) return status;
      if (isFirst) awaitNumber(map, agent, other, begin + i);
    }
    if (isFirst) noteBurst(times, begin + BURST - 1, began);
  }
  return 0;
}

/** Values whose first words count from `first` on, their offsets at `values`. */
function reserveBurst(map: usize, agent: i32, size: i32, values: usize, first: u32): i32 {
  for (let i: u32 = 0; i < BURST; i++) {
    const value = mapReserve(map, agent, size);
    if (value < 0) return value;
    memory.fill(<usize>value, <u8>i, <usize>size);
    store<u32>(<usize>value, first + i);
    store<u32>(values + ((<usize>i) << 2), <u32>value);
  }
  return 0;
}

function awaitNumber(map: usize, agent: i32, key: u64, number: u32): void {
  while (true) {
    mapPin(map, agent);
    const value = mapLoad(map, agent, key);
    const isThere = value != 0 && load<u32>(value) == number;
    mapUnpin(map, agent);
    if (isThere) return;
  }
}

/** The same with two bare words, on lines of their own at `words`. */
export function rawPingLoop(words: usize, count: u32, isFirst: bool, times: usize): i32 {
  const own = isFirst ? words : words + LINE_SIZE;
  const other = isFirst ? words + LINE_SIZE : words;
  let began = now();
  for (let i: u32 = 1; i <= count; i++) {
    if (!isFirst) waitForWord(other, i);
    atomic.store<u32>(own, i);
    if (!isFirst) continue;
    waitForWord(other, i);
    if (i % BURST == 0) began = noteBurst(times, i, began);
  }
  return 0;
}

function waitForWord(word: usize, number: u32): void {
  while (true) if (atomic.load<u32>(word) == number) return;
}

function noteBurst(times: usize, done: u32, began: f64): f64 {
  store<u32>(times + ((<usize>(done / BURST - 1)) << 2), <u32>(now() - began));
  return now();
}
