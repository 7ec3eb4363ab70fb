// The proofs see what they are for: each way to break the core makes a schedule fail.
import assert from "node:assert/strict";
import { it } from "node:test";
import { compileHooked } from "./build.ts";
import { Coroutines } from "./coroutines.ts";
import { Explorer, playText, ScheduleError } from "./explore.ts";
import { BURST, injectBurst } from "./injection.ts";
import { MUTANTS } from "./mutants.ts";
import { programNamed } from "./programs.ts";
import { World } from "./world.ts";

for (const { name, program, changes } of MUTANTS) {
  it(`sees a core in which ${name}`, async (t) => {
    const { plain, coroutine } = await compileHooked(changes);
    if (program === BURST) {
      const world = new World(new WebAssembly.Module(plain as BufferSource));
      assert.throws(() => injectBurst(world), /at hook \d+/);
      return;
    }
    const world = new World(new WebAssembly.Module(coroutine as BufferSource));
    const threads = new Coroutines(world, programNamed(program));
    let error: unknown;
    try {
      new Explorer(threads).run();
    } catch (caught) {
      error = caught;
    }
    assert.ok(error instanceof ScheduleError, `${error ?? "it survives"}`);
    const [line = "", , reason = ""] = error.message.split("\n");
    t.diagnostic(reason.slice(0, 80));
    const schedule = /LATCH_SCHEDULE="[^"]*: ([^"]*)"/.exec(line)?.[1] as string;
    if (/comes again/.test(reason)) return; // played to its end, it would not end
    const again = new World(new WebAssembly.Module(coroutine as BufferSource));
    const other = new Coroutines(again, programNamed(program));
    assert.throws(() => playText(other, schedule), ScheduleError, "the line shows it again");
  });
}

it("fails if the text to replace is not there", async () => {
  const missing = { file: "assembly/map/pin.ts", from: "no such text", to: "" };
  await assert.rejects(compileHooked([missing]), /no such text/);
  const elsewhere = { file: "assembly/map/nowhere.ts", from: "a", to: "" };
  await assert.rejects(compileHooked([elsewhere]), /no part of the program/);
});
