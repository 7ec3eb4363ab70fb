// A flame graph of a board: the stack at every so many instructions of a recorded run.
//
// The samples stand at exact instructions (replay_break of QEMU's replay), so two runs give the
// same graph, and the board is not slowed by being looked at. gdb shows what gcc inlined as frames;
// what Binaryen inlined before that is found by its line (source-frames.ts).
import { join } from "node:path";
import { ToolError } from "../base/error.ts";
import type { FlameGraph, Frame, SampledStack } from "./flame-graph.ts";
import { byHand, connectScript, type GdbBoardOptions, ownScript, runGdb } from "./gdb-board.ts";
import { framesAt } from "./source-frames.ts";

const FLAME_SCRIPT = "flame.gdb";
/** First function of the main loop's stack (firmware/port/cortex-m.c). */
const MAIN_LOOP_ROOT = "start";

export interface BoardFlameOptions extends GdbBoardOptions {
  count: number;
  /** Instructions from one sample to the next. */
  every: number;
  onProgress?: (samples: number) => void;
}

export interface BoardFlame {
  graph: FlameGraph;
  /** Fewer than asked for if the recording ended before. */
  samples: number;
  script: string;
  byHand: string;
}

/** Errors: MISSING_TOOL, TIMEOUT, FAILED without a single sample. */
export async function profileBoard(options: BoardFlameOptions): Promise<BoardFlame> {
  const { board, count, every, folder } = options;
  const script = [
    connectScript(options),
    `set $samples = ${count}`,
    `set $every = ${every}`,
    ownScript("flame.gdb"),
  ].join("\n");
  const run = await runGdb(options, FLAME_SCRIPT, script, (line) => {
    const sample = /^-- sample (\d+)$/.exec(line)?.[1];
    if (sample !== undefined) options.onProgress?.(Number(sample));
  });
  if (run.isExpired) {
    throw new ToolError("TIMEOUT", `no ${count} samples in ${options.timeoutMs / 1000} s`);
  }
  const stacks = readStacks(run.lines);
  if (stacks.length === 0) {
    throw new ToolError("FAILED", `no sample: ${run.lines.at(-1) ?? "gdb said nothing"}`);
  }
  const title = `${board.name}: ${stacks.length} samples, ${every} instructions apart`;
  return {
    graph: { title, unit: "none", threads: [{ name: board.name, stacks }] },
    samples: stacks.length,
    script: join(folder, FLAME_SCRIPT),
    byHand: byHand(folder, FLAME_SCRIPT),
  };
}

/** The stacks in what flame.gdb printed, one a sample. */
export function readStacks(lines: string[]): SampledStack[] {
  const samples: string[][] = [];
  for (const line of lines) {
    if (line.startsWith("-- ")) samples.push([]);
    else if (line.startsWith("#")) samples.at(-1)?.push(line);
  }
  return samples
    .map((frames) => ({ frames: readFrames(frames), weight: 1 }))
    .filter(({ frames }) => frames.length > 0);
}

/** Frames of one stack, the root first; those of a handler begin with "interrupt". */
function readFrames(lines: string[]): Frame[] {
  const frames: Frame[] = [];
  for (const line of lines) {
    // What was interrupted lies on another stack, which gdb does not find.
    if (line.includes("<signal handler called>")) break;
    const parts = /^#\d+\s+(?:0x[0-9a-f]+ in )?(\S+) \(.*\)(?: at (\S+):(\d+))?$/.exec(line);
    if (!parts) continue;
    const [, name = "", file = "", number = "0"] = parts;
    // The C that accesses are written in: they belong to the line that accesses.
    if (/wasm-c\.h$/.test(file)) continue;
    frames.unshift(...framesAt(name, file.replace(/^\.\//, ""), Number(number)));
  }
  const isMainLoop = frames[0]?.name === MAIN_LOOP_ROOT;
  return frames.length === 0 || isMainLoop ? frames : [{ name: "interrupt" }, ...frames];
}
