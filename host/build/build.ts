// One program for one board: AssemblyScript -> Binaryen -> C -> ELF, raw binary, map and size
// report.
//
// Results lie in PROJECT/build/BOARD/NAME/ and are kept while nothing they were made from changes:
// the project's sources, the package's core, firmware and build code, the board's folder and the
// compiler's version.
import { existsSync, mkdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";
import { run } from "../base/process.ts";
import type { Board } from "../board/schema.ts";
import { cached, hashInputs, readStamp } from "./cache.ts";
import { checkProgram } from "./check-program.ts";
import { compileC, readSections, toolPrefix, writeBinary } from "./compile-c.ts";
import { budgetExcess, type SizeReport, sizeReport } from "./size-report.ts";
import { translateToC } from "./translate.ts";
import { compileWasm } from "./wasm.ts";

const WASM_PAGE_SIZE = 65536;

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
  /** What paths in messages and debug information are relative to. */
  project: string;
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

/** Where a program lies and what its results are called. */
interface Place {
  program: string;
  project: string;
  /** `firmware-node-main` for firmware/node/main.ts. */
  name: string;
}

/**
 * Sources that decide the Wasm: the project's, the package's core and firmware, and how we compile.
 * Of a program inside the package its own folder is the project.
 */
function wasmInputs({ program, project }: Place): string[] {
  return [
    project === packageRoot ? dirname(program) : project,
    join(packageRoot, "assembly"),
    join(packageRoot, "firmware/node"),
    join(packageRoot, "host/build/wasm.ts"),
    join(packageRoot, "host/build/check-program.ts"),
    join(packageRoot, "asconfig.json"),
  ];
}

/**
 * Builds, or answers from the cache; `isFresh` tells which.
 * Errors: MISSING_INPUT, COMPILE, MISSING_TOOL, OVER_BUDGET.
 */
export async function buildProgram(
  options: BuildOptions,
): Promise<{ result: BuildResult; isFresh: boolean }> {
  const { board, variant } = options;
  const place = placeOf(options.program);
  const wasm = await buildWasm({
    ...options,
    memorySizeBytes: board.wasmMemorySizeBytes,
  });
  const folder = join(
    place.project,
    "build",
    board.name,
    variant ? `${place.name}.${variant.name}` : place.name,
  );
  const version = await run(`${toolPrefix(board)}gcc`, ["-dumpfullversion"]);
  const key = hashInputs(
    [wasm, join(packageRoot, "firmware/port"), join(packageRoot, "host/build"), board.folder],
    [version.stdout, place.program, JSON.stringify(board), JSON.stringify(variant ?? null)],
  );
  const stamp = join(folder, "stamp.json");
  const before = readStamp<BuildResult>(stamp)?.result.size;
  const outputs = ["firmware.elf", "program.c"].map((file) => join(folder, file));
  return cached(stamp, key, outputs, () =>
    makeImage({
      ...options,
      wasm,
      folder,
      program: place.program,
      project: place.project,
      buildId: key.slice(0, 8),
      before,
    }),
  );
}

/**
 * Path of the program's Wasm for a linear memory of that size; what `latch sim` runs in Node and
 * what every board's image is translated from. Errors: MISSING_INPUT, COMPILE.
 */
export async function buildWasm(options: {
  program?: string;
  memorySizeBytes: number;
  onProgress?: (line: string) => void;
}): Promise<string> {
  const place = placeOf(options.program);
  const pages = Math.ceil(options.memorySizeBytes / WASM_PAGE_SIZE);
  const folder = join(place.project, "build", "wasm", place.name);
  const wasm = join(folder, `program.${pages}.wasm`);
  const key = hashInputs(wasmInputs(place), [place.program, String(pages)]);
  await cached(join(folder, `stamp.${pages}.json`), key, [wasm, `${wasm}.map`], async () => {
    options.onProgress?.(`${place.name}: AssemblyScript -> WebAssembly`);
    const { program: entry, project: baseFolder } = place;
    await compileWasm({ entry, target: "node", output: wasm, pages, baseFolder });
    await checkProgram(wasm, relative(baseFolder, entry));
    return null;
  });
  return wasm;
}

/** Errors: MISSING_INPUT if there is no such file, BAD_INPUT if it lies in no npm project. */
function placeOf(path: string | undefined): Place {
  const program = resolve(path ?? defaultProgram);
  if (!existsSync(program)) {
    throw new ToolError(
      "MISSING_INPUT",
      `no program at ${path}; start one with: latch init my-node`,
    );
  }
  const project = projectOf(program);
  const name = relative(project, program).replace(/\.ts$/, "").replaceAll(/[\\/]/g, "-");
  return { program, project, name };
}

/** The package itself, or the nearest folder above the program with a package.json. */
function projectOf(program: string): string {
  const inPackage = relative(packageRoot, program);
  if (!inPackage.startsWith("..") && !isAbsolute(inPackage)) return packageRoot;
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder)) {
      throw new ToolError(
        "BAD_INPUT",
        `${basename(program)} lies in no npm project; start one with: latch init my-node`,
      );
    }
  }
}

async function makeImage(
  options: BuildOptions & {
    program: string;
    project: string;
    wasm: string;
    folder: string;
    buildId: string;
    before: SizeReport | undefined;
  },
): Promise<BuildResult> {
  const { board, folder, wasm } = options;
  const say = options.onProgress ?? (() => {});
  mkdirSync(folder, { recursive: true });
  say(`${board.name}: WebAssembly -> C`);
  const translation = await translateToC(wasm, join(folder, "program"));
  if (translation.mappedFunctions < translation.functions) {
    const missing = translation.functions - translation.mappedFunctions;
    say(`${board.name}: ${missing} of ${translation.functions} functions have no source lines`);
  }
  say(`${board.name}: C -> image`);
  const { buildId } = options;
  const image = await compileC({ board, folder, buildId, ...options.variant });
  const binary = join(folder, "firmware.bin");
  const result: BuildResult = {
    board: board.name,
    program: options.program,
    project: options.project,
    folder,
    wasm,
    elf: image.elf,
    binary,
    map: image.map,
    buildId,
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
  if (options.before) result.sizeBefore = options.before;
  return result;
}
