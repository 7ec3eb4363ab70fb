// A board as a child process: QEMU with its wire, its recorded ADC and its console; or the native
// build.
//
// The board's files (configuration record, samples) lie in a folder of their own under the system's
// temporary folder and go with the process. Console lines that begin with "latch:" are for us
// (firmware/port/runtime.c), the rest for people.
import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { assert, messageOf, ToolError } from "../base/error.ts";
import { FAULT_RECORD_PROGRAM_COUNTER, STATUS_NAMES } from "../base/spec.ts";
import type { Board } from "../board/schema.ts";
import type { BuildResult } from "../build/build.ts";
import { toolPrefix } from "../build/compile-c.ts";
import { decodeFault, type Fault } from "../build/fault.ts";

/** The board's files, in a folder named after the process that made it. */
const FOLDER_PREFIX = "latch-board-";
const CONFIG_FILE = "config.bin";
const SAMPLE_FILE = "adc.i16";
/** A link to the file that the caller keeps: a path without blanks for the board's command line. */
const FLASH_FILE = "flash.bin";
const ERASED = 0xff;

export interface BoardProcessOptions {
  board: Board;
  image: BuildResult;
  config: Uint8Array;
  samples: Int16Array;
  /** UDP ports on loopback: where the gateway's wire listens, and the board's own. */
  wire: { gatewayPort: number; boardPort: number };
  speed: "realtime" | "max";
  /**
   * File that stands for the board's pageFlash, and stays; made, erased, if it is not there. If not
   * given, the board has no flash for pages in this run.
   */
  flashPath?: string;
  /** QEMU -icount shift=0: one instruction is one nanosecond of the board's clock. */
  isInstructionCounted?: boolean;
}

/** How long the main loop's work took, per window. */
export interface StepTimes {
  clockHz: number;
  count: number;
  meanTicks: number;
  minTicks: number;
  maxTicks: number;
}

export interface BoardExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  fault?: Fault;
  steps?: StepTimes;
  /** Name of the status with which the program's step() ended the run; END is the good one. */
  status?: string | undefined;
}

interface Events {
  ready: [buildId: string];
  log: [line: string];
  exit: [exit: BoardExit];
}

/** Starts at construction; `exit` comes exactly once, or never if QEMU cannot be started. */
export class BoardProcess extends EventEmitter<Events> {
  readonly board: Board;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #image: BuildResult;
  #faultHex: string | undefined;
  #steps: StepTimes | undefined;
  #endStatus: number | undefined;
  #stderr = "";
  readonly #exited: Promise<BoardExit>;

  constructor(options: BoardProcessOptions) {
    super();
    this.board = options.board;
    this.#image = options.image;
    this.#folder = mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
    writeBoardFiles(this.#folder, options);
    if (options.flashPath !== undefined) this.#linkFlash(resolve(options.flashPath));
    const [command, ...words] = mortal("qemu-system-arm", qemuArguments(options));
    this.#child = spawn(command as string, words, {
      cwd: this.#folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const console = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    console.on("line", (line) => this.#onLine(line));
    this.#child.stderr?.on("data", (chunk) => (this.#stderr += chunk));
    const consoleClosed = new Promise((resolve) => console.once("close", resolve));
    this.#exited = new Promise((resolve, reject) => {
      this.#child.once("error", (error) => {
        this.#clean();
        reject(
          new ToolError(
            "MISSING_TOOL",
            `cannot start qemu-system-arm: ${error.message}; see: latch doctor`,
          ),
        );
      });
      this.#child.once("close", async (code, signal) => {
        // A child that never was closes too, behind its error.
        if (this.#child.pid === undefined) return;
        await consoleClosed;
        this.#clean();
        const exit: BoardExit = { code, signal };
        const fault = await this.#fault();
        if (fault) exit.fault = fault;
        if (this.#steps) exit.steps = this.#steps;
        if (this.#endStatus !== undefined) exit.status = STATUS_NAMES[this.#endStatus];
        resolve(exit);
        this.emit("exit", exit);
      });
    });
    this.#exited.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What QEMU itself complained about. */
  get complaint(): string {
    return this.#stderr.trim();
  }

  /** Resolves when the board has ended. Rejects with MISSING_TOOL if QEMU cannot be started. */
  exited(): Promise<BoardExit> {
    return this.#exited;
  }

  /** Ends the board, by force after 2 s; afterwards its folder is gone too. */
  async stop(): Promise<void> {
    // To a child that has ended already no signal goes; its files may still be there.
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2000);
    await this.#exited.catch(() => {});
    clearTimeout(timer);
  }

  #linkFlash(path: string): void {
    const { pageFlash, name } = this.board;
    if (!pageFlash) throw new ToolError("USAGE", `${name} has no flash for pages`);
    if (!existsSync(path)) writeFileSync(path, Buffer.alloc(pageFlash.sizeBytes, ERASED));
    symlinkSync(path, join(this.#folder, FLASH_FILE));
  }

  #onLine(line: string): void {
    const words = /^latch: (\w+) ([0-9a-f]+)$/.exec(line);
    if (!words) {
      this.emit("log", line);
      return;
    }
    const hex = words[2] as string;
    if (words[1] === "ready") this.emit("ready", hex);
    if (words[1] === "fault") this.#faultHex = hex;
    if (words[1] === "steps") this.#steps = parseSteps(hex);
    if (words[1] === "end") this.#endStatus = Number.parseInt(hex, 16) | 0;
  }

  async #fault(): Promise<Fault | undefined> {
    const hex = this.#faultHex;
    if (hex === undefined) return undefined;
    const image = { ...this.#image, toolPrefix: toolPrefix(this.board) };
    try {
      return await decodeFault(hex, image);
    } catch (error) {
      // No addr2line here: a fault without its place is still a fault.
      this.#stderr += `${messageOf(error)}\n`;
      const at = FAULT_RECORD_PROGRAM_COUNTER * 2;
      const placeless = `${hex.slice(0, at)}00000000${hex.slice(at + 8)}`;
      return decodeFault(placeless, image).catch(() => undefined);
    }
  }

  #clean(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * The command under util-linux's setpriv, which has the kernel kill it when this process dies: so a
 * board does not outlive a `latch` that was killed itself. As it is where there is no setpriv.
 */
