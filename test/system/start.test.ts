// The main job as a user runs it: three emulated boards, the gateway, real recordings; then things
// are killed.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { EXIT_BOARD_FAULT } from "../../host/base/spec.ts";
import type { RunReport } from "../../host/cli/report.ts";
import type { StatusMessage } from "../../host/gateway/messages.ts";
import { locateRecording } from "../../host/recording/library.ts";
import { findRecording } from "../../host/recording/manifest.ts";
import { descendants, isAlive, startLatch, waitFor } from "./processes.ts";

const START_MS = 60_000;
const hasRecordings = ["cwru:1797_OR_at_6_21_DE12", "cwru:1797_IR_21_DE12"].every((id) =>
  locateRecording(findRecording(id)),
);
const skip = hasRecordings ? false : "no recordings here; set LATCH_DATA";

async function status(address: string): Promise<StatusMessage | undefined> {
  try {
    const response = await fetch(new URL("/status", address));
    return (await response.json()) as StatusMessage;
  } catch {
    return undefined;
  }
}

test("three boards find the defect of their bearing and lose no frame", { skip }, async () => {
  const run = startLatch("start", "--headless", "--for", "12s", "--json");
  assert.equal(await run.ended, 0, run.said());
  const report = JSON.parse(run.stdout()) as RunReport;
  assert.equal(report.boards.length, 3);
  for (const board of report.boards) {
    assert.equal(board.lost, 0, board.board);
    assert.equal(board.framesReceived, board.framesSent, board.board);
    // 12 s of 12 kHz are 70.3 windows of four frames.
    assert.equal(board.framesReceived, 70 * 4, board.board);
    assert.equal(board.isSimulatedSignal, false);
  }
  const [outer, inner] = report.boards;
  assert.ok(outer && inner);
  assert.ok(Math.abs(outer.envelopePeakHz / outer.defectsHz.bpfo - 1) < 0.02, "outer race at BPFO");
  assert.ok(Math.abs(inner.envelopePeakHz / inner.defectsHz.bpfi - 1) < 0.02, "inner race at BPFI");
  assert.equal(new Set(report.boards.map((board) => board.source)).size, 3);
  assert.deepEqual(report.refused, {});
});

test("a killed board and a killed gateway come back while the rest goes on; Ctrl-C leaves nothing", async () => {
  const run = startLatch(
    "start",
    "--http",
    "0",
    "-s",
    "model:outer:1",
    "-s",
    "model:inner:2",
    "-s",
    "model:healthy:3",
  );
  const pid = run.child.pid as number;
  try {
    const address = await waitFor(
      "the page's address",
      START_MS,
      () => /page: (\S+)/.exec(run.said())?.[1],
    );
    const liveCount = async (count: number) => {
      const seen = await status(address);
      return seen?.nodes.filter((node) => node.state === "live").length === count
        ? seen
        : undefined;
    };
    await waitFor("three live boards", START_MS, () => liveCount(3));

    const board = descendants(pid).find((process) => process.command.includes("mps2-an386"));
    assert.ok(board, "a board runs in QEMU");
    process.kill(board.pid, "SIGKILL");
    await waitFor("word of its death", 5000, () =>
      /mps2-an386: killed by SIGKILL/.test(run.said()) ? true : undefined,
    );
    const back = await waitFor("the board's return", 15_000, async () => {
      const seen = await liveCount(3);
      return seen?.nodes.some((node) => node.restarts > 0) ? seen : undefined;
    });
    for (const node of back.nodes.filter((node) => node.restarts === 0)) {
      assert.equal(node.lost, 0, "the others lost nothing");
    }

    const gateway = descendants(pid).find((process) =>
      process.command.includes("latch.mjs gateway"),
    );
    assert.ok(gateway, "the gateway is a process of its own");
    process.kill(gateway.pid, "SIGKILL");
    await waitFor("the gateway's return at the same address", 20_000, async () => {
      const seen = await liveCount(3);
      return seen && seen.uptimeMs < 15_000 ? seen : undefined;
    });
    const boards = descendants(pid).filter((process) =>
      process.command.includes("qemu-system-arm"),
    );
    assert.equal(boards.length, 3, "the boards went on");
  } finally {
    const all = descendants(pid);
    run.child.kill("SIGINT");
    assert.equal(await run.ended, 0, run.said());
    assert.deepEqual(
      all.filter((process) => isAlive(process.pid)),
      [],
      "nothing is left running",
    );
  }
});

