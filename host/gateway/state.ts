// Reads the gateway's counters in place (spec/gateway.md), from any thread.
import {
  FRAME_RING_DROPPED,
  GATEWAY_ACCEPTED,
  GATEWAY_BYTES,
  GATEWAY_DUPLICATES,
  GATEWAY_LOG,
  GATEWAY_NODE_COUNT,
  GATEWAY_NODE_DUPLICATES,
  GATEWAY_NODE_FLAGS,
  GATEWAY_NODE_FRAMES,
  GATEWAY_NODE_LAST_MS,
  GATEWAY_NODE_LOST,
  GATEWAY_NODE_MAP,
  GATEWAY_NODE_NOT_STORED,
  GATEWAY_NODE_PUBLISHER_ID,
  GATEWAY_NODE_REGION,
  GATEWAY_NODE_REORDERED,
  GATEWAY_NODE_RESTARTS,
  GATEWAY_NODE_SENT_BY_NODE,
  GATEWAY_NODE_SOURCE_NAME,
  GATEWAY_NODE_WINDOWS,
  GATEWAY_NODES,
  GATEWAY_REFUSED,
  GATEWAY_RING,
  GATEWAY_VALUE_NODE_SILENT_MS,
  GATEWAY_VALUE_NODE_SIZE,
  GATEWAY_VALUE_REFUSED_COUNT,
  GATEWAY_VERSION,
  SNAPSHOT_REGION_REFUSED,
  STATUS_NAMES,
} from "../base/spec.ts";
import { systemClock } from "../link/transport.ts";
import { readStats } from "../map/stats.ts";
import { KEPT_FLUSHES, KEPT_REFUSED, type KeptShare, type RestoredNode } from "./kept.ts";
import {
  type MapStatus,
  NO_MAPS,
  type NodeStatus,
  type StatusMessage,
  type Totals,
} from "./messages.ts";

const SOURCE_NAME_SIZE = 16;
/**
 * The writer holds VERSION odd for a few stores; so many tries only run out if its thread is
 * stopped just there.
 */
const TRIES_MAX = 10_000;

