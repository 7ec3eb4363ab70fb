// Boards of one run: a dead one comes back, a broken one ends the run, a stopped crew leaves no
// process.
//
// Real QEMU. Each test counts the emulators among the children of its own process.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ToolError } from "../../../host/base/error.ts";
import { packageRoot } from "../../../host/base/package.ts";
import { loadBoard } from "../../../host/board/load.ts";
import { type BuildResult, buildProgram } from "../../../host/build/build.ts";
import { openSource } from "../../../host/recording/source.ts";
import { BoardCrew, type CrewMember, freeUdpPort } from "../../../host/sim/board-crew.ts";
import type { BoardExit } from "../../../host/sim/board-process.ts";
import { descendants, isAlive } from "../../system/processes.ts";

const board = loadBoard("mps2-an385");
const source = openSource("model:inner:4");
let plain: BuildResult;
let broken: BuildResult;

before(async () => {
  plain = (await buildProgram({ board })).result;
  // The model and the emulation set both flags of the record, on which step() fails an assert.
  const program = join(packageRoot, "test/core/programs/faults.ts");
  broken = (await buildProgram({ board, program })).result;
});

async function crewOf(images: BuildResult[], windowLimit: number): Promise<BoardCrew> {
  const members: CrewMember[] = images.map((image, i) => ({
    board,
    image,
    source,
    publisherId: i + 1,
  }));
  const speed = windowLimit === 0 ? "realtime" : "max";
  return new BoardCrew({
    members,
    gatewayPort: await freeUdpPort(),
    speed,
    ...(windowLimit === 0 ? {} : { durationMs: (windowLimit * 2048 * 1000) / 12_000 }),
  });
}

/** Emulators that this process has started and that have not ended. */
function emulators(): number[] {
  return descendants(process.pid)
    .filter(({ command }) => command.includes("qemu-system-arm"))
    .map(({ pid }) => pid)
    .filter(isAlive);
}

test("boards that have done their windows are done, and the run with them", async () => {
  const crew = await crewOf([plain, plain], 2);
  const done = new Map<number, BoardExit>();
  const ready: number[] = [];
  crew.on("ready", (publisherId) => ready.push(publisherId));
  crew.on("done", (publisherId, exit) => done.set(publisherId, exit));
  crew.on("died", (publisherId) => assert.fail(`board ${publisherId} died`));
  await crew.start();
  await crew.finished;
  assert.deepEqual(ready.toSorted(), [1, 2]);
  assert.deepEqual([...done.keys()].toSorted(), [1, 2]);
  for (const exit of done.values()) assert.equal(exit.steps?.count, 2);
  assert.equal(crew.pid(1), undefined);
  assert.deepEqual(emulators(), []);
  await crew.stop();
});

test("a killed board is told and comes back, the other goes on; stop leaves no process", async () => {
  const crew = await crewOf([plain, plain], 0);
  try {
    await crew.start();
    const [first, second] = [crew.pid(1), crew.pid(2)];
    assert.ok(first && second);
    assert.deepEqual(emulators().toSorted(), [first, second].toSorted());
    const died = once(crew, "died");
    process.kill(first, "SIGKILL");
    const [publisherId, exit] = (await died) as [number, BoardExit];
    assert.equal(publisherId, 1);
    assert.equal(exit.signal, "SIGKILL");
    assert.equal(crew.pid(1), undefined);
    const [again] = await once(crew, "ready");
    assert.equal(again, 1);
    assert.notEqual(crew.pid(1), first);
    assert.equal(crew.pid(2), second);
    assert.deepEqual([crew.deaths(1), crew.deaths(2)], [1, 0]);
  } finally {
    await crew.stop();
  }
  assert.deepEqual(emulators(), []);
});

test("a board that keeps failing ends the run with its fault, after the third", async () => {
  const crew = await crewOf([broken], 0);
  let deaths = 0;
  crew.on("died", (_, exit) => {
    deaths++;
    assert.equal(exit.fault?.kind, "ASSERT");
  });
  try {
    await crew.start();
    await assert.rejects(
      crew.finished,
      (error) =>
        error instanceof ToolError &&
        error.code === "BOARD_FAULT" &&
        /^mps2-an385 keeps failing: ASSERT.*faults\.ts:\d+/.test(error.message),
    );
    assert.equal(deaths, 3);
    assert.equal(crew.deaths(1), 3);
  } finally {
    await crew.stop();
  }
  assert.deepEqual(emulators(), []);
});

test("a crew stopped while its boards start leaves no process, then or later", async () => {
  const crew = await crewOf([plain, plain, plain], 0);
  const starting = crew.start();
  await crew.stop();
  await starting;
  assert.deepEqual(emulators(), []);
  assert.deepEqual([1, 2, 3].map((id) => crew.pid(id)).filter(Boolean), []);
});

test("a crew stopped while a dead board waits for its new start leaves it dead", async () => {
  const crew = await crewOf([plain], 0);
  await crew.start();
  const died = once(crew, "died");
  process.kill(crew.pid(1) as number, "SIGKILL");
  await died;
  await crew.stop();
  // Longer than the pause before a new start.
  await sleep(1300);
  assert.deepEqual(emulators(), []);
  assert.equal(crew.deaths(1), 1);
});

/** Takes QEMU from the PATH while the action runs. */
async function withoutQemu(action: () => Promise<void>): Promise<void> {
  const { PATH } = process.env;
  const folder = mkdtempSync(join(tmpdir(), "latch-test-"));
  process.env.PATH = folder;
  try {
    await action();
  } finally {
    process.env.PATH = PATH;
    rmSync(folder, { recursive: true });
  }
}

const isMissingTool = (error: unknown) =>
  error instanceof ToolError && error.code === "MISSING_TOOL";

test("without QEMU the start fails, and no board counts as dead", async () => {
  const crew = await crewOf([plain, plain], 0);
  crew.on("died", (publisherId) => assert.fail(`board ${publisherId} died`));
  await withoutQemu(() => assert.rejects(crew.start(), isMissingTool));
  await crew.stop();
  assert.equal(crew.deaths(1), 0);
});

test("QEMU that is gone when a board is to start again ends the run", async () => {
  const crew = await crewOf([plain], 0);
  await crew.start();
  try {
    await withoutQemu(async () => {
      process.kill(crew.pid(1) as number, "SIGKILL");
      await assert.rejects(crew.finished, isMissingTool);
    });
  } finally {
    await crew.stop();
  }
  assert.equal(crew.deaths(1), 1);
  assert.deepEqual(emulators(), []);
});
