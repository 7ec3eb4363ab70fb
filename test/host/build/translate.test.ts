// The translation keeps WebAssembly's meaning: each instruction gives the same bytes in V8, in
// native C and on boards.
//
// V8 is the oracle. The programs in test/core/programs work on edge values and send every result as
// a frame; the accesses that must trap are tried one by one.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../../../host/base/process.ts";
import {
  LIMIT_ADC_BLOCK_SIZE,
  NODE_CONFIG_FLAGS,
  NODE_CONFIG_VALUE_SIZE,
} from "../../../host/base/spec.ts";
import { loadBoard } from "../../../host/board/load.ts";
import type { Board } from "../../../host/board/schema.ts";
import { type BuildOptions, type BuildResult, buildProgram } from "../../../host/build/build.ts";
import { decodeFault } from "../../../host/build/fault.ts";
import { NodeFault } from "../../../host/sim/wasm-node.ts";
import { captureBoard, captureNative, captureWasm, type Feed } from "../../board/capture.ts";
import { expectedOpcodes, opcodes } from "./opcodes.ts";

/** Whole pages, so that V8's memory ends where the boards' does. */
const MEMORY_SIZE = 131072;
const BOARDS = ["mps2-an385", "mps2-an386"];

function board(name: string): Board {
  return { ...loadBoard(name), wasmMemorySizeBytes: MEMORY_SIZE };
}

async function build(
  name: string,
  boardName: string,
  variant?: BuildOptions["variant"],
): Promise<BuildResult> {
  const program = fileURLToPath(new URL(`../../core/programs/${name}.ts`, import.meta.url));
  const options = { board: board(boardName), program };
  return (await buildProgram(variant ? { ...options, variant } : options)).result;
}

function feed(flags = 0): Feed {
  const config = new Uint8Array(NODE_CONFIG_VALUE_SIZE);
  new DataView(config.buffer).setUint32(NODE_CONFIG_FLAGS, flags, true);
  return { config, samples: new Int16Array(LIMIT_ADC_BLOCK_SIZE) };
}

const general = { name: "general-check", isGeneralCheck: true };
const sanitized = {
  name: "sanitized",
  extraFlags: [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    "-fno-sanitize=alignment",
  ],
};

/**
 * First difference as `frame 3, byte 17: 00 for 80`, so that a red test names a place; "" if there
 * is none.
 */
function difference(actual: Uint8Array[], expected: Uint8Array[]): string {
  if (actual.length !== expected.length) return `${actual.length} frames for ${expected.length}`;
  for (const [i, frame] of expected.entries()) {
    const other = actual[i] as Uint8Array;
    const at = frame.findIndex((byte, k) => byte !== other[k]);
    if (at >= 0) return `frame ${i}, byte ${at}: ${other[at]} for ${frame[at]}`;
  }
  return "";
}

async function oracle(): Promise<Uint8Array[]> {
  const frames = captureWasm(await build("instructions", "native"), board("native"), feed());
  assert.ok(frames.length > 90, `${frames.length} frames of results`);
  return frames;
}

test("the test program has every scalar instruction there is", async () => {
  const present = await opcodes((await build("instructions", "native")).wasm);
  assert.deepEqual(
    expectedOpcodes.filter((name) => !present.has(name)),
    [],
  );
});

for (const variant of [undefined, general, sanitized]) {
  const name = variant ? `native C, ${variant.name},` : "native C";
  test(`${name} gives V8's result for every instruction`, async () => {
    const result = await build("instructions", "native", variant);
    assert.equal(difference(await captureNative(result, feed()), await oracle()), "");
  });
}

for (const name of BOARDS) {
  test(`${name} gives V8's result for every instruction`, async () => {
    const result = await build("instructions", name);
    const { frames, exit } = await captureBoard(result, board(name), feed());
    assert.equal(exit.code, 0);
    assert.equal(difference(frames, await oracle()), "");
  });
}

const OPERATIONS = [
  ...["i32.load8_s", "i32.load8_u", "i32.load16_s", "i32.load16_u", "i32.load"],
  ...[
    "i64.load8_s",
    "i64.load8_u",
    "i64.load16_s",
    "i64.load16_u",
    "i64.load32_s",
    "i64.load32_u",
    "i64.load",
  ],
  ...["f32.load", "f64.load", "i32.store8", "i32.store16", "i32.store"],
  ...["i64.store8", "i64.store16", "i64.store32", "i64.store", "f32.store", "f64.store"],
];
const PLACES = ["one byte too far", "with a constant part", "past 2^32", "at a constant beyond"];

interface Trap {
  flags: number;
  name: string;
  kind: string;
}