export class GatewayState {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Uint32Array;
  readonly #state: number;
  readonly #startedAtMs: number;
  readonly #simulated: string[];
  readonly #kept: KeptShare | undefined;
  #lastTotals: Totals = {
    received: 0,
    accepted: 0,
    duplicates: 0,
    refused: {},
    queueDropped: 0,
    bytes: 0,
  };

  /**
   * `state`: what the core's init answered; startedAtMs: milliseconds since 1970, by systemClock.
   */
  constructor(
    buffer: SharedArrayBuffer,
    state: number,
    startedAtMs: number,
    simulated: string[],
    kept?: KeptShare,
  ) {
    this.buffer = buffer;
    this.#words = new Uint32Array(buffer);
    this.#state = state;
    this.#startedAtMs = startedAtMs;
    this.#simulated = simulated;
    this.#kept = kept;
  }

  get ring(): number {
    return this.#load(this.#state + GATEWAY_RING);
  }

  get log(): number {
    return this.#load(this.#state + GATEWAY_LOG);
  }

  get nodeCount(): number {
    // Order: acquire; pairs with nodeOf of the core: the nodes below this count are whole.
    return this.#load(this.#state + GATEWAY_NODE_COUNT);
  }

  /** PublisherId, snapshot region and map of node `index`, below nodeCount. */
  node(index: number): { publisherId: number; region: number; map: number } {
    const node = this.#node(index);
    return {
      publisherId: this.#load(node + GATEWAY_NODE_PUBLISHER_ID),
      region: this.#load(node + GATEWAY_NODE_REGION),
      map: this.#load(node + GATEWAY_NODE_MAP),
    };
  }

  status(): StatusMessage {
    const uptimeMs = systemClock.nowMs() - this.#startedAtMs;
    const nodes: NodeStatus[] = [];
    for (let i = 0; i < this.nodeCount; i++) nodes.push(this.#nodeStatus(i, uptimeMs));
    const seen = new Set(nodes.map((node) => node.publisherId));
    for (const node of this.#kept?.restored ?? []) {
      if (!seen.has(node.publisherId)) nodes.push(restoredStatus(node));
    }
    return {
      type: "status",
      uptimeMs: Math.round(uptimeMs),
      simulated: this.#simulated,
      nodes,
      totals: this.totals(),
      map: this.#mapStatus(),
      ...(this.#kept && {
        kept: {
          flushes: Atomics.load(this.#kept.words, KEPT_FLUSHES),
          refused: Atomics.load(this.#kept.words, KEPT_REFUSED),
        },
      }),
    };
  }

  /** All totals of one moment. */
  totals(): Totals {
    const queueDropped = this.#load(this.ring + FRAME_RING_DROPPED);
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      // Order: sequentially consistent; pairs with the stores of VERSION in totalsCount of the
      // core.
      const version = this.#load(this.#state + GATEWAY_VERSION);
      if (version % 2 === 1) continue;
      const totals = this.#readTotals(queueDropped);
      if (this.#load(this.#state + GATEWAY_VERSION) === version) {
        this.#lastTotals = totals;
        return totals;
      }
    }
    // The decoder's thread stands still in the middle of a count: the last whole ones are true
    // enough.
    return this.#lastTotals;
  }

  #mapStatus(): MapStatus {
    const sum: MapStatus = { ...NO_MAPS };
    for (let i = 0; i < this.nodeCount; i++) {
      const stats = readStats(this.#words, this.#load(this.#node(i) + GATEWAY_NODE_MAP));
      for (const name of Object.keys(sum) as (keyof MapStatus)[]) sum[name] += stats[name];
    }
    return sum;
  }

  #readTotals(queueDropped: number): Totals {
    const accepted = this.#load64(this.#state + GATEWAY_ACCEPTED);
    const duplicates = this.#load64(this.#state + GATEWAY_DUPLICATES);
    const refused: Record<string, number> = {};
    let refusedSum = 0;
    for (let code = 1; code < GATEWAY_VALUE_REFUSED_COUNT; code++) {
      const count = this.#load64(this.#state + GATEWAY_REFUSED + 8 * code);
      if (count > 0) refused[STATUS_NAMES[-code] ?? String(-code)] = count;
      refusedSum += count;
    }
    return {
      received: accepted + duplicates + refusedSum + queueDropped,
      accepted,
      duplicates,
      refused,
      queueDropped,
      bytes: this.#load64(this.#state + GATEWAY_BYTES),
    };
  }

  #nodeStatus(index: number, uptimeMs: number): NodeStatus {
    const node = this.#node(index);
    // LAST_MS is the low half of the time and wraps after 49.7 days; the difference does not.
    const lastMs = this.#load(node + GATEWAY_NODE_LAST_MS);
    const silentMs = Math.max(0, (Math.round(uptimeMs) - lastMs) | 0);
    return {
      publisherId: this.#load(node + GATEWAY_NODE_PUBLISHER_ID),
      source: this.#sourceName(node),
      state: silentMs > GATEWAY_VALUE_NODE_SILENT_MS ? "gone" : "live",
      silentMs,
      frames: this.#load(node + GATEWAY_NODE_FRAMES),
      lost: this.#load(node + GATEWAY_NODE_LOST),
      duplicates: this.#load(node + GATEWAY_NODE_DUPLICATES),
      reordered: this.#load(node + GATEWAY_NODE_REORDERED),
      restarts: this.#load(node + GATEWAY_NODE_RESTARTS),
      notStored:
        this.#load(node + GATEWAY_NODE_NOT_STORED) +
        this.#load(this.#load(node + GATEWAY_NODE_REGION) + SNAPSHOT_REGION_REFUSED),
      windows: this.#load(node + GATEWAY_NODE_WINDOWS),
      sentByNode: this.#load(node + GATEWAY_NODE_SENT_BY_NODE),
      flags: this.#load(node + GATEWAY_NODE_FLAGS),
    };
  }

  /** Printable ASCII only: the bytes come from outside. */
  #sourceName(node: number): string {
    let name = "";
    for (let i = 0; i < SOURCE_NAME_SIZE; i++) {
      const word = this.#load(node + GATEWAY_NODE_SOURCE_NAME + (i & ~3));
      const code = (word >>> (8 * (i & 3))) & 0xff;
      if (code === 0) break;
      name += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : "?";
    }
    return name;
  }

  #node(index: number): number {
    return this.#load(this.#state + GATEWAY_NODES) + index * GATEWAY_VALUE_NODE_SIZE;
  }

  #load(offset: number): number {
    return Atomics.load(this.#words, offset / 4);
  }

  #load64(offset: number): number {
    return this.#load(offset) + this.#load(offset + 4) * 2 ** 32;
  }
}

/** A node of before, not heard since the gateway started. */
function restoredStatus({ publisherId, source, flags, keptAtMs }: RestoredNode): NodeStatus {
  return {
    publisherId,
    source,
    state: "restored",
    silentMs: Math.max(0, Math.round(systemClock.nowMs() - keptAtMs)),
    frames: 0,
    lost: 0,
    duplicates: 0,
    reordered: 0,
    restarts: 0,
    notStored: 0,
    windows: 0,
    sentByNode: 0,
    flags,
  };
}