test("a start killed by SIGKILL takes its gateway and its boards with it", async () => {
  const run = startLatch("start", "--headless", "-b", "mps2-an385", "-s", "model:outer:1");
  const pid = run.child.pid as number;
  let all: ReturnType<typeof descendants> = [];
  try {
    await waitFor("the page's address", START_MS, () => /page: (\S+)/.exec(run.said())?.[1]);
    all = descendants(pid);
    for (const part of ["latch.mjs gateway", "qemu-system-arm"]) {
      assert.ok(
        all.some((process) => process.command.includes(part)),
        `${part} is running`,
      );
    }
    run.child.kill("SIGKILL");
    const left = () => all.filter((process) => isAlive(process.pid));
    await waitFor("the end of every process", 5000, () =>
      left().length === 0 ? true : undefined,
    ).catch(() => assert.deepEqual(left(), [], "nothing is left running"));
  } finally {
    run.child.kill("SIGKILL");
    for (const { pid } of all.filter((process) => isAlive(process.pid))) {
      process.kill(pid, "SIGKILL");
    }
  }
});

test("a port in use is one line and exit code 9, and nothing is left running", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = (server.address() as { port: number }).port;
  try {
    for (const words of [
      ["gateway", "--http", String(port), "--link", "udp:0"],
      ["start", "--http", String(port), "-s", "model:healthy:1"],
    ]) {
      const run = startLatch(...words);
      const pid = run.child.pid as number;
      assert.equal(await run.ended, 9, run.said());
      assert.match(run.said(), /^latch: .*\b(in use|taken)\b.*$/m);
      assert.doesNotMatch(run.said(), /\n\s+at /, "no stack");
      assert.deepEqual(descendants(pid), []);
    }
  } finally {
    server.close();
  }
});

test("a faulty wire shows in the counters and nowhere else", async () => {
  const faults = "loss=0.05,duplicate=0.05,corrupt=0.01,reorder=0.05,seed=5";
  const run = startLatch(
    "start",
    "--headless",
    "--for",
    "8s",
    "--json",
    "--wire",
    faults,
    "-s",
    "model:outer:1",
  );
  assert.equal(await run.ended, 0, run.said());
  const report = JSON.parse(run.stdout()) as RunReport;
  assert.ok(report.simulated.includes("faults of the wire"), "it says that the wire is simulated");
  assert.ok(report.boards.some((board) => board.lost > 0 && board.duplicates > 0));
  for (const board of report.boards) {
    assert.ok(
      Math.abs(board.envelopePeakHz / board.defectsHz.bpfo - 1) < 0.02,
      "no damaged value is shown",
    );
  }
});

test("a board that keeps failing ends the run with its fault and exit code 11", async () => {
  const program = fileURLToPath(new URL("../core/programs/faults.ts", import.meta.url));
  // The program asserts when both flags of its configuration are set, as they are here.
  const run = startLatch("start", program, "--headless", "-b", "mps2-an385", "-s", "model:outer:1");
  const pid = run.child.pid as number;
  assert.equal(await run.ended, EXIT_BOARD_FAULT, run.said());
  assert.match(
    run.said(),
    /^latch: mps2-an385 keeps failing: ASSERT at test\/core\/programs\/faults\.ts:\d+/m,
  );
  assert.deepEqual(descendants(pid), []);
});
