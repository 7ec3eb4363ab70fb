// One program for one board: AssemblyScript -> Binaryen -> C -> ELF, raw binary, map and size report.
//
// Results lie in PROJECT/build/BOARD/NAME/ and are kept while nothing they were made from changes: the project's
// sources, the package's core, firmware and build code, the board's folder and the compiler's version.
import { existsSync, mkdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";
import { run } from "../base/process.ts";
import type { Board } from "../board/schema.ts";
import { cached, hashInputs, readStamp } from "./cache.ts";
import { compileC, readSections, toolPrefix, writeBinary } from "./compile-c.ts";
import { budgetExcess, type SizeReport, sizeReport } from "./size-report.ts";
import { translateToC } from "./translate.ts";
import { compileWasm } from "./wasm.ts";

/** The node program that comes with the package. */
export const defaultProgram = join(packageRoot, "firmware/node/main.ts");

export interface BuildOptions {
  board: Board;
  /** Entry file; the package's own node program if not given. */
  program?: string;
  /** Says what is going on, one short line at a time. */
  onProgress?: (line: string) => void;
  /** A build apart from the ordinary one: `variant` names its folder. */
  variant?: { name: string; isGeneralCheck?: boolean; extraFlags?: string[] };
}

export interface BuildResult {
  board: string;
  program: string;
  folder: string;
  wasm: string;
  elf: string;
  binary: string;
  map: string;
  /** First 32 bits of the content hash, eight hex digits. */
  buildId: string;
  /** Absent for the native board. */
  size?: SizeReport;
  /** The report of the build before this one, if there was one and it differs. */
  sizeBefore?: SizeReport;
}

/**
 * Builds, or answers from the cache; `isFresh` tells which.
 * Errors: MISSING_INPUT, COMPILE, MISSING_TOOL, OVER_BUDGET.
 */
export async function buildProgram(
  options: BuildOptions,
): Promise<{ result: BuildResult; isFresh: boolean }> {
  const { board } = options;
  const program = resolve(options.program ?? defaultProgram);
  if (!existsSync(program)) {
    throw new ToolError("MISSING_INPUT", `no program at ${options.program}; start one with: latch init my-node`);
  }
  const project = projectOf(program);
  const name = relative(project, program).replace(/\.ts$/, "").replaceAll(/[\\/]/g, "-");
  const variant = options.variant;
  const folder = join(project, "build", board.name, variant ? `${name}.${variant.name}` : name);
  const version = await run(`${toolPrefix(board)}gcc`, ["-dumpfullversion"]);
  const key = hashInputs(
    [
      join(project, project === packageRoot ? "firmware/node" : "."),
      join(packageRoot, "assembly"),
      join(packageRoot, "firmware"),
      join(packageRoot, "host/build"),
      join(packageRoot, "asconfig.json"),
      board.folder,
    ],
    [version.stdout, program, JSON.stringify(board), JSON.stringify(variant ?? null)],
  );
  const stamp = join(folder, "stamp.json");
  const before = readStamp<BuildResult>(stamp)?.result;
  const outputs = ["firmware.elf", "program.wasm", "program.c"].map((file) => join(folder, file));
  return cached(stamp, key, outputs, () =>
    make({ ...options, program, project, folder, buildId: key.slice(0, 8), before }),
  );
}

/** The folder that holds the program's node_modules, or the package itself, or the program's folder. */
function projectOf(program: string): string {
  const inPackage = relative(packageRoot, program);
  if (!inPackage.startsWith("..") && !isAbsolute(inPackage)) return packageRoot;
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) {
      throw new ToolError("BAD_INPUT", `${basename(program)} lies in no npm project; start one with: latch init my-node`);
    }
  }
}

async function make(
  options: BuildOptions & {
    program: string;
    project: string;
    folder: string;
    buildId: string;
    before: BuildResult | undefined;
  },
): Promise<BuildResult> {
  const { board, folder } = options;
  const say = options.onProgress ?? (() => {});
  mkdirSync(folder, { recursive: true });
  const wasm = join(folder, "program.wasm");
  say(`${board.name}: AssemblyScript -> WebAssembly`);
  await compileWasm({
    entry: options.program,
    target: "node",
    output: wasm,
    pages: Math.ceil(board.wasmMemorySizeBytes / 65536),
    baseFolder: options.project,
  });
  say(`${board.name}: WebAssembly -> C`);
  const translation = await translateToC(wasm, join(folder, "program"));
  if (translation.mappedFunctions < translation.functions) {
    const missing = translation.functions - translation.mappedFunctions;
    say(`${board.name}: ${missing} of ${translation.functions} functions have no source lines`);
  }
  say(`${board.name}: C -> image`);
  const image = await compileC({
    board,
    folder,
    buildId: options.buildId,
    ...options.variant,
  });
  const binary = join(folder, "firmware.bin");
  const result: BuildResult = {
    board: board.name,
    program: options.program,
    folder,
    wasm,
    elf: image.elf,
    binary,
    map: image.map,
    buildId: options.buildId,
  };
  if (!board.memories) return result;
  await writeBinary(board, image.elf, binary);
  result.size = sizeReport({
    board,
    mapPath: image.map,
    callGraphPaths: image.callGraphs,
    sections: await readSections(board, image.elf),
  });
  const excess = budgetExcess(result.size);
  if (excess.length > 0 && !options.variant) {
    throw new ToolError("OVER_BUDGET", `${board.name}: ${excess.join("; ")}`);
  }
  if (options.before?.size) result.sizeBefore = options.before.size;
  return result;
}
