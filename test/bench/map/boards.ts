// Row "boards": instructions of a Load and a Store on a Cortex-M3, flash and RAM of the map.
//
// QEMU -icount shift=0 counts one instruction as one nanosecond of the board's clock; the loop
// without an operation is taken off (test/core/programs/map-loop.ts). Instructions, not cycles.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../host/base/package.ts";
import {
  LIMIT_NODE_ENTRIES_MAX,
  NODE_CONFIG_FLAGS,
  NODE_CONFIG_PUBLISHER_ID,
  NODE_CONFIG_VALUE_SIZE,
} from "../../../host/base/spec.ts";
import { loadBoard } from "../../../host/board/load.ts";
import { buildProgram } from "../../../host/build/build.ts";
import { captureBoard } from "../../board/capture.ts";
import type { Agents } from "./agents.ts";
import { type Line, skipped } from "./table.ts";

const BOARD = "mps2-an385";
const OPS = 640;
const NS_PER_S = 1e9;
const CASES = [
  { kind: 1, what: "Load hit, one pin for all" },
  { kind: 2, what: "Load hit with its pin" },
  { kind: 3, what: "Load miss with its pin" },
  { kind: 4, what: "Store of 8 bytes, replacing" },
  { kind: 5, what: "Store of 64 bytes, replacing" },
  { kind: 6, what: "Delete and Store of 64 bytes" },
];

/** Row "boards". */
export async function benchBoards(agents: Agents): Promise<Line[]> {
  const row = "boards";
  try {
    return [...(await instructions(row)), await sizes(agents, row)];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [skipped(row, "instructions on Cortex-M3", reason)];
  }
}

async function instructions(row: string): Promise<Line[]> {
  const board = loadBoard(BOARD);
  const program = join(packageRoot, "test/core/programs/map-loop.ts");
  const { result } = await buildProgram({ board, program });
  const perOp = async (kind: number): Promise<number> => {
    const config = new Uint8Array(NODE_CONFIG_VALUE_SIZE);
    const view = new DataView(config.buffer);
    view.setUint32(NODE_CONFIG_FLAGS, kind, true);
    view.setUint32(NODE_CONFIG_PUBLISHER_ID, OPS, true);
    const { exit } = await captureBoard(
      result,
      board,
      { config, samples: new Int16Array(0) },
      true,
    );
    if (!exit.steps) throw new Error(`${BOARD}: no measurement (exit ${exit.code})`);
    return (exit.steps.meanTicks * NS_PER_S) / exit.steps.clockHz / OPS;
  };
  const loop = await perOp(0);
  const lines: Line[] = [];
  for (const { kind, what } of CASES) {
    const count = Math.round((await perOp(kind)) - loop);
    lines.push({
      row,
      what: `${what}, Cortex-M3`,
      ours: `${count} instructions`,
      peer: "",
      target: "",
    });
  }
  return lines;
}

async function sizes(agents: Agents, row: string): Promise<Line> {
  const { result } = await buildProgram({ board: loadBoard(BOARD) });
  const module = result.size?.modules.find((part) => part.module === "assembly/map");
  const source = readFileSync(join(packageRoot, "firmware/node/entries.ts"), "utf8");
  const constant = (name: string) =>
    Number(new RegExp(`^const ${name} = (\\d+);`, "m").exec(source)![1]);
  const arena = constant("ARENA_SIZE");
  const region = agents.loops.mapSize(LIMIT_NODE_ENTRIES_MAX, arena, constant("AGENTS"));
  return {
    row,
    what: "the map in the node program, Cortex-M3",
    ours: `${module?.flashBytes} bytes of flash, ${region} of RAM, ${arena} of them for values`,
    peer: `of ${result.size?.flashBytes} and ${result.size?.ramBytes}`,
    target: "",
  };
}
