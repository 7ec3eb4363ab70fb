// What a running gateway knows, followed over its WebSocket: counters and the features of every
// node.
//
// The same stream that feeds the page (host/gateway/messages.ts). Reconnects by itself until
// closed, so a gateway that died and came back is seen again.
import { WebSocket } from "ws";
import { openSnapshot } from "../base/snapshot.ts";
import { FEATURE_VALUE_COUNT, WRITER_FEATURES } from "../base/spec.ts";
import { pageMessageSchema, type StatusMessage } from "../gateway/messages.ts";
import { decodeFeatures, type Features } from "../page/client/features.ts";

const RECONNECT_MS = 300;

export interface LiveNode {
  publisherId: number;
  features: Features;
  /** Strongest envelope line of every window seen since the envelope was full, Hz. */
  envelopePeaksHz: number[];
  nanoGPerCount: number;
  shaftHz: number;
}

export class LiveFeed {
  readonly nodes = new Map<number, LiveNode>();
  status: StatusMessage | undefined;
  readonly #address: string;
  #socket: WebSocket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `address`: the page's, `http://127.0.0.1:8080`. */
  constructor(address: string) {
    this.#address = `${address.replace(/^http/, "ws").replace(/\/$/, "")}/live`;
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#socket?.terminate();
  }

  #connect(): void {
    const socket = new WebSocket(this.#address);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.on("message", (data, isBinary) => {
      if (isBinary) this.#onSnapshot(data as ArrayBuffer);
      else this.#onText(String(data));
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (!this.#isClosed) this.#retry = setTimeout(() => this.#connect(), RECONNECT_MS);
    });
  }

  #onText(text: string): void {
    const message = pageMessageSchema.parse(JSON.parse(text));
    if (message.type === "status") this.status = message;
  }

  #onSnapshot(bytes: ArrayBuffer): void {
    const opened = openSnapshot(bytes);
    if (!opened.ok || opened.value.count === 0) return;
    const publisherId = opened.value.entry(0).keyHigh;
    // Kept from a run before: not what this one has measured.
    const node = this.status?.nodes.find((status) => status.publisherId === publisherId);
    if (node?.state === "restored") return;
    const words = opened.value.field(publisherId, WRITER_FEATURES, 0);
    const settings = opened.value.field(publisherId, WRITER_FEATURES, 1);
    if (!words || !settings || words.values.length < FEATURE_VALUE_COUNT) return;
    const features = decodeFeatures(words.values as Uint32Array);
    if (!features) return;
    const known = this.nodes.get(publisherId);
    const isNew = known?.features.windowIndex !== features.windowIndex;
    const peaks = known?.envelopePeaksHz ?? [];
    if (isNew && features.envelopeFill >= 1) peaks.push(features.envelopePeakHz);
    this.nodes.set(publisherId, {
      publisherId,
      features,
      envelopePeaksHz: peaks.slice(-10_000),
      nanoGPerCount: Number(settings.values[1] ?? 0),
      shaftHz: Number(settings.values[2] ?? 0) / 1000,
    });
  }
}

/** Middle of a list; NaN of none. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
