// Where a heap profile's bytes come from: shared memory, a file, a board.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ToolError } from "../base/error.ts";
import { findMaps, takeCensus } from "./census.ts";
import { byHand, connectScript, type GdbBoardOptions, ownScript, runGdb } from "./gdb-board.ts";
import type { NamedCensus } from "./heap-profile.ts";

const HEAP_SCRIPT = "heap.gdb";
/** What heap.gdb writes. */
const MEMORY_FILE = "memory.bin";

/** All maps in a file: a region or a whole linear memory. Errors: MISSING_INPUT, BAD_INPUT. */
export function censusOfFile(path: string): NamedCensus[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new ToolError("MISSING_INPUT", `cannot read ${path}`, { cause });
  }
  return findMaps(bytes, path)
    .map(takeCensus)
    .map((census) => ({ ...census, name: `map at ${census.map}` }));
}

/**
 * Runs the program for so many instructions and takes the memory there, in the middle of whatever
 * it was doing. Errors: TIMEOUT, FAILED if the recording ends before, MISSING_TOOL.
 */
export async function censusOfBoard(
  options: GdbBoardOptions & { instructions: number },
): Promise<{ censuses: NamedCensus[]; memory: string; script: string; byHand: string }> {
  const { folder, instructions } = options;
  const script = [
    connectScript(options),
    `set $instructions = ${instructions}`,
    ownScript("heap.gdb"),
  ];
  const run = await runGdb(options, HEAP_SCRIPT, script.join("\n"));
  if (run.isExpired) {
    throw new ToolError(
      "TIMEOUT",
      `not at instruction ${instructions} in ${options.timeoutMs / 1000} s`,
    );
  }
  if (!run.lines.includes("memory written")) {
    throw new ToolError(
      "FAILED",
      `the recording ends before instruction ${instructions}; record longer with --record`,
    );
  }
  const memory = join(folder, MEMORY_FILE);
  return {
    censuses: censusOfFile(memory),
    memory,
    script: join(folder, HEAP_SCRIPT),
    byHand: byHand(folder, HEAP_SCRIPT),
  };
}
