// The map in translated C under four threads of one process, with sanitizers.
//
// The threads work on the one static memory with C's atomics (test/board/threads/port.c). What they
// read must be whole; behind them the count of keys is exact and no byte of the arena stays taken.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../host/base/package.ts";
import { run } from "../../host/base/process.ts";
import { loadBoard } from "../../host/board/load.ts";
import type { Board } from "../../host/board/schema.ts";
import { buildProgram } from "../../host/build/build.ts";
import { missingTool } from "./tools.ts";

const program = fileURLToPath(new URL("../core/programs/map-threads.ts", import.meta.url));
const THREADS = 4;
const skip = await missingTool("gcc");
const SANITIZERS = [
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=all",
  "-fno-sanitize=alignment",
];

/** The machine that builds, with a port of its own. */
const board: Board = {
  ...loadBoard("native"),
  name: "native-threads",
  folder: fileURLToPath(new URL("threads", import.meta.url)),
  port: [],
};

/** Lets the threads do so many operations each; everything that was printed. */
async function runThreads(variant: string, operations: number, flags: string[]): Promise<string> {
  const { result } = await buildProgram({
    board,
    program,
    variant: { name: variant, extraFlags: ["-pthread", ...flags] },
  });
  // A race is looked at below and is no failure by itself.
  const env = { ...process.env, TSAN_OPTIONS: "exitcode=0 history_size=7" };
  const { code, stdout, stderr } = await run(result.elf, [String(operations)], { env });
  assert.equal(code, 0, `${stdout}${stderr.slice(0, 4000)}`);
  assert.equal(stdout.match(/: 0 broken values$/gm)?.length, THREADS, stdout);
  return stderr;
}

test("four threads of native C see whole values and lose no byte", { skip }, async () => {
  assert.equal(await runThreads("plain", 200_000, []), "");
});

test("they do so under address and undefined-behaviour sanitizers", { skip }, async () => {
  assert.equal(await runThreads("sanitized", 50_000, SANITIZERS), "");
});

/**
 * Ordinary accesses to words that others use meanwhile, on purpose: 32 bits, aligned, and what was
 * read counts only if an atomic access says so.
 */
const ORDINARY = [
  /const stamp = load<u32>\(entryOffset\(word\) - STAMP_BEFORE_VALUE\)/,
  /load<u32>\(map, MAP_FLOOR\) - stamp/,
  /const mask = load<u32>\(map, MAP_BUCKETS\) - 1/,
  // Of a bucket that another promotion has just retired: then the compare-exchange behind it fails.
  /return load<u32>\(wordOffset\(word\), MAP_BUCKET_LINK\)/,
  // PREVIOUS of a value that was stamped, deleted and expunged meanwhile: then giving it a stamp,
  // the compare-exchange behind this load, fails.
  /const previous = <usize>load<u32>\(block, MAP_BLOCK_PREVIOUS\)/,
  /store<u32>\(block, <u32>entry, MAP_BLOCK_PREVIOUS\)/,
];

/** TypeScript line of an access, from its two innermost frames: the C function, then its caller. */
function sourceLine(access: string): string {
  const place = /#1 \S+ (\S+\.ts):(\d+)/.exec(access);
  if (!place) return access;
  const lines = readFileSync(join(packageRoot, place[1] as string), "utf8").split("\n");
  return `${place[1]}:${place[2]}: ${lines[Number(place[2]) - 1]?.trim()}`;
}

test("the thread sanitizer finds no race but the ordinary accesses that are meant", {
  skip,
}, async () => {
  const reports = (await runThreads("race", 20_000, ["-fsanitize=thread"]))
    .split("WARNING: ThreadSanitizer: ")
    .slice(1);
  const wrong = reports.filter((report) => {
    const ordinary = report
      .split(/\n\s*\n/)
      .slice(0, 2)
      // Of an older access the stack may be lost; then the other one of the two tells.
      .filter((access) => !/failed to restore the stack/.test(access))
      .filter((access) => !/atomic (read|write)/i.test(access.split("#0")[0] as string));
    return !ordinary.every((access) => ORDINARY.some((line) => line.test(sourceLine(access))));
  });
  assert.deepEqual(wrong, []);
});
