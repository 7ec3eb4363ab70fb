// A clear left half done, at each point of it, at each point of a store that it came into.
//
// A clear has two moments beside its own: stamps that are given late, and the walk that gives
// memory back. What whole operations do to each other: test/host/schedule.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

let program: CoreProgram;
let stepsLeft = -1;
let intruder = () => {};

before(async () => {
  const hook = () => {
    if (stepsLeft-- === 0) intruder();
  };
  program = await loadProgram({ defines: ["MAP_HOOKS"], hook });
});

/** Runs `action` with `other` at hook `step` of it; undefined if it has no such hook. */
function runWith<T>(step: number, action: () => T, other: () => void): { answer: T } | undefined {
  let isDone = false;
  intruder = () => {
    other();
    isDone = true;
  };
  stepsLeft = step;
  const answer = action();
  stepsLeft = -1;
  return isDone ? { answer } : undefined;
}

class Death extends Error {}

it("leaves no key twice when it is cut short and the key comes back before an older store", () => {
  let doubles = 0;
  let survivors = 0;
  let outerSteps = 0;
  for (let outer = 0; ; outer++) {
    let isOver = true;
    let clearSteps = 0;
    for (let inner = 0; ; inner++) {
      newMap(program);
      const [slow, dying, quick, last] = [0, 1, 2, 3].map(
        (agent) => new MapClient(program.core, program.memory, agent),
      ) as [MapClient, MapClient, MapClient, MapClient];
      slow.store(1n, "old");
      let isClearDone = false;
      const run = runWith(
        outer,
        () => slow.store(1n, "slow"),
        () => {
          // A clear that dies at its hook `inner`, then a store that finds the key cleared.
          intruder = () => {
            throw new Death();
          };
          stepsLeft = inner;
          try {
            dying.clear();
            isClearDone = true;
          } catch (error) {
            if (!(error instanceof Death)) throw error;
          }
          stepsLeft = -1;
          assert.equal(quick.store(1n, "quick"), 0);
          doubles++;
        },
      );
      if (run === undefined) break;
      isOver = false;
      // None: both stores came before the clear, which the quick one helped to its end.
      const present = last.entries().size;
      assert.ok(present <= 1);
      survivors += present;
      assert.equal(last.store(1n, "last"), 0);
      assert.deepEqual([...last.entries()], [[1n, "last"]]);
      last.core.mapRecover(last.map, last.agent, dying.agent);
      last.clear();
      assert.equal(last.entries().size, 0);
      validateMap(program.memory, last.map, { leakLimit: 1024 });
      clearSteps = inner;
      if (isClearDone) break;
    }
    if (isOver) break;
    outerSteps++;
    assert.ok(clearSteps > 10);
  }
  assert.ok(outerSteps > 10 && survivors > 200, `${outerSteps} hooks, ${survivors} of ${doubles}`);
});
