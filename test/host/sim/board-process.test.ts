// An emulated board as a process: what it says, how it ends, and that nothing of it stays behind.
//
// Real QEMU. The temporary folder is the test's own, so that what lies in it is the board's.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ToolError } from "../../../host/base/error.ts";
import { packageRoot } from "../../../host/base/package.ts";
import { NODE_CONFIG_FLAGS } from "../../../host/base/spec.ts";
import { loadBoard } from "../../../host/board/load.ts";
import { type BuildResult, buildProgram } from "../../../host/build/build.ts";
import { configForSource, encodeNodeConfig } from "../../../host/recording/config.ts";
import { openSource } from "../../../host/recording/source.ts";
import { freeUdpPort } from "../../../host/sim/board-crew.ts";
import { type BoardExit, BoardProcess } from "../../../host/sim/board-process.ts";
import { isAlive } from "../../system/processes.ts";

const board = loadBoard("mps2-an385");
const source = openSource("model:outer:2");
const { PATH, TMPDIR } = process.env;
let plain: BuildResult;
let broken: BuildResult;
let folder: string;

before(async () => {
  plain = (await buildProgram({ board })).result;
  const program = join(packageRoot, "test/core/programs/faults.ts");
  broken = (await buildProgram({ board, program })).result;
  folder = mkdtempSync(join(tmpdir(), "latch-test-"));
  process.env.TMPDIR = folder;
});

after(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  rmSync(folder, { recursive: true });
});

async function start(
  image: BuildResult,
  windowLimit: number,
  flags?: number,
): Promise<BoardProcess> {
  const config = encodeNodeConfig(configForSource(source, { publisherId: 1, windowLimit }));
  if (flags !== undefined) new DataView(config.buffer).setUint32(NODE_CONFIG_FLAGS, flags, true);
  return new BoardProcess({
    board,
    image,
    config,
    samples: source.samples,
    wire: { gatewayPort: await freeUdpPort(), boardPort: await freeUdpPort() },
    speed: windowLimit === 0 ? "realtime" : "max",
  });
}

const ready = (running: BoardProcess) =>
  new Promise<string>((resolve) => running.once("ready", resolve));

test("a board says its build, does its windows, and ends with how long they took", async () => {
  const running = await start(plain, 3);
  const exits: BoardExit[] = [];
  running.on("exit", (exit) => exits.push(exit));
  assert.equal(readdirSync(folder).length, 1, "configuration and samples lie in a folder");
  assert.equal(await ready(running), plain.buildId);
  const exit = await running.exited();
  assert.equal(exit.code, 0);
  assert.equal(exit.signal, null);
  assert.equal(exit.fault, undefined);
  assert.equal(exit.steps?.count, 3);
  const { minTicks, meanTicks, maxTicks } = exit.steps!;
  assert.ok(minTicks > 0 && minTicks <= meanTicks && meanTicks <= maxTicks);
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(isAlive(running.pid!), false);
  await running.stop();
  await turn();
  assert.deepEqual(exits, [exit], "told once");
});

test("a stopped board leaves no process and no folder", async () => {
  const running = await start(plain, 0);
  await ready(running);
  assert.equal(readdirSync(folder).length, 1);
  await Promise.all([running.stop(), running.stop()]);
  assert.equal(isAlive(running.pid!), false);
  assert.deepEqual(readdirSync(folder), []);
  const exit = await running.exited();
  assert.equal(exit.steps, undefined);
});

test("a board stopped before it is ready leaves nothing either", async () => {
  const running = await start(plain, 0);
  await running.stop();
  assert.equal(isAlive(running.pid!), false);
  assert.deepEqual(readdirSync(folder), []);
});

test("a killed board tells the signal; whoever stops it meanwhile waits for the end", async () => {
  const running = await start(plain, 0);
  await ready(running);
  process.kill(running.pid!, "SIGKILL");
  let isOver = false;
  const exited = running.exited().then((exit) => {
    isOver = true;
    return exit;
  });
  const isLeft: Promise<boolean>[] = [];
  while (!isOver) {
    isLeft.push(running.stop().then(() => readdirSync(folder).length > 0));
    await turn();
  }
  const exit = await exited;
  assert.equal(exit.code, null);
  assert.equal(exit.signal, "SIGKILL");
  assert.equal((await Promise.all(isLeft)).filter(Boolean).length, 0);
});

test("a board that breaks hands over its fault, and its folder goes", async () => {
  const running = await start(broken, 3);
  const exit = await running.exited();
  assert.notEqual(exit.code, 0);
  assert.equal(exit.fault?.kind, "ASSERT");
  assert.equal(exit.fault?.buildId, broken.buildId);
  assert.deepEqual(readdirSync(folder), []);
});

test("a fault whose place cannot be looked up is told all the same, with the reason", async () => {
  const bin = mkdtempSync(join(tmpdir(), "bin-"));
  const qemu = (PATH ?? "")
    .split(delimiter)
    .map((place) => join(place, "qemu-system-arm"))
    .find((path) => existsSync(path));
  symlinkSync(qemu as string, join(bin, "qemu-system-arm"));
  process.env.PATH = bin;
  try {
    // A store past the memory: its line would come from addr2line.
    const running = await start(broken, 3, 2);
    const { fault } = await running.exited();
    assert.equal(fault?.kind, "MEMORY");
    assert.equal(fault?.line, undefined);
    assert.match(running.complaint, /cannot start arm-none-eabi-addr2line/);
  } finally {
    process.env.PATH = PATH;
    rmSync(bin, { recursive: true });
  }
});

test("an image that is not there ends the board with QEMU's own words", async () => {
  const running = await start({ ...plain, elf: join(folder, "none.elf") }, 3);
  const exit = await running.exited();
  assert.equal(exit.code, 1);
  assert.match(running.complaint, /none\.elf/);
  assert.deepEqual(readdirSync(folder), []);
});

test("a temporary folder with a comma in its name is no end of an argument", async () => {
  process.env.TMPDIR = join(folder, "a,b");
  mkdirSync(process.env.TMPDIR);
  try {
    const exit = await (await start(plain, 1)).exited();
    assert.equal(exit.steps?.count, 1);
  } finally {
    rmSync(process.env.TMPDIR, { recursive: true });
    process.env.TMPDIR = folder;
  }
});

test("without QEMU on the PATH the board is a missing tool, and no exit is told", async () => {
  process.env.PATH = folder;
  let running: BoardProcess;
  try {
    running = await start(plain, 3);
  } finally {
    process.env.PATH = PATH;
  }
  const exits: BoardExit[] = [];
  running.on("exit", (exit) => exits.push(exit));
  await assert.rejects(
    running.exited(),
    (error) =>
      error instanceof ToolError &&
      error.code === "MISSING_TOOL" &&
      /cannot start qemu-system-arm: .*latch doctor/.test(error.message),
  );
  await running.stop();
  for (let i = 0; i < 10; i++) await turn();
  assert.equal(running.pid, undefined);
  assert.deepEqual(exits, []);
  assert.equal(existsSync(folder) && readdirSync(folder).length, 0);
});
