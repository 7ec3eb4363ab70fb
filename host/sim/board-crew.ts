// The emulated boards of one run: started together, started again when they die, stopped together.
//
// A board that ends by itself with code 0 has done its windows; any other end is a death: it is
// reported and the board starts again after RESTART_MS, as a watchdog would have it.
import { createSocket } from "node:dgram";
import { EventEmitter } from "node:events";
import type { AddressInfo } from "node:net";
import { ToolError } from "../base/error.ts";
import { LIMIT_WINDOW_SIZE, NODE_FLAG_EMULATED_BOARD } from "../base/spec.ts";
import type { Board } from "../board/schema.ts";
import type { BuildResult } from "../build/build.ts";
import { formatFault } from "../build/fault.ts";
import { configForSource, encodeNodeConfig, opcDateTime } from "../recording/config.ts";
import type { SampleSource } from "../recording/source.ts";
import { type BoardExit, BoardProcess, sweepBoardFolders } from "./board-process.ts";

const RESTART_MS = 1000;
/** The next board starts when this one is ready, or after so long. */
const READY_MS = 2000;
/** Beyond twice its time a board hangs; starting takes a while too. */
const DEADLINE_SLACK_MS = 15_000;
/** A board that ends by itself so often within FAULT_LOOP_MS is broken, not unlucky. */
const FAULT_LOOP_COUNT = 3;
const FAULT_LOOP_MS = 15_000;

export interface CrewMember {
  board: Board;
  image: BuildResult;
  source: SampleSource;
  publisherId: number;
}

export interface CrewOptions {
  members: CrewMember[];
  gatewayPort: number;
  speed: "realtime" | "max";
  /** How long each board measures by its own clock; not given: until stopped. */
  durationMs?: number;
}

interface Events {
  ready: [publisherId: number];
  died: [publisherId: number, exit: BoardExit, complaint: string];
  done: [publisherId: number, exit: BoardExit];
}

export class BoardCrew extends EventEmitter<Events> {
  readonly #options: CrewOptions;
  readonly #running = new Map<number, BoardProcess>();
  readonly #restarts = new Map<number, NodeJS.Timeout>();
  readonly #deaths = new Map<number, number>();
  #deadline: NodeJS.Timeout | undefined;
  #isStopping = false;
  #left: number;
  readonly #faultTimesMs = new Map<number, number[]>();
  #finish: () => void = () => {};
  #fail: (error: unknown) => void = () => {};
  /**
   * Resolves when every board has done its windows. Rejects with BOARD_FAULT if one keeps failing,
   * MISSING_TOOL if QEMU is gone when one is to start again.
   */
  readonly finished: Promise<void>;

  constructor(options: CrewOptions) {
    super();
    this.#options = options;
    this.#left = options.members.length;
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
    this.finished.catch(() => {});
  }

  /** Process id of a board's emulator, undefined while it is down. */
  pid(publisherId: number): number | undefined {
    return this.#running.get(publisherId)?.pid;
  }

  /** How often a board has died. */
  deaths(publisherId: number): number {
    return this.#deaths.get(publisherId) ?? 0;
  }

  async start(): Promise<void> {
    sweepBoardFolders();
    const { durationMs, speed } = this.#options;
    if (durationMs !== undefined && speed === "realtime") {
      const deadlineMs = 2 * durationMs + DEADLINE_SLACK_MS;
      this.#deadline = setTimeout(() => this.#expire(deadlineMs), deadlineMs);
    }
    for (const member of this.#options.members) await this.#launch(member);
  }

  /** Ends all boards; afterwards no process of theirs is left. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#deadline);
    for (const timer of this.#restarts.values()) clearTimeout(timer);
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
  }

  async #launch(member: CrewMember): Promise<void> {
    const { publisherId, source } = member;
    const config = configForSource(source, {
      publisherId,
      windowLimit: this.#windowLimit(source.sampleRateHz),
      epoch: opcDateTime(Date.now()),
      flags: member.board.isEmulated ? NODE_FLAG_EMULATED_BOARD : 0,
    });
    const boardPort = await freeUdpPort();
    if (this.#isStopping) return;
    const running = new BoardProcess({
      board: member.board,
      image: member.image,
      config: encodeNodeConfig(config),
      samples: source.samples,
      wire: { gatewayPort: this.#options.gatewayPort, boardPort },
      speed: this.#options.speed,
    });
    this.#running.set(publisherId, running);
    running.on("ready", () => this.emit("ready", publisherId));
    running.once("exit", (exit) => this.#onExit(member, running, exit));
    let timer: NodeJS.Timeout | undefined;
    // A start that fails (no QEMU) is the caller's to know, at once.
    try {
      await Promise.race([
        running.exited(),
        new Promise((resolve) => running.once("ready", resolve)),
        new Promise((resolve) => (timer = setTimeout(resolve, READY_MS))),
      ]);
    } catch (error) {
      this.#running.delete(publisherId);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Windows of a run at that rate; 0, without end, if no duration was given. */
  #windowLimit(sampleRateHz: number): number {
    const { durationMs } = this.#options;
    if (durationMs === undefined) return 0;
    return Math.max(1, Math.round(((durationMs / 1000) * sampleRateHz) / LIMIT_WINDOW_SIZE));
  }

  /** Ends a run in which a board neither finishes nor dies: it hangs. */
  #expire(deadlineMs: number): void {
    const names = [...this.#running.values()].map((running) => running.board.name).join(", ");
    const seconds = Math.round(deadlineMs / 1000);
    this.#fail(new ToolError("TIMEOUT", `${names || "a board"} did not end within ${seconds} s`));
  }

  /** Notes a fault; true if it is one of too many. */
  #isLooping(publisherId: number): boolean {
    const nowMs = performance.now();
    const times = [...(this.#faultTimesMs.get(publisherId) ?? []), nowMs];
    const recent = times.filter((timeMs) => nowMs - timeMs < FAULT_LOOP_MS);
    this.#faultTimesMs.set(publisherId, recent);
    return recent.length >= FAULT_LOOP_COUNT;
  }

  #onExit(member: CrewMember, running: BoardProcess, exit: BoardExit): void {
    const { publisherId } = member;
    this.#running.delete(publisherId);
    if (this.#isStopping) return;
    if (exit.code === 0) {
      this.emit("done", publisherId, exit);
      if (--this.#left === 0) this.#finish();
      return;
    }
    this.#deaths.set(publisherId, this.deaths(publisherId) + 1);
    this.emit("died", publisherId, exit, running.complaint);
    // Somebody's kill is no failure of the board's.
    if (exit.signal === null && this.#isLooping(publisherId)) {
      const reason = exit.fault
        ? formatFault(exit.fault)
        : running.complaint.split("\n")[0] || `it ends with ${exit.status ?? exit.code}`;
      this.#fail(new ToolError("BOARD_FAULT", `${member.board.name} keeps failing: ${reason}`));
      return;
    }
    this.#restarts.set(
      publisherId,
      setTimeout(() => {
        this.#launch(member).catch((error: unknown) => this.#fail(error));
      }, RESTART_MS),
    );
  }
}

/** A UDP port on loopback that was free a moment ago. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
