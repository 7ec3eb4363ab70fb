// One agent of a map as the tests see it: keys are bigints or strings, values are texts.
//
// Every agent has a scratch area of its own, so instances in several threads share one memory. The
// map lies behind the scratch areas; each test lays a new one out there.
import assert from "node:assert/strict";
import * as spec from "../../../host/base/spec.ts";
import type { CoreExports, CoreProgram } from "./program.ts";

export type Key = bigint | string;

/** What a new map is like; what is not given is as mapInit makes it. */
export interface MapOptions {
  capacity?: number;
  arenaSize?: number;
  agents?: number;
  hashMask?: number;
  migrateChunk?: number;
  chainMax?: number;
}

const SCRATCH_START = 0x400000;
const SCRATCH_SIZE = 0x8000;
const SCRATCH_VALUE = 0x2000;
const SCRATCH_OLD = 0x4000;
const SCRATCH_CURSORS = 0x6000;
const CURSORS = 8;

/** Where the map lies; up to MAP_END the memory is its own. */
export const MAP_START = 0x800000;
/** Words for the tests' own counters, shared by all agents, behind the map. */
export const SHARED_START = 0x3f00000;
const MEMORY_SIZE = 0x4000000;

/** Lays out a new map at MAP_START. */
export function newMap(program: CoreProgram, options: MapOptions = {}): number {
  const { capacity = 64, arenaSize = 1 << 18, agents = 8 } = options;
  const { core } = program;
  const map = MAP_START;
  const size = core.mapSize(capacity, arenaSize, agents);
  assert.ok(size > 0 && map + size <= SHARED_START, `a map of ${size} bytes`);
  new Uint8Array(program.memory.buffer, map, size).fill(0);
  new Uint8Array(program.memory.buffer, SHARED_START, MEMORY_SIZE - SHARED_START).fill(0);
  assert.equal(core.mapInit(map, capacity, arenaSize, agents), spec.STATUS_OK);
  const view = new DataView(program.memory.buffer);
  const set = (field: number, value: number | undefined) => {
    if (value !== undefined) view.setUint32(map + field, value, true);
  };
  set(spec.MAP_HASH_MASK, options.hashMask);
  set(spec.MAP_MIGRATE_CHUNK, options.migrateChunk);
  set(spec.MAP_CHAIN_MAX, options.chainMax);
  return map;
}