const accesses: Trap[] = OPERATIONS.flatMap((operation, i) =>
  PLACES.map((place, k) => ({
    flags: 1000 + 10 * i + k,
    name: `${operation} ${place}`,
    kind: "MEMORY",
  })),
);
const divisions: Trap[] = [
  ...[
    "i32.div_s",
    "i32.div_u",
    "i32.rem_s",
    "i32.rem_u",
    "i64.div_s",
    "i64.div_u",
    "i64.rem_s",
    "i64.rem_u",
  ].map((name, i) => ({ flags: 1 + i, name: `${name} by zero`, kind: "DIVIDE_BY_ZERO" })),
  { flags: 9, name: "i32.div_s of the least number by -1", kind: "INTEGER_OVERFLOW" },
  { flags: 10, name: "i64.div_s of the least number by -1", kind: "INTEGER_OVERFLOW" },
  { flags: 11, name: "unreachable", kind: "UNREACHABLE" },
];
const bulk: Trap[] = [
  "memory.fill one byte too far",
  "memory.copy to one byte too far",
  "memory.copy from one byte too far",
  "memory.fill of nothing beyond the end",
  "memory.copy of almost 2^32",
  "atomic add at an odd half word",
  "atomic store at an odd byte",
  "atomic load beyond the end",
].map((name, i) => ({ flags: 300 + i, name, kind: "MEMORY" }));
/**
 * What the port is asked to read or write beyond the memory; in V8 the simulator's own arrays
 * refuse.
 */
const ports: Trap[] = [
  "linkWrite one byte too far",
  "linkWrite of almost 2^32",
  "adcRead one byte too far",
  "adcRead of 2^31 samples and a few",
  "configRead one byte too far",
].map((name, i) => ({ flags: 308 + i, name, kind: "MEMORY" }));

/** Kind of the fault a native run ends with; undefined if it ends well. */
async function nativeFault(result: BuildResult, flags: number): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "latch-trap-"));
  try {
    const [config, samples, frames] = ["config", "samples", "frames"].map((name) =>
      join(folder, name),
    );
    const { config: record, samples: counts } = feed(flags);
    writeFileSync(config as string, record);
    writeFileSync(samples as string, new Uint8Array(counts.buffer));
    const words = [config, samples, frames] as string[];
    const { code, stdout } = await run(result.elf, words, { timeoutMs: 10_000 });
    if (code === 0) return undefined;
    const hex = /^latch: fault ([0-9a-f]+)$/m.exec(stdout)?.[1] ?? "";
    return (await decodeFault(hex, { ...result, toolPrefix: "" }))?.kind ?? `exit ${code}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("V8 traps where it must, and the program runs through where nothing is wrong", async () => {
  const result = await build("traps", "native");
  assert.equal(captureWasm(result, board("native"), feed(0)).length, 1);
  for (const { flags, name } of [...accesses, ...divisions, ...bulk]) {
    assert.throws(
      () => captureWasm(result, board("native"), feed(flags)),
      (error) => error instanceof WebAssembly.RuntimeError || error instanceof NodeFault,
      name,
    );
  }
});

for (const variant of [undefined, general]) {
  const form = variant ? "64-bit checks" : "constant-size checks";
  test(`native C with ${form} traps where V8 does, with the kind`, async () => {
    const result = await build("traps", "native", variant);
    assert.equal(await nativeFault(result, 0), undefined);
    for (const { flags, name, kind } of [...accesses, ...divisions, ...bulk, ...ports]) {
      assert.equal(await nativeFault(result, flags), kind, name);
    }
  });
}

/** On a board each width once, and one of each other way. */
const widths = [
  "i32.load8_u one",
  "i32.load16_s with",
  "i32.load one",
  "i64.load at",
  "f64.store one",
  "i32.store8 with",
];
const onBoard = [
  ...accesses.filter(
    ({ name }) => widths.some((begin) => name.startsWith(begin)) || /f32.store past/.test(name),
  ),
  ...divisions.filter(({ flags }) => flags >= 7),
  ...bulk.filter(({ flags }) => flags < 302 || flags === 305),
];

test("a board traps where V8 does, with the kind and the line in the program", async () => {
  const name = "mps2-an385";
  const result = await build("traps", name);
  for (const { flags, name: what, kind } of onBoard) {
    const { exit } = await captureBoard(result, board(name), feed(flags));
    assert.equal(exit.fault?.kind, kind, what);
    assert.match(exit.fault?.file ?? "", /test\/core\/programs\/traps\.ts$/, what);
    assert.ok((exit.fault?.line ?? 0) > 20, what);
  }
});
