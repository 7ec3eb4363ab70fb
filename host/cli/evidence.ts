// latch evidence: what a map does, taken from the running system: gdb, heap profile, flame graph.
//
// One line an artefact on standard output: where it is and how to open it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { ToolError } from "../base/error.ts";
import { loadBoard } from "../board/load.ts";
import { buildProgram } from "../build/build.ts";
import type { Artefact } from "../evidence/artefact.ts";
import { boardFeed, CHURN_RESULT, churnProgram } from "../evidence/board-feed.ts";
import { profileBoard } from "../evidence/board-flame.ts";
import { traceBuckets } from "../evidence/buckets.ts";
import { profileContention } from "../evidence/contention.ts";
import {
  drawFlameGraph,
  encodeFolded,
  encodeSpeedscope,
  type FlameGraph,
} from "../evidence/flame-graph.ts";
import { censusOfBoard, censusOfFile } from "../evidence/heap.ts";
import {
  encodeHeap,
  type KeyForm,
  type NamedCensus,
  sumByState,
} from "../evidence/heap-profile.ts";
import { parseCount, parseDuration, parseWholeFromZero, printJson, say } from "./words.ts";

interface CommonOptions {
  out?: string;
  json?: true;
}

interface BoardOptions extends CommonOptions {
  board: string;
  record: number;
  timeout: number;
}

const TIMEOUT_MS = 60_000;
const RECORD_MS = 2_000;
const FLAME_MS_MAX = 60_000;

export function addEvidence(latch: Command): void {
  const evidence = latch
    .command("evidence")
    .description("take evidence of a map from a running system: buckets, heap, flame");
  addBuckets(evidence);
  addHeap(evidence);
  addFlame(evidence);
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
          : "in what was recorded; record longer with --record";
        throw new ToolError(
          evidence.isExpired ? "TIMEOUT" : "FAILED",
          `${replaced} of ${options.count} replacements were seen ${why}`,
        );
      }
    },
  );
}

interface HeapOptions extends CommonOptions {
  gateway?: string;
  file?: string;
  board?: string;
  instructions: number;
  keys?: KeyForm;
  record: number;
  timeout: number;
}

function addHeap(evidence: Command): void {
  addCommon(
    evidence
      .command("heap")
      .description("heap profile of a map by entry state and key, in pprof's format")
      .argument("[program]", "with --board: AssemblyScript entry file")
      .option("--gateway <url>", "a gateway on this machine, such as http://127.0.0.1:8080")
      .option("--file <file>", "bytes of a map's region, or of a whole linear memory")
      .option("-b, --board <name>", "an emulated board, after so many --instructions")
      .option("--instructions <count>", "where its memory is taken", parseCount(1e12), 5_000_000)
      .addOption(
        new Option("--keys <form>", "what keys are (--file, --board): fields of nodes, or plain")
          .choices(["fields", "plain"])
          .default("plain"),
      )
      .addOption(recordOption())
      .addOption(timeoutOption()),
  ).action(async (program: string | undefined, options: HeapOptions) => {
    const { gateway, file, board } = options;
    if ([gateway, file, board].filter((source) => source !== undefined).length !== 1) {
      throw new ToolError("USAGE", "expected one of --gateway URL, --file FILE, --board NAME");
    }
    const folder = folderOf(options, "heap");
    const path = join(folder, "heap.pb.gz");
    const artefacts: Artefact[] = [
      { file: path, what: "heap profile", open: `go tool pprof -top ${path}; or speedscope` },
    ];
    let profile: Uint8Array;
    if (gateway !== undefined) {
      profile = await fetchHeap(gateway, options.timeout);
    } else {
      let censuses: NamedCensus[];
      if (file !== undefined) censuses = censusOfFile(file);
      else {
        const prepared = await prepareBoard(program, { ...options, board: board as string });
        const taken = await censusOfBoard({
          ...prepared,
          folder,
          instructions: options.instructions,
        });
        censuses = taken.censuses;
        artefacts.push(
          {
            file: taken.memory,
            what: "memory",
            open: `latch evidence heap --file ${taken.memory}`,
          },
          { file: taken.script, what: "gdb script", open: taken.byHand },
        );
      }
      profile = encodeHeap(censuses, options.keys as KeyForm, Date.now());
    }
    const states = sumByState(profile);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, profile);
    for (const { state, objects, bytes } of states) {
      say(`${state.padEnd(15)} ${String(objects).padStart(8)} ${String(bytes).padStart(10)} bytes`);
    }
    tell(options, artefacts, { states });
  });
}

