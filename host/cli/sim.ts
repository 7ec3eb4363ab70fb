// latch sim: nodes without hardware, in Wasm by the hundred or on emulated boards.
import { existsSync } from "node:fs";
import type { Command } from "commander";
import { ToolError } from "../base/error.ts";
import { loadBoard } from "../board/load.ts";
import { buildWasm } from "../build/build.ts";
import { checkWire } from "./link.ts";
import { addSourceOptions, type SourceWords, sourceOptions } from "./source.ts";
import { startBoards } from "./start.ts";
import {
  collect,
  parseCount,
  parseDuration,
  parsePort,
  parseSeed,
  printJson,
  say,
} from "./words.ts";

interface SimOptions extends SourceWords {
  engine: string;
  nodes: number;
  for?: number;
  seed: number;
  board?: string[];
  http?: number;
  wire?: string;
  live?: true;
  json?: true;
}

const NODES_MAX = 500;
const DEFAULT_FOR_MS = 60_000;

export function addSim(latch: Command): void {
  const command = latch
    .command("sim")
    .description("run a node program without hardware")
    .argument("[program]", "AssemblyScript entry file; the package's vibration node if not given");
  addSourceOptions(command)
    .option(
      "-e, --engine <engine>",
      "wasm: in this process, virtual time; qemu: emulated boards, real time",
      "wasm",
    )
    .option("-n, --nodes <count>", "how many nodes (wasm)", parseCount(NODES_MAX), 1)
    .option(
      "--for <duration>",
      "how long, for example 10s, 5m, 1h (wasm: virtual time, 60s if not given)",
      parseDuration,
    )
    .option("--seed <number>", "everything random comes from it (wasm)", parseSeed, 1)
    .option("-b, --board <name>", "board to build for; repeatable with --engine qemu", collect)
    .option(
      "--wire <faults>",
      "loss=0.05,duplicate=0.05,corrupt=0.01,reorder=0.02,seed=7",
      checkWire,
    )
    .option("--live", "real time, with the gateway's page (wasm)")
    .option("--http <port>", "port of the page (with --live or qemu)", parsePort)
    .option("--json", "print the result as JSON")
    .action(async (program: string | undefined, options: SimOptions) => {
      if (program !== undefined && !existsSync(program)) {
        throw new ToolError(
          "MISSING_INPUT",
          `no program at ${program}; start one with: latch init my-node`,
        );
      }
      if (options.engine === "qemu") {
        const { engine: _engine, nodes: _nodes, seed: _seed, ...rest } = options;
        await startBoards(program, rest);
      } else if (options.engine === "wasm") {
        await simulateFleet(program, options);
      } else {
        throw new ToolError("USAGE", `no engine "${options.engine}"; there are: wasm, qemu`);
      }
    });
}

async function simulateFleet(program: string | undefined, options: SimOptions): Promise<void> {
  const board = loadBoard(options.board?.[0] ?? "native");
  const wasm = await buildWasm({
    memorySizeBytes: board.wasmMemorySizeBytes,
    ...(program === undefined ? {} : { program }),
    onProgress: say,
  });
  const { accountFleet, formatAccount, liveFleet } = await import("./fleet.ts");
  const fleet = {
    wasm,
    memorySizeBytes: board.wasmMemorySizeBytes,
    nodes: options.nodes,
    seed: options.seed,
    sources: options.source ?? [],
    sourceOptions: sourceOptions(options),
  };
  if (options.live) {
    await liveFleet(
      { ...fleet, durationMs: options.for ?? Number.POSITIVE_INFINITY },
      options.wire,
      options.http ?? 8080,
    );
    return;
  }
  const account = await accountFleet(
    { ...fleet, durationMs: options.for ?? DEFAULT_FOR_MS },
    options.wire,
  );
  if (options.json) printJson(account);
  else process.stdout.write(`${formatAccount(account)}\n`);
  if (!account.isBalanced) process.exitCode = 1;
}
