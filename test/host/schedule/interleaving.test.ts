// All schedules of small programs, and some of larger ones: each history has an order.
//
// A program's states are visited once each, however many schedules lead there. Those of the long
// programs are too many for each day: there all schedules with up to two preemptions are tried, one
// if there are three threads, and all others with LATCH_SCHEDULES=full.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { randomFrom } from "../core/map-client.ts";
import { compileHooked } from "./build.ts";
import { Coroutines } from "./coroutines.ts";
import { Explorer, playByChance } from "./explore.ts";
import { PROGRAMS, programByChance } from "./programs.ts";
import { World } from "./world.ts";

const isFull = process.env["LATCH_SCHEDULES"] === "full";

let world: World;

before(async () => {
  const { coroutine } = await compileHooked();
  world = new World(new WebAssembly.Module(coroutine as BufferSource));
});

for (const program of PROGRAMS) {
  const which = program.isLong && !isFull ? "schedules with few preemptions" : "any schedule";
  it(`has an order in ${which}: ${program.name}`, (t) => {
    const threads = new Coroutines(world, program);
    const few = threads.threads.length > 2 ? 1 : 2;
    const bound = program.isLong && !isFull ? few : Infinity;
    const { schedules, states, steps, ends } = new Explorer(threads, bound).run();
    assert.ok(schedules > 10 && states > 10, `${schedules} schedules`);
    const count = schedules < 1e6 ? `${schedules}` : schedules.toExponential(1);
    t.diagnostic(`${count} schedules, ${states} states, ${steps} steps, ${ends} last states`);
  });
}

it("has an order in schedules by chance of three threads with four operations each", (t) => {
  const random = randomFrom(20261124);
  const seeds = isFull ? 1000 : 100;
  let ends = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    ends += playByChance(new Coroutines(world, programByChance(seed)), 100, 1 + (seed % 6), random);
  }
  assert.ok(ends > 10 * seeds);
  t.diagnostic(`${100 * seeds} schedules of ${seeds} programs, ${ends} last states`);
});
