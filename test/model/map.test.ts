// The protocol of the map, checked by SPIN: every interleaving of small programs, by exhaustion.
//
// map.pml models what several agents share: entry and directory words, promotion, the split of a
// bucket, deletion, pins, epochs, limbo and the reuse of blocks. Two threads and an interrupt on
// top of thread 1 run the programs below. Not in the model: clock, cuts and clear, byte strings,
// the bits of the arena, a full arena, more than one doubling, memory weaker than sequentially
// consistent. Searches are complete (no bitstate hashing). A mutant is the protocol with one rule
// broken; a probe is a claim that a rare case never happens, which must be false, or the model
// would prove nothing about it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, runOrThrow } from "../../host/base/process.ts";

const MODEL = fileURLToPath(new URL("map.pml", import.meta.url));
const MEMORY_LIMIT_MIB = 2048;
const DEPTH_LIMIT = 5000;
/** Calls of each agent that map.pml has room for: two threads, then the interrupt. */
const CALLS = [3, 2, 1];
const KINDS = ["load", "store", "delete", "reclaim", "double"];

interface Program {
  /** READ: both keys in a read bucket; DIRTY: key 1 before it; DELETED: key 0, DOUBLED: unsplit. */
  start?: string[];
  /** What is in the model besides searches, changes and promotion. */
  with?: string[];
  /** Calls as `store 0`, separated by commas. */
  threads: [string, string];
  interrupt: string;
}

const PROGRAMS = {
  "promotion, replacing and deletion": {
    start: ["DIRTY"],
    with: ["NOTES_MISSES"],
    threads: ["store 0, delete 1", "load 1"],
    interrupt: "delete 0",
  },
  "a value replaced under readers": {
    start: ["DIRTY"],
    threads: ["store 0, load 1", "load 0, store 1"],
    interrupt: "load 0",
  },
  "a key stored three times at once and deleted": {
    start: ["DIRTY"],
    with: ["NOTES_MISSES"],
    threads: ["store 0", "store 1, delete 1"],
    interrupt: "store 1",
  },
  "a key that comes back while its dead entry is dropped": {
    start: ["DELETED"],
    threads: ["store 0, delete 0", "reclaim"],
    interrupt: "store 0",
  },
  "the split of a bucket with a dirty chain": {
    start: ["DIRTY", "DOUBLED"],
    with: ["GROWS"],
    threads: ["store 1", "load 1, store 0"],
    interrupt: "load 1",
  },
  "the split of an empty bucket": {
    start: ["DOUBLED"],
    with: ["GROWS"],
    threads: ["store 0", "store 1"],
    interrupt: "load 1",
  },
  "doubling over an empty bucket": {
    with: ["GROWS"],
    threads: ["double 0", "store 1"],
    interrupt: "store 1",
  },
  "doubling over a read bucket": {
    start: ["DELETED"],
    with: ["GROWS"],
    threads: ["double 0, load 1", "store 1"],
    interrupt: "",
  },
  "reclamation and reuse under readers": {
    start: ["READ"],
    with: ["RECLAIMS"],
    threads: ["delete 0, reclaim, store 0", "load 0"],
    interrupt: "load 1",
  },
  "reclamation of a bucket that is split": {
    start: ["READ", "DOUBLED"],
    with: ["GROWS", "RECLAIMS"],
    threads: ["delete 1, reclaim, store 1", "load 1"],
    interrupt: "",
  },
} satisfies Record<string, Program>;

type ProgramName = keyof typeof PROGRAMS;

/** Broken rule -> the name in map.pml, the program that shows it, and the flaw that it has. */
const MUTANTS: [rule: string, name: string, program: ProgramName, flaw: string][] = [
  [
    "without the second look of a search",
    "NO_SECOND_LOOK",
    "the split of a bucket with a dirty chain",
    "wrong_answer",
  ],
  [
    "with a value published before it is filled",
    "PUBLISH_FIRST",
    "a value replaced under readers",
    "torn_value",
  ],
  [
    "with blocks freed without grace",
    "NO_GRACE",
    "reclamation and reuse under readers",
    "freed_read",
  ],
  ["with one epoch of grace", "SHORT_GRACE", "reclamation and reuse under readers", "freed_read"],
  [
    "with an epoch that ignores the pin of thread 1",
    "PIN_IGNORED",
    "reclamation and reuse under readers",
    "freed_read",
  ],
  [
    "with a deleted entry made ready again",
    "ENTRY_REUSED",
    "a key that comes back while its dead entry is dropped",
    "illegal_step",
  ],
  [
    "with promotion by a plain store",
    "PLAIN_PROMOTION",
    "promotion, replacing and deletion",
    "retired_twice",
  ],
  [
    "with the child set after the parent",
    "CHILD_LAST",
    "the split of a bucket with a dirty chain",
    "key_twice",
  ],
  [
    "with a gathering that keeps what another has expunged",
    "EXPUNGED_KEPT",
    "promotion, replacing and deletion",
    "bucket_overrun",
  ],
  ["with a split that does not freeze", "NO_FREEZE", "doubling over a read bucket", "wrong_answer"],
  [
    "with empty words that do not say of how many buckets",
    "EMPTY_WITHOUT_LEVEL",
    "doubling over an empty bucket",
    "key_twice",
  ],
];

