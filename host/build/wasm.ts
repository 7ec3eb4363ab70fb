// AssemblyScript to WebAssembly: asc without its optimiser, then our own Binaryen pass list.
//
// `asc -O` turns on Binaryen's fast-math, which changes float results; so asc runs at -O0 and
// wasm-opt gets the passes below. The source map goes through both, because boards report faults by
// TypeScript line.
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { assert, ToolError } from "../base/error.ts";
import { packageFile, packageRoot } from "../base/package.ts";
import { run, runOrThrow } from "../base/process.ts";

/** The targets of asconfig.json. */
export type WasmTarget = "gateway" | "node" | "test";

export interface WasmOptions {
  /** AssemblyScript entry file. */
  entry: string;
  target: WasmTarget;
  /** Path of the .wasm to write; .wasm.map is written beside it. */
  output: string;
  /** Linear memory in 64 KiB pages; asconfig.json's figure if not given. */
  pages?: number;
  /** The most that an imported memory may have, if that is more than `pages`. */
  pagesMax?: number;
  /** Names that count as defined in the program, for `isDefined`: MAP_HOOKS, MAP_CHECKED. */
  defines?: string[];
  /** Functions that are not inlined, as patterns of their names, so that a profile shows them. */
  apart?: string[];
  /** Folder that source-map paths are relative to; the entry's project. */
  baseFolder?: string;
}

/** Optimisation without fast-math; ends flat and named, so that C and symbols stay readable. */
export const PASSES = [
  "--remove-unused-module-elements",
  "--dae-optimizing",
  "--inlining-optimizing",
  "--precompute-propagate",
  "--optimize-instructions",
  "--simplify-locals",
  "--coalesce-locals",
  "--optimize-instructions",
  "--code-folding",
  "--local-cse",
  "--licm",
  "--simplify-globals-optimizing",
  "--precompute-propagate",
  "--simplify-locals",
  "--merge-blocks",
  "--remove-unused-brs",
  "--remove-unused-names",
  "--coalesce-locals",
  "--simplify-locals",
  "--reorder-locals",
  "--duplicate-function-elimination",
  "--remove-unused-module-elements",
  "--dce",
  "--vacuum",
];

// asc writes saturating truncations for `<i32>x` of a float.
const SCALAR_FEATURES = [
  "--enable-threads",
  "--enable-bulk-memory",
  "--enable-nontrapping-float-to-int",
];
const FEATURES: Record<WasmTarget, string[]> = {
  gateway: [...SCALAR_FEATURES, "--enable-simd"],
  node: SCALAR_FEATURES,
  test: SCALAR_FEATURES,
};

/**
 * How far functions are inlined. asc leaves each accessor a function of its own, and V8 inlines
 * none in Wasm: a gateway's map loads twice as fast with them inlined, up to mapLoad itself, if the
 * rare ways (functions named ...Slowly) stay outside. A node pays in flash, so it inlines less.
 */
const INLINING: Record<WasmTarget, string[]> = {
  gateway: ["--optimize-level=3", "--no-inline=*Slowly", "--always-inline-max-function-size=170"],
  node: [],
  test: [],
};

interface AscConfig {
  options: Record<string, unknown>;
  targets: Record<string, Record<string, unknown>>;
}

function ascFlags({ target, pages, pagesMax }: WasmOptions): string[] {
  const config: AscConfig = JSON.parse(readFileSync(join(packageRoot, "asconfig.json"), "utf8"));
  const merged: Record<string, unknown> = { ...config.options, ...config.targets[target] };
  if (pages !== undefined) {
    merged["initialMemory"] = pages;
    merged["maximumMemory"] = pagesMax ?? pages;
  }
  const flags: string[] = [];
  for (const [name, value] of Object.entries(merged)) {
    if (value === false) continue;
    if (value === true) flags.push(`--${name}`);
    else
      for (const item of Array.isArray(value) ? value : [value])
        flags.push(`--${name}`, String(item));
  }
  return flags;
}

/**
 * Compiles one program; resolves when the .wasm and its source map are written.
 * Errors: COMPILE with asc's first complaint, file and line.
 */
export async function compileWasm(options: WasmOptions): Promise<void> {
  const baseFolder = options.baseFolder ?? packageRoot;
  const entry = relative(baseFolder, resolve(options.entry));
  assert(!entry.startsWith("..") && !isAbsolute(entry), `${options.entry} lies in ${baseFolder}`);
  const fault = relative(baseFolder, join(packageRoot, "assembly/base/fault.ts"));
  mkdirSync(dirname(options.output), { recursive: true });
  const raw = options.output.replace(/\.wasm$/, ".asc.wasm");

  const asc = await run(
    process.execPath,
    [
      packageFile("assemblyscript", "bin/asc.js"),
      entry,
      fault,
      "--outFile",
      raw,
      ...packagePaths(baseFolder).flatMap((path) => ["--path", path]),
      "--noColors",
      "--use",
      `abort=${fault.replace(/\.ts$/, "")}/onAbort`,
      ...(options.defines ?? []).flatMap((name) => ["--use", `${name}=1`]),
      ...ascFlags(options),
    ],
    { cwd: baseFolder },
  );
  if (asc.code !== 0)
    throw new ToolError("COMPILE", firstComplaint(entry, asc.stderr || asc.stdout));

  await runOrThrow(process.execPath, [
    packageFile("binaryen", "bin/wasm-opt"),
    raw,
    "-g",
    ...FEATURES[options.target],
    ...INLINING[options.target],
    ...(options.apart ?? []).map((pattern) => `--no-inline=${pattern}`),
    ...PASSES,
    "-o",
    options.output,
    "--input-source-map",
    `${raw}.map`,
    "--output-source-map",
    `${options.output}.map`,
    "--output-source-map-url",
    `${basename(options.output)}.map`,
  ]);
}

/**
 * Folders in which asc looks for `latchwork/...`. In the package itself none is installed: there a
 * link to the package stands in for it, so that a program reads the same wherever it lies.
 */
function packagePaths(baseFolder: string): string[] {
  const installed = join(baseFolder, "node_modules");
  if (baseFolder !== packageRoot) return [installed];
  const folder = join(packageRoot, "build/path");
  mkdirSync(folder, { recursive: true });
  try {
    symlinkSync(join("..", ".."), join(folder, "latchwork"), "dir");
  } catch (error) {
    // There already, or made by another process meanwhile: each makes the same.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return [installed, folder];
}

/**
 * One line from asc's report: its first error, and `file:line:column` of that; warnings, which asc
 * prints in between, have places too.
 */
function firstComplaint(entry: string, report: string): string {
  const start = report.search(/ERROR [A-Z]+\d+: /);
  const [line = "", ...rest] = report.slice(Math.max(start, 0)).trim().split("\n");
  const error = line.replace(/^ERROR [A-Z]+\d+: /, "") || "asc failed";
  const place = / in ([^\s(]+)\((\d+),(\d+)\)/.exec(rest.join("\n"));
  return place ? `${place[1]}:${place[2]}:${place[3]}: ${error}` : `${entry}: ${error}`;
}
