// What a round of map-keeper.ts changes: from its number alone, so that both sides know it.
import type { MapKey } from "../../../host/map/entry-map.ts";
import { randomFrom } from "../core/map-client.ts";

export interface Change {
  key: MapKey;
  isDeleted: boolean;
}

/** The changes of a round, in their order. */
export function changesOf(round: number): Change[] {
  const random = randomFrom(round * 7919);
  return Array.from({ length: 60 }, () => {
    const number = random(400);
    return { key: random(2) ? number : `key ${number}`, isDeleted: random(4) === 0 };
  });
}

/** 8 to 159 bytes that tell the round. */
export function valueIn(round: number): Uint8Array {
  return Buffer.from(String(round).padEnd(8 + (round % 152)));
}

/** The round of a value; 0 if there is none. */
export function numberOf(value: Uint8Array | undefined): number {
  return value ? Number(Buffer.from(value).toString()) : 0;
}

/** Key to the round that stored it, after `last` rounds. */
export function stateAfter(last: number): Map<MapKey, number> {
  const state = new Map<MapKey, number>();
  for (let round = 1; round <= last; round++) {
    for (const { key, isDeleted } of changesOf(round)) {
      if (isDeleted) state.delete(key);
      else state.set(key, round);
    }
  }
  if (last > 0) state.set("round", last);
  return state;
}