const PROBES: [claim: string, name: string, program: ProgramName][] = [
  ["reuses a block", "SEEK_REUSE", "reclamation and reuse under readers"],
  ["begins a load again", "SEEK_SECOND_LOOK", "the split of a bucket with a dirty chain"],
  [
    "helps a split that an interrupt came into",
    "SEEK_HELP",
    "the split of a bucket with a dirty chain",
  ],
];

/** The words for spin -a. */
function defines(program: Program): string[] {
  const words = (program.start ?? []).map((state) => `START_${state}`);
  const scripts = [...program.threads, program.interrupt];
  for (const [agent, script] of scripts.entries()) {
    const calls = script.split(", ").filter((call) => call !== "");
    assert.ok(calls.length <= (CALLS[agent] as number), script);
    for (let i = 0; i < (CALLS[agent] as number); i++) {
      const [kind, key] = (calls[i] ?? "").split(" ");
      const number = kind === "" ? 0 : KINDS.indexOf(kind as string) + 1;
      assert.ok(number > 0 || kind === "", `${kind} is a call`);
      words.push(`OP_${agent}_${i}=${number * 2 + Number(key ?? 0)}`);
    }
  }
  return [...words, ...(program.with ?? [])].map((word) => `-D${word}`);
}

interface Verdict {
  states: number;
  depth: number;
  /** What an error is about; "" if there was none. */
  flaw: string;
}

/** Generates, compiles and runs the verifier, to the end or to the first error. */
async function verify(words: string[], optimisation: string): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "latch-spin-"));
  try {
    const options = { cwd: folder, timeoutMs: 900_000 };
    await runOrThrow("spin", ["-a", ...words, MODEL], options);
    const limits = [`-DMEMLIM=${MEMORY_LIMIT_MIB}`, "-DSAFETY", "-DCOLLAPSE"];
    await runOrThrow("gcc", [optimisation, "-w", ...limits, "-o", "pan", "pan.c"], options);
    const { stdout } = await run(join(folder, "pan"), [`-m${DEPTH_LIMIT}`, "-w22"], options);
    const errors = /errors: (\d+)/.exec(stdout)?.[1];
    assert.ok(errors !== undefined, stdout);
    const flaw = /^pan:\d+: (?:assertion violated +)?(.*) \(at depth/m.exec(stdout);
    if (errors === "0") assert.doesNotMatch(stdout, /not completed|too small|MEMLIM/);
    else assert.ok(flaw, stdout);
    return {
      states: Number(/(\d+) states, stored/.exec(stdout)?.[1]),
      depth: Number(/depth reached (\d+)/.exec(stdout)?.[1]),
      flaw: flaw?.[1] ?? "",
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function missingTool(): Promise<string | false> {
  for (const [tool, word] of [
    ["spin", "-V"],
    ["gcc", "--version"],
  ] as const) {
    const found = await run(tool, [word]).catch(() => undefined);
    if (found?.code !== 0) return `${tool} is not here; the Debian package is called the same`;
  }
  return false;
}

const skip = await missingTool();

function report(context: TestContext, { states, depth }: Verdict): void {
  context.diagnostic(`${states} states, depth ${depth}`);
}

describe("the model of the map", { skip, concurrency: 2 }, () => {
  for (const [name, program] of Object.entries(PROGRAMS)) {
    test(`has no flaw in any interleaving of ${name}`, async (context) => {
      const verdict = await verify(defines(program), "-O2");
      assert.equal(verdict.flaw, "");
      assert.ok(verdict.states > 10_000, `${verdict.states} states`);
      report(context, verdict);
    });
  }
  for (const [rule, name, program, flaw] of MUTANTS) {
    test(`${rule} has the flaw ${flaw}`, async (context) => {
      const verdict = await verify([`-DMUTANT_${name}`, ...defines(PROGRAMS[program])], "-O0");
      assert.equal(verdict.flaw, `!(${flaw})`);
      report(context, verdict);
    });
  }
  for (const [claim, name, program] of PROBES) {
    test(`${claim} in some interleaving`, async (context) => {
      const verdict = await verify([`-D${name}`, ...defines(PROGRAMS[program])], "-O0");
      assert.notEqual(verdict.flaw, "");
      report(context, verdict);
    });
  }
});
