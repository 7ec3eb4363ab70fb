// Everything the page knows of the nodes: the newest snapshot, status and trend of each.
//
// Messages come in through `takeSnapshot` and `takeMessage`; what is drawn reads from here when it
// gets round to it, so a fast gateway never makes the page fall behind.
import { decodeField, type FieldValues, openSnapshot, type Snapshot } from "../../base/snapshot.ts";
import * as spec from "../../base/spec.ts";
import type { NodeStatus, PageMessage, StatusMessage } from "../../gateway/messages.ts";
import { decodeFeatures, type Features } from "./features.ts";
import { Trend } from "./trend.ts";

/** Field 1 of WRITER.FEATURES. */
export interface NodeSetup {
  sampleRateHz: number;
  gPerCount: number;
  shaftHz: number;
  envelopeDecimation: number;
  flags: number;
}

/** Field 2 of WRITER.FEATURES: what the node counts itself. */
export interface NodeCounters {
  sent: number;
  overrun: number;
  refused: number;
  illegalSteps: number;
}

export interface FleetNode {
  publisherId: number;
  source: string;
  status: NodeStatus | undefined;
  /** performance.now() when the status came. */
  statusAtMs: number;
  setup: NodeSetup | undefined;
  counters: NodeCounters | undefined;
  features: Features | undefined;
  waveform: Int16Array | undefined;
  spectrum: Uint16Array | undefined;
  envelope: Uint16Array | undefined;
  trend: Trend;
  /** Rises with everything that should be drawn. */
  version: number;
}

const RATE_SPAN_MS = 2_000;
/** An OPC UA DateTime counts 100 ns since 1601-01-01. */
const TICKS_PER_MS = 10_000n;
const UNIX_EPOCH_MS = 11_644_473_600_000;

export class Fleet {
  readonly nodes = new Map<number, FleetNode>();
  /** The newest status of the gateway. */
  status: StatusMessage | undefined;
  /** Bytes per second over the last two seconds or more; undefined before that. */
  byteRate: number | undefined;
  /** Messages that were no snapshot and none of the known texts. */
  refused = 0;
  private rateFrom = { uptimeMs: Number.POSITIVE_INFINITY, bytes: 0 };

  /** A binary message. */
  takeSnapshot(buffer: ArrayBuffer): void {
    const opened = openSnapshot(buffer);
    if (!opened.ok || opened.value.count === 0) {
      this.refused++;
      return;
    }
    takeFields(this.nodeOf(opened.value.entry(0).keyHigh), opened.value);
  }

  takeMessage(message: PageMessage, nowMs: number): void {
    if (message.type === "status") this.takeStatus(message, nowMs);
    else {
      const node = this.nodeOf(message.publisherId);
      node.trend.replace(message.rows);
      node.version++;
    }
  }

  /** Milliseconds since the node's last accepted frame, as of now. */
  silentMs(node: FleetNode, nowMs: number): number {
    return node.status === undefined ? 0 : node.status.silentMs + (nowMs - node.statusAtMs);
  }

  private takeStatus(status: StatusMessage, nowMs: number): void {
    this.takeBytes(status);
    this.status = status;
    const listed = new Set<number>();
    for (const nodeStatus of status.nodes) {
      const node = this.nodeOf(nodeStatus.publisherId);
      listed.add(nodeStatus.publisherId);
      node.status = nodeStatus;
      node.statusAtMs = nowMs;
      node.source = nodeStatus.source || node.source;
      node.version++;
    }
    // A gateway that started again knows only the nodes it has heard since.
    for (const [publisherId, node] of this.nodes) {
      if (node.status !== undefined && !listed.has(publisherId)) this.nodes.delete(publisherId);
    }
  }

  private takeBytes({ uptimeMs, totals }: StatusMessage): void {
    const ms = uptimeMs - this.rateFrom.uptimeMs;
    if (ms >= 0 && ms < RATE_SPAN_MS) return;
    // Backwards in time: the gateway started again.
    this.byteRate = ms < 0 ? undefined : ((totals.bytes - this.rateFrom.bytes) * 1000) / ms;
    this.rateFrom = { uptimeMs, bytes: totals.bytes };
  }

  private nodeOf(publisherId: number): FleetNode {
    let node = this.nodes.get(publisherId);
    if (node === undefined) {
      node = {
        publisherId,
        source: "",
        status: undefined,
        statusAtMs: 0,
        setup: undefined,
        counters: undefined,
        features: undefined,
        waveform: undefined,
        spectrum: undefined,
        envelope: undefined,
        trend: new Trend(),
        version: 0,
      };
      this.nodes.set(publisherId, node);
    }
    return node;
  }
}

/** Keeps views over the snapshot's memory: the message that brought it lives as long as they do. */
function takeFields(node: FleetNode, snapshot: Snapshot): void {
  let features: Features | undefined;
  for (const { keyLow, offset, size } of snapshot.entries()) {
    const values = decodeField(snapshot.buffer, offset, size)?.values;
    if (values === undefined) continue;
    const fieldIndex = keyLow & 0xffff;
    switch (keyLow >>> 16) {
      case spec.WRITER_FEATURES:
        if (fieldIndex > 0) takeFeatureField(node, fieldIndex, values);
        else if (values instanceof Uint32Array) features = decodeFeatures(values);
        break;
      case spec.WRITER_WAVEFORM:
        if (values instanceof Int16Array) node.waveform = values;
        break;
      case spec.WRITER_SPECTRUM:
        if (values instanceof Uint16Array) node.spectrum = values;
        break;
      case spec.WRITER_ENVELOPE:
        if (values instanceof Uint16Array) node.envelope = values;
        break;
    }
  }
  // Some snapshots carry a new picture and the features of the window before.
  if (features !== undefined && features.windowIndex !== node.features?.windowIndex) {
    node.trend.add(unixMsOf(snapshot.time), features);
    node.features = features;
  }
  node.version++;
}

/** Milliseconds since 1970 of an OPC UA DateTime; the present where the node does not know. */
function unixMsOf(time: bigint): number {
  return time === 0n ? Date.now() : Number(time / TICKS_PER_MS) - UNIX_EPOCH_MS;
}

function takeFeatureField(node: FleetNode, fieldIndex: number, values: FieldValues): void {
  if (fieldIndex === 3 && values instanceof Uint8Array) {
    node.source = String.fromCharCode(...values).replace(/\0.*$/, "");
  }
  if (!(values instanceof Uint32Array)) return;
  if (fieldIndex === 1 && values.length >= 5) {
    node.setup = {
      sampleRateHz: values[0]!,
      gPerCount: values[1]! / 1e9,
      shaftHz: values[2]! / 1000,
      envelopeDecimation: values[3]!,
      flags: values[4]!,
    };
  } else if (fieldIndex === 2 && values.length >= 4) {
    node.counters = {
      sent: values[0]!,
      overrun: values[1]!,
      refused: values[2]!,
      illegalSteps: values[3]!,
    };
  }
}
