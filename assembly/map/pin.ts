// Pins and limbo: what an agent reads in place stays; what nobody can read any more comes back.
//
// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004, section 5.2.3). A pin is one
// word on the agent's own line: the epoch in which it began to read. The epoch moves on when every
// pinned agent has seen the present one, so what was taken out of the map in an epoch is free two
// epochs later. Until then it waits in the lists of the agent that took it out; nobody else touches
// them. A pin that stays holds the epoch, and the arena fills: writers then get FULL.
import {
  MAP_AGENT_COUNT,
  MAP_AGENT_DEPTH,
  MAP_AGENT_EPOCHS,
  MAP_AGENT_FREEABLE,
  MAP_AGENT_LIMBO,
  MAP_AGENT_PIN,
  MAP_AGENT_RETIRES,
  MAP_AGENT_UNRECLAIMED,
  MAP_AGENTS,
  MAP_BLOCK_END,
  MAP_BLOCK_PREVIOUS,
  MAP_BLOCK_SIZE,
  MAP_BUCKET_CAPACITY,
  MAP_BUCKET_LINK,
  MAP_BUCKET_TAGS,
  MAP_ENTRY_KEY,
  MAP_EPOCH,
  MAP_KEY_BLOCK_BYTES,
  MAP_KEY_BLOCK_SIZE,
  MAP_LIMBO_EPOCH,
  MAP_LIMBO_FIRST,
  MAP_LIMBO_LAST,
  MAP_LINK_BUCKET,
  MAP_LINK_BYTES_ENTRY,
  MAP_LINK_END,
  MAP_LINK_MASK,
  MAP_LINK_VALUE,
  MAP_VALUE_AGENT_SIZE,
  MAP_VALUE_BLOCK_HEADER_SIZE,
  MAP_VALUE_ENTRY_SIZE,
  MAP_VALUE_LIMBO_SIZE,
  MAP_VALUE_RECLAIM_CHUNK,
  MAP_VALUE_RETIRE_BATCH,
} from "../base/spec";
import { arenaFree } from "./arena";
import { syncExchange, syncLoad, syncStore } from "./sync";

const EPOCH_STEP: u32 = 2; // the epoch stays odd, so it is never 0
const LIMBO_LISTS: i32 = 3;
const PAIR_SHIFT: i32 = 3;

/** The record of an agent. */
export function agentRecord(map: usize, agent: i32): usize {
  assert(<u32>agent < load<u32>(map, MAP_AGENT_COUNT)); // no such agent
  return map + MAP_AGENTS + <usize>(agent * MAP_VALUE_AGENT_SIZE);
}

/** Begins to read, or goes one level deeper. */
export function pinEnter(map: usize, self: usize): void {
  const depth = load<u32>(self, MAP_AGENT_DEPTH);
  store<u32>(self, depth + 1, MAP_AGENT_DEPTH);
  // Whoever scans the pins before this store has taken nothing out that the loads behind it find.
  if (depth == 0) syncStore(self + MAP_AGENT_PIN, syncLoad(map + MAP_EPOCH));
}

/** Ends what pinEnter began. */
export function pinLeave(self: usize): void {
  const depth = load<u32>(self, MAP_AGENT_DEPTH);
  assert(depth > 0); // not pinned
  store<u32>(self, depth - 1, MAP_AGENT_DEPTH);
  if (depth == 1) syncStore(self + MAP_AGENT_PIN, 0);
}

/** Bytes that the block of a link and all that goes with it take in the arena. */
function linkSize(link: u32): i32 {
  const block = <usize>(link & ~MAP_LINK_MASK);
  const kind = link & MAP_LINK_MASK;
  if (kind == MAP_LINK_BUCKET) return bucketSize(block);
  const value = valueBlockSize(block);
  if (kind == MAP_LINK_VALUE) return value;
  const entry = <usize>load<u32>(block, MAP_BLOCK_PREVIOUS);
  return value + MAP_VALUE_ENTRY_SIZE + (kind == MAP_LINK_BYTES_ENTRY ? keyBlockSize(entry) : 0);
}