/** Asks a gateway for its profile. Errors: NO_NETWORK, TIMEOUT, BAD_INPUT. */
async function fetchHeap(gateway: string, timeoutMs: number): Promise<Uint8Array> {
  let url: URL;
  try {
    url = new URL("/evidence/heap", gateway);
  } catch (cause) {
    throw new ToolError("USAGE", `no URL: ${gateway}; such as http://127.0.0.1:8080`, { cause });
  }
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) {
      throw new ToolError("BAD_INPUT", `${url} answered ${response.status}; is it a gateway?`);
    }
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    if (cause instanceof ToolError) throw cause;
    const isLate = cause instanceof Error && cause.name === "TimeoutError";
    const why = isLate ? `within ${timeoutMs / 1000} s` : "; start one with: latch gateway";
    throw new ToolError(isLate ? "TIMEOUT" : "NO_NETWORK", `no answer from ${url} ${why}`, {
      cause,
    });
  }
}

interface FlameOptions extends CommonOptions {
  board?: string;
  samples: number;
  every: number;
  workers: number;
  keys: number;
  for: number;
  record: number;
  timeout: number;
}

function addFlame(evidence: Command): void {
  addCommon(
    evidence
      .command("flame")
      .description("flame graph of misses and promotion under contention, in workers or on a board")
      .argument("[program]", "with --board: AssemblyScript entry file")
      .option("-b, --board <name>", "an emulated board instead of the gateway's core in workers")
      .option("--samples <count>", "samples of a board", parseCount(100_000), 400)
      .option("--every <count>", "instructions from one to the next", parseCount(1e9), 9973)
      .option("--workers <count>", "workers that contend on one map", parseCount(16), 2)
      .option("--keys <count>", "keys they contend for", parseCount(65_536), 512)
      .option("--for <duration>", "how long the workers run, at most 60s", parseDuration, 2000)
      .addOption(recordOption())
      .addOption(timeoutOption()),
  ).action(async (program: string | undefined, options: FlameOptions) => {
    const folder = folderOf(options, "flame");
    if (options.board === undefined) {
      if (options.for > FLAME_MS_MAX) throw new ToolError("USAGE", "--for is 60s at most");
      const { graph, figures } = await profileContention({
        ...{ workers: options.workers, keys: options.keys, durationMs: options.for },
        onProgress: say,
      });
      tell(options, writeGraph(folder, graph), figures);
      return;
    }
    const prepared = await prepareBoard(program, { ...options, board: options.board });
    const { graph, samples, script, byHand } = await profileBoard({
      ...{ ...prepared, folder, count: options.samples, every: options.every },
      onProgress: (done) => {
        if (done % 100 === 0) say(`${done} of ${options.samples} samples`);
      },
    });
    const scripts = [{ file: script, what: "gdb script", open: byHand }];
    tell(options, [...writeGraph(folder, graph), ...scripts], { samples });
  });
}

function writeGraph(folder: string, graph: FlameGraph): Artefact[] {
  mkdirSync(folder, { recursive: true });
  const forms: [file: string, what: string, open: (path: string) => string, text: string][] = [
    ["flame.svg", "flame graph", (path) => `a browser: file://${path}`, drawFlameGraph(graph)],
    ["flame.folded", "stacks", (path) => `flamegraph.pl ${path}`, encodeFolded(graph)],
    [
      "flame.speedscope.json",
      "speedscope",
      () => "https://www.speedscope.app, or npx speedscope",
      encodeSpeedscope(graph),
    ],
  ];
  return forms.map(([name, what, open, text]) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return { file, what, open: open(file) };
  });
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
    .addOption(recordOption())
    .addOption(timeoutOption());
}

function recordOption(): Option {
  return new Option("--record <duration>", "how long the board runs before gdb looks at it again")
    .argParser(parseDuration)
    .default(RECORD_MS, "2s");
}

function timeoutOption(): Option {
  return new Option("--timeout <duration>", "give up after so long")
    .argParser(parseDuration)
    .default(TIMEOUT_MS, "60s");
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
  return {
    ...{ board, image, ...boardFeed() },
    ...{ recordMs: options.record, timeoutMs: options.timeout },
  };
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
