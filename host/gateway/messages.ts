// What the gateway's web side sends to the page over one WebSocket (/live), the only statement of
// it.
//
// Binary messages are snapshots (spec/snapshot.md), one node each, exactly the bytes that lie in
// the gateway's shared memory. Text messages are JSON of the union below. The page sends nothing.
import { z } from "zod";

/** Counters of one node's link, all since the gateway started. */
export const nodeStatusSchema = z.object({
  publisherId: z.number().int(),
  /** What feeds the node's ADC, as the node says. */
  source: z.string(),
  /** "restored": not heard since the gateway started; what it shows was kept from before. */
  state: z.enum(["live", "gone", "restored"]),
  /** Milliseconds since the last accepted frame; of a restored node, since it was kept. */
  silentMs: z.number(),
  /** NetworkMessages accepted. */
  frames: z.number().int(),
  /** Sequence numbers never seen; falls when a late frame turns up. */
  lost: z.number().int(),
  duplicates: z.number().int(),
  /** Accepted, but later than a frame with a higher sequence number. */
  reordered: z.number().int(),
  /** How often the node began again (its count of sent frames went back). */
  restarts: z.number().int(),
  /**
   * Fields that arrived and found no room in the node's map, and snapshots too large for a slot.
   */
  notStored: z.number().int(),
  windows: z.number().int(),
  /** Frames that the node itself says it has sent, in its present run. */
  sentByNode: z.number().int(),
  /** NODE_FLAG bits of spec/memory.md. */
  flags: z.number().int(),
});

/**
 * Counters of the whole gateway. received = accepted + duplicates + the sum of refused +
 * queueDropped.
 */
export const totalsSchema = z.object({
  received: z.number().int(),
  accepted: z.number().int(),
  duplicates: z.number().int(),
  /** By status name of spec/status.md. */
  refused: z.record(z.string(), z.number().int()),
  /** Frames dropped because the queue to the decoder was full (newest first). */
  queueDropped: z.number().int(),
  bytes: z.number().int(),
});

/** Counters of the maps that hold the nodes' entries, summed over all nodes (spec/map.md). */
export const mapStatusSchema = z.object({
  /** Keys. */
  length: z.number().int(),
  /** Loads that found their key, and those that did not or only in a dirty part. */
  hits: z.number().int(),
  misses: z.number().int(),
  /** Buckets promoted, and buckets split. */
  promotions: z.number().int(),
  migrations: z.number().int(),
  /** Bytes retired and not yet given back. */
  unreclaimed: z.number().int(),
  /** Bytes of the arenas that are taken, and all there are. */
  arenaUsed: z.number().int(),
  arenaSize: z.number().int(),
  /** Operations refused for want of room. */
  refusedFull: z.number().int(),
});

export const statusMessageSchema = z.object({
  type: z.literal("status"),
  /** Milliseconds since the gateway started. */
  uptimeMs: z.number(),
  /**
   * What in this run is simulated, in words for people: "emulated boards", "simulated signal", ...
   */
  simulated: z.array(z.string()),
  nodes: z.array(nodeStatusSchema),
  totals: totalsSchema,
  map: mapStatusSchema,
  /** If a file keeps the nodes' values: flushes so far, and those that the system refused. */
  kept: z.object({ flushes: z.number().int(), refused: z.number().int() }).optional(),
});

/** Sent once after connecting, one per node: the trend so far, oldest first. */
export const historyMessageSchema = z.object({
  type: z.literal("history"),
  publisherId: z.number().int(),
  /** One row per kept window: [milliseconds since 1970, the FEATURE words in order]. */
  rows: z.array(z.array(z.number())),
});

export const pageMessageSchema = z.discriminatedUnion("type", [
  statusMessageSchema,
  historyMessageSchema,
]);

export type NodeStatus = z.infer<typeof nodeStatusSchema>;
export type MapStatus = z.infer<typeof mapStatusSchema>;
export type Totals = z.infer<typeof totalsSchema>;
export type StatusMessage = z.infer<typeof statusMessageSchema>;
export type HistoryMessage = z.infer<typeof historyMessageSchema>;
export type PageMessage = z.infer<typeof pageMessageSchema>;

/** Of no map at all: what sums begin with. */
export const NO_MAPS: Readonly<MapStatus> = {
  ...{ length: 0, hits: 0, misses: 0, promotions: 0, migrations: 0 },
  ...{ unreclaimed: 0, arenaUsed: 0, arenaSize: 0, refusedFull: 0 },
};