/** xorshift32, seeded: numbers from 0 to `below` - 1. */
export function randomFrom(seed: number): (below: number) => number {
  let x = seed | 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

export class MapClient {
  readonly core: CoreExports;
  readonly map: number;
  readonly agent: number;
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly scratch: number;
  #walks = 0;

  constructor(core: CoreExports, memory: WebAssembly.Memory, agent: number, map = MAP_START) {
    this.core = core;
    this.map = map;
    this.agent = agent;
    this.bytes = Buffer.from(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.scratch = SCRATCH_START + agent * SCRATCH_SIZE;
  }

  /** STATUS_OK, or why not. */
  store(key: Key, text: string): number {
    const { core, map, agent } = this;
    const [value, size] = this.#value(text);
    if (typeof key === "bigint") return core.mapStore(map, agent, key, value, size);
    return core.mapStoreBytes(map, agent, ...this.#key(key), value, size);
  }

  load(key: Key): string | undefined {
    const { core, map, agent } = this;
    return this.pinned(() =>
      this.textAt(
        typeof key === "bigint"
          ? core.mapLoad(map, agent, key)
          : core.mapLoadBytes(map, agent, ...this.#key(key)),
      ),
    );
  }

  /** The value that was replaced. */
  swap(key: Key, text: string): string | undefined {
    const { core, map, agent } = this;
    const [value, size] = this.#value(text);
    return this.pinned(() =>
      this.textAt(
        typeof key === "bigint"
          ? core.mapSwap(map, agent, key, value, size)
          : core.mapSwapBytes(map, agent, ...this.#key(key), value, size),
      ),
    );
  }

  loadOrStore(key: Key, text: string): { loaded: boolean; value: string | undefined } {
    const { core, map, agent } = this;
    const [value, size] = this.#value(text);
    return this.pinned(() => {
      const answer =
        typeof key === "bigint"
          ? core.mapLoadOrStore(map, agent, key, value, size)
          : core.mapLoadOrStoreBytes(map, agent, ...this.#key(key), value, size);
      return { loaded: (answer & 1) === 1, value: this.textAt(answer < 0 ? answer : answer & ~1) };
    });
  }

  loadAndDelete(key: Key): string | undefined {
    const { core, map, agent } = this;
    return this.pinned(() =>
      this.textAt(
        typeof key === "bigint"
          ? core.mapLoadAndDelete(map, agent, key)
          : core.mapLoadAndDeleteBytes(map, agent, ...this.#key(key)),
      ),
    );
  }

  /** Whether the key was there. */
  delete(key: Key): boolean {
    const { core, map, agent } = this;
    const status =
      typeof key === "bigint"
        ? core.mapDelete(map, agent, key)
        : core.mapDeleteBytes(map, agent, ...this.#key(key));
    if (status === spec.STATUS_OK) return true;
    assert.equal(status, spec.STATUS_ABSENT);
    return false;
  }

  compareAndSwap(key: Key, old: string, text: string): boolean {
    const { core, map, agent } = this;
    const was = this.#value(old, SCRATCH_OLD);
    const value = this.#value(text);
    return yes(
      typeof key === "bigint"
        ? core.mapCompareAndSwap(map, agent, key, ...was, ...value)
        : core.mapCompareAndSwapBytes(map, agent, ...this.#key(key), ...was, ...value),
    );
  }

  compareAndDelete(key: Key, old: string): boolean {
    const { core, map, agent } = this;
    const was = this.#value(old, SCRATCH_OLD);
    return yes(
      typeof key === "bigint"
        ? core.mapCompareAndDelete(map, agent, key, ...was)
        : core.mapCompareAndDeleteBytes(map, agent, ...this.#key(key), ...was),
    );
  }

  clear(): void {
    assert.equal(this.core.mapClear(this.map, this.agent), spec.STATUS_OK);
  }

  get length(): number {
    return this.core.mapLen(this.map);
  }

  get arenaUsed(): number {
    return this.core.mapArenaUsed(this.map);
  }

  reclaim(): number {
    return this.core.mapReclaim(this.map, this.agent);
  }

  pinned<T>(action: () => T): T {
    this.core.mapPin(this.map, this.agent);
    try {
      return action();
    } finally {
      this.core.mapUnpin(this.map, this.agent);
    }
  }

  /** Range over the map as it is, or over the cut of agent `taker`; walks may nest. */
  *walk(taker?: number): Generator<[Key, string]> {
    assert.ok(this.#walks < CURSORS);
    const cursor = this.scratch + SCRATCH_CURSORS + spec.MAP_VALUE_CURSOR_SIZE * this.#walks++;
    this.core.mapPin(this.map, this.agent);
    try {
      if (taker === undefined) this.core.rangeBegin(cursor);
      else this.core.cutBegin(cursor, taker);
      while (this.core.walkNext(this.map, cursor) === 1) {
        const value = this.view.getUint32(cursor + spec.MAP_CURSOR_VALUE, true);
        yield [this.#cursorKey(cursor), this.textAt(value) as string];
      }
    } finally {
      this.core.mapUnpin(this.map, this.agent);
      this.#walks--;
    }
  }

  /** What a walk shows; a key that it shows twice is an error. */
  entries(taker?: number): Map<Key, string> {
    const found = new Map<Key, string>();
    for (const [key, text] of this.walk(taker)) {
      assert.ok(!found.has(key), `the walk shows ${key} twice`);
      found.set(key, text);
    }
    return found;
  }

  takeCut(): void {
    assert.equal(this.core.cutTake(this.map, this.agent), spec.STATUS_OK);
  }

  endCut(): void {
    this.core.cutEnd(this.map, this.agent);
  }

  cutLoad(taker: number, key: Key): string | undefined {
    const { core, map } = this;
    return this.textAt(
      typeof key === "bigint"
        ? core.cutLoad(map, taker, key)
        : core.cutLoadBytes(map, taker, ...this.#key(key)),
    );
  }

  /** A field of the map's header, or of this agent's record. */
  header(field: number): number {
    return this.view.getUint32(this.map + field, true);
  }

  own(field: number): number {
    const record = this.map + spec.MAP_AGENTS + this.agent * spec.MAP_VALUE_AGENT_SIZE;
    return this.view.getInt32(record + field, true);
  }

  /** The text of a value; undefined for 0, an error for a status. */
  textAt(offset: number): string | undefined {
    if (offset === 0) return undefined;
    assert.ok(offset > 0, `status ${spec.STATUS_NAMES[offset] ?? offset}`);
    const text = this.bytes.toString("latin1", offset, offset + this.core.valueSize(offset));
    return text.replace(/\.+$/, "");
  }

  #cursorKey(cursor: number): Key {
    const size = this.view.getInt32(cursor + spec.MAP_CURSOR_KEY_SIZE, true);
    if (size < 0) return this.view.getBigUint64(cursor + spec.MAP_CURSOR_KEY, true);
    const at = this.view.getUint32(cursor + spec.MAP_CURSOR_KEY, true);
    return this.bytes.toString("latin1", at, at + size);
  }

  #key(key: string): [number, number] {
    return [this.scratch, this.bytes.write(key, this.scratch, "latin1")];
  }

  /** Puts a text, filled up with dots to the 8 bytes that a value has at least. */
  #value(text: string, area = SCRATCH_VALUE): [number, number] {
    const at = this.scratch + area;
    return [at, this.bytes.write(text.padEnd(8, "."), at, "latin1")];
  }
}

function yes(answer: number): boolean {
  assert.ok(answer >= 0, `status ${spec.STATUS_NAMES[answer] ?? answer}`);
  return answer === 1;
}
