// An emulated wire that loses, duplicates, corrupts and reorders frames, with an exact ledger.
//
// A frame meets the faults in this order: it is lost, or it becomes one or two copies; each copy
// may get flipped bits and may be held back until up to `depth` later frames have overtaken it.
// Held frames leave at the latest after flushAfterMs, and all on close. All draws come from one
// generator in the order of the frames, so one seed and one sequence of frames give one sequence of
// deliveries, in real and in virtual time.
import { assert } from "../base/error.ts";
import { Random } from "../base/random.ts";
import {
  type Clock,
  type FrameListener,
  systemClock,
  type Transport,
  type TransportCounters,
} from "./transport.ts";

/** Rates are probabilities per frame, 0 to 1. */
export interface WireOptions {
  /** 0 to 2^32 - 1. */
  seed: number;
  lossRate?: number;
  duplicateRate?: number;
  corruptRate?: number;
  reorderRate?: number;
  /** A corrupted frame has 1 to this many bits flipped; 8 if not given. */
  bitsMax?: number;
  /** A frame is overtaken by at most this many later ones, and no more are held; 4 if not given. */
  depth?: number;
  /** A held frame waits no longer than this; 100 if not given. */
  flushAfterMs?: number;
  clock?: Clock;
}

/**
 * Always: delivered + held = offered - dropped + duplicated; held is 0 after flush() and close().
 */
export interface WireLedger {
  offered: number;
  delivered: number;
  dropped: number;
  duplicated: number;
  /** Delivered or held copies with flipped bits. */
  corrupted: number;
  /** Delivered after a frame that was offered later. */
  reordered: number;
  held: number;
}

/** Takes a frame out of the wire; `original` is the very array that was offered. Must not throw. */
export type WireListener = (frame: Uint8Array, atMs: number, original: Uint8Array) => void;

interface HeldFrame {
  frame: Uint8Array;
  original: Uint8Array;
  /** Which offered frame it is, from 0. */
  index: number;
  /** How many later frames may still overtake it. */
  remaining: number;
  wasOvertaken: boolean;
}

/** One direction of a wire: offer() puts frames in, the listener gets what comes out. */
export class Wire {
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #deliver: WireListener;
  readonly #rates: { loss: number; duplicate: number; corrupt: number; reorder: number };
  readonly #bitsMax: number;
  readonly #depth: number;
  readonly #flushAfterMs: number;
  readonly #ledger: WireLedger;
  /** In the order in which they were offered. */
  #held: HeldFrame[] = [];
  #cancelFlush: (() => void) | undefined;

  constructor(options: WireOptions, deliver: WireListener) {
    this.#rates = {
      loss: options.lossRate ?? 0,
      duplicate: options.duplicateRate ?? 0,
      corrupt: options.corruptRate ?? 0,
      reorder: options.reorderRate ?? 0,
    };
    for (const [name, rate] of Object.entries(this.#rates)) {
      assert(rate >= 0 && rate <= 1, `${name} rate ${rate} is between 0 and 1`);
    }
    this.#bitsMax = options.bitsMax ?? 8;
    this.#depth = options.depth ?? 4;
    this.#flushAfterMs = options.flushAfterMs ?? 100;
    assert(this.#bitsMax >= 1 && this.#depth >= 1, "bitsMax and depth are at least 1");
    this.#random = new Random(options.seed);
    this.#clock = options.clock ?? systemClock;
    this.#deliver = deliver;
    this.#ledger = {
      offered: 0,
      delivered: 0,
      dropped: 0,
      duplicated: 0,
      corrupted: 0,
      reordered: 0,
      held: 0,
    };
  }

  get ledger(): Readonly<WireLedger> {
    return { ...this.#ledger, held: this.#held.length };
  }

  /**
   * Puts one frame in; it must not be changed afterwards. `atMs` is its time if it comes out at
   * once.
   */
  offer(frame: Uint8Array, atMs: number = this.#clock.nowMs()): void {
    const random = this.#random;
    const index = this.#ledger.offered++;
    // All three are drawn for every frame, so that one rate does not move the fate of the frames
    // behind it.
    const isLost = random.float() < this.#rates.loss;
    const isDoubled = random.float() < this.#rates.duplicate;
    const fates = random.split();
    if (isLost) {
      this.#ledger.dropped++;
      return;
    }
    if (isDoubled) this.#ledger.duplicated++;
    for (let copies = isDoubled ? 2 : 1; copies > 0; copies--) {
      const isCorrupt = fates.float() < this.#rates.corrupt;
      const isHeld = fates.float() < this.#rates.reorder;
      const copy = isCorrupt ? this.#corrupt(frame, fates) : frame;
      if (isHeld && this.#held.length < this.#depth) {
        this.#hold({
          frame: copy,
          original: frame,
          index,
          remaining: 1 + fates.below(this.#depth),
          wasOvertaken: false,
        });
      } else {
        this.#pass(copy, frame, index, atMs);
      }
    }
  }