export function mortal(command: string, words: string[]): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const find = (name: string) =>
    folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const path = find(command);
  const setpriv = find("setpriv");
  return path && setpriv ? [setpriv, "--pdeathsig", "KILL", path, ...words] : [command, ...words];
}

/** Removes the folders of boards whose `latch` was killed before it could. */
export function sweepBoardFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner === undefined || existsSync(`/proc/${owner}`)) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** Puts a board's files into the folder in which its QEMU will run. */
export function writeBoardFiles(
  folder: string,
  feed: { config: Uint8Array; samples: Int16Array },
): void {
  const { buffer, byteOffset, byteLength } = feed.samples;
  writeFileSync(join(folder, CONFIG_FILE), feed.config);
  writeFileSync(join(folder, SAMPLE_FILE), new Uint8Array(buffer, byteOffset, byteLength));
}

/** QEMU's words for a board, its image and its files, without console, wire and clock. */
export function machineArguments(
  board: Board,
  elf: string,
  speed: BoardProcessOptions["speed"],
  files: string[] = [],
): string[] {
  assert(board.runner.kind === "qemu", `${board.name} runs in QEMU`);
  return [
    ...["-M", board.runner.machine],
    ...["-kernel", elf],
    ...["-display", "none", "-monitor", "none"],
    "-semihosting-config",
    `enable=on,target=native,arg=node,arg=${CONFIG_FILE},arg=${SAMPLE_FILE},arg=${speed}` +
      files.map((file) => `,arg=${file}`).join(""),
  ];
}

function qemuArguments(options: BoardProcessOptions): string[] {
  const { board, wire, image, speed, flashPath } = options;
  return [
    ...machineArguments(board, image.elf, speed, flashPath === undefined ? [] : [FLASH_FILE]),
    ...["-serial", "stdio"],
    "-netdev",
    "dgram,id=link,local.type=inet,local.host=127.0.0.1," +
      `local.port=${wire.boardPort},remote.type=inet,remote.host=127.0.0.1,remote.port=${wire.gatewayPort}`,
    ...["-net", "nic,model=lan9118,netdev=link"],
    ...(options.isInstructionCounted ? ["-icount", "shift=0"] : []),
  ];
}

function parseSteps(hex: string): StepTimes {
  const word = (index: number) => Number.parseInt(hex.slice(8 * index, 8 * index + 8), 16);
  const sum = word(2) * 2 ** 32 + word(3);
  const count = word(1);
  return {
    clockHz: word(0),
    count,
    meanTicks: count === 0 ? 0 : sum / count,
    minTicks: word(4),
    maxTicks: word(5),
  };
}
