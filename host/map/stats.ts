// A map's counters, read in place from its header and its agents' records (spec/map.md).
import {
  MAP_AGENT_ARENA_USED,
  MAP_AGENT_COUNT,
  MAP_AGENT_EPOCHS,
  MAP_AGENT_HITS,
  MAP_AGENT_ILLEGAL_STEPS,
  MAP_AGENT_LENGTH_DELTA,
  MAP_AGENT_MIGRATIONS,
  MAP_AGENT_MISS_TOTAL,
  MAP_AGENT_PIN,
  MAP_AGENT_PROMOTIONS,
  MAP_AGENT_REFUSED_BUSY,
  MAP_AGENT_REFUSED_FULL,
  MAP_AGENT_UNRECLAIMED,
  MAP_AGENTS,
  MAP_ARENA,
  MAP_BUCKETS,
  MAP_CUTS,
  MAP_EPOCH,
  MAP_LENGTH,
  MAP_SIZE,
  MAP_VALUE_AGENT_SIZE,
  MAP_VALUE_SLACK_SIZE,
} from "../base/spec.ts";

/** Of one moment, more or less: agents go on while it is read. Counters are modulo 2^32. */
export interface MapStats {
  /** Keys. */
  length: number;
  /** Loads that found their key. */
  hits: number;
  /** Loads that did not, or found it only in a dirty part. */
  misses: number;
  /** Buckets promoted, and buckets split. */
  promotions: number;
  migrations: number;
  /** Buckets in use. */
  buckets: number;
  /** Bytes retired and not yet given back. */
  unreclaimed: number;
  /** The epoch, and how often agents have begun a new one. */
  epoch: number;
  epochs: number;
  /** Cuts that are held, agents that are pinned. */
  cuts: number;
  pins: number;
  /** Bytes of the arena that are taken, and all of them. */
  arenaUsed: number;
  arenaSize: number;
  /** Operations refused for want of room, and for being inside another one of the same agent. */
  refusedFull: number;
  refusedBusy: number;
  /** Refused steps of entry words; 0 unless somebody else writes into the memory. */
  illegalSteps: number;
}

/** Counters of the map at `map` in the memory that `words` shows. */
export function readStats(words: Uint32Array, map: number): MapStats {
  const header = (field: number) => Atomics.load(words, (map + field) / 4);
  const agents = header(MAP_AGENT_COUNT);
  const sum = (field: number) => {
    let total = 0;
    for (let agent = 0; agent < agents; agent++) total += agentWord(words, map, agent, field);
    return total >>> 0;
  };
  let pins = 0;
  for (let agent = 0; agent < agents; agent++) {
    if (agentWord(words, map, agent, MAP_AGENT_PIN) !== 0) pins++;
  }
  return {
    length: (header(MAP_LENGTH) + sum(MAP_AGENT_LENGTH_DELTA)) | 0,
    hits: sum(MAP_AGENT_HITS),
    misses: sum(MAP_AGENT_MISS_TOTAL),
    promotions: sum(MAP_AGENT_PROMOTIONS),
    migrations: sum(MAP_AGENT_MIGRATIONS),
    buckets: header(MAP_BUCKETS),
    unreclaimed: sum(MAP_AGENT_UNRECLAIMED),
    epoch: header(MAP_EPOCH),
    epochs: sum(MAP_AGENT_EPOCHS),
    cuts: header(MAP_CUTS),
    pins,
    arenaUsed: sum(MAP_AGENT_ARENA_USED),
    arenaSize: header(MAP_SIZE) - (header(MAP_ARENA) - map) - MAP_VALUE_SLACK_SIZE,
    refusedFull: sum(MAP_AGENT_REFUSED_FULL),
    refusedBusy: sum(MAP_AGENT_REFUSED_BUSY),
    illegalSteps: sum(MAP_AGENT_ILLEGAL_STEPS),
  };
}

/** Bytes that an agent has retired and not given back. */
export function retiredBytes(words: Uint32Array, map: number, agent: number): number {
  return agentWord(words, map, agent, MAP_AGENT_UNRECLAIMED);
}

function agentWord(words: Uint32Array, map: number, agent: number, field: number): number {
  const record = map + MAP_AGENTS + agent * MAP_VALUE_AGENT_SIZE;
  return Atomics.load(words, (record + field) / 4);
}
