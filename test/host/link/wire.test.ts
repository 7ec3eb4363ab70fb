// The emulated wire: its ledger always balances, one seed gives one fate, reordering is bounded.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Clock, FrameListener, Transport } from "../../../host/link/transport.ts";
import { zeroCounters } from "../../../host/link/transport.ts";
import {
  Wire,
  WiredTransport,
  type WireLedger,
  type WireOptions,
} from "../../../host/link/wire.ts";

/** Virtual time: actions run when the test moves the clock. */
class VirtualClock implements Clock {
  #nowMs = 0;
  #actions: { atMs: number; action: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  schedule(action: () => void, delayMs: number): () => void {
    const entry = { atMs: this.#nowMs + delayMs, action };
    this.#actions.push(entry);
    return () => {
      this.#actions = this.#actions.filter((other) => other !== entry);
    };
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
    const due = this.#actions.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#actions = this.#actions.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { action } of due) action();
  }

  get pending(): number {
    return this.#actions.length;
  }
}

interface Delivery {
  frame: Uint8Array;
  atMs: number;
}

function setUp(options: Partial<WireOptions>) {
  const clock = new VirtualClock();
  const deliveries: Delivery[] = [];
  const wire = new Wire({ seed: 1, clock, ...options }, (frame, atMs) => {
    deliveries.push({ frame, atMs });
  });
  return { clock, deliveries, wire };
}

/** A frame that carries its number, and is long enough to be hit by several flips. */
function numbered(index: number): Uint8Array {
  const frame = Buffer.alloc(60);
  frame.writeUInt32LE(index);
  return frame;
}

function numberOf(frame: Uint8Array): number {
  return Buffer.from(frame).readUInt32LE();
}

function assertBalanced(ledger: WireLedger, deliveries: number): void {
  assert.equal(ledger.delivered, deliveries);
  assert.equal(ledger.delivered + ledger.held, ledger.offered - ledger.dropped + ledger.duplicated);
}

function flippedBits(frame: Uint8Array, original: Uint8Array): number {
  let bits = 0;
  for (let i = 0; i < frame.length; i++) {
    for (let difference = frame[i]! ^ original[i]!; difference; difference &= difference - 1)
      bits++;
  }
  return bits;
}

const rate = fc.constantFrom(0, 0.05, 0.5, 1);
const faults = fc.record({
  seed: fc.nat(),
  lossRate: rate,
  duplicateRate: rate,
  corruptRate: rate,
  reorderRate: rate,
  depth: fc.integer({ min: 1, max: 8 }),
});

