// Reserved values: room for a value that its writer fills in place and publishes by one step.
//
// mapStore copies the bytes it is given; here the writer (a converter's DMA, a decoder, a thread
// that computes ahead) gets the place itself, takes the time it needs, and hands over an offset:
// what that costs does not depend on the size. Until then nobody else knows the value; the agent
// may hold any number of them, and each is either published or discarded. If the agent dies, they
// stay taken.
import {
  LIMIT_KEY_SIZE_MAX,
  LIMIT_VALUE_SIZE_MAX,
  LIMIT_VALUE_SIZE_MIN,
  MAP_AGENT_BUSY,
  MAP_AGENT_REFUSED_BUSY,
  MAP_AGENT_REFUSED_FULL,
  STATUS_BUSY,
  STATUS_FULL,
  STATUS_OK,
  STATUS_TOO_LONG,
  STATUS_TRUNCATED,
} from "../base/spec";
import { discardValue, takeValue } from "./blocks";
import { CHANGE_STORE, change, countUp, SIZE_IS_RESERVED } from "./change";
import { bytesHash, hashCut, keyHash } from "./key";
import { agentRecord, reclaimAll } from "./pin";

/**
 * Offset of `size` bytes (8 to 4,096), 8-aligned, of any content, that the agent fills and then
 * publishes or discards. TOO_LONG, TRUNCATED, BUSY, FULL. Any agent; cost: as the room for a store.
 */
export function mapReserve(map: usize, agent: i32, size: i32): i32 {
  if (size > LIMIT_VALUE_SIZE_MAX) return STATUS_TOO_LONG;
  if (size < LIMIT_VALUE_SIZE_MIN) return STATUS_TRUNCATED;
  const self = agentRecord(map, agent);
  if (!begin(self)) return STATUS_BUSY;
  let value = takeValue(map, self, size);
  if (value == 0 && reclaimAll(map, self) > 0) value = takeValue(map, self, size);
  if (value == 0) countUp(self, MAP_AGENT_REFUSED_FULL);
  store<u32>(self, 0, MAP_AGENT_BUSY);
  return value == 0 ? STATUS_FULL : <i32>value;
}

/**
 * Makes a reserved value the one of `key` and answers as mapSwap. The value is the map's then, and
 * immutable. With a status below 0 it is still the agent's. Cost: as a store without the copy.
 */
export function mapPublish(map: usize, agent: i32, key: u64, value: usize): i32 {
  const hash = hashCut(map, keyHash(key));
  const self = agentRecord(map, agent);
  return change(map, self, CHANGE_STORE, hash, key, 0, 0, 0, 0, value, SIZE_IS_RESERVED);
}

/** As mapPublish, for the key of `keySize` bytes at `key`. */
export function mapPublishBytes(
  map: usize,
  agent: i32,
  key: usize,
  keySize: i32,
  value: usize,
): i32 {
  if (<u32>keySize > <u32>LIMIT_KEY_SIZE_MAX) return STATUS_TOO_LONG;
  const hash = hashCut(map, bytesHash(key, keySize));
  const self = agentRecord(map, agent);
  return change(map, self, CHANGE_STORE, hash, 0, key, keySize, 0, 0, value, SIZE_IS_RESERVED);
}

/** Gives a reserved value back. STATUS_OK or BUSY. */
export function mapDiscard(map: usize, agent: i32, value: usize): i32 {
  const self = agentRecord(map, agent);
  if (!begin(self)) return STATUS_BUSY;
  discardValue(map, self, value);
  store<u32>(self, 0, MAP_AGENT_BUSY);
  return STATUS_OK;
}

/** The arena's claims are the agent's own: nothing else of it may be under way. */
function begin(self: usize): bool {
  if (load<u32>(self, MAP_AGENT_BUSY) != 0) {
    countUp(self, MAP_AGENT_REFUSED_BUSY);
    return false;
  }
  store<u32>(self, 1, MAP_AGENT_BUSY);
  return true;
}
