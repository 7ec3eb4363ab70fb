// A board under gdb: recorded first, undisturbed, then replayed instruction by instruction.
//
// A stop would change what comes after it: the clock of a board goes on while gdb thinks. So QEMU
// records the run (-icount rr=record; 64 ns an instruction, nearly 25 MHz) and gdb looks at the
// replay, which is the same however often it stops. gdb starts QEMU itself, at the other end of a
// pipe: there is no port, and neither outlives the other. All files stay in one folder, so a user
// can run the script again.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ToolError } from "../base/error.ts";
import * as spec from "../base/spec.ts";
import type { Board } from "../board/schema.ts";
import type { BuildResult } from "../build/build.ts";
import { demangle } from "../build/translate.ts";
import { machineArguments, mortal, writeBoardFiles } from "../sim/board-process.ts";

export const GDB = "gdb-multiarch";
const RECORDING = "run.rr";
const CONSOLE = ["-serial", "file:console.txt", "-net", "none"];
/** A board that was told to end does so at once. */
const END_TIMEOUT_MS = 5000;

export interface GdbBoardOptions {
  board: Board;
  image: BuildResult;
  config: Uint8Array;
  samples: Int16Array;
  /** Where recording, script, board's files and transcript go; made if it is not there. */
  folder: string;
  /** How long the board is recorded, unless it ends by itself; some 20 million instructions/s. */
  recordMs: number;
  timeoutMs: number;
}

export interface GdbRun {
  /** What gdb printed, function names as in TypeScript. */
  lines: string[];
  code: number | null;
  isExpired: boolean;
}

function machine({ board, image }: GdbBoardOptions, mode: "record" | "replay"): string[] {
  return [
    ...machineArguments(board, image.elf, "realtime"),
    ...CONSOLE,
    ...["-icount", `shift=6,sleep=off,rr=${mode},rrfile=${RECORDING}`],
  ];
}

/** The part of a script that connects to a board that has not yet begun. */
export function connectScript(options: GdbBoardOptions): string {
  const words = [...machine(options, "replay"), "-gdb", "stdio", "-S"];
  const command = mortal("qemu-system-arm", words).map(quote).join(" ");
  return [
    "set pagination off",
    "set confirm off",
    "set width 0",
    "set print address off",
    "set print frame-info location",
    `file ${options.image.elf}`,
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
 * Records the board in the folder, writes the script there and runs gdb to the script's end or the
 * deadline; afterwards neither gdb nor QEMU is left. Errors: MISSING_TOOL; FAILED if QEMU does.
 */
export async function runGdb(
  options: GdbBoardOptions,
  scriptFile: string,
  script: string,
  onLine: (line: string) => void = () => {},
): Promise<GdbRun> {
  mkdirSync(options.folder, { recursive: true });
  writeBoardFiles(options.folder, options);
  writeFileSync(join(options.folder, scriptFile), script);
  await record(options);
  return replay(options, scriptFile, onLine);
}

function record(options: GdbBoardOptions): Promise<void> {
  const [command, ...words] = mortal("qemu-system-arm", machine(options, "record"));
  const child = spawn(command as string, words, {
    cwd: options.folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (chunk) => (complaint += chunk));
  const timers = [
    setTimeout(() => child.kill("SIGTERM"), options.recordMs),
    setTimeout(() => child.kill("SIGKILL"), options.recordMs + END_TIMEOUT_MS),
  ];
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      for (const timer of timers) clearTimeout(timer);
      reject(new ToolError("MISSING_TOOL", `cannot start QEMU: ${cause.message}`, { cause }));
    });
    child.once("close", (_code, signal) => {
      for (const timer of timers) clearTimeout(timer);
      if (child.pid === undefined) return;
      // A program may end as it likes; without a recording QEMU did not run it.
      if (signal === null && existsSync(join(options.folder, RECORDING))) resolve();
      else reject(new ToolError("FAILED", `QEMU did not record: ${complaint.trim() || signal}`));
    });
  });
}

function replay(
  options: GdbBoardOptions,
  scriptFile: string,
  onLine: (line: string) => void,
): Promise<GdbRun> {
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
