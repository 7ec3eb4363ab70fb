// The books of a fleet: what arrived whole, what was lost in between; a counter off by one breaks
// one equation.
//
// Method: frames with known fates go through FrameBook by hand; the gateway's side is written down
// from the same fates, first as it must be, then with each counter moved by one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ETHERNET_PAYLOAD, ETHERNET_TPID, ETHERNET_TYPE } from "../../../host/base/spec.ts";
import { FrameBook } from "../../../host/cli/account.ts";
import { NO_MAPS, type StatusMessage } from "../../../host/gateway/messages.ts";
import type { WireLedger } from "../../../host/link/wire.ts";

let made = 0;

function frame(): Uint8Array {
  return new Uint8Array(64).fill(++made);
}

/** A copy with one bit of byte `at` flipped. */
function flipped(original: Uint8Array, at: number): Uint8Array {
  const copy = original.slice();
  copy[at]! ^= 0x10;
  return copy;
}

interface Counts {
  received?: number;
  accepted?: number;
  duplicates?: number;
  badCheck?: number;
  malformed?: number;
  queueDropped?: number;
  /** Per node. */
  lost?: number[];
}

function gateway(counts: Counts): StatusMessage {
  const nodes = (counts.lost ?? []).map((lost, i) => ({
    publisherId: i + 1,
    source: "",
    state: "live" as const,
    silentMs: 0,
    frames: 0,
    lost,
    duplicates: 0,
    reordered: 0,
    restarts: 0,
    notStored: 0,
    windows: 0,
    sentByNode: 0,
    flags: 0,
  }));
  const refused = { BAD_CHECK: counts.badCheck ?? 0, MALFORMED: counts.malformed ?? 0 };
  const { received = 0, accepted = 0, duplicates = 0, queueDropped = 0 } = counts;
  const totals = { received, accepted, duplicates, refused, queueDropped, bytes: 0 };
  return { type: "status", uptimeMs: 0, simulated: [], nodes, totals, map: NO_MAPS };
}

function ledger(own: Partial<WireLedger>): WireLedger {
  const zero = { offered: 0, delivered: 0, dropped: 0, duplicated: 0, corrupted: 0 };
  return { ...zero, reordered: 0, held: 0, ...own };
}

/** What does not hold. */
function broken(book: FrameBook, status: StatusMessage, wire?: WireLedger): string[] {
  return book
    .checks(wire, status)
    .filter(({ expected, found }) => expected !== found)
    .map(({ what }) => what);
}

/** Sends one frame of a node and lets these copies of it arrive. */
function send(book: FrameBook, publisherId: number, ...copies: ((f: Uint8Array) => Uint8Array)[]) {
  const original = frame();
  book.sent(original, publisherId);
  for (const copy of copies) book.delivered(copy(original), original);
}

const whole = (original: Uint8Array) => original;
const damaged = (original: Uint8Array) => flipped(original, ETHERNET_PAYLOAD);

test("nothing sent, nothing received: the books agree", () => {
  assert.deepEqual(broken(new FrameBook(), gateway({}), ledger({})), []);
});

test("a bit flipped in an address or the priority leaves the frame intact; any other does not", () => {
  for (let at = 0; at < 64; at++) {
    const book = new FrameBook();
    send(book, 1, (original) => flipped(original, at));
    const isTpid = at === ETHERNET_TPID || at === ETHERNET_TPID + 1;
    const isIntact = at < ETHERNET_TYPE && !isTpid;
    const found = isIntact ? { accepted: 1 } : { badCheck: 1 };
    assert.deepEqual(broken(book, gateway({ received: 1, lost: [0], ...found })), [], `byte ${at}`);
  }
});

test("a frame cut short or made longer is damaged, a copy of the same bytes is not", () => {
  for (const [copy, isIntact] of [
    [(original: Uint8Array) => original.subarray(0, 63), false],
    [(original: Uint8Array) => Uint8Array.of(...original, 0), false],
    [(original: Uint8Array) => original.slice(), true],
  ] as const) {
    const book = new FrameBook();
    send(book, 1, copy);
    const found = isIntact ? { accepted: 1 } : { malformed: 1 };
    assert.deepEqual(broken(book, gateway({ received: 1, lost: [0], ...found })), []);
  }
});

