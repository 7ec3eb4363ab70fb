// A process that stores and flushes for ever and says on stdout what is acknowledged; it is killed.
//
//   node --import tsx page-writer.ts PROGRAM.wasm FILE
import { readFileSync, writeSync } from "node:fs";
import { PageMap } from "./page-map.ts";

const [program, path] = process.argv.slice(2);
if (program === undefined || path === undefined) throw new Error("PROGRAM.wasm FILE");
const map = new PageMap(readFileSync(program), path);
map.restore();
for (let round = 1; ; round++) {
  for (let i = 0; i < 50; i++) {
    const key = (round * 50 + i) % 700;
    if (key % 7 === 3) map.delete(BigInt(key));
    else map.store(BigInt(key), `round ${round}`);
    map.store(`name ${key}`, `text ${round}`);
  }
  map.flush(round);
  writeSync(1, `${round}\n`);
}
