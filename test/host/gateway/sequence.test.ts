// The sequence window against a plain model: every distance, the wrap, seeded faults.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { type GatewayProgram, loadGatewayProgram } from "./node-frames.ts";

let program: GatewayProgram;
let node = 0;

before(async () => {
  program = (await loadGatewayProgram()).again();
  node = program.exports.scratch();
});

const WINDOW = spec.GATEWAY_VALUE_SEQUENCE_WINDOW;
const LATE = 1;

function reset(): void {
  program.bytes.fill(0, node, node + spec.GATEWAY_VALUE_NODE_SIZE);
}

const field = (offset: number) => program.view.getUint32(node + offset, true);

/** Timestamps follow the unwrapped number, four numbers a window. */
function admit(number: number, nowMs = 0): number {
  return program.exports.sequenceAdmit(node, number & 0xffff, BigInt(number >> 2), nowMs);
}

const counters = () => ({
  frames: field(spec.GATEWAY_NODE_FRAMES),
  lost: field(spec.GATEWAY_NODE_LOST),
  duplicates: field(spec.GATEWAY_NODE_DUPLICATES),
  reordered: field(spec.GATEWAY_NODE_REORDERED),
  restarts: field(spec.GATEWAY_NODE_RESTARTS),
});

describe("sequence window", () => {
  it("accepts 200,000 numbers in order, over three wraps, and loses none", () => {
    reset();
    for (let number = 0; number < 200_000; number++) assert.equal(admit(number), spec.STATUS_OK);
    const frames = 200_000;
    assert.deepEqual(counters(), { frames, lost: 0, duplicates: 0, reordered: 0, restarts: 0 });
  });

  it("counts every gap ahead exactly, up to 32,767", () => {
    for (const start of [0, 5, 65_000, 65_535]) {
      for (let gap = 1; gap <= 32_767; gap += gap < 2000 ? 1 : 997) {
        reset();
        admit(start);
        assert.equal(admit(start + gap), spec.STATUS_OK);
        assert.equal(field(spec.GATEWAY_NODE_LOST), gap - 1);
      }
    }
  });

  it("takes each missing number back once, at every distance within the window", () => {
    for (const start of [100_000, 65_530 + 65_536]) {
      for (let back = 1; back < WINDOW + 3; back++) {
        reset();
        admit(start - WINDOW - 10);
        admit(start);
        const lost = field(spec.GATEWAY_NODE_LOST);
        assert.equal(lost, WINDOW + 9);
        const isInside = back < WINDOW;
        assert.equal(admit(start - back), isInside ? LATE : spec.STATUS_STALE, `back ${back}`);
        assert.equal(field(spec.GATEWAY_NODE_LOST), isInside ? lost - 1 : lost);
        assert.equal(admit(start - back), isInside ? spec.STATUS_EXISTS : spec.STATUS_STALE);
        assert.equal(admit(start), spec.STATUS_EXISTS);
        assert.equal(field(spec.GATEWAY_NODE_REORDERED), isInside ? 1 : 0);
        assert.equal(field(spec.GATEWAY_NODE_FRAMES), isInside ? 3 : 2);
      }
    }
  });

  it("forgets what was seen one window ago, not sooner", () => {
    reset();
    const isMissing = (number: number) => number % 7 === 3;
    for (let number = 0; number < 3 * WINDOW; number++) {
      if (isMissing(number)) continue;
      admit(number);
      const oldest = number - WINDOW + 1;
      if (oldest < 0 || isMissing(oldest)) continue;
      assert.equal(admit(oldest), spec.STATUS_EXISTS, `number ${number}`);
    }
    assert.equal(field(spec.GATEWAY_NODE_LOST), Math.floor((3 * WINDOW + 3) / 7));
  });

  it("does not call numbers before the first one lost", () => {
    reset();
    admit(1000);
    assert.equal(admit(999), LATE);
    assert.equal(admit(997), LATE);
    assert.deepEqual(counters(), { frames: 3, lost: 0, duplicates: 0, reordered: 2, restarts: 0 });
    assert.equal(admit(999), spec.STATUS_EXISTS);
  });

  it("sees at once that a node began again with a later clock", () => {
    for (const highest of [0, 3, 500, 1023, 1024, 30_000, 32_768]) {
      reset();
      for (let number = Math.max(0, highest - 5); number <= highest; number++) admit(number, 10);
      const later = 1_000_000n;
      for (const number of [0, 1, 2]) {
        const answer = program.exports.sequenceAdmit(node, number, later, 11);
        assert.equal(answer, spec.STATUS_OK);
      }
      assert.equal(field(spec.GATEWAY_NODE_RESTARTS), 1, `highest ${highest}`);
      assert.equal(field(spec.GATEWAY_NODE_LOST), 0);
      // What the old run had still under way is older than the new one.
      assert.equal(admit(highest + 4, 12), spec.STATUS_STALE);
    }
  });

  it("takes a step back after silence for a new run, even with the old run's bytes", () => {
    reset();
    for (let number = 0; number < 100; number++) admit(number, 100);
    const silentMs = spec.GATEWAY_VALUE_NODE_SILENT_MS;
    assert.equal(admit(0, 100 + silentMs), spec.STATUS_EXISTS);
    assert.equal(admit(0, 101 + silentMs), spec.STATUS_OK);
    assert.equal(admit(1, 101 + silentMs), spec.STATUS_OK);
    assert.equal(field(spec.GATEWAY_NODE_RESTARTS), 1);
    assert.equal(field(spec.GATEWAY_NODE_LOST), 0);
  });

  it("goes on after an outage of the network and counts what it missed", () => {
    reset();
    admit(10, 0);
    assert.equal(admit(5011, 60_000), spec.STATUS_OK);
    const lost = 5000;
    assert.deepEqual(counters(), { frames: 2, lost, duplicates: 0, reordered: 0, restarts: 0 });
  });

  for (const seed of [1, 2, 3]) {
    it(`agrees with plain sets over 100,000 frames lost, doubled, reordered, seed ${seed}`, () => {
      reset();
      let x = seed;
      const random = (below: number) => {
        x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
        return Math.floor((x / 2 ** 32) * below);
      };
      const sent: number[] = [];
      for (let number = 60_000; number < 160_000; number++) {
        if (number > 60_000 && random(20) === 0) continue;
        sent.push(number);
        if (random(20) === 0) sent.push(number);
      }
      for (let i = 2; i < sent.length; i++) {
        const j = Math.min(sent.length - 1, i + random(30));
        if (random(5) === 0) [sent[i], sent[j]] = [sent[j] as number, sent[i] as number];
      }
      const seen = new Set<number>();
      let highest = -1;
      let late = 0;
      for (const number of sent) {
        const fresh = number < highest ? LATE : spec.STATUS_OK;
        const expected = seen.has(number) ? spec.STATUS_EXISTS : fresh;
        assert.equal(admit(number), expected, `number ${number}`);
        if (expected === LATE) late++;
        seen.add(number);
        highest = Math.max(highest, number);
      }
      assert.deepEqual(counters(), {
        frames: seen.size,
        lost: highest - 60_000 + 1 - seen.size,
        duplicates: sent.length - seen.size,
        reordered: late,
        restarts: 0,
      });
    });
  }
});