/**
 * Puts what was just taken out of the map into limbo. Agents that were pinned before may still read
 * it.
 */
export function retire(map: usize, self: usize, link: u32): void {
  setNext(link, MAP_LINK_END);
  const list = limboList(self, syncLoad(map + MAP_EPOCH));
  append(list, link, link);
  store<u32>(self, load<u32>(self, MAP_AGENT_RETIRES) + 1, MAP_AGENT_RETIRES);
  unreclaimedAdd(self, linkSize(link));
}

/** The share of reclamation that each changing operation does. */
export function reclaimStep(map: usize, self: usize): void {
  if (load<u32>(self, MAP_AGENT_RETIRES) >= <u32>MAP_VALUE_RETIRE_BATCH) {
    store<u32>(self, 0, MAP_AGENT_RETIRES);
    epochAdvance(map, self);
    limboRelease(map, self);
  }
  if (load<u32>(self, MAP_AGENT_FREEABLE) != 0) freeSome(map, self, MAP_VALUE_RECLAIM_CHUNK);
}

/** Gives back all that the agent has retired and that nobody can read any more; how many blocks. */
export function reclaimAll(map: usize, self: usize): i32 {
  for (let i = 0; i < LIMBO_LISTS; i++) epochAdvance(map, self);
  limboRelease(map, self);
  return freeSome(map, self, i32.MAX_VALUE);
}

/** Hands the lists of a dead agent to `self`, as if it had retired them now. */
export function limboInherit(map: usize, self: usize, dead: usize): void {
  for (let i = 0; i <= LIMBO_LISTS; i++) {
    const last = i == LIMBO_LISTS;
    const list = dead + <usize>(last ? MAP_AGENT_FREEABLE : MAP_AGENT_LIMBO + i * 12);
    const first = load<u32>(list, MAP_LIMBO_FIRST);
    if (first == 0) continue;
    append(limboList(self, syncLoad(map + MAP_EPOCH)), first, load<u32>(list, MAP_LIMBO_LAST));
    store<u32>(list, 0, MAP_LIMBO_FIRST);
  }
  unreclaimedAdd(self, load<i32>(dead, MAP_AGENT_UNRECLAIMED));
  store<u32>(dead, 0, MAP_AGENT_UNRECLAIMED);
}

/** Begins a new epoch if every pinned agent has seen the present one. */
function epochAdvance(map: usize, self: usize): void {
  const epoch = syncLoad(map + MAP_EPOCH);
  let agent = map + MAP_AGENTS;
  for (let i = load<u32>(map, MAP_AGENT_COUNT); i > 0; i--, agent += MAP_VALUE_AGENT_SIZE) {
    const pin = syncLoad(agent + MAP_AGENT_PIN);
    // One's own pin is that of this operation, or an older one that must hold.
    if (pin != 0 && pin != epoch) return;
  }
  if (syncExchange(map + MAP_EPOCH, epoch, epoch + EPOCH_STEP) != epoch) return;
  store<u32>(self, load<u32>(self, MAP_AGENT_EPOCHS) + 1, MAP_AGENT_EPOCHS);
}

/** The list for `epoch`: its own, or one whose blocks are free, which it hands on first. */
function limboList(self: usize, epoch: u32): usize {
  let old: usize = 0;
  for (let i = 0; i < LIMBO_LISTS; i++) {
    const list = self + <usize>(MAP_AGENT_LIMBO + i * MAP_VALUE_LIMBO_SIZE);
    if (load<u32>(list, MAP_LIMBO_FIRST) == 0) old = list;
    else if (load<u32>(list, MAP_LIMBO_EPOCH) == epoch) return list;
    else if (old == 0 && isOver(list, epoch)) old = list;
  }
  assert(old != 0); // at most two epochs are not over
  handOn(self, old);
  store<u32>(old, epoch, MAP_LIMBO_EPOCH);
  return old;
}

