// A node that keeps its entries: power cut in every flash operation, and the plain node beside it.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { loadBoard } from "../../../host/board/load.ts";
import { buildWasm } from "../../../host/build/build.ts";
import { configForSource, encodeNodeConfig } from "../../../host/recording/config.ts";
import { openSource } from "../../../host/recording/source.ts";
import { type FlashOperation, SimulatedFlash } from "../../../host/sim/simulated-flash.ts";
import { loadNodeModule, NodeFault, WasmNode } from "../../../host/sim/wasm-node.ts";

const board = loadBoard("mps2-an385");
const pageFlash = board.pageFlash as NonNullable<typeof board.pageFlash>;
const memorySizeBytes = board.wasmMemorySizeBytes;
const source = openSource("model:outer:1");
const COUNTS = 40;

class PowerCut extends Error {}

let plain: WebAssembly.Module;
let kept: WebAssembly.Module;
before(async () => {
  plain = loadNodeModule(await buildWasm({ memorySizeBytes }));
  const program = new URL("../../core/programs/kept.ts", import.meta.url).pathname;
  kept = loadNodeModule(await buildWasm({ program, memorySizeBytes }));
});

const newFlash = (content?: Uint8Array, blocks = pageFlash.sizeBytes / pageFlash.blockSizeBytes) =>
  new SimulatedFlash(blocks * pageFlash.blockSizeBytes, pageFlash.blockSizeBytes, content);

function start(
  module: WebAssembly.Module,
  own: { windowLimit: number; flags?: number },
  flash?: SimulatedFlash,
) {
  const frames: Uint8Array[] = [];
  const lines: string[] = [];
  const node = new WasmNode({
    module,
    memorySizeBytes,
    config: encodeNodeConfig(configForSource(source, { publisherId: 7, ...own })),
    samples: source.samples,
    ...(flash ? { flash } : {}),
    onFrame: (frame) => {
      frames.push(frame.slice());
      return 0;
    },
    onLog: (text) => lines.push(text.trim()),
  });
  return { node, frames, lines };
}

describe("a program that keeps its entries", () => {
  it("has what it kept after a cut in every flash operation, torn anywhere", () => {
    const moments: { operation: FlashOperation; bytes: Uint8Array; acknowledged: number }[] = [];
    const flash = newFlash(undefined, 3);
    const first = start(kept, { windowLimit: COUNTS }, flash);
    flash.onOperation = (operation) =>
      moments.push({
        operation,
        bytes: flash.bytes.slice(),
        acknowledged: Number.parseInt(first.lines.at(-1)?.slice(2) ?? "", 16),
      });
    while (first.node.tick());
    assert.deepEqual(first.lines.at(0), "r 00000000");
    assert.deepEqual(first.lines.at(-1), `k ${COUNTS.toString(16).padStart(8, "0")}`);
    assert.ok(
      flash.eraseCounts.every((count) => count >= 2),
      `${flash.eraseCounts}`,
    );
    for (const { operation, bytes, acknowledged } of moments) {
      const { at, bytes: wanted, kind } = operation;
      for (const part of [0, 1 / 1000, 1 / 3, 1 / 2, 0.999, 1]) {
        const torn = bytes.slice();
        torn.set(wanted.subarray(0, Math.floor(wanted.length * part)), at);
        const { lines } = start(kept, { windowLimit: 1 }, newFlash(torn, 3));
        const found = Number.parseInt(lines[0]?.slice(2) ?? "", 16);
        const where = `${kind} at ${at}, ${part} of it done: ${lines[0]}`;
        assert.ok(lines[0]?.startsWith("r "), where);
        assert.ok(found === acknowledged || found === acknowledged + 1, where);
      }
    }
  });

  it("counts on where it was, through cuts at one operation after the other", () => {
    let bytes = newFlash().bytes;
    let acknowledged = 0;
    for (let cut = 1; cut < 60; cut++) {
      const flash = newFlash(bytes);
      let left = cut % 7;
      flash.onOperation = ({ at, bytes: wanted }) => {
        if (left-- > 0) return;
        flash.bytes.set(wanted.subarray(0, wanted.length >> 1), at);
        throw new PowerCut();
      };
      const { node, lines } = start(kept, { windowLimit: 0 }, flash);
      assert.throws(() => node.tick(), PowerCut);
      const found = Number.parseInt(lines[0]?.slice(2) ?? "", 16);
      assert.match(lines[0] ?? "", /^r /, `cut ${cut}`);
      assert.ok(found === acknowledged || found === acknowledged + 1, `cut ${cut}: ${found}`);
      acknowledged = Number.parseInt(lines.at(-1)?.slice(2) ?? "", 16);
      bytes = flash.bytes;
    }
    assert.ok(acknowledged > 60);
  });
});

describe("the plain node", () => {
  const windowLimit = 100;
  const flags = spec.NODE_FLAG_KEEP_ENTRIES;

  it("sends with flash what it sends without, but for the flag, and writes each 5 s", () => {
    const flash = newFlash();
    const keeping = start(plain, { windowLimit, flags }, flash);
    while (keeping.node.tick());
    const other = start(plain, { windowLimit });
    while (other.node.tick());
    assert.equal(keeping.frames.length, other.frames.length);
    const view = new DataView(flash.bytes.buffer);
    assert.equal(
      view.getUint32(pageFlash.blockSizeBytes, true),
      spec.PAGE_FLASH_VALUE_MAGIC,
      "generation 1 is in block 1",
    );
    let batches = 0;
    for (let at = 0; at < flash.size; at += 8) {
      if (view.getUint32(at, true) === spec.PAGE_VALUE_MAGIC) batches++;
    }
    assert.equal(batches, 3, "17 s of windows");
    const without = (frames: Uint8Array[]) => frames.filter((frame) => frame.length > 0);
    const differing = without(keeping.frames).filter(
      (frame, i) => Buffer.compare(frame, other.frames[i] as Uint8Array) !== 0,
    );
    assert.equal(differing.length, windowLimit, "the message with the flags, once a window");
    const again = start(plain, { windowLimit, flags }, newFlash(flash.bytes));
    while (again.node.tick());
    assert.equal(again.frames.length, other.frames.length);
  });

  it("touches no flash without the flag", () => {
    const flash = newFlash();
    flash.onOperation = () => assert.fail("an operation");
    const { node } = start(plain, { windowLimit }, flash);
    while (node.tick());
  });

  it("does not start if it is to keep and has no flash", () => {
    assert.throws(
      () => start(plain, { windowLimit, flags }),
      (error) => error instanceof NodeFault && /INIT init\(\) answered ABSENT/.test(error.message),
    );
  });
});