test("of a doubled frame one copy counts, whichever of the two is whole", () => {
  for (const [copies, found] of [
    [[whole, whole], { accepted: 1, duplicates: 1 }],
    [[whole, damaged], { accepted: 1, badCheck: 1 }],
    [[damaged, whole], { accepted: 1, badCheck: 1 }],
    [[damaged, damaged], { badCheck: 2 }],
  ] as const) {
    const book = new FrameBook();
    send(book, 1, ...copies);
    const wire = ledger({ offered: 1, duplicated: 1, delivered: 2 });
    assert.deepEqual(broken(book, gateway({ received: 2, lost: [0], ...found }), wire), []);
  }
});

test("only what lies between a node's first and last arrival is a gap", () => {
  const book = new FrameBook();
  for (const fate of ["lost", "arrives", "lost", "damaged", "arrives", "lost"]) {
    send(book, 1, ...(fate === "lost" ? [] : fate === "damaged" ? [damaged] : [whole]));
  }
  // A second node of which nothing arrives has no gap either.
  send(book, 2);
  const wire = ledger({ offered: 7, dropped: 4, delivered: 3 });
  const status = { received: 3, accepted: 2, badCheck: 1 };
  assert.deepEqual(broken(book, gateway({ ...status, lost: [2] }), wire), []);
  assert.deepEqual(broken(book, gateway({ ...status, lost: [3] }), wire), [
    "lost = gaps between a node's first and last arrival",
  ]);
});

test("a frame that comes late closes its gap; one that comes before the first widens the range", () => {
  const book = new FrameBook();
  const frames = [frame(), frame(), frame(), frame()] as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  for (const one of frames) book.sent(one, 1);
  const [first, second, third, fourth] = frames;
  book.delivered(second, second);
  book.delivered(fourth, fourth);
  assert.deepEqual(broken(book, gateway({ received: 2, accepted: 2, lost: [1] })), []);
  book.delivered(third, third);
  assert.deepEqual(broken(book, gateway({ received: 3, accepted: 3, lost: [0] })), []);
  book.delivered(first, first);
  assert.deepEqual(broken(book, gateway({ received: 4, accepted: 4, lost: [0] })), []);
});

test("a frame that no node sent counts as delivered and as nothing else", () => {
  const book = new FrameBook();
  const stray = frame();
  book.delivered(stray, stray);
  assert.deepEqual(broken(book, gateway({ received: 1, malformed: 1 })), []);
  assert.deepEqual(broken(book, gateway({ received: 1, accepted: 1 })), [
    "accepted = frames that arrived intact",
  ]);
});

/** Two nodes with every fate; what must then be in the other books. */
function fullBook() {
  const book = new FrameBook();
  for (const id of [1, 2]) {
    send(book, id, whole);
    send(book, id);
    send(book, id, damaged);
    send(book, id, whole, whole);
  }
  const counts = { received: 8, accepted: 4, duplicates: 2, badCheck: 2, lost: [2, 2] };
  const wire = { offered: 8, dropped: 2, duplicated: 2, delivered: 8 };
  return { book, counts, wire };
}

test("each counter that is off by one breaks its equations and no other", () => {
  const { book, counts, wire } = fullBook();
  assert.deepEqual(broken(book, gateway(counts), ledger(wire)), []);
  const sum = "gateway received = accepted + duplicates + refused + dropped";
  const delivered = "gateway received = delivered";
  const accepted = "accepted = frames that arrived intact";
  const lost = "lost = gaps between a node's first and last arrival";
  const offered = "wire offered = sent by nodes";
  const wired = "wire delivered = offered - dropped + duplicated";
  for (const by of [1, -1]) {
    const status = (change: Counts) =>
      broken(book, gateway({ ...counts, ...change }), ledger(wire));
    assert.deepEqual(status({ received: 8 + by }), [sum, delivered]);
    assert.deepEqual(status({ accepted: 4 + by }), [sum, accepted]);
    assert.deepEqual(status({ duplicates: 2 + by }), [sum]);
    assert.deepEqual(status({ badCheck: 2 + by }), [sum]);
    assert.deepEqual(status({ malformed: by }), [sum]);
    assert.deepEqual(status({ queueDropped: by }), [sum]);
    assert.deepEqual(status({ lost: [2 + by, 2] }), [lost]);
    const ledgers = (change: Partial<WireLedger>) =>
      broken(book, gateway(counts), ledger({ ...wire, ...change }));
    assert.deepEqual(ledgers({ offered: 8 + by }), [offered, wired]);
    assert.deepEqual(ledgers({ dropped: 2 + by }), [wired]);
    assert.deepEqual(ledgers({ duplicated: 2 + by }), [wired]);
    assert.deepEqual(ledgers({ delivered: 8 + by }), [wired]);
  }
});