  /** Delivers what is held, oldest first. */
  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const nowMs = this.#clock.nowMs();
    for (let next = this.#held.shift(); next; next = this.#held.shift()) this.#release(next, nowMs);
  }

  #corrupt(frame: Uint8Array, fates: Random): Uint8Array {
    const copy = Uint8Array.from(frame);
    if (copy.length === 0) return copy;
    this.#ledger.corrupted++;
    const bits = Math.min(1 + fates.below(this.#bitsMax), copy.length * 8);
    // Different places: a bit flipped twice would leave a sound frame that the ledger calls
    // corrupted.
    const places = new Set<number>();
    while (places.size < bits) places.add(fates.below(copy.length * 8));
    for (const place of places) copy[place >> 3]! ^= 1 << (place & 7);
    return copy;
  }

  #hold(held: HeldFrame): void {
    this.#held.push(held);
    this.#cancelFlush ??= this.#clock.schedule(() => {
      this.#cancelFlush = undefined;
      this.flush();
    }, this.#flushAfterMs);
  }

  #pass(frame: Uint8Array, original: Uint8Array, index: number, atMs: number): void {
    this.#ledger.delivered++;
    this.#deliver(frame, atMs, original);
    this.#age(index);
    for (let due = this.#takeDue(); due; due = this.#takeDue()) this.#release(due, atMs);
  }

  #release(held: HeldFrame, atMs: number): void {
    this.#ledger.delivered++;
    if (held.wasOvertaken) this.#ledger.reordered++;
    this.#deliver(held.frame, atMs, held.original);
    this.#age(held.index);
  }

  /**
   * Frame `index` has been delivered: it has overtaken the held frames that were offered before it.
   */
  #age(index: number): void {
    for (const held of this.#held) {
      if (held.index >= index) continue;
      held.remaining--;
      held.wasOvertaken = true;
    }
  }

  #takeDue(): HeldFrame | undefined {
    const place = this.#held.findIndex((held) => held.remaining <= 0);
    const due = place < 0 ? undefined : this.#held.splice(place, 1)[0];
    if (this.#held.length === 0) {
      this.#cancelFlush?.();
      this.#cancelFlush = undefined;
    }
    return due;
  }
}

/** A transport with a wire of its own in each direction; both draw from the one seed. */
export class WiredTransport implements Transport {
  readonly isSimulated = true;
  readonly #inner: Transport;
  readonly #outward: Wire;
  readonly #inward: Wire;
  #onFrame: FrameListener = () => {};
  #writes: Promise<void>[] = [];

  constructor(inner: Transport, options: WireOptions) {
    const random = new Random(options.seed);
    this.#inner = inner;
    this.#inward = new Wire({ ...options, seed: random.uint32() }, (frame, atMs) =>
      this.#onFrame(frame, atMs),
    );
    this.#outward = new Wire({ ...options, seed: random.uint32() }, (frame) => {
      this.#writes.push(inner.write(frame));
    });
  }

  get name(): string {
    return `${this.#inner.name} over an emulated wire`;
  }

  /** What happened to frames from the nodes. */
  get inward(): Readonly<WireLedger> {
    return this.#inward.ledger;
  }

  /** What happened to frames to the nodes. */
  get outward(): Readonly<WireLedger> {
    return this.#outward.ledger;
  }

  open(onFrame: FrameListener): Promise<void> {
    this.#onFrame = onFrame;
    return this.#inner.open((frame, atMs) => this.#inward.offer(frame, atMs));
  }

  /** Resolves when the copies that left the wire are taken; a held copy leaves later. */
  async write(frame: Uint8Array): Promise<void> {
    this.#outward.offer(frame);
    await this.#written();
  }

  /** Held frames of both directions leave first, so the ledgers close with nothing held. */
  async close(): Promise<void> {
    this.#outward.flush();
    await this.#written();
    await this.#inner.close();
    this.#inward.flush();
  }

  /** Of the transport below, before the wire inwards and behind it outwards. */
  counters(): TransportCounters {
    return this.#inner.counters();
  }

  async #written(): Promise<void> {
    const writes = this.#writes;
    this.#writes = [];
    await Promise.all(writes);
  }
}
