// latch start: three emulated boards, the gateway and its page, together, until Ctrl-C.
//
// What `npm start` runs. The boards and the gateway are processes of their own: any of them may die
// and is started again while the rest goes on.
import type { Command } from "commander";
import { ToolError } from "../base/error.ts";
import { loadBoard } from "../board/load.ts";
import { buildProgram } from "../build/build.ts";
import { formatFault } from "../build/fault.ts";
import { locateRecording } from "../recording/library.ts";
import { findRecording } from "../recording/manifest.ts";
import { openSource } from "../recording/source.ts";
import { BoardCrew, type CrewMember, freeUdpPort } from "../sim/board-crew.ts";
import { DEFAULT_HTTP_PORT, endOfRun } from "./gateway.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { checkWire } from "./link.ts";
import { LiveFeed } from "./live.ts";
import { LiveView } from "./live-view.ts";
import { boardReport, formatReport } from "./report.ts";
import { addSourceOptions, type SourceWords, sourceOptions } from "./source.ts";
import { collect, parseDuration, parsePort, printJson, say } from "./words.ts";

export interface StartOptions extends SourceWords {
  board?: string[];
  http?: number;
  wire?: string;
  keep?: string;
  for?: number;
  headless?: true;
  json?: true;
}

/**
 * Boards of a plain `npm start`, each with a bearing of its own and what stands in where no
 * recording is at hand.
 */
const CREW = [
  { board: "mps2-an385", source: "cwru:1797_OR_at_6_21_DE12", model: "model:outer:1" },
  { board: "mps2-an386", source: "cwru:1797_IR_21_DE12", model: "model:inner:2" },
  { board: "mps2-an500", source: "cwru:1797_Normal", model: "model:healthy:3" },
];

const SETTLE_MS = 700;

export function addStart(latch: Command): void {
  const command = latch
    .command("start")
    .description("boot three emulated boards and the gateway, and show the live page")
    .argument("[program]", "AssemblyScript entry file; the package's vibration node if not given")
    .option("-b, --board <name>", "board instead of the three; repeatable", collect);
  addSourceOptions(command)
    .option(
      "--http <port>",
      `port of the page; 0 lets the system choose (default: ${DEFAULT_HTTP_PORT})`,
      parsePort,
    )
    .option(
      "--wire <faults>",
      "emulated faults: loss=0.05,duplicate=0.05,corrupt=0.01,reorder=0.02,seed=7",
      checkWire,
    )
    .option("--keep <file>", "keep the boards' last values in a file and show them after a restart")
    .option(
      "--for <duration>",
      "each board measures this long and ends, for example 20s",
      parseDuration,
    )
    .option("--headless", "no terminal view; any free port for the page")
    .option("--json", "print the result of the run as JSON")
    .action(startBoards);
}

/** Builds, boots, watches, and ends everything it started. */
export async function startBoards(
  program: string | undefined,
  options: StartOptions,
): Promise<void> {
  const members = await prepare(program, options);
  const gatewayPort = await freeUdpPort();
  const httpPort = options.http ?? (options.headless ? 0 : DEFAULT_HTTP_PORT);
  const words = ["--link", `udp:${gatewayPort}`];
  const simulated = ["boards (emulated by QEMU)", "Ethernet (a wire on loopback)"];
  if (members.some((member) => member.source.isSimulated)) simulated.push("signal (bearing model)");
  for (const what of simulated) words.push("--simulated", what);
  if (options.wire) words.push("--wire", options.wire);
  if (options.keep !== undefined) words.push("--keep", options.keep);
  const view = new LiveView(process.stdout, say);
  const gateway = new GatewayProcess({
    words,
    httpPort,
    onRestart: () => view.note("gateway: died, starting it again"),
  });
  const duration = options.for === undefined ? {} : { durationMs: options.for };
  const crew = new BoardCrew({ members, gatewayPort, speed: "realtime", ...duration });
  watch(crew, members, view);
  let feed: LiveFeed | undefined;
  let drawing: NodeJS.Timeout | undefined;
  const stop = async () => {
    clearInterval(drawing);
    feed?.close();
    await crew.stop();
    await gateway.stop();
  };
  try {
    const address = await gateway.start();
    feed = new LiveFeed(address);
    const ended = endOfRun();
    await crew.start();
    say(`page: ${address}${options.for ? "" : "   (Ctrl-C ends everything)"}`);
    if (!options.headless && !options.json) drawing = showLive(view, feed, members, address);
    const isComplete = await Promise.race([
      crew.finished.then(() => true),
      ended.then(() => false),
    ]);
    clearInterval(drawing);
    // Frames on their way: the gateway tells its counters every 500 ms.
    if (isComplete) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const report = boardReport(feed, members, crew, address);
    if (options.json) printJson(report);
    else if (isComplete) {
      // The result is whole, whatever the terminal's width.
      view.close();
      process.stdout.write(`${formatReport(report)}\n`);
    }
    if (isComplete && report.boards.some((board) => board.lost > 0 && !options.wire))
      process.exitCode = 1;
  } finally {
    await stop();
  }
}

async function prepare(program: string | undefined, options: StartOptions): Promise<CrewMember[]> {
  const boards = options.board ?? CREW.map((seat) => seat.board);
  const members: CrewMember[] = [];
  for (const [i, name] of boards.entries()) {
    const seat = CREW[i % CREW.length] as (typeof CREW)[number];
    const own = options.source?.[i % options.source.length];
    const recorded = locateRecording(findRecording(seat.source)) ? seat.source : seat.model;
    const board = loadBoard(name);
    if (board.runner.kind !== "qemu") {
      throw new ToolError("USAGE", `${name} has no emulator; choose another board: latch boards`);
    }
    const { result, isFresh } = await buildProgram({
      board,
      ...(program === undefined ? {} : { program }),
      onProgress: say,
    });
    const source = openSource(own ?? recorded, sourceOptions(options));
    say(
      `${name}: ${isFresh ? "built" : "up to date"}, fed with ${own ?? recorded}${source.isSimulated ? " (simulated signal)" : ""}`,
    );
    for (const assumption of source.assumptions) say(`${name}: ${assumption}`);
    members.push({ board, image: result, source, publisherId: i + 1 });
  }
  return members;
}

function watch(crew: BoardCrew, members: CrewMember[], view: LiveView): void {
  const nameOf = (publisherId: number) =>
    members.find((member) => member.publisherId === publisherId)?.board.name ?? String(publisherId);
  crew.on("died", (publisherId, exit, complaint) => {
    const reason = exit.fault
      ? formatFault(exit.fault)
      : complaint.split("\n")[0] ||
        (exit.signal ? `killed by ${exit.signal}` : `ended with ${exit.code}`);
    view.note(`${nameOf(publisherId)}: ${reason}; starting it again`);
  });
}

/** Draws the summary once a second: in place on a terminal, as lines every 5 s elsewhere. */
function showLive(
  view: LiveView,
  feed: LiveFeed,
  members: CrewMember[],
  address: string,
): NodeJS.Timeout {
  return setInterval(
    () => view.draw(formatReport(boardReport(feed, members, undefined, address))),
    view.isInPlace ? 1000 : 5000,
  );
}
