// Instructions of each operation of a node's map on each emulated board: QEMU -icount shift=0.
//
// Instructions, not cycles, as in board.bench.ts. The map is that of firmware/node/entries.ts with
// 48 of its 64 keys; a figure is the mean over 48 operations in each of 100 steps, less that of the
// same loop without them. A store has its share of promotion, growth and reclamation in it. Beside
// the plain figures, none of which is a peer's, stands the M3's with 64-bit bounds checks.
import { loadBoard } from "../../host/board/load.ts";
import { type BuildOptions, type BuildResult, buildProgram } from "../../host/build/build.ts";
import { configForSource, encodeNodeConfig } from "../../host/recording/config.ts";
import { openSource } from "../../host/recording/source.ts";
import { captureBoard } from "../board/capture.ts";

const program = new URL("../core/programs/map-instructions.ts", import.meta.url).pathname;
const BOARDS = ["mps2-an385", "mps2-an386", "mps2-an500"];
const STEPS = 100;
/** KEYS of the program. */
const OPERATIONS = 48;
const NS_PER_S = 1e9;

/** Kind of the program -> what it is; sizes of the values where they matter. */
const KINDS: { kind: number; name: string; sizes: number[] }[] = [
  { kind: 1, name: "load, hit", sizes: [64] },
  { kind: 2, name: "load, hit in a dirty chain, promotion included", sizes: [64] },
  { kind: 3, name: "load, miss", sizes: [64] },
  { kind: 4, name: "store, replaces", sizes: [8, 64] },
  { kind: 5, name: "store, new key", sizes: [8, 64] },
  { kind: 6, name: "delete", sizes: [64] },
  { kind: 7, name: "pin and unpin", sizes: [64] },
  { kind: 8, name: "cut, taken and given up", sizes: [64] },
  { kind: 9, name: "range, per entry", sizes: [64] },
  { kind: 10, name: "walk of a cut, per entry", sizes: [64] },
];
const EMPTY = 0;

export interface MapBoardRow {
  name: string;
  /** Instructions an operation, by board. */
  instructions: number[];
  /** On the M3, with 64-bit bounds checks / without. */
  generalCheckRatio: number;
}

export async function benchMapBoards(): Promise<MapBoardRow[]> {
  const images: BuildResult[] = [];
  for (const board of BOARDS) images.push(await image(board));
  const general = await image("mps2-an385", { name: "general-check", isGeneralCheck: true });
  const empty: number[] = [];
  for (const built of images) empty.push(await measure(built, EMPTY, 8));
  const rows: MapBoardRow[] = [];
  for (const { kind, name, sizes } of KINDS) {
    for (const size of sizes) {
      const instructions: number[] = [];
      for (const [i, built] of images.entries()) {
        instructions.push((await measure(built, kind, size)) - (empty[i] as number));
      }
      const checked = (await measure(general, kind, size)) - (empty[0] as number);
      rows.push({
        name: sizes.length > 1 ? `${name}, ${size} bytes` : name,
        instructions,
        generalCheckRatio: checked / (instructions[0] as number),
      });
    }
  }
  return rows;
}

async function image(name: string, variant?: BuildOptions["variant"]): Promise<BuildResult> {
  const board = loadBoard(name);
  return (await buildProgram({ board, program, ...(variant ? { variant } : {}) })).result;
}

/** Instructions an operation, with the loop's own. */
async function measure(built: BuildResult, kind: number, size: number): Promise<number> {
  const source = openSource("model:healthy:1");
  const own = { publisherId: (size << 8) | kind, windowLimit: STEPS };
  const config = encodeNodeConfig(configForSource(source, own));
  const feed = { config, samples: source.samples };
  const { exit } = await captureBoard(built, loadBoard(built.board), feed, true);
  if (!exit.steps || exit.status !== "END" || exit.steps.count !== STEPS) {
    throw new Error(`${built.board}, kind ${kind}: no measurement (status ${exit.status})`);
  }
  return (exit.steps.meanTicks * NS_PER_S) / exit.steps.clockHz / OPERATIONS;
}

/** The table as `npm run bench -- map-board` prints it. */
export function formatMapBoards(rows: MapBoardRow[]): string {
  const lines = [
    `${"operation".padEnd(47)}${BOARDS.map((name) => name.padStart(12)).join("")}   64-bit checks`,
  ];
  for (const { name, instructions, generalCheckRatio } of rows) {
    const figures = instructions.map((figure) => String(Math.round(figure)).padStart(12)).join("");
    lines.push(
      `${name.padEnd(47)}${figures}   ${`x ${generalCheckRatio.toFixed(2)}`.padStart(13)}`,
    );
  }
  return lines.join("\n");
}
