// The map in translated C: a long seeded workload gives the answers and the map's bytes of the Wasm
// in Node, under sanitizers, with both kinds of bounds checks, and on the emulated boards.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  LIMIT_ADC_BLOCK_SIZE,
  MAP_AGENT_EPOCHS,
  MAP_AGENT_HITS,
  MAP_AGENT_ILLEGAL_STEPS,
  MAP_AGENT_MIGRATIONS,
  MAP_AGENT_MISS_TOTAL,
  MAP_AGENT_PROMOTIONS,
  MAP_AGENT_REFUSED_FULL,
  MAP_AGENTS,
  MAP_CLOCK,
  MAP_DIRECTORY,
  MAP_FLOOR,
  MAP_VALUE_AGENT_SIZE,
} from "../../host/base/spec.ts";
import { loadBoard } from "../../host/board/load.ts";
import type { Board } from "../../host/board/schema.ts";
import { type BuildOptions, type BuildResult, buildProgram } from "../../host/build/build.ts";
import { validateMap } from "../host/core/validate-map.ts";
import { captureBoard, captureNative, captureWasm, type Feed } from "./capture.ts";
import { missingTool } from "./tools.ts";

const SEED = 0x5eed;
const OPERATIONS = 512_000;
const SUM_EVERY = 512;
const SANITIZERS = [
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=all",
  "-fno-sanitize=alignment",
];
const ARENA_SIZE = 131_072;
const BOARD_OPERATIONS = 25_600;
const AGENTS = 2;
const program = fileURLToPath(new URL("../core/programs/map-workload.ts", import.meta.url));

function feed(operations: number, arenaSize = ARENA_SIZE): Feed {
  return {
    config: new Uint8Array(new Uint32Array([SEED, operations, arenaSize]).buffer),
    samples: new Int16Array(LIMIT_ADC_BLOCK_SIZE),
  };
}

async function build(board: Board, variant?: BuildOptions["variant"]): Promise<BuildResult> {
  return (await buildProgram(variant ? { board, program, variant } : { board, program })).result;
}

interface Outcome {
  /** Running sum over all answers, each 512 operations. */
  sums: string[];
  /** All bytes of the map at the end. */
  map: Buffer;
  sha256: string;
}

function outcome(frames: Uint8Array[], operations: number): Outcome {
  const sums = frames.slice(0, operations / SUM_EVERY);
  const map = Buffer.concat(frames.slice(sums.length));
  return {
    sums: sums.map((frame) => Buffer.from(frame).toString("hex")),
    map,
    sha256: createHash("sha256").update(map).digest("hex"),
  };
}

/** Fails with the first batch of operations whose answers differ, or byte of the map. */
function assertSame(actual: Outcome, expected: Outcome): void {
  const batch = expected.sums.findIndex((sum, i) => actual.sums[i] !== sum);
  const from = batch * SUM_EVERY;
  assert.equal(batch, -1, `seed ${SEED}: operations ${from} to ${from + SUM_EVERY} differ`);
  const at = expected.map.findIndex((byte, i) => actual.map[i] !== byte);
  assert.equal(actual.sha256, expected.sha256, `seed ${SEED}: byte ${at} of the map`);
}

const native = loadBoard("native");
let oracle: Outcome;

const skip = await missingTool("gcc");
const skipBoard = await missingTool("arm-none-eabi-gcc", "qemu-system-arm");

before(async () => {
  if (skip) return;
  const frames = captureWasm(await build(native), native, feed(OPERATIONS));
  oracle = outcome(frames, OPERATIONS);
});

test("the workload comes to every part of the map and leaves it valid", { skip }, () => {
  const field = (offset: number) => oracle.map.readUInt32LE(offset);
  const sum = (offset: number) =>
    [0, 1].reduce((total, i) => total + field(MAP_AGENTS + i * MAP_VALUE_AGENT_SIZE + offset), 0);
  const counters = { MAP_AGENT_HITS, MAP_AGENT_MISS_TOTAL, MAP_AGENT_PROMOTIONS };
  const more = { MAP_AGENT_MIGRATIONS, MAP_AGENT_REFUSED_FULL, MAP_AGENT_EPOCHS };
  for (const [name, offset] of Object.entries({ ...counters, ...more })) {
    assert.ok(sum(offset) > 0, `${name} is 0`);
  }
  assert.equal(sum(MAP_AGENT_ILLEGAL_STEPS), 0);
  assert.ok(field(MAP_FLOOR) > 1 && field(MAP_CLOCK) > 4, "cuts and clears were taken");
  const map = field(MAP_DIRECTORY) - MAP_AGENTS - AGENTS * MAP_VALUE_AGENT_SIZE;
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 4, shared: true });
  new Uint8Array(memory.buffer).set(oracle.map, map);
  const pinned = [0, 1].filter((i) => field(MAP_AGENTS + i * MAP_VALUE_AGENT_SIZE) !== 0);
  validateMap(memory, map, { pinned });
});

const VARIANTS: [string, BuildOptions["variant"]][] = [
  ["with checks against a constant size", undefined],
  [
    "with checks against a constant size, under sanitizers,",
    { name: "sanitized", extraFlags: SANITIZERS },
  ],
  [
    "with checks in 64 bits, under sanitizers,",
    { name: "sanitized-general", isGeneralCheck: true, extraFlags: SANITIZERS },
  ],
];
for (const [name, variant] of VARIANTS) {
  test(`native C ${name} ends with the map of the Wasm after ${OPERATIONS} operations`, {
    skip,
  }, async () => {
    const frames = await captureNative(await build(native, variant), feed(OPERATIONS));
    assertSame(outcome(frames, OPERATIONS), oracle);
  });
}

for (const name of ["mps2-an385", "mps2-an386", "mps2-an500"]) {
  test(`${name} ends with the map of the Wasm after ${BOARD_OPERATIONS} operations`, {
    skip: skipBoard,
  }, async () => {
    const board = loadBoard(name);
    const image = await build(board, { name: "map" });
    const input = feed(BOARD_OPERATIONS);
    const expected = outcome(captureWasm(image, board, input), BOARD_OPERATIONS);
    const { frames, exit } = await captureBoard(image, board, input);
    assert.equal(exit.code, 0);
    assertSame(outcome(frames, BOARD_OPERATIONS), expected);
  });
}
