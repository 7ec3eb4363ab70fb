// Boards that keep their entries, killed: everything acknowledged is there when they start again.
//
// The flash of the emulated boards is a file with the rules of NOR flash (firmware/port); what the
// program does with it is compared with the simulated flash, byte for byte.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Random } from "../../host/base/random.ts";
import { NODE_FLAG_KEEP_ENTRIES } from "../../host/base/spec.ts";
import { loadBoard } from "../../host/board/load.ts";
import { type BuildResult, buildProgram } from "../../host/build/build.ts";
import { configForSource, encodeNodeConfig } from "../../host/recording/config.ts";
import { openSource } from "../../host/recording/source.ts";
import { freeUdpPort } from "../../host/sim/board-crew.ts";
import { BoardProcess } from "../../host/sim/board-process.ts";
import { SimulatedFlash } from "../../host/sim/simulated-flash.ts";
import { captureBoard, captureWasm, hashFrames } from "./capture.ts";

const program = new URL("../core/programs/kept.ts", import.meta.url).pathname;
const source = openSource("model:outer:1");
const SEED = 11;
const KILLS = 6;
const WINDOWS = 70;
const BOARDS = ["mps2-an385", "mps2-an386", "mps2-an500"];

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "latch-keep-"));
});
after(() => rmSync(folder, { recursive: true }));

/** Starts the board on its flash file, kills it behind `lines` lines: what it said. */
async function killedAfter(
  name: string,
  image: BuildResult,
  flashPath: string,
  lines: number,
): Promise<string[]> {
  const config = encodeNodeConfig(configForSource(source, { publisherId: 7, windowLimit: 0 }));
  const running = new BoardProcess({
    board: loadBoard(name),
    image,
    config,
    samples: source.samples,
    wire: { gatewayPort: await freeUdpPort(), boardPort: await freeUdpPort() },
    speed: "max",
    flashPath,
  });
  const said: string[] = [];
  running.on("log", (line) => {
    said.push(line);
    if (said.length === lines) process.kill(running.pid as number, "SIGKILL");
  });
  const exit = await running.exited();
  assert.equal(exit.signal, "SIGKILL", `${said.at(-1)} ${exit.fault?.kind}`);
  return said;
}

for (const name of BOARDS) {
  test(`${name}: killed ${KILLS} times, it has each time what it had acknowledged`, async () => {
    const { result } = await buildProgram({ board: loadBoard(name), program });
    const flashPath = join(folder, `${name} kept.bin`);
    const random = new Random(SEED);
    let acknowledged = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const said = await killedAfter(name, result, flashPath, 2 + random.below(120));
      const found = Number.parseInt(said[0]?.slice(2) ?? "", 16);
      assert.match(said[0] ?? "", /^r [0-9a-f]{8}$/, "restored, and whole");
      assert.ok(found === acknowledged || found === acknowledged + 1, `${found}, ${acknowledged}`);
      // The last line may be cut; a line before it is one that the board has said to its end.
      const last = said.filter((line) => /^k [0-9a-f]{8}$/.test(line)).at(-1);
      assert.ok(last, "something was kept");
      acknowledged = Number.parseInt(last.slice(2), 16);
    }
    assert.ok(acknowledged > 100);
  });

  test(`${name}: the plain node leaves in its flash what the simulated one does`, async () => {
    const board = loadBoard(name);
    const { result } = await buildProgram({ board });
    const flags = NODE_FLAG_KEEP_ENTRIES;
    const own = configForSource(source, { publisherId: 9, windowLimit: WINDOWS, flags });
    const feed = { config: encodeNodeConfig(own), samples: source.samples };
    const { sizeBytes, blockSizeBytes } = board.pageFlash as NonNullable<typeof board.pageFlash>;
    const flash = new SimulatedFlash(sizeBytes, blockSizeBytes);
    const flashPath = join(folder, `${name} plain.bin`);
    // Twice: the second run restores, and goes on in the block of the first.
    for (let run = 0; run < 2; run++) {
      const expected = captureWasm(result, board, { ...feed, flash });
      const { frames, exit } = await captureBoard(result, board, { ...feed, flashPath });
      assert.equal(exit.status, "END");
      assert.equal(hashFrames(frames), hashFrames(expected));
      assert.ok(readFileSync(flashPath).equals(flash.bytes), `run ${run}`);
      assert.ok(
        flash.eraseCounts.some((count) => count > 0),
        "something was written",
      );
    }
  });
}

test("a board whose flash file has another size has no flash, and says so", async () => {
  const board = loadBoard("mps2-an385");
  const { result } = await buildProgram({ board, program });
  const flashPath = join(folder, "short.bin");
  writeFileSync(flashPath, Buffer.alloc(100));
  const config = encodeNodeConfig(configForSource(source, { publisherId: 7, windowLimit: 1 }));
  const feed = { config, samples: source.samples, flashPath };
  const { exit } = await captureBoard(result, board, feed);
  assert.equal(exit.fault?.kind, "INIT");
});