describe("wire", () => {
  test("without faults it hands on the same frames in the same order", () => {
    const { deliveries, wire } = setUp({});
    const frames = Array.from({ length: 100 }, (_, i) => numbered(i));
    for (const frame of frames) wire.offer(frame);
    assert.deepEqual(
      deliveries.map(({ frame }) => frame),
      frames,
    );
  });

  test("the ledger balances after every frame and holds nothing after a flush", () => {
    fc.assert(
      fc.property(faults, (options) => {
        const { deliveries, wire } = setUp(options);
        for (let i = 0; i < 200; i++) {
          wire.offer(numbered(i));
          assertBalanced(wire.ledger, deliveries.length);
          assert.ok(wire.ledger.held <= options.depth);
        }
        wire.flush();
        assert.equal(wire.ledger.held, 0);
        assertBalanced(wire.ledger, deliveries.length);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test("no frame is overtaken by more than depth later ones; the overtaken are counted", () => {
    fc.assert(
      fc.property(faults, (faulty) => {
        const options = { ...faulty, duplicateRate: 0, corruptRate: 0 };
        const { deliveries, wire } = setUp(options);
        for (let i = 0; i < 300; i++) wire.offer(numbered(i));
        wire.flush();
        const order = deliveries.map(({ frame }) => numberOf(frame));
        let reordered = 0;
        for (const [place, index] of order.entries()) {
          const before = order.slice(0, place).filter((other) => other > index).length;
          assert.ok(before <= options.depth, `frame ${index} was overtaken ${before} times`);
          if (before > 0) reordered++;
        }
        assert.equal(wire.ledger.reordered, reordered);
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  test("duplicates and corruption are what the ledger says", () => {
    const { deliveries, wire } = setUp({
      duplicateRate: 0.3,
      corruptRate: 0.3,
      bitsMax: 5,
      seed: 9,
    });
    for (let i = 0; i < 2000; i++) wire.offer(new Uint8Array(60));
    const flips = deliveries.map(({ frame }) => flippedBits(frame, new Uint8Array(60)));
    assert.equal(flips.filter((bits) => bits > 0).length, wire.ledger.corrupted);
    assert.deepEqual([...new Set(flips)].sort(), [0, 1, 2, 3, 4, 5]);
    assert.equal(deliveries.length, 2000 + wire.ledger.duplicated);
  });

  test("flipped bits reach the first and the last byte, and never the sender's own frame", () => {
    const { deliveries, wire } = setUp({ corruptRate: 1, bitsMax: 1 });
    const original = new Uint8Array(8);
    for (let i = 0; i < 1000; i++) wire.offer(original);
    const hit = new Set<number>();
    for (const { frame } of deliveries) {
      for (const [place, byte] of frame.entries()) {
        for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) hit.add(place * 8 + bit);
      }
    }
    assert.equal(hit.size, 64);
    assert.deepEqual(original, new Uint8Array(8));
  });

  test("rates come out near what was asked for", () => {
    const { wire } = setUp({
      lossRate: 0.05,
      duplicateRate: 0.05,
      corruptRate: 0.01,
      reorderRate: 0.1,
    });
    for (let i = 0; i < 40_000; i++) wire.offer(numbered(i));
    wire.flush();
    const { dropped, duplicated, corrupted, reordered, delivered } = wire.ledger;
    // Five standard deviations of a binomial of 40,000.
    assert.ok(Math.abs(dropped - 2000) < 220, `${dropped} dropped`);
    assert.ok(Math.abs(duplicated - 1900) < 220, `${duplicated} duplicated`);
    assert.ok(Math.abs(corrupted - delivered * 0.01) < 110, `${corrupted} corrupted`);
    assert.ok(Math.abs(reordered - delivered * 0.1) < 400, `${reordered} reordered`);
  });

  test("one seed gives one sequence of deliveries, another seed another", () => {
    const run = (seed: number) => {
      const options = {
        lossRate: 0.1,
        duplicateRate: 0.1,
        corruptRate: 0.1,
        reorderRate: 0.2,
        seed,
      };
      const { deliveries, wire } = setUp(options);
      for (let i = 0; i < 500; i++) wire.offer(numbered(i));
      wire.flush();
      return Buffer.concat(deliveries.map(({ frame }) => frame)).toString("hex");
    };
    assert.equal(run(7), run(7));
    assert.notEqual(run(7), run(8));
  });

  test("a held frame leaves when its time is up, at the time of leaving", () => {
    const { clock, deliveries, wire } = setUp({ reorderRate: 1, depth: 2, flushAfterMs: 50 });
    wire.offer(numbered(0));
    clock.advance(49);
    assert.equal(deliveries.length, 0);
    assert.equal(wire.ledger.held, 1);
    clock.advance(1);
    assert.deepEqual(
      deliveries.map(({ atMs }) => atMs),
      [50],
    );
    assert.equal(wire.ledger.reordered, 0);
    assert.equal(clock.pending, 0);
  });

  test("no timer is left when nothing is held", () => {
    const { clock, wire } = setUp({ reorderRate: 0.3, seed: 3 });
    for (let i = 0; i < 500; i++) {
      wire.offer(numbered(i));
      assert.equal(clock.pending, wire.ledger.held > 0 ? 1 : 0);
    }
  });

  test("rates outside 0 to 1 are a bug of the caller", () => {
    assert.throws(() => setUp({ lossRate: 1.1 }), /loss rate 1.1/);
    assert.throws(() => setUp({ reorderRate: -1 }), /reorder rate -1/);
  });
});

/** A transport that keeps what is written and delivers what the test says. */
class Loop implements Transport {
  readonly name = "loop";
  readonly isSimulated = false;
  readonly written: Uint8Array[] = [];
  isClosed = false;
  onFrame: FrameListener = () => {};

  async open(onFrame: FrameListener): Promise<void> {
    this.onFrame = onFrame;
  }

  async write(frame: Uint8Array): Promise<void> {
    assert.equal(this.isClosed, false);
    this.written.push(frame);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  counters() {
    return zeroCounters();
  }
}

describe("wired transport", () => {
  test("has faults in both directions and closes both ledgers", async () => {
    const loop = new Loop();
    const options = { seed: 5, lossRate: 0.2, duplicateRate: 0.2, reorderRate: 0.5 };
    const wired = new WiredTransport(loop, options);
    let received = 0;
    await wired.open(() => received++);
    for (let i = 0; i < 300; i++) {
      loop.onFrame(numbered(i), 0);
      await wired.write(numbered(i));
    }
    await wired.close();
    assertBalanced(wired.inward, received);
    assertBalanced(wired.outward, loop.written.length);
    assert.equal(wired.inward.held + wired.outward.held, 0);
    assert.ok(wired.inward.dropped > 0 && wired.outward.dropped > 0);
    assert.notDeepEqual(wired.inward, wired.outward);
  });

  test("says that it is simulated, whatever lies below", () => {
    const wired = new WiredTransport(new Loop(), { seed: 1 });
    assert.equal(wired.isSimulated, true);
    assert.equal(wired.name, "loop over an emulated wire");
  });
});
