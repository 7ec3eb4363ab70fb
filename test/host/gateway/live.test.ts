// The queues on both sides of the decoder: the ring of frames, and what a slow page does not get.
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { before, describe, it } from "node:test";
import type { WebSocket } from "ws";
import { openSnapshot } from "../../../host/base/snapshot.ts";
import * as spec from "../../../host/base/spec.ts";
import { FrameRing } from "../../../host/gateway/frame-ring.ts";
import { History } from "../../../host/gateway/history.ts";
import { Live } from "../../../host/gateway/live.ts";
import { GatewayState } from "../../../host/gateway/state.ts";
import { systemClock } from "../../../host/link/transport.ts";
import { type GatewayProgram, loadGatewayProgram, NodeFrames } from "./node-frames.ts";

let again: () => GatewayProgram;

before(async () => {
  ({ again } = await loadGatewayProgram());
});

/** A socket that takes what it is given as long as the test leaves it room. */
class TestSocket extends EventEmitter {
  bufferedAmount = 0;
  readonly sent: (string | Buffer)[] = [];

  send(message: string | Buffer): void {
    this.sent.push(message);
  }

  get sequences(): number[] {
    return this.sent.flatMap((message) => {
      const opened = typeof message === "string" ? undefined : openSnapshot(message);
      return opened?.ok ? [opened.value.sequence] : [];
    });
  }
}

describe("a slow page", () => {
  it("is passed over and counted while others go on, then gets the newest, not the old ones", () => {
    const program = again();
    const state = new GatewayState(program.buffer, program.state, systemClock.nowMs(), []);
    const live = new Live(state, new History(program.buffer, state.log));
    const [slow, quick] = [new TestSocket(), new TestSocket()];
    for (const socket of [slow, quick]) live.add(socket as unknown as WebSocket);
    const node = new NodeFrames(program, 7);
    const place = program.exports.scratch() + 65536;
    slow.bufferedAmount = 1 << 22;
    for (let window = 0; window < 10; window++) {
      for (const frame of node.nextWindow()) {
        program.bytes.set(frame, place);
        program.exports.frameIngest(place, frame.length, 0);
      }
      live.tick(1_000_000 + 100 * window);
    }
    assert.deepEqual(quick.sequences, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual(slow.sequences, []);
    assert.ok(live.skipped >= 10);
    slow.bufferedAmount = 0;
    live.tick(1_000_950);
    assert.deepEqual(slow.sequences, [10]);
    slow.emit("close");
    assert.equal(live.clientCount, 1);
  });

  it("gets a node at most once in 100 ms however fast it publishes", () => {
    const program = again();
    const state = new GatewayState(program.buffer, program.state, systemClock.nowMs(), []);
    const live = new Live(state, new History(program.buffer, state.log));
    const socket = new TestSocket();
    live.add(socket as unknown as WebSocket);
    const node = new NodeFrames(program, 7);
    const place = program.exports.scratch() + 65536;
    for (let nowMs = 1_000_000; nowMs < 1_001_000; nowMs += 10) {
      for (const frame of node.nextWindow()) {
        program.bytes.set(frame, place);
        program.exports.frameIngest(place, frame.length, 0);
      }
      live.tick(nowMs);
    }
    assert.deepEqual(socket.sequences, [1, 11, 21, 31, 41, 51, 61, 71, 81, 91]);
  });
});

describe("frame ring", () => {
  it("takes exactly its capacity, then drops the newest and counts", () => {
    const buffer = new SharedArrayBuffer(8 << 20);
    const ring = new FrameRing(buffer, 64);
    const frame = new Uint8Array(100).fill(7);
    for (let i = 0; i < spec.GATEWAY_VALUE_RING_COUNT; i++) assert.equal(ring.push(frame, i), true);
    for (let i = 1; i <= 10; i++) {
      assert.equal(ring.push(frame, 0), false);
      assert.equal(ring.dropped, i);
    }
    assert.equal(ring.length, spec.GATEWAY_VALUE_RING_COUNT);
    ring.stop();
    let next = 0;
    ring.drain((offset, size, timeMs) => {
      assert.equal(timeMs, next++);
      assert.equal(size, 100);
      assert.equal(new Uint8Array(buffer, offset, 100)[99], 7);
    });
    assert.equal(next, spec.GATEWAY_VALUE_RING_COUNT);
    assert.equal(ring.length, 0);
  });
});
