// The map between a timer interrupt and the main loop on the emulated boards: a million operations.
//
// The program (test/core/programs/map-interrupt.ts) checks each answer itself and counts what is
// wrong. QEMU counts instructions, so a run is the same every time, and the interrupt comes in at
// any instruction: the timer's period is a prime number of its clocks, each 40 instructions. One
// more build has the mistake that a translation of unshared memory makes; the program must see it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../host/base/random.ts";
import { LIMIT_ADC_BLOCK_SIZE, NODE_CONFIG_SAMPLE_RATE_HZ } from "../../host/base/spec.ts";
import { loadBoard } from "../../host/board/load.ts";
import { type BuildOptions, buildProgram } from "../../host/build/build.ts";
import { configForSource, encodeNodeConfig } from "../../host/recording/config.ts";
import { openSource } from "../../host/recording/source.ts";
import { captureBoard } from "./capture.ts";

const program = new URL("../core/programs/map-interrupt.ts", import.meta.url).pathname;
const BOARDS = ["mps2-an385", "mps2-an386", "mps2-an500"];
const SEED = 20_261_124;
const RUNS = 2; // a board
const OPERATIONS = 170_000; // a run, of both sides together
/** Clocks between interrupts: some 1 to 3 operations of the main loop. */
const PERIODS = [61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149];
/** Longer than any run takes: then it hangs. */
const DEADLINE_MS = 120_000;

/** The program's report, in its order. */
const COUNTERS = [
  ...["mainOperations", "tickOperations", "ticks", "foundBusy", "foundPinned", "foundCut"],
  ...["rounds", "promotions", "migrations"],
] as const;
const MISTAKES = [
  ...["torn", "loaded", "refused", "walked", "cut", "tally", "final", "memory", "illegal"],
] as const;

interface Report {
  counters: Record<(typeof COUNTERS)[number], number>;
  /** Kind of mistake -> how often; those that are 0 left out. */
  mistakes: Record<string, number>;
  ticksPerStep: number | undefined;
}

interface Run {
  board: string;
  seed: number;
  period: number;
  operations: number;
  variant?: BuildOptions["variant"];
}

/** The report, or how the board ended without one. */
async function run(wanted: Run): Promise<Report | string> {
  const board = loadBoard(wanted.board);
  const { result } = await buildProgram({
    board,
    program,
    ...(wanted.variant ? { variant: wanted.variant } : {}),
  });
  const source = openSource("model:healthy:1");
  const own = { publisherId: wanted.seed, windowLimit: wanted.operations };
  const config = encodeNodeConfig(configForSource(source, own));
  const rate = Math.round((board.cpu.clockHz * LIMIT_ADC_BLOCK_SIZE) / wanted.period);
  new DataView(config.buffer).setUint32(NODE_CONFIG_SAMPLE_RATE_HZ, rate, true);
  const feed = { config, samples: source.samples };
  const { frames, exit } = await captureBoard(result, board, feed, true, DEADLINE_MS);
  const frame = frames[0];
  if (exit.fault) return `fault ${exit.fault.kind} at ${exit.fault.file}:${exit.fault.line}`;
  if (frame === undefined || exit.status !== "END") return `no report (status ${exit.status})`;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const words = [...COUNTERS, ...MISTAKES].map((_, i) => view.getUint32(i * 4, true));
  const named = (names: readonly string[], from: number) =>
    names.map((name, i) => [name, words[from + i] as number] as const);
  return {
    counters: Object.fromEntries(named(COUNTERS, 0)) as Report["counters"],
    mistakes: Object.fromEntries(named(MISTAKES, COUNTERS.length).filter(([, count]) => count > 0)),
    ticksPerStep: exit.steps?.meanTicks,
  };
}

let sum = 0;
const random = new Random(SEED);
for (const board of BOARDS) {
  for (let i = 0; i < RUNS; i++) {
    const period = PERIODS[random.below(PERIODS.length)] as number;
    const wanted = { board, seed: 1 + random.below(1_000_000), period, operations: OPERATIONS };
    test(`${board}: interrupts every ${period} clocks change the map, and nothing is wrong`, async () => {
      const report = await run(wanted);
      const again = JSON.stringify(wanted);
      assert.ok(typeof report !== "string", `${report}; ${again}`);
      assert.deepEqual(report.mistakes, {}, again);
      const { counters } = report;
      assert.ok(counters.mainOperations + counters.tickOperations >= OPERATIONS);
      assert.ok(counters.tickOperations > OPERATIONS / 10, "both sides had their share");
      assert.ok(counters.foundBusy > 10_000, `${counters.foundBusy} inside a change`);
      assert.ok(counters.foundPinned > 10_000, `${counters.foundPinned} inside a load or walk`);
      assert.ok(counters.foundCut > 5_000, `${counters.foundCut} while a cut was held`);
      assert.equal(counters.migrations, counters.rounds * 8, "every round doubles the buckets");
      assert.ok(counters.promotions > 1_000);
      sum += counters.mainOperations + counters.tickOperations;
    });
  }
}

test("that was a million operations", () => {
  assert.ok(sum >= 1_000_000, `${sum}`);
});

test("the same run gives the same counts, to the instruction", async () => {
  const wanted = { board: "mps2-an385", seed: 5, period: 89, operations: 10_000 };
  const first = await run(wanted);
  assert.ok(typeof first !== "string");
  assert.deepEqual(await run(wanted), first);
});

// What wasm2c writes for an unshared memory, and gcc then makes: ldr, cmp, streq.
const PLAIN_EXCHANGE =
  "-D__atomic_compare_exchange_n(at,expected,to,weak,done,failed)=" +
  "(*(at)==*(expected)?(*(at)=(to),1):(*(expected)=*(at),0))";

for (const board of BOARDS) {
  test(`${board}: a compare-exchange that an interrupt can come between is seen`, async () => {
    const variant = { name: "plain-exchange", extraFlags: [PLAIN_EXCHANGE] };
    const seen: string[] = [];
    for (let seed = 1; seed <= 5 && seen.length === 0; seed++) {
      const report = await run({ board, seed, period: 67, operations: 40_000, variant });
      if (typeof report === "string") seen.push(report);
      else seen.push(...Object.keys(report.mistakes));
    }
    assert.ok(seen.length > 0, "five runs of 40,000 operations with nothing wrong");
  });
}
