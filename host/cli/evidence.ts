// latch evidence: what a map does, taken from the running system: gdb, heap profile, flame graph.
//
// One line an artefact on standard output: where it is and how to open it.
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { ToolError } from "../base/error.ts";
import { loadBoard } from "../board/load.ts";
import { buildProgram } from "../build/build.ts";
import type { Artefact } from "../evidence/artefact.ts";
import { boardFeed, CHURN_RESULT, churnProgram } from "../evidence/board-feed.ts";
import { traceBuckets } from "../evidence/buckets.ts";
import { parseCount, parseDuration, parseWholeFromZero, printJson, say } from "./words.ts";

interface CommonOptions {
  out?: string;
  json?: true;
}

interface BoardOptions extends CommonOptions {
  board: string;
  timeout: number;
}

const TIMEOUT_MS = 60_000;

export function addEvidence(latch: Command): void {
  const evidence = latch
    .command("evidence")
    .description("take evidence of a map from a running system: buckets, heap, flame");
  addBuckets(evidence);
}

function addBuckets(evidence: Command): void {
  addCommon(
    addBoard(
      evidence
        .command("buckets")
        .description(
          "stop at each atomic replacement of a read bucket on an emulated board, in gdb",
        ),
    )
      .option("-n, --count <count>", "replacements to show", parseCount(10_000), 20)
      .option("--map <number>", "which of the program's maps, from 0", parseWholeFromZero, 0)
      .option(
        "--watch <variable>",
        `global variable with a reader's result, such as ${CHURN_RESULT}`,
      ),
  ).action(
    async (
      program: string | undefined,
      options: BoardOptions & { count: number; map: number; watch?: string },
    ) => {
      const result = options.watch ?? (program === undefined ? CHURN_RESULT : undefined);
      const evidence = await traceBuckets({
        ...(await prepareBoard(program, options)),
        folder: folderOf(options, "buckets"),
        count: options.count,
        mapNumber: options.map,
        ...(result === undefined ? {} : { result }),
        onProgress: (replaced) => {
          if (replaced % 10 === 0) say(`${replaced} of ${options.count} replacements`);
        },
      });
      const { replaced } = evidence;
      tell(
        options,
        [
          { file: evidence.transcript, what: "transcript", open: `less ${evidence.transcript}` },
          { file: evidence.script, what: "gdb script", open: evidence.byHand },
        ],
        { replaced },
      );
      if (replaced < options.count) {
        const why = evidence.isExpired
          ? `in ${options.timeout / 1000} s; give it longer with --timeout`
          : "before the program ended";
        throw new ToolError(
          evidence.isExpired ? "TIMEOUT" : "FAILED",
          `${replaced} of ${options.count} replacements were seen ${why}`,
        );
      }
    },
  );
}

function addCommon(command: Command): Command {
  return command
    .option("-o, --out <folder>", "where the files go; build/evidence/NAME if not given")
    .option("--json", "print the result as JSON");
}

function addBoard(command: Command): Command {
  return command
    .argument("[program]", "AssemblyScript entry file; one that contends on a map if not given")
    .requiredOption("-b, --board <name>", "board name or path to a board.json")
    .option("--timeout <duration>", "give up after so long", parseDuration, TIMEOUT_MS);
}

/** Builds the program for the board and says what it will run on. */
async function prepareBoard(program: string | undefined, options: BoardOptions) {
  const board = loadBoard(options.board);
  if (board.runner.kind !== "qemu") {
    throw new ToolError("USAGE", `${board.name} has no emulator; choose another: latch boards`);
  }
  const { result: image } = await buildProgram({
    board,
    program: program ?? churnProgram,
    onProgress: say,
  });
  return { board, image, ...boardFeed(), timeoutMs: options.timeout };
}

function folderOf(options: CommonOptions, name: string): string {
  return resolve(options.out ?? join("build/evidence", name));
}

/** The result: a line an artefact, or one JSON value. */
function tell(options: CommonOptions, artefacts: Artefact[], figures: object): void {
  if (options.json) {
    printJson({ ...figures, artefacts });
    return;
  }
  const width = Math.max(...artefacts.map(({ what }) => what.length));
  for (const { file, what, open } of artefacts) {
    process.stdout.write(`${what.padEnd(width)}  ${file}   open: ${open}\n`);
  }
}
