// Every operation interrupted at every hook by every operation, on every shape of a map.
//
// Whatever comes in where: the answers of both and what the map then holds are those of one after
// the other, in one order or in the other; each byte of the map is right; and once all keys are
// taken out, not one granule is left.
import assert from "node:assert/strict";
import { before, it } from "node:test";
import { compileHooked } from "./build.ts";
import { Injector, injectBurst, operationsOn } from "./injection.ts";
import { SHAPES } from "./shapes.ts";
import { World } from "./world.ts";

let world: World;

before(async () => {
  const { plain } = await compileHooked();
  world = new World(new WebAssembly.Module(plain as BufferSource));
});

for (const shape of SHAPES) {
  it(`has an order of two operations, wherever one interrupts: ${shape.name}`, (t) => {
    let runs = 0;
    let states = 0;
    for (const isBytes of [false, true]) {
      const injector = new Injector(world, shape, isBytes);
      const { subject, sibling, cousin, other } = injector.keys;
      const on = (key: bigint, value: number) =>
        operationsOn(key, injector.tagOf(key), value, isBytes).values();
      for (const first of on(subject, 11)) {
        for (const key of [subject, sibling, cousin, other]) {
          for (const second of on(key, 22)) injector.injectAll(first, second);
        }
      }
      runs += injector.runs;
      states += injector.states;
    }
    assert.ok(runs > 20_000, `${runs} runs`);
    t.diagnostic(`${runs} runs, ${states} last states`);
  });
}

it("has an order when the map doubles twice inside of one operation", () => injectBurst(world));
