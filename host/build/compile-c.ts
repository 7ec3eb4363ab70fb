// C to an image: cross gcc for a board, the system's gcc for the native board.
import { existsSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";
import { run, runOrThrow } from "../base/process.ts";
import type { Board } from "../board/schema.ts";
import { linkerScript } from "./linker-script.ts";

export interface CompileOptions {
  board: Board;
  /** Folder with program.c and program.h; objects and the image go there too. */
  folder: string;
  /** First 32 bits of the content hash, as LATCH_BUILD_ID. */
  buildId: string;
  /** Uses 64-bit bounds checks instead of constant-size ones: the oracle of the tests. */
  isGeneralCheck?: boolean;
  /** More flags for every unit, for example -fsanitize=address on the native board. */
  extraFlags?: string[];
}

export interface CompiledImage {
  elf: string;
  map: string;
  callGraphs: string[];
}

// No contraction, no reordering: floats give the same bits on every target.
const FLAGS = [
  "-std=gnu11",
  "-O2",
  "-g",
  "-ffunction-sections",
  "-fdata-sections",
  "-fno-common",
  "-ffp-contract=off",
  "-frounding-math",
  "-fsignaling-nans",
  "-fcallgraph-info=su",
];
const WARNINGS = ["-Wall", "-Wextra", "-Werror"];
/**
 * Translated code warns by nature. Its functions stay apart so that the size report by module is
 * true, and its traps are not merged so that each has an address, hence a line, of its own.
 */
const PROGRAM_FLAGS = [
  "-w",
  "-fno-strict-aliasing",
  "-fno-inline-functions-called-once",
  "-fno-crossjumping",
  "-fno-tree-tail-merge",
];

/** Prefix of the compiler for a board: `arm-none-eabi-` or nothing. */
export function toolPrefix(board: Board): string {
  return board.cpu.core === "host" ? "" : "arm-none-eabi-";
}

function cpuFlags(board: Board): string[] {
  if (board.cpu.core === "host") return [];
  const flags = [`-mcpu=${board.cpu.core}`, "-mthumb"];
  if (board.cpu.fpu === "none") return [...flags, "-mfloat-abi=soft"];
  return [...flags, "-mfloat-abi=hard", `-mfpu=${board.cpu.fpu}`];
}

function defines(options: CompileOptions): string[] {
  const { board } = options;
  const words: Record<string, string> = {
    LATCH_MEMORY_SIZE: `${board.wasmMemorySizeBytes}u`,
    LATCH_BUILD_ID: `0x${options.buildId}u`,
    BOARD_CLOCK_HZ: `${board.cpu.clockHz}u`,
    BOARD_INTERRUPTS: String(board.cpu.interruptCount),
    ...board.defines,
  };
  if (board.ethernet) words["BOARD_ETHERNET_BASE"] = `0x${board.ethernet.base.toString(16)}u`;
  if (board.memories) {
    words["LATCH_RAM_ORIGIN"] = `0x${board.memories.ram.origin.toString(16)}u`;
    words["LATCH_RAM_SIZE"] = `${board.memories.ram.sizeBytes}u`;
  }
  if (board.pageFlash) {
    words["BOARD_PAGES_ORIGIN"] = `0x${board.pageFlash.origin.toString(16)}u`;
    words["BOARD_PAGES_SIZE"] = `${board.pageFlash.sizeBytes}u`;
    words["BOARD_PAGES_BLOCK_SIZE"] = `${board.pageFlash.blockSizeBytes}u`;
  }
  if (options.isGeneralCheck) words["LATCH_CHECK_GENERAL"] = "1";
  return Object.entries(words).map(([name, value]) => `-D${name}=${value}`);
}

/**
 * Compiles program, runtime and port, and links them.
 * Errors: MISSING_TOOL without the compiler, OVER_BUDGET if the image does not fit the memories at
 * all.
 */
export async function compileC(options: CompileOptions): Promise<CompiledImage> {
  const { board, folder } = options;
  const gcc = `${toolPrefix(board)}gcc`;
  const portFolder = join(packageRoot, "firmware/port");
  const sources = [
    join(folder, "program.c"),
    join(portFolder, "runtime.c"),
    ...board.port.map((name) => join(portFolder, name)),
  ];
  if (existsSync(join(board.folder, "port.c"))) sources.push(join(board.folder, "port.c"));
  const common = [
    ...cpuFlags(board),
    ...FLAGS,
    ...defines(options),
    ...(options.extraFlags ?? []),
    // Same bytes wherever the project lies, and short paths in debug information.
    `-ffile-prefix-map=${process.cwd()}=.`,
    `-ffile-prefix-map=${packageRoot}=.`,
    `-I${portFolder}`,
    `-I${folder}`,
  ];
  const objects = sources.map((source) => join(folder, `${basename(source, ".c")}.o`));
  await Promise.all(
    sources.map(async (source, i) => {
      const warnings = source.endsWith("program.c") ? PROGRAM_FLAGS : WARNINGS;
      const result = await run(gcc, [
        ...common,
        ...warnings,
        "-c",
        source,
        "-o",
        objects[i] as string,
      ]);
      if (result.code !== 0) {
        const line = /^.*error:.*$/m.exec(result.stderr)?.[0] ?? result.stderr.trim();
        throw new ToolError("COMPILE", `C compiler: ${line}`);
      }
    }),
  );
  const elf = join(folder, "firmware.elf");
  const map = join(folder, "firmware.map");
  const link = [
    ...cpuFlags(board),
    "-O2",
    ...(options.extraFlags ?? []),
    `-Wl,-Map=${map}`,
    "-Wl,--gc-sections",
  ];
  if (board.memories) {
    const script = join(folder, "board.ld");
    writeFileSync(script, linkerScript({ ...board, memories: board.memories }));
    link.push(
      "-nostartfiles",
      "--specs=nano.specs",
      "--specs=nosys.specs",
      "-T",
      script,
      "-Wl,--no-warn-rwx-segments",
    );
  }
  const result = await run(gcc, [...link, ...objects, "-lm", "-o", elf]);
  if (result.code !== 0) {
    const overflow = /region `(\w+)' overflowed by (\d+) bytes/.exec(result.stderr);
    if (overflow) {
      throw new ToolError(
        "OVER_BUDGET",
        `${board.name}: the image exceeds ${overflow[1]} by ${overflow[2]} bytes; lower wasmMemorySizeBytes or the program's size`,
      );
    }
    throw new ToolError(
      "COMPILE",
      `linker: ${result.stderr.trim().split("\n").at(-2) ?? result.stderr}`,
    );
  }
  return { elf, map, callGraphs: objects.map((object) => object.replace(/\.o$/, ".ci")) };
}

/** Raw binary of the image. */
export async function writeBinary(board: Board, elf: string, output: string): Promise<void> {
  await runOrThrow(`${toolPrefix(board)}objcopy`, ["-O", "binary", elf, output]);
}

/** Section name -> bytes. */
export async function readSections(board: Board, elf: string): Promise<Map<string, number>> {
  const text = await runOrThrow(`${toolPrefix(board)}size`, ["-A", elf]);
  return new Map(
    [...text.matchAll(/^(\.\S+)\s+(\d+)/gm)].map((match) => [match[1] as string, Number(match[2])]),
  );
}
