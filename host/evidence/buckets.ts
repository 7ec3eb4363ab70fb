// Evidence (a): each atomic replacement of a read bucket on an emulated board, old and new, in gdb.
//
// The script is host/evidence/buckets.gdb with its constants in front; it lies in the folder and
// shows the same again when a user runs it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ToolError } from "../base/error.ts";
import { runOrThrow } from "../base/process.ts";
import * as spec from "../base/spec.ts";
import { toolPrefix } from "../build/compile-c.ts";
import {
  byHand,
  connectScript,
  constantsScript,
  type GdbBoardOptions,
  ownScript,
  runGdb,
} from "./gdb-board.ts";

export const BUCKETS_SCRIPT = "buckets.gdb";
export const BUCKETS_TRANSCRIPT = "buckets.txt";

/** What gdb says when QEMU has replayed all there is and goes. */
const END_OF_RECORDING = /^Remote (communication error|connection closed)/;
const GDB_COMPLAINT = /^Remote (communication|connection)|: Error in sourced command file:$/;

export interface BucketsOptions extends GdbBoardOptions {
  /** Replacements of a read bucket after which it ends. */
  count: number;
  /** Which of the program's maps, from 0, in the order of memory. */
  mapNumber: number;
  /** Global variable with a reader's result, `firmware/node/churn/seen`. */
  result?: string;
  onProgress?: (replaced: number) => void;
}

export interface BucketsEvidence {
  /** Replacements that were seen; fewer than asked for if the program or the time ended before. */
  replaced: number;
  transcript: string;
  script: string;
  byHand: string;
  isExpired: boolean;
}

/** Errors: MISSING_TOOL; USAGE for a variable the program does not have; FAILED without a map. */
export async function traceBuckets(options: BucketsOptions): Promise<BucketsEvidence> {
  const script = await bucketsScript(options);
  let replaced = 0;
  const run = await runGdb(options, BUCKETS_SCRIPT, script, (line) => {
    const number = /^== replacement (\d+) of/.exec(line)?.[1];
    if (number === undefined) return;
    replaced = Number(number);
    options.onProgress?.(replaced);
  });
  const isOver = run.lines.some((line) => END_OF_RECORDING.test(line));
  const lines = run.lines.filter((line) => !GDB_COMPLAINT.test(line));
  if (isOver)
    lines.push("", `the recording ends here, ${replaced} of ${options.count} replacements`);
  const transcript = join(options.folder, BUCKETS_TRANSCRIPT);
  writeFileSync(transcript, `${lines.join("\n")}\n`);
  if (!run.isExpired && run.code !== 0 && !isOver) {
    const last = lines.filter((line) => line !== "").at(-1) ?? "gdb said nothing";
    throw new ToolError("FAILED", `gdb ended with ${run.code}: ${last}`);
  }
  return {
    replaced,
    transcript,
    script: join(options.folder, BUCKETS_SCRIPT),
    byHand: byHand(options.folder, BUCKETS_SCRIPT),
    isExpired: run.isExpired,
  };
}

async function bucketsScript(options: BucketsOptions): Promise<string> {
  const { count, mapNumber, result } = options;
  const zeros = `{${new Array(spec.LIMIT_MAP_AGENTS_MAX).fill("0").join(", ")}}`;
  return [
    connectScript(options),
    constantsScript(),
    ownScript("map.gdb"),
    result === undefined ? "" : await resultScript(options, result),
    `set $count = ${count}`,
    `set $map_number = ${mapNumber}`,
    `set $has_result = ${result === undefined ? 0 : 1}`,
    `set $hits = ${zeros}`,
    `set $misses = ${zeros}`,
    ownScript("buckets.gdb"),
  ].join("\n");
}

/** The functions that watch and show the variable `path`. */
async function resultScript(options: BucketsOptions, path: string): Promise<string> {
  const symbol = `w2c_${path.replaceAll("/", "0x2F")}`;
  const names = await runOrThrow(`${toolPrefix(options.board)}nm`, [options.image.elf]);
  if (!new RegExp(` ${symbol}$`, "m").test(names)) {
    const known = [...names.matchAll(/ [bBdD] w2c_(\w+)$/gm)].map((match) =>
      (match[1] as string).replaceAll("0x2F", "/"),
    );
    throw new ToolError(
      "USAGE",
      `the image has no variable ${path}; there are: ${known.sort().join(", ")}`,
    );
  }
  return [
    "define watch_result",
    `watch ${symbol}`,
    "commands",
    "silent",
    "end",
    "end",
    "define show_result",
    `printf "${path} = %d\\n", ${symbol}`,
    "backtrace -frame-arguments presence -frame-info location 2",
    "end",
    "",
  ].join("\n");
}
