// All benchmarks, one after the other; each prints ratios against a peer or another form in the
// same run.
//
// `npm run bench -- fft gateway boards map-board fleet` runs the named ones. Nothing here is
// asserted: machines differ.
import { buildWasm } from "../host/build/build.ts";
import { accountFleet, formatAccount } from "../host/cli/fleet.ts";
import { benchBoards, formatBoards } from "../test/bench/board.bench.ts";
import { benchFft } from "../test/bench/fft.bench.ts";
import { benchGateway } from "../test/bench/gateway.bench.ts";
import { benchMapBoards, formatMapBoards } from "../test/bench/map-board.bench.ts";

const MEMORY_SIZE = 147_456;

async function benchFleet(): Promise<void> {
  const account = await accountFleet({
    wasm: await buildWasm({ memorySizeBytes: MEMORY_SIZE }),
    memorySizeBytes: MEMORY_SIZE,
    nodes: 200,
    durationMs: 60_000,
    seed: 1,
    sources: [],
  });
  console.log(`simulated fleet, one virtual minute\n${formatAccount(account)}`);
}

async function benchEmulated(): Promise<void> {
  console.log(
    "emulated boards, QEMU -icount shift=0: instructions of one window, everything in it",
  );
  console.log(formatBoards(await benchBoards()));
}

async function benchMapOnBoards(): Promise<void> {
  console.log("a node's map on emulated boards, QEMU -icount shift=0: instructions an operation");
  console.log(formatMapBoards(await benchMapBoards()));
}

const BENCHMARKS: Readonly<Record<string, () => Promise<unknown>>> = {
  fft: benchFft,
  gateway: benchGateway,
  boards: benchEmulated,
  "map-board": benchMapOnBoards,
  fleet: benchFleet,
};

const chosen = process.argv.slice(2);
for (const [name, run] of Object.entries(BENCHMARKS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  await run();
  console.log();
}
process.exit();
