// Loops in JavaScript: our map called from there, and what a TypeScript user has without it.
//
// Sequence and mix are those of test/core/map/loops.ts. Keys are small integers or the strings of
// keyNames; a value is 64 bytes, of which a load reads the first 8.
import { createRequire } from "node:module";
import { join } from "node:path";
import type { MessagePort } from "node:worker_threads";
import { EntryMap } from "../../../host/map/entry-map.ts";
import { type Loops, MAP, scratchOf } from "./agents.ts";
import { HeapMeter } from "./heap-meter.ts";
import { MutexMap } from "./mutex-map.ts";
import { OwnedMap, serveMap } from "./owned-map.ts";

const KEY_BASE = 1 << 20;
const KEY_AT = 0x1000;
const VALUE_SIZE = 64;
const BATCH = 64;

export type Answer = number | number[] | Promise<number | number[]>;
export type Script = (...args: never[]) => Answer;

/** What the peers of JavaScript have in common: a string under a string. */
interface StringMap {
  get(key: string): string | undefined;
  set(key: string, value: string): unknown;
}

/** The names of so many keys, as a program would have them at hand. */
function keyNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `spindle/${i}/velocity`);
}

/** The loops of one thread by name; `link` takes the port to the other thread. */
export function loopsOf(core: Loops, memory: WebAssembly.Memory) {
  const own = new Map<number, Float64Array>();
  const ownNamed = new Map<string, Float64Array>();
  const shared = new Map<string, StringMap>();
  const f64 = new Float64Array(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  const meter = new HeapMeter();
  let names: string[] = [];
  let mutex: MutexMap | undefined;
  let owned: OwnedMap | undefined;
  let entries: EntryMap | undefined;

  /** Puts a key into the scratch: a byte per character while they are ASCII. Its size. */
  const putKey = (at: number, key: string): number => {
    for (let i = 0; i < key.length; i++) bytes[at + i] = key.charCodeAt(i);
    return key.length;
  };

  const scripts: Record<string, Script> = {
    mapFill(count: number): number {
      names = keyNames(count);
      for (let i = 0; i < count; i++) {
        own.set(KEY_BASE + i, new Float64Array(8).fill(i));
        ownNamed.set(names[i]!, new Float64Array(8).fill(i));
      }
      return own.size;
    },

    mapLoads(mask: number, count: number, seed: number): number {
      let x = seed | 0;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        x = next(x);
        const value = own.get(KEY_BASE + (x & mask));
        if (value !== undefined) sum += value[0]!;
      }
      return sum;
    },

    namedMapLoads(mask: number, count: number, seed: number): number {
      let x = seed | 0;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        x = next(x);
        const value = ownNamed.get(names[x & mask]!);
        if (value !== undefined) sum += value[0]!;
      }
      return sum;
    },

    /** Our map with integer keys, in place: offsets into one typed array. */
    ourLoads(agent: number, mask: number, count: number, batch: number, seed: number): number {
      let x = seed | 0;
      let sum = 0;
      for (let done = 0; done < count; done += batch) {
        core.mapPin(MAP, agent);
        for (let i = 0; i < batch; i++) {
          x = next(x);
          const value = core.loadLow(MAP, agent, KEY_BASE + (x & mask));
          if (value !== 0) sum += f64[value >> 3]!;
        }
        core.mapUnpin(MAP, agent);
      }
      return sum;
    },

    /** EntryMap with a memory of its own: the same keys as integers and as names. */
    async entryMapFill(count: number): Promise<number> {
      entries?.close();
      entries = await EntryMap.create({ capacity: 2 * count, arenaSize: 1 << 20, agents: 2 });
      names = keyNames(count);
      for (let i = 0; i < count; i++) {
        const value = new Uint8Array(new Float64Array(8).fill(i).buffer);
        entries.store(KEY_BASE + i, value);
        entries.store(names[i]!, value);
      }
      return 0;
    },

    entryMapLoads(mask: number, count: number, batch: number, seed: number): number {
      const map = entries!;
      let x = seed | 0;
      let sum = 0;
      for (let done = 0; done < count; done += batch) {
        const pin = map.pin();
        for (let i = 0; i < batch; i++) {
          x = next(x);
          const value = map.offsetOf(KEY_BASE + (x & mask));
          if (value !== 0) sum += map.f64[value >> 3]!;
        }
        pin.close();
      }
      return sum;
    },

    namedEntryMapLoads(mask: number, count: number, batch: number, seed: number): number {
      const map = entries!;
      let x = seed | 0;
      let sum = 0;
      for (let done = 0; done < count; done += batch) {
        const pin = map.pin();
        for (let i = 0; i < batch; i++) {
          x = next(x);
          const value = map.offsetOf(names[x & mask]!);
          if (value !== 0) sum += map.f64[value >> 3]!;
        }
        pin.close();
      }
      return sum;
    },

    /** Our map with string keys, encoding and hashing counted. */
    ourNamedFill(agent: number, count: number): number {
      names = keyNames(count);
      const scratch = scratchOf(agent);
      for (const [i, name] of names.entries()) {
        f64[scratch >> 3] = i;
        const size = putKey(scratch + KEY_AT, name);
        const key = scratch + KEY_AT;
        const status = core.mapStoreBytes(MAP, agent, key, size, scratch, VALUE_SIZE);
        if (status < 0) return status;
      }
      return 0;
    },

    ourNamedLoads(agent: number, mask: number, count: number, batch: number, seed: number): number {
      const at = scratchOf(agent) + KEY_AT;
      let x = seed | 0;
      let sum = 0;
      for (let done = 0; done < count; done += batch) {
        core.mapPin(MAP, agent);
        for (let i = 0; i < batch; i++) {
          x = next(x);
          const size = putKey(at, names[x & mask]!);
          const value = core.mapLoadBytes(MAP, agent, at, size);
          if (value !== 0) sum += f64[value >> 3]!;
        }
        core.mapUnpin(MAP, agent);
      }
      return sum;
    },

    /** Opens an npm peer, `kind`, of the folder and fills it. */
    peerFill(kind: string, folder: string, count: number): number {
      names = keyNames(count);
      const map = openPeer(kind, folder, count);
      shared.set(kind, map);
      for (const [i, name] of names.entries()) map.set(name, String(i).padEnd(VALUE_SIZE / 2, "."));
      return 0;
    },

    peerLoads(kind: string, mask: number, count: number, seed: number): number {
      const map = shared.get(kind)!;
      let x = seed | 0;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        x = next(x);
        const value = map.get(names[x & mask]!);
        if (value !== undefined) sum += value.charCodeAt(0);
      }
      return sum;
    },

    /** Of 200 operations `share` store, as many delete, the rest load. */
    ourMix(agent: number, mask: number, count: number, share: number, seed: number): number {
      const source = scratchOf(agent);
      let x = seed | 0;
      let sum = 0;
      for (let done = 0; done < count; done += BATCH) {
        core.mapPin(MAP, agent);
        for (let i = 0; i < BATCH; i++) {
          x = next(x);
          const key = KEY_BASE + (x & mask);
          const roll = (x >>> 16) % 200;
          if (roll < share) {
            f64[source >> 3] = x;
            const status = core.storeLow(MAP, agent, key, source, VALUE_SIZE);
            if (status < 0) return status;
          } else if (roll < 2 * share) {
            core.deleteLow(MAP, agent, key);
          } else {
            const value = core.loadLow(MAP, agent, key);
            if (value !== 0) sum += f64[value >> 3]!;
          }
        }
        core.mapUnpin(MAP, agent);
      }
      return Math.abs(sum);
    },

    mutexMix(at: number, mask: number, count: number, share: number, seed: number): number {
      mutex ??= new MutexMap(memory.buffer as unknown as SharedArrayBuffer, at);
      const value = new Float64Array(VALUE_SIZE / 8);
      let x = seed | 0;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        x = next(x);
        const key = KEY_BASE + (x & mask);
        const roll = (x >>> 16) % 200;
        if (roll < share) {
          value[0] = x;
          mutex.store(key, value);
        } else if (roll < 2 * share) mutex.delete(key);
        else sum += mutex.first(key);
      }
      return Math.abs(sum);
    },

    /** As the client of the other thread, `window` requests under way. */
    ownedMix(mask: number, count: number, share: number, window: number, seed: number) {
      return owned!.mix({ keyBase: KEY_BASE, mask, count, share, window, seed });
    },

    meterBegin: () => meter.begin(),
    meterEnd: () => meter.end(),
  };
  const link = (port: MessagePort, isOwner: boolean) => {
    if (isOwner) serveMap(port);
    else owned = new OwnedMap(port);
  };
  return { scripts, link };
}

function openPeer(kind: string, folder: string, count: number): StringMap {
  const require = createRequire(join(folder, "node_modules", "of-the-cache.js"));
  const loaded = require(kind);
  if (kind === "sharedmap") {
    const SharedMap = loaded.default ?? loaded;
    return new SharedMap(count * 2, 32, VALUE_SIZE / 2);
  }
  const { ShareableMap } = loaded;
  return new ShareableMap(count * 2, VALUE_SIZE);
}

/** xorshift32, as in test/core/map/loops.ts. */
export function next(x: number): number {
  let y = x;
  y ^= y << 13;
  y ^= y >>> 17;
  return y ^ (y << 5);
}
