import { compileHooked } from "./build.ts";
import { Coroutines } from "./coroutines.ts";
import { Explorer } from "./explore.ts";
import { PAIRS, TRIPLES } from "./programs.ts";
import { World } from "./world.ts";
const { coroutine } = await compileHooked();
const world = new World(new WebAssembly.Module(coroutine as BufferSource));
for (const program of [...PAIRS, ...TRIPLES]) for (const bound of [2, 3]) {
  const t=performance.now();
  const c = new Coroutines(world, program);
  const r = new Explorer(c, bound).run();
  const ms=performance.now()-t;
  console.log(program.name, JSON.stringify(r), Math.round(ms), "ms", Math.round(r.steps/ms), "steps/ms");
}
