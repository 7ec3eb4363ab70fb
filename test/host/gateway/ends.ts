// The two ends of a gateway under test: the link that brings frames, the page that gets snapshots.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { openSnapshot, type Snapshot } from "../../../host/base/snapshot.ts";
import type { Gateway } from "../../../host/gateway/gateway.ts";
import { type PageMessage, pageMessageSchema } from "../../../host/gateway/messages.ts";
import type { FrameListener } from "../../../host/link/transport.ts";

/** A link whose other end is the test. */
export class TestLink {
  #onFrame: FrameListener | undefined;
  isOpen = false;

  async open(onFrame: FrameListener): Promise<void> {
    this.#onFrame = onFrame;
    this.isOpen = true;
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  send(frames: Uint8Array[]): void {
    for (const frame of frames) this.#onFrame?.(frame, Date.now());
  }
}

/** A page: what came over /live so far. */
export class TestPage {
  readonly #socket: WebSocket;
  readonly messages: PageMessage[] = [];
  readonly snapshots: Snapshot[] = [];

  constructor(gateway: Gateway) {
    this.#socket = new WebSocket(`${gateway.address.replace("http", "ws")}live`);
    this.#socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) {
        this.messages.push(pageMessageSchema.parse(JSON.parse(data.toString())));
        return;
      }
      const opened = openSnapshot(data);
      assert.ok(opened.ok, "a snapshot on the wire is valid");
      this.snapshots.push(opened.value);
    });
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** Waits until the condition holds; fails with its text after 10 s. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `within 10 s: ${condition}`);
    await sleep(10);
  }
}
