// The last values of all nodes in an entry map that a file keeps, and snapshots again from there.
//
// Layout: spec/gateway.md, "Kept nodes". The map's 16 pages fit one batch, so the file holds the
// nodes as they were at one flush, never a part of a window. One thread uses this: the keep worker.
import type { Snapshot } from "../base/snapshot.ts";
import {
  GATEWAY_KEPT_AT_MS,
  GATEWAY_KEPT_FLAGS,
  GATEWAY_KEPT_SCHEMA,
  GATEWAY_KEPT_SOURCE_NAME,
  GATEWAY_KEPT_TIME,
  GATEWAY_KEPT_VALUE_ARENA_SIZE,
  GATEWAY_KEPT_VALUE_KEY_LOW,
  GATEWAY_KEPT_VALUE_PAGES,
  GATEWAY_KEPT_VALUE_SIZE,
  LIMIT_GATEWAY_NODES_MAX,
  LIMIT_NODE_ENTRIES_MAX,
  SNAPSHOT_COUNT,
  SNAPSHOT_DATA_SIZE,
  SNAPSHOT_DIRECTORY,
  SNAPSHOT_ENTRY_KEY,
  SNAPSHOT_ENTRY_OFFSET,
  SNAPSHOT_ENTRY_SIZE,
  SNAPSHOT_LENGTH,
  SNAPSHOT_MAGIC,
  SNAPSHOT_SCHEMA,
  SNAPSHOT_SEQUENCE,
  SNAPSHOT_TIME,
  SNAPSHOT_VALUE_ENTRY_SIZE,
  SNAPSHOT_VALUE_HEADER_SIZE,
  SNAPSHOT_VALUE_MAGIC,
  SNAPSHOT_VALUE_TAIL_SIZE,
} from "../base/spec.ts";
import { EntryMap } from "../map/entry-map.ts";

/** A node as it was kept. */
export interface RestoredNode {
  publisherId: number;
  source: string;
  /** NODE_FLAG bits. */
  flags: number;
  /** Milliseconds since 1970. */
  keptAtMs: number;
  /** A whole snapshot (spec/snapshot.md). */
  snapshot: Uint8Array;
}

/** What the threads of a gateway share of it; indices of the words below. */
export interface KeptShare {
  words: Int32Array;
  restored: RestoredNode[];
}

export const KEPT_FLUSHES = 0;
export const KEPT_REFUSED = 1;

const SEQUENCE = 1;
const SOURCE_NAME_SIZE = 16;

interface KeptEntry {
  low: number;
  value: Uint8Array;
}

export class KeptNodes {
  readonly #map: EntryMap;
  /** Low halves of the keys that are there, by PublisherId. */
  readonly #keys = new Map<number, Set<number>>();

  private constructor(map: EntryMap) {
    this.#map = map;
  }

  /** Opens or makes the file. Errors: BAD_INPUT, what the system says. */
  static async open(file: string): Promise<KeptNodes> {
    const map = await EntryMap.create({
      capacity: LIMIT_GATEWAY_NODES_MAX * LIMIT_NODE_ENTRIES_MAX,
      arenaSize: GATEWAY_KEPT_VALUE_ARENA_SIZE,
      agents: 1,
      pages: {
        file,
        count: GATEWAY_KEPT_VALUE_PAGES,
        // All that the arena can hold, so that a flush is one batch.
        bufferSize: GATEWAY_KEPT_VALUE_ARENA_SIZE + 4096,
        passMs: 0,
      },
    });
    return new KeptNodes(map);
  }

  /** What the file held. Once, before the first put. */
  restored(): RestoredNode[] {
    const nodes = new Map<number, KeptEntry[]>();
    for (const [key, value] of this.#map) {
      if (typeof key !== "number" && typeof key !== "bigint") continue;
      const publisherId = Number(BigInt(key) >> 32n);
      const low = Number(BigInt(key) & 0xffff_ffffn);
      const entries = nodes.get(publisherId) ?? [];
      entries.push({ low, value });
      nodes.set(publisherId, entries);
      this.#keysOf(publisherId).add(low);
    }
    return [...nodes].flatMap(([publisherId, entries]) => restoreNode(publisherId, entries) ?? []);
  }

