// The roles that threads play in tests of the map: loops over the map's own operations, by name.
//
// A role that sees what may not be throws; the pool then fails the play. Values are texts that
// say whose they are, so that a role can tell what it read.
import assert from "node:assert/strict";
import { type Key, type MapClient, randomFrom } from "./map-client.ts";
import type { Part } from "./thread-pool.ts";

export interface Stage {
  map: MapClient;
  /** Whether all parts that are not in the background are done. */
  isOver: () => boolean;
}

type Operation =
  | "load"
  | "store"
  | "swap"
  | "loadOrStore"
  | "loadAndDelete"
  | "delete"
  | "compareAndSwap"
  | "compareAndDelete"
  | "clear"
  | "reclaim";

/** One call of a script: the operation's name and its arguments. */
export type Call = [Operation, ...(Key | string)[]];

export type RoleName = keyof typeof ROLES;
export type RoleArguments<Name extends RoleName> = Parameters<(typeof ROLES)[Name]>[1];

const ROLES = {
  /** Runs a script `rounds` times; the answers, `undefined` as null. */
  calls({ map }: Stage, { calls, rounds = 1 }: { calls: Call[]; rounds?: number }): unknown[] {
    const answers: unknown[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const call of calls) answers.push(runCall(map, call));
    }
    return answers;
  },

  /** Runs a script over and over until the play is over; how often. */
  repeat({ map, isOver }: Stage, { calls }: { calls: Call[] }): number {
    let rounds = 0;
    for (; rounds === 0 || !isOver(); rounds++) for (const call of calls) runCall(map, call);
    return rounds;
  },

  /** Stores multiples of each key from 1 to `keys`, `rounds` times. */
  storeMultiples({ map }: Stage, { keys, rounds }: { keys: number; rounds: number }): void {
    for (let round = 1; round <= rounds; round++) {
      for (let key = 1; key <= keys; key++) {
        assert.equal(map.store(BigInt(key), `${key * round}`), 0);
      }
    }
  },

  /** Each walk shows all keys from 1 to `keys` once, with a multiple of each; how many walks. */
  rangeMultiples({ map, isOver }: Stage, { keys }: { keys: number }): number {
    let walks = 0;
    for (; walks === 0 || !isOver(); walks++) {
      const found = map.entries();
      assert.equal(found.size, keys);
      for (const [key, value] of found) assert.equal(BigInt(value) % (key as bigint), 0n);
    }
    return walks;
  },

  /** Stores each key with its own name, in one way or in turns of three, and finds it at once. */
  insertOwn({ map }: Stage, { keys, isMixed = false }: { keys: Key[]; isMixed?: boolean }): void {
    keys.forEach((key, n) => {
      if (isMixed && n % 3 === 1) assert.equal(map.loadOrStore(key, `${key}`).loaded, false);
      else if (isMixed && n % 3 === 2) assert.equal(map.swap(key, `${key}`), undefined);
      else assert.equal(map.store(key, `${key}`), 0);
      assert.equal(map.load(key), `${key}`);
    });
    for (const key of keys) assert.equal(map.load(key), `${key}`);
  },

  /** Deletes each key and misses it at once. */
  removeOwn({ map }: Stage, { keys }: { keys: Key[] }): void {
    for (const key of keys) {
      assert.equal(map.load(key), `${key}`);
      assert.equal(map.loadAndDelete(key), `${key}`);
      assert.equal(map.load(key), undefined);
    }
    for (const key of keys) assert.equal(map.delete(key), false);
  },

  /** Stores and deletes own keys in random order; what is left of them is exactly what must be. */
  churnOwn({ map }: Stage, { keys, count, seed }: { keys: Key[]; count: number; seed: number }) {
    const random = randomFrom(seed);
    const mine = new Map<Key, string>();
    for (let n = 0; n < count; n++) {
      const key = keys[random(keys.length)] as Key;
      const text = `${key}/${n}`;
      const old = mine.get(key);
      const kind = random(4);
      if (kind === 0) {
        assert.equal(map.loadAndDelete(key), old);
        mine.delete(key);
      } else if (kind === 1 && old !== undefined) {
        assert.equal(map.compareAndSwap(key, old, text), true);
        mine.set(key, text);
      } else {
        assert.equal(map.swap(key, text), old);
        mine.set(key, text);
      }
      assert.equal(map.load(key), mine.get(key));
    }
    for (const key of keys) assert.equal(map.load(key), mine.get(key));
    return mine.size;
  },

  /** Any operation on keys that all threads share; whatever is read belongs to its key. */
  churnShared({ map }: Stage, { keys, count, seed }: { keys: Key[]; count: number; seed: number }) {
    const random = randomFrom(seed);
    const isOf = (key: Key, value: string | undefined) =>
      assert.ok(value === undefined || value.startsWith(`${key}/`), `${value} under ${key}`);
    for (let n = 0; n < count; n++) {
      const key = keys[random(keys.length)] as Key;
      const text = `${key}/${map.agent}.${n}`;
      const kind = random(8);
      if (kind === 0) isOf(key, map.loadAndDelete(key));
      else if (kind === 1) map.delete(key);
      else if (kind === 2) isOf(key, map.swap(key, text));
      else if (kind === 3) isOf(key, map.loadOrStore(key, text).value);
      else if (kind === 4) isOf(key, map.load(key));
      else if (kind === 5) assert.equal(map.store(key, text), 0);
      else {
        const old = map.load(key);
        if (old !== undefined && kind === 6) map.compareAndSwap(key, old, text);
        else if (old !== undefined) map.compareAndDelete(key, old);
      }
    }
  },

  /** Adds `count` to the number under the key, one by one, with compare-and-swap. */
  countUp({ map }: Stage, { key, count }: { key: Key; count: number }): void {
    for (let n = 0; n < count; ) {
      const old = map.load(key) as string;
      if (map.compareAndSwap(key, old, `${Number(old) + 1}`)) n++;
    }
  },

  /**
   * Puts "token" under keys that all share, and takes it away again, by every conditional way: what
   * was put less what was taken, key by key.
   */
  passTokens({ map }: Stage, { keys, count, seed }: { keys: Key[]; count: number; seed: number }) {
    const random = randomFrom(seed);
    const balance = keys.map(() => 0);
    for (let n = 0; n < count; n++) {
      const at = random(keys.length);
      const key = keys[at] as Key;
      const kind = random(5);
      let change = 0;
      if (kind === 0) change = map.loadOrStore(key, "token").loaded ? 0 : 1;
      else if (kind === 1) change = map.compareAndSwap(key, "token", "spent") ? -1 : 0;
      else if (kind === 2) change = map.compareAndDelete(key, "token") ? -1 : 0;
      else if (kind === 3) change = map.compareAndSwap(key, "spent", "token") ? 1 : 0;
      else map.compareAndDelete(key, "spent");
      balance[at] = (balance[at] as number) + change;
    }
    return balance;
  },

  /** Each key is present throughout, with a text of its own; how many rounds. */
  loadAll({ map, isOver }: Stage, { keys }: { keys: Key[] }): number {
    let rounds = 0;
    for (; rounds === 0 || !isOver(); rounds++) {
      for (const key of keys) assert.equal(map.load(key), `${key}`);
    }
    return rounds;
  },

  /** Each walk shows all the keys, once each; others may come and go. */
  walkAll({ map, isOver }: Stage, { keys }: { keys: Key[] }): number {
    let rounds = 0;
    for (; rounds === 0 || !isOver(); rounds++) {
      const found = map.entries();
      for (const key of keys) assert.equal(found.get(key), `${key}`);
    }
    return rounds;
  },

  /** Changes the map as journalStep says, one step after the other. */
  journal({ map }: Stage, { steps, keys }: { steps: number; keys: number }): void {
    for (let n = 1; n <= steps; n++) {
      const [key, text] = journalStep(n, keys);
      if (text === undefined) map.delete(key);
      else assert.equal(map.store(key, text), 0);
      assert.equal(map.store("head", `${n}`), 0);
    }
  },

  /** Each cut is the map after some step of the journal, to the last key; how many cuts. */
  readJournal({ map, isOver }: Stage, { keys }: { keys: number }): number {
    const model = new Map<Key, string>();
    let at = 0;
    let cuts = 0;
    for (; cuts === 0 || !isOver(); cuts++) {
      map.takeCut();
      const cut = map.entries(map.agent);
      const head = Number(map.cutLoad(map.agent, "head") ?? 0);
      for (const [key, text] of cut) assert.equal(map.cutLoad(map.agent, key), text);
      map.endCut();
      cut.delete("head");
      // The model may be one step ahead: that one was done, its head not yet written.
      assert.ok(head >= at - 1, `step ${head} after step ${at}`);
      while (at < head) apply(model, journalStep(++at, keys));
      if (at === head && !isSame(model, cut)) apply(model, journalStep(++at, keys));
      assert.deepEqual(cut, model, `a cut after step ${head}`);
    }
    return cuts;
  },

  /** The core's own loop of changes; all that it is answered is whole. How many it did. */
  write({ map }: Stage, { keys, count, seed }: { keys: number; count: number; seed: number }) {
    assert.equal(map.core.writeLoop(map.map, map.agent, map.scratch, count, keys, seed), 0);
    return count;
  },

  /** The core's own loop of loads, walks and cuts; how many rounds. */
  read({ map, isOver }: Stage, { keys }: { keys: number }): number {
    let rounds = 0;
    for (; rounds === 0 || !isOver(); rounds++) {
      assert.equal(map.core.readLoop(map.map, map.agent, map.scratch, 1, keys), 0);
    }
    return rounds;
  },

  /** Publishes snapshots of the map; none is refused. */
  publish({ map, isOver }: Stage, { region }: { region: number }): number {
    let rounds = 0;
    for (; rounds === 0 || !isOver(); rounds++) {
      assert.equal(map.core.publishLoop(map.map, map.agent, region, 8), 0);
    }
    return rounds;
  },

  /** Reads snapshots in place, as a reader of the region; all are whole. */
  readSnapshots(
    { map, isOver }: Stage,
    { region, reader, keys }: { region: number; reader: number; keys: number },
  ): number {
    let rounds = 0;
    for (; rounds === 0 || !isOver(); rounds++) {
      assert.equal(map.core.snapshotLoop(region, reader, 8, keys), 0);
    }
    return rounds;
  },
};

export function playRole(part: Part, stage: Stage): unknown {
  const role = ROLES[part.role] as (stage: Stage, args: Part["with"]) => unknown;
  return role(stage, part.with);
}

export function runCall(map: MapClient, [name, ...words]: Call): unknown {
  const operation = map[name] as (...words: (Key | string)[]) => unknown;
  return operation.apply(map, words) ?? null;
}

/** What step `n` of a journal does: a key and its new text, or none if the step deletes it. */
function journalStep(n: number, keys: number): [bigint, string | undefined] {
  const random = randomFrom(n * 7919);
  random(2);
  const key = BigInt(random(keys));
  return [key, random(3) === 0 ? undefined : `${n}`];
}

function apply(model: Map<Key, string>, [key, text]: [bigint, string | undefined]): void {
  if (text === undefined) model.delete(key);
  else model.set(key, text);
}

function isSame(a: Map<Key, string>, b: Map<Key, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, text] of a) if (b.get(key) !== text) return false;
  return true;
}
