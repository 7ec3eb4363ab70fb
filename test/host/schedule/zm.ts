import { compileHooked } from "./build.ts";
import { Coroutines } from "./coroutines.ts";
import { Explorer } from "./explore.ts";
import { PAIRS, TRIPLES } from "./programs.ts";
import { MUTANTS } from "./mutants.ts";
import { World } from "./world.ts";
const only = process.argv[2];
const programs0 = [...PAIRS, ...TRIPLES];
for (const m of MUTANTS) {
  if (m.shape || (only && !m.name.includes(only))) continue;
  const { coroutine } = await compileHooked(m.changes);
  const world = new World(new WebAssembly.Module(coroutine as BufferSource));
  const caught = []; const programs = programs0.filter(p=>p.name===m.program); if(!programs.length) console.log('NO PROGRAM', m.program);
  for (const p of programs) {
    const t=performance.now();
    let c; try { c = new Coroutines(world, p); } catch (e) { caught.push('make'); continue; }
    try { new Explorer(c).run(); } catch (e) { const w=(e as Error).message.split("\n"); caught.push(`${p.name} ${Math.round(performance.now()-t)}ms ${w[2]?.slice(0,90)}`); if (caught.length==2) break; }
  }
  console.log(m.name, "=>", caught);
}
