// The map's atomics in the C objects of each processor: ldrex and strex where there are any, calls
// of the port where there are none, and nothing wider than 32 bits.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, runOrThrow } from "../../host/base/process.ts";
import { LIMIT_ADC_BLOCK_SIZE } from "../../host/base/spec.ts";
import { loadBoard } from "../../host/board/load.ts";
import type { Board } from "../../host/board/schema.ts";
import { type BuildResult, buildProgram } from "../../host/build/build.ts";
import { decodeFault } from "../../host/build/fault.ts";
import { captureWasm, type Feed, hashFrames, splitFrames } from "./capture.ts";
import { missingTool } from "./tools.ts";

const program = fileURLToPath(new URL("../core/programs/map-workload.ts", import.meta.url));
const microbit = loadBoard(fileURLToPath(new URL("microbit/board.json", import.meta.url)));
const PROVIDED = [
  ...["load", "store", "exchange", "compare_exchange"],
  ...["fetch_add", "fetch_sub", "fetch_and", "fetch_or", "fetch_xor"],
].map((name) => `__atomic_${name}_4`);

/** A processor that no board has yet, on a board's memories and port. */
function withCore(core: Board["cpu"]["core"]): Board {
  const board = loadBoard("mps2-an385");
  return { ...board, name: `objects-${core}`, cpu: { ...board.cpu, core } };
}

const BOARDS: [name: string, board: Board][] = [
  ["Cortex-M3", loadBoard("mps2-an385")],
  ["Cortex-M4F", loadBoard("mps2-an386")],
  ["Cortex-M7", loadBoard("mps2-an500")],
  ["Cortex-M33", withCore("cortex-m33")],
];

async function build(board: Board): Promise<BuildResult> {
  return (await buildProgram({ board, program, variant: { name: "atomics" } })).result;
}

/** Names that the translated program leaves to others. */
async function undefinedSymbols(image: BuildResult): Promise<string[]> {
  const text = await runOrThrow("arm-none-eabi-nm", ["-u", join(image.folder, "program.o")]);
  return [...text.matchAll(/^\s+U (\S+)$/gm)].map((match) => match[1] as string);
}

/** How often each exclusive access or barrier stands in an object. */
async function exclusives(image: BuildResult): Promise<Map<string, number>> {
  const text = await runOrThrow("arm-none-eabi-objdump", ["-d", join(image.folder, "program.o")]);
  const counts = new Map<string, number>();
  for (const [word] of text.matchAll(/\b(ld|st)(rex|aex|lex)\w*/g)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

const isAtomicCall = (name: string) => /^__(atomic|sync)_|^_*kuser_/.test(name);

describe("with the compiler for Arm", async () => {
  const skip = await missingTool("arm-none-eabi-gcc", "arm-none-eabi-nm", "arm-none-eabi-objdump");

  for (const [name, board] of BOARDS) {
    test(`the map on ${name} is ldrex and strex of words and calls no library`, {
      skip,
    }, async () => {
      const image = await build(board);
      assert.deepEqual((await undefinedSymbols(image)).filter(isAtomicCall), []);
      const found = await exclusives(image);
      const load = [...found.keys()].filter((word) => /^ld/.test(word));
      const store = [...found.keys()].filter((word) => /^st/.test(word));
      // Armv8-M may also acquire and release in one: ldaex, stlex.
      assert.ok(load.length > 0 && load.every((word) => /^(ldrex|ldaex)$/.test(word)), `${load}`);
      assert.ok(
        store.length > 0 && store.every((word) => /^(strex|stlex)$/.test(word)),
        `${store}`,
      );
    });
  }

  test("the map on Cortex-M0 calls what the port gives, and nothing wider", { skip }, async () => {
    const image = await build(microbit);
    const calls = (await undefinedSymbols(image)).filter(isAtomicCall);
    assert.ok(calls.includes("__atomic_compare_exchange_4"), `${calls}`);
    assert.deepEqual(
      calls.filter((call) => !PROVIDED.includes(call)),
      [],
    );
    assert.deepEqual([...(await exclusives(image)).keys()], []);
  });

  test("each atomic of the Cortex-M0 that writes what it read masks interrupts in between", {
    skip,
  }, async () => {
    const image = await build(microbit);
    const object = join(image.folder, "cortex-m0-atomics.o");
    const text = await runOrThrow("arm-none-eabi-objdump", ["-d", object]);
    const bodies = new Map(
      [...text.matchAll(/^[0-9a-f]+ <(\w+)>:\n([\s\S]*?)(?:\n\n|\n*$(?![\s\S]))/gm)].map(
        (match) => [
          match[1] as string,
          (match[2] as string).match(/mrs\s.*PRIMASK|cpsid\s+i|msr\s+PRIMASK/g) ?? [],
        ],
      ),
    );
    assert.deepEqual([...bodies.keys()].sort(), [...PROVIDED].sort());
    for (const [name, words] of bodies) {
      // One msr for each way out.
      const expected = /_(load|store)_/.test(name) ? /^$/ : /^mrs,cpsid,msr(,msr)?$/;
      assert.match(words.map((word) => word.split(/\s/)[0]).join(), expected, name);
    }
  });
});

/** One run of the workload on QEMU's micro:bit, and the frames it left. */
async function runMicrobit(image: BuildResult, feed: Feed) {
  const folder = mkdtempSync(join(tmpdir(), "latch-m0-"));
  try {
    writeFileSync(join(folder, "config.bin"), feed.config);
    writeFileSync(join(folder, "adc.i16"), new Uint8Array(feed.samples.buffer));
    const semihosting = "enable=on,target=native,arg=node,arg=config.bin,arg=adc.i16,arg=max";
    const words = [
      ...["-M", "microbit", "-kernel", image.elf, "-display", "none", "-monitor", "none"],
      ...["-serial", "none", "-semihosting-config", semihosting],
    ];
    const { code, stdout, stderr } = await run("qemu-system-arm", words, { cwd: folder });
    const frames = splitFrames(readFileSync(join(folder, "frames.bin")));
    return { code, text: stdout + stderr, frames };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function feed(operations: number, arenaSize: number): Feed {
  return {
    config: new Uint8Array(new Uint32Array([0x5eed, operations, arenaSize]).buffer),
    samples: new Int16Array(LIMIT_ADC_BLOCK_SIZE),
  };
}

describe("on an emulated Cortex-M0", async () => {
  const OPERATIONS = 10_240;
  const skip = await missingTool("arm-none-eabi-gcc", "qemu-system-arm");

  test(`the map ends as that of the Wasm after ${OPERATIONS} operations`, { skip }, async () => {
    const image = await build(microbit);
    const { code, text, frames } = await runMicrobit(image, feed(OPERATIONS, 4096));
    assert.equal(code, 0, text);
    const expected = captureWasm(image, microbit, feed(OPERATIONS, 4096));
    assert.equal(frames.length, expected.length);
    assert.equal(hashFrames(frames), hashFrames(expected));
  });

  test("an arena that ends past the memory is a fault with its line", { skip }, async () => {
    const image = await build(microbit);
    const { code, text } = await runMicrobit(image, feed(OPERATIONS, 8192));
    assert.equal(code, 1, text);
    const hex = /^latch: fault ([0-9a-f]+)$/m.exec(text)?.[1] ?? "";
    const fault = await decodeFault(hex, { ...image, toolPrefix: "arm-none-eabi-" });
    assert.equal(fault?.kind, "MEMORY");
    assert.match(JSON.stringify(fault), /assembly\/map\/\w+\.ts/);
  });
});
