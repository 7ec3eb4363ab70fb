// A board under gdb: QEMU as the other end of gdb's pipe, both in one folder that keeps the evidence.
//
// gdb starts QEMU itself and talks to its server through a pipe, so there is no port that anybody
// else could connect to, and neither outlives the other. One instruction takes 64 ns of the board's
// clock (-icount shift=6, nearly its 25 MHz), so a run is the same each time, stops or not.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ToolError } from "../base/error.ts";
import * as spec from "../base/spec.ts";
import type { Board } from "../board/schema.ts";
import type { BuildResult } from "../build/build.ts";
import { demangle } from "../build/translate.ts";
import { machineArguments, mortal, writeBoardFiles } from "../sim/board-process.ts";

export const GDB = "gdb-multiarch";
const CLOCK = ["-icount", "shift=6,sleep=off"];

export interface GdbBoardOptions {
  board: Board;
  image: BuildResult;
  config: Uint8Array;
  samples: Int16Array;
  /** Where script, board's files and transcript go; made if it is not there. */
  folder: string;
  timeoutMs: number;
}

export interface GdbRun {
  /** What gdb printed, function names as in TypeScript. */
  lines: string[];
  code: number | null;
  isExpired: boolean;
}

/** The part of a script that connects to a board that has not yet begun. */
export function connectScript({ board, image }: GdbBoardOptions, more: string[] = []): string {
  const words = [
    ...machineArguments(board, image.elf, "realtime"),
    ...["-serial", "file:console.txt", "-net", "none", ...CLOCK, ...more],
    ...["-gdb", "stdio", "-S"],
  ];
  const command = mortal("qemu-system-arm", words).map(quote).join(" ");
  return [
    "set pagination off",
    "set confirm off",
    "set width 0",
    "set print address off",
    "set print frame-info location",
    `file ${image.elf}`,
    `target remote | exec ${command} 2> qemu.txt`,
    "",
  ].join("\n");
}

/** The layout of maps as gdb variables: $MAP_..., $ENTRY_STATE_... of spec/map.md. */
export function constantsScript(): string {
  return Object.entries(spec)
    .filter(([name, value]) => /^(MAP|ENTRY)_/.test(name) && typeof value === "number")
    .map(([name, value]) => `set $${name} = ${value}\n`)
    .join("");
}

/** A script that lies beside this file. */
export function ownScript(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

/**
 * Writes the script and the board's files into the folder and runs gdb there to the script's end or
 * the deadline; afterwards neither gdb nor QEMU is left. Errors: MISSING_TOOL.
 */
export function runGdb(
  options: GdbBoardOptions,
  scriptFile: string,
  script: string,
  onLine: (line: string) => void = () => {},
): Promise<GdbRun> {
  mkdirSync(options.folder, { recursive: true });
  writeBoardFiles(options.folder, options);
  writeFileSync(join(options.folder, scriptFile), script);
  const [command, ...words] = mortal(GDB, ["--batch", "-nx", "-x", scriptFile]);
  // A session of its own: Ctrl-C on the terminal is for us, and gdb goes when we go.
  const child = spawn(command as string, words, {
    cwd: options.folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const run: GdbRun = { lines: [], code: null, isExpired: false };
  const take = (line: string) => {
    const text = line.replaceAll(/\bw2c_program_\w+/g, (name) => demangle(name));
    run.lines.push(text);
    onLine(text);
  };
  const ends = [child.stdout, child.stderr].map((stream) => {
    const reader = createInterface({ input: stream });
    reader.on("line", take);
    return new Promise((resolve) => reader.once("close", resolve));
  });
  const timer = setTimeout(() => {
    run.isExpired = true;
    child.kill("SIGKILL");
  }, options.timeoutMs);
  return new Promise((resolve, reject) => {
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(missingGdb(error));
    });
    child.once("close", async (code) => {
      clearTimeout(timer);
      if (child.pid === undefined) return;
      await Promise.all(ends);
      run.code = code;
      resolve(run);
    });
  });
}

/** How a user runs a script again by hand. */
export function byHand(folder: string, scriptFile: string): string {
  return `cd ${quote(folder)} && ${GDB} -nx -x ${scriptFile}`;
}

function missingGdb(cause: Error): ToolError {
  return new ToolError(
    "MISSING_TOOL",
    `cannot start ${GDB}: ${cause.message}; install it with: apt-get install ${GDB}`,
    { cause },
  );
}

/** A word as the shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
