// Pins: how a reader keeps the values it reads in place, and how the writer knows when nobody does.
//
// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004, section 5.2.3) for one writer:
// the epoch grows with each thing retired, a reader writes the epoch it started in to its own word,
// and what was retired in epoch t may be reused when no pin word holds t or less. Pin and unpin are
// one store each; nobody waits. A reader that never unpins holds back reuse, so the arena fills and
// the writer gets STATUS_FULL: the epoch then stands still, so it cannot run around.
import { LIMIT_CACHE_LINE_SIZE, LIMIT_READERS_MAX, MAP_EPOCH, MAP_PINS } from "../base/spec";

/**
 * Begins to read: offsets that mapLoad and rangeNext give from here on stay valid until mapUnpin.
 * `reader`, below LIMIT_READERS_MAX, belongs to one agent (a thread, or one interrupt level). Any
 * agent. No nesting.
 */
export function mapPin(map: usize, reader: i32): void {
  assert(<u32>reader < <u32>LIMIT_READERS_MAX); // no such reader
  const pin = pinWord(map, reader);
  // Order: acquire of the epoch; pairs with epochAdvance: whatever was retired before it is out of
  // the table.
  const epoch = atomic.load<u32>(map, MAP_EPOCH);
  // Order: sequentially consistent; stands before each load of CURRENT and of entry words that
  // follows. A writer that scanned the pins before this store retired nothing that those loads can
  // still find.
  atomic.store<u32>(pin, epoch);
}

/** Ends the reading of `reader`; its offsets are void from here on. Any agent. */
export function mapUnpin(map: usize, reader: i32): void {
  assert(<u32>reader < <u32>LIMIT_READERS_MAX); // no such reader
  // Order: release; the reader's last load of a value stands before the writer's sight of 0 in
  // pinHorizon.
  atomic.store<u32>(pinWord(map, reader), 0);
}

/**
 * The oldest pinned epoch, or the present one if nothing is pinned. What was retired before it is
 * free.
 */
export function pinHorizon(map: usize): u32 {
  let horizon = load<u32>(map, MAP_EPOCH); // written by this agent alone
  for (let reader = 0; reader < LIMIT_READERS_MAX; reader++) {
    // Order: acquire; pairs with mapPin and mapUnpin.
    const epoch = atomic.load<u32>(pinWord(map, reader));
    if (epoch != 0 && <i32>(epoch - horizon) < 0) horizon = epoch;
  }
  return horizon;
}

/**
 * Begins a new epoch and answers with the one that ended: the tag of what was just taken out of the
 * table.
 */
export function epochAdvance(map: usize): u32 {
  const epoch = load<u32>(map, MAP_EPOCH);
  // Order: release; the compare-exchange that took the value out stands before the new epoch
  // (mapPin).
  atomic.store<u32>(map, epoch + 2, MAP_EPOCH);
  return epoch;
}

function pinWord(map: usize, reader: i32): usize {
  return map + MAP_PINS + <usize>(reader * LIMIT_CACHE_LINE_SIZE);
}
