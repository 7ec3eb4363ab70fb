// A process that keeps a map in a file, and says on stdout what is acknowledged; it is killed.
//
//   node --import tsx map-keeper.ts FILE PAGES      goes on with rounds from where the file ends
//   node --import tsx map-keeper.ts FILE full       fills until the system refuses, then clears
import { writeSync } from "node:fs";
import { EntryMap, MapError } from "../../../host/map/entry-map.ts";
import { changesOf, numberOf, valueIn } from "./map-rounds.ts";

const [file, mode] = process.argv.slice(2);
if (file === undefined || mode === undefined) throw new Error("FILE PAGES|full");
const sizes = { capacity: 1000, arenaSize: 1 << 20, agents: 2 };

if (mode === "full") {
  const map = await EntryMap.create({ ...sizes, pages: { file, passMs: 0 } });
  let acknowledged = 0;
  try {
    for (let key = 0; ; key++) {
      map.store(key, new Uint8Array(3600).fill(key));
      map.pages?.flush();
      acknowledged = key + 1;
    }
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    const cause = error.cause as NodeJS.ErrnoException;
    const { refused, dirty, failure } = map.pages?.status() ?? {};
    const isKept = failure === cause && (dirty ?? 0) > 0;
    writeSync(1, `${error.code} ${cause.code} ${acknowledged} ${refused} ${isKept}\n`);
  }
  for (let key = 0; key <= acknowledged; key++) map.delete(key);
  map.pages?.flush();
  writeSync(1, "cleared\n");
  process.kill(process.pid, "SIGKILL");
}

const map = await EntryMap.create({
  ...sizes,
  pages: { file, count: Number(mode), passMs: 0, bufferSize: 1 << 19 },
});
for (let round = numberOf(map.load("round")) + 1; ; round++) {
  for (const { key, isDeleted } of changesOf(round)) {
    if (isDeleted) map.delete(key);
    else map.store(key, valueIn(round));
  }
  map.store("round", valueIn(round));
  map.pages?.flush();
  writeSync(1, `${round}\n`);
}