  /** Takes a node's snapshot in. Errors: FULL. */
  put(snapshot: Snapshot, source: string, flags: number, nowMs: number): void {
    if (snapshot.count === 0) return;
    const publisherId = snapshot.entry(0).keyHigh;
    const bytes = new Uint8Array(snapshot.buffer);
    const gone = new Set(this.#keysOf(publisherId));
    const keys = this.#keysOf(publisherId);
    for (const { keyLow, offset, size } of snapshot.entries()) {
      this.#map.store(keyOf(publisherId, keyLow), bytes.subarray(offset, offset + size));
      keys.add(keyLow);
      gone.delete(keyLow);
    }
    const record = new Uint8Array(GATEWAY_KEPT_VALUE_SIZE);
    const view = new DataView(record.buffer);
    view.setBigInt64(GATEWAY_KEPT_TIME, snapshot.time, true);
    view.setUint32(GATEWAY_KEPT_SCHEMA, snapshot.schema, true);
    view.setUint32(GATEWAY_KEPT_FLAGS, flags, true);
    view.setFloat64(GATEWAY_KEPT_AT_MS, nowMs, true);
    record.set(
      Buffer.from(source, "latin1").subarray(0, SOURCE_NAME_SIZE),
      GATEWAY_KEPT_SOURCE_NAME,
    );
    this.#map.store(keyOf(publisherId, GATEWAY_KEPT_VALUE_KEY_LOW), record);
    gone.delete(GATEWAY_KEPT_VALUE_KEY_LOW);
    for (const low of gone) {
      this.#map.delete(keyOf(publisherId, low));
      keys.delete(low);
    }
  }

  /** Writes all that was put. Errors: DEVICE, and it is tried again next time. */
  flush(): void {
    this.#map.pages?.flush();
  }

  close(): void {
    this.#map.close();
  }

  #keysOf(publisherId: number): Set<number> {
    let keys = this.#keys.get(publisherId);
    if (!keys) {
      keys = new Set([GATEWAY_KEPT_VALUE_KEY_LOW]);
      this.#keys.set(publisherId, keys);
    }
    return keys;
  }
}

function keyOf(publisherId: number, low: number): bigint {
  return (BigInt(publisherId) << 32n) | BigInt(low);
}

/** Undefined without the node's record, which is put with its first snapshot. */
function restoreNode(publisherId: number, entries: KeptEntry[]): RestoredNode | undefined {
  const record = entries.find(({ low }) => low === GATEWAY_KEPT_VALUE_KEY_LOW)?.value;
  if (record?.length !== GATEWAY_KEPT_VALUE_SIZE) return undefined;
  const view = new DataView(record.buffer, record.byteOffset);
  const name = record.subarray(
    GATEWAY_KEPT_SOURCE_NAME,
    GATEWAY_KEPT_SOURCE_NAME + SOURCE_NAME_SIZE,
  );
  const fields = entries.filter(({ low }) => low !== GATEWAY_KEPT_VALUE_KEY_LOW);
  const snapshot = encodeSnapshot(
    publisherId,
    fields.sort((a, b) => a.low - b.low),
  );
  const target = new DataView(snapshot.buffer);
  target.setBigInt64(SNAPSHOT_TIME, view.getBigInt64(GATEWAY_KEPT_TIME, true), true);
  target.setUint32(SNAPSHOT_SCHEMA, view.getUint32(GATEWAY_KEPT_SCHEMA, true), true);
  return {
    publisherId,
    source: Buffer.from(name).toString("latin1").replace(/\0.*$/, ""),
    flags: view.getUint32(GATEWAY_KEPT_FLAGS, true),
    keptAtMs: view.getFloat64(GATEWAY_KEPT_AT_MS, true),
    snapshot,
  };
}

/** A snapshot of the entries, which ascend; TIME and SCHEMA are left 0. */
function encodeSnapshot(publisherId: number, entries: KeptEntry[]): Uint8Array {
  const padded = (size: number) => Math.ceil(size / 8) * 8;
  const dataSize = entries.reduce((sum, { value }) => sum + padded(value.length), 0);
  const dataStart = SNAPSHOT_VALUE_HEADER_SIZE + entries.length * SNAPSHOT_VALUE_ENTRY_SIZE;
  const length = dataStart + dataSize + SNAPSHOT_VALUE_TAIL_SIZE;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(SNAPSHOT_LENGTH, length, true);
  view.setUint32(SNAPSHOT_MAGIC, SNAPSHOT_VALUE_MAGIC, true);
  view.setUint32(SNAPSHOT_SEQUENCE, SEQUENCE, true);
  view.setUint32(SNAPSHOT_COUNT, entries.length, true);
  view.setUint32(SNAPSHOT_DATA_SIZE, dataSize, true);
  let offset = dataStart;
  for (const [i, { low, value }] of entries.entries()) {
    const entry = SNAPSHOT_DIRECTORY + i * SNAPSHOT_VALUE_ENTRY_SIZE;
    view.setUint32(entry + SNAPSHOT_ENTRY_KEY, low, true);
    view.setUint32(entry + SNAPSHOT_ENTRY_KEY + 4, publisherId, true);
    view.setUint32(entry + SNAPSHOT_ENTRY_OFFSET, offset, true);
    view.setUint32(entry + SNAPSHOT_ENTRY_SIZE, value.length, true);
    bytes.set(value, offset);
    offset += padded(value.length);
  }
  view.setUint32(offset, SEQUENCE, true);
  return bytes;
}