/** Hands on all lists whose grace period is over. */
function limboRelease(map: usize, self: usize): void {
  const epoch = syncLoad(map + MAP_EPOCH);
  for (let i = 0; i < LIMBO_LISTS; i++) {
    const list = self + <usize>(MAP_AGENT_LIMBO + i * MAP_VALUE_LIMBO_SIZE);
    if (load<u32>(list, MAP_LIMBO_FIRST) != 0 && isOver(list, epoch)) handOn(self, list);
  }
}

function isOver(list: usize, epoch: u32): bool {
  return <i32>(epoch - load<u32>(list, MAP_LIMBO_EPOCH)) >= <i32>(2 * EPOCH_STEP);
}

function handOn(self: usize, list: usize): void {
  const first = load<u32>(list, MAP_LIMBO_FIRST);
  if (first == 0) return;
  append(self + MAP_AGENT_FREEABLE, first, load<u32>(list, MAP_LIMBO_LAST));
  store<u32>(list, 0, MAP_LIMBO_FIRST);
}

function append(list: usize, first: u32, last: u32): void {
  if (load<u32>(list, MAP_LIMBO_FIRST) == 0) store<u32>(list, first, MAP_LIMBO_FIRST);
  else setNext(load<u32>(list, MAP_LIMBO_LAST), first);
  store<u32>(list, last, MAP_LIMBO_LAST);
}

function freeSome(map: usize, self: usize, limit: i32): i32 {
  const list = self + MAP_AGENT_FREEABLE;
  let count = 0;
  while (count < limit) {
    const link = load<u32>(list, MAP_LIMBO_FIRST);
    if (link == 0) break;
    const next = load<u32>(nextOf(link));
    store<u32>(list, next == <u32>MAP_LINK_END ? 0 : next, MAP_LIMBO_FIRST);
    unreclaimedAdd(self, -linkSize(link));
    freeLink(map, self, link);
    count++;
  }
  return count;
}

function freeLink(map: usize, self: usize, link: u32): void {
  const block = <usize>(link & ~MAP_LINK_MASK);
  const kind = link & MAP_LINK_MASK;
  if (kind == MAP_LINK_BUCKET) {
    arenaFree(map, self, block, bucketSize(block));
    return;
  }
  if (kind != MAP_LINK_VALUE) {
    const entry = <usize>load<u32>(block, MAP_BLOCK_PREVIOUS);
    if (kind == MAP_LINK_BYTES_ENTRY) {
      arenaFree(map, self, <usize>load<u32>(entry, MAP_ENTRY_KEY), keyBlockSize(entry));
    }
    arenaFree(map, self, entry, MAP_VALUE_ENTRY_SIZE);
  }
  arenaFree(map, self, block, valueBlockSize(block));
}

function nextOf(link: u32): usize {
  const block = <usize>(link & ~MAP_LINK_MASK);
  const isBucket = (link & MAP_LINK_MASK) == MAP_LINK_BUCKET;
  return block + <usize>(isBucket ? MAP_BUCKET_LINK : MAP_BLOCK_END);
}

function setNext(link: u32, next: u32): void {
  syncStore(nextOf(link), next); // a cut's reader may look at END and must then find the word moved
}

function bucketSize(bucket: usize): i32 {
  return MAP_BUCKET_TAGS + ((<i32>load<u16>(bucket, MAP_BUCKET_CAPACITY)) << PAIR_SHIFT);
}

function valueBlockSize(block: usize): i32 {
  return MAP_VALUE_BLOCK_HEADER_SIZE + load<i32>(block, MAP_BLOCK_SIZE);
}

function keyBlockSize(entry: usize): i32 {
  const block = <usize>load<u32>(entry, MAP_ENTRY_KEY);
  return MAP_KEY_BLOCK_BYTES + load<i32>(block, MAP_KEY_BLOCK_SIZE);
}

function unreclaimedAdd(self: usize, size: i32): void {
  store<i32>(self, load<i32>(self, MAP_AGENT_UNRECLAIMED) + size, MAP_AGENT_UNRECLAIMED);
}
