// Time that moves only when told to: every action at its own time, in order, once.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "../../../host/sim/virtual-clock.ts";

test("time stands still until it is told to move, and never goes back", () => {
  const clock = new VirtualClock();
  assert.equal(clock.nowMs(), 0);
  clock.advance(5.5);
  assert.equal(clock.nowMs(), 5.5);
  clock.advance(3);
  assert.equal(clock.nowMs(), 5.5);
});

test("an action runs at its own time, not before and not twice", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  clock.advance(100);
  clock.schedule(() => seen.push(clock.nowMs()), 10);
  clock.advance(109.999);
  assert.deepEqual(seen, []);
  clock.advance(110);
  assert.deepEqual(seen, [110]);
  clock.advance(1000);
  assert.deepEqual(seen, [110]);
});

test("actions run earliest first, those of one time in the order they were asked for", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 }), (delays) => {
      const clock = new VirtualClock();
      const seen: { atMs: number; order: number }[] = [];
      delays.forEach((delayMs, order) => {
        clock.schedule(() => seen.push({ atMs: clock.nowMs(), order }), delayMs);
      });
      clock.advance(20);
      const expected = delays
        .map((atMs, order) => ({ atMs, order }))
        .sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      assert.deepEqual(seen, expected);
    }),
  );
});

test("an action's own action runs in the same move if it is due within it", () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const again = () => {
    seen.push(clock.nowMs());
    clock.schedule(again, 10);
  };
  clock.schedule(again, 10);
  clock.advance(35);
  assert.deepEqual(seen, [10, 20, 30]);
  assert.equal(clock.nowMs(), 35);
  clock.advance(40);
  assert.deepEqual(seen, [10, 20, 30, 40]);
});

test("an action that was taken back does not run, even if another takes it back when both are due", () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const takeBack = clock.schedule(() => seen.push("taken back"), 5);
  takeBack();
  takeBack();
  const takeOther = clock.schedule(() => seen.push("taken back by the first"), 7);
  clock.schedule(() => {
    seen.push("first");
    takeOther();
  }, 6);
  clock.schedule(() => seen.push("last"), 8);
  clock.advance(10);
  assert.deepEqual(seen, ["first", "last"]);
});
