// The entry map against its peers, each in the same run: `npm run bench:map`.
//
// `-- --only load,threads` runs some rows, `-- --judged` prints those lines alone that have a
// target, in one table, `-- --json` prints one object. Threads are pinned, rounds alternate, the
// first half of them is dropped; a figure is a median with its quartiles. Nothing is asserted:
// machines differ. Each row is in test/bench/map/, the peers are in test/bench/peers.
import { cpus, loadavg } from "node:os";
import { pathToFileURL } from "node:url";
import { benchAdversaries } from "./map/adversaries.ts";
import { Agents, pinningFailure } from "./map/agents.ts";
import { benchBoards } from "./map/boards.ts";
import { benchGrowth } from "./map/growth.ts";
import { benchHost, benchJavascript } from "./map/javascript.ts";
import { benchLoads, benchThreads } from "./map/loads.ts";
import { type Peers, preparePeers } from "./map/peers.ts";
import { benchPublish } from "./map/publish.ts";
import { formatLines, type Line, skipped } from "./map/table.ts";
import { benchBytes, benchWalks } from "./map/walks.ts";

/** No row begins behind this; what is left out says so. */
const TIME_LIMIT_MS = 360_000;
const THREADS = 2;

const ROWS: Readonly<Record<string, (agents: Agents, peers: Peers) => Promise<Line[]>>> = {
  load: benchLoads,
  threads: benchThreads,
  adversarial: benchAdversaries,
  growth: benchGrowth,
  javascript: benchJavascript,
  publish: benchPublish,
  walks: benchWalks,
  bytes: benchBytes,
  host: benchHost,
  boards: benchBoards,
};

/** Runs the rows named, or all; prints each as it is done, unless `isQuiet`. */
export async function benchMap(chosen: string[], isQuiet: boolean): Promise<Line[]> {
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  const failure = pinningFailure() ?? (cpus().length < THREADS ? "one processor" : undefined);
  if (failure !== undefined) {
    return Object.keys(ROWS).map((row) => skipped(row, row, failure));
  }
  const peers = await preparePeers(tell);
  const agents = await Agents.start(THREADS);
  const began = performance.now();
  const lines: Line[] = [];
  try {
    for (const [row, bench] of Object.entries(ROWS)) {
      if (chosen.length > 0 && !chosen.includes(row)) continue;
      const elapsedMs = performance.now() - began;
      if (elapsedMs > TIME_LIMIT_MS) {
        const line = skipped(row, row, `${Math.round(elapsedMs / 1000)} s are over`);
        lines.push(line);
        if (!isQuiet) console.log(`${formatLines([line])}\n`);
        continue;
      }
      const found = await bench(agents, peers);
      lines.push(...found);
      const seconds = ((performance.now() - began - elapsedMs) / 1000).toFixed(1);
      tell(`${row}: ${seconds} s`);
      if (!isQuiet) console.log(`${formatLines(found)}\n`);
    }
  } finally {
    await agents.close();
    peers.close();
  }
  return lines;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const isJson = args.includes("--json");
  const isJudged = args.includes("--judged");
  const only = args.indexOf("--only");
  const chosen = only < 0 ? [] : (args[only + 1] ?? "").split(",");
  const unknown = chosen.filter((row) => !(row in ROWS));
  if (unknown.length > 0) {
    process.stderr.write(`no row ${unknown}; there are: ${Object.keys(ROWS).join(", ")}\n`);
    process.exitCode = 2;
    return;
  }
  // What others do meanwhile widens the quartiles: say how much that was before we began.
  const load = loadavg()[0]!.toFixed(1);
  const lines = await benchMap(chosen, isJson || isJudged);
  const machine =
    `${cpus()[0]?.model.trim()}, ${cpus().length} CPUs, Node ${process.versions.node}, ` +
    `load average ${load} before`;
  if (isJudged) console.log(`${formatLines(lines.filter(({ target }) => target !== ""))}\n`);
  console.log(isJson ? JSON.stringify({ machine, lines }) : machine);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
