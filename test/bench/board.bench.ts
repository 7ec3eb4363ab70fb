// Instructions per window on each emulated board: QEMU -icount shift=0, where one instruction is
// one nanosecond.
//
// Instructions, not cycles: pipelines, wait states and dual issue are not modelled. The board's own
// 25 MHz counter measures each step of the main loop, so the figure includes features, entries,
// snapshot and four frames. Beside it stands the same program with 64-bit bounds checks, the form
// in which wasm2c writes them.
import { loadBoard } from "../../host/board/load.ts";
import { buildProgram } from "../../host/build/build.ts";
import { configForSource, encodeNodeConfig } from "../../host/recording/config.ts";
import { openSource } from "../../host/recording/source.ts";
import { captureBoard } from "../board/capture.ts";

const WINDOWS = 50;
const NS_PER_S = 1e9;

export interface BoardRow {
  board: string;
  instructionsPerWindow: number;
  instructionsMax: number;
  /** Instructions with 64-bit checks / instructions. */
  generalCheckRatio: number;
  flashBytes: number;
  ramBytes: number;
}

export async function benchBoards(): Promise<BoardRow[]> {
  const source = openSource("model:outer:1");
  const config = configForSource(source, { publisherId: 1, windowLimit: WINDOWS });
  const feed = { config: encodeNodeConfig(config), samples: source.samples };
  const rows: BoardRow[] = [];
  for (const name of ["mps2-an385", "mps2-an386", "mps2-an500"]) {
    const board = loadBoard(name);
    const measure = async (isGeneralCheck: boolean) => {
      const variant = { name: "general-check", isGeneralCheck };
      const { result } = await buildProgram({ board, ...(isGeneralCheck ? { variant } : {}) });
      const { exit } = await captureBoard(result, board, feed, true);
      if (!exit.steps) throw new Error(`${name}: no measurement (exit ${exit.code})`);
      const { clockHz, meanTicks, maxTicks } = exit.steps;
      const perTick = NS_PER_S / clockHz;
      return { mean: meanTicks * perTick, max: maxTicks * perTick, size: result.size };
    };
    const own = await measure(false);
    const general = await measure(true);
    rows.push({
      board: name,
      instructionsPerWindow: Math.round(own.mean),
      instructionsMax: Math.round(own.max),
      generalCheckRatio: general.mean / own.mean,
      flashBytes: own.size?.flashBytes ?? 0,
      ramBytes: own.size?.ramBytes ?? 0,
    });
  }
  return rows;
}

/** The table as `npm run bench` prints it. */
export function formatBoards(rows: BoardRow[]): string {
  const lines = ["board        instructions/window      max   64-bit checks   flash B    RAM B"];
  for (const row of rows) {
    lines.push(
      `${row.board.padEnd(12)} ${String(row.instructionsPerWindow).padStart(19)} ${String(row.instructionsMax).padStart(8)}` +
        `   ${`x ${row.generalCheckRatio.toFixed(2)}`.padStart(13)} ${String(row.flashBytes).padStart(9)} ${String(row.ramBytes).padStart(8)}`,
    );
  }
  return lines.join("\n");
}
