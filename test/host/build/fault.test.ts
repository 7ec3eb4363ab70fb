// A fault record read back: kind, build, place and time; what is no record is refused.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { FAULT_NAMES } from "../../../host/base/spec.ts";
import { loadBoard } from "../../../host/board/load.ts";
import { buildProgram } from "../../../host/build/build.ts";
import { decodeFault, formatFault } from "../../../host/build/fault.ts";

const MAGIC = 0x4c574652;

/** An image that none of these records has an address or a file name in. */
const nowhere = { elf: "", wasm: "", toolPrefix: "" };

/** Hexadecimal of kind, build, address, line, column, file, uptime behind the magic. */
function record(...words: number[]): string {
  const all = [MAGIC, ...words, ...Array(7 - words.length).fill(0)];
  return all.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

test("every kind of spec/status.md has its name", async () => {
  for (const [kind, name] of Object.entries(FAULT_NAMES)) {
    if (name === "ASSERT") continue; // has a file name in the image
    const fault = await decodeFault(record(Number(kind), 0xabc), nowhere);
    assert.equal(fault?.kind, name);
    assert.equal(fault?.buildId, "00000abc");
  }
  assert.equal((await decodeFault(record(99), nowhere))?.kind, "99");
});

test("a refused init says its status, and the time is kept", async () => {
  const fault = await decodeFault(record(10, 1, 0, -15, 0, 0, 1234), nowhere);
  assert.ok(fault);
  assert.equal(fault.source, "init() answered BAD_CONFIG");
  assert.equal(
    formatFault(fault),
    "INIT: init() answered BAD_CONFIG (build 00000001, after 1234 ms)",
  );
});

test("text that is no record is refused", async () => {
  for (const text of ["", "4c574652", record(1).slice(0, -8), `0${record(1)}`, "z".repeat(64)]) {
    assert.equal(await decodeFault(text, nowhere), undefined, text);
  }
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 80 }), async (text) => {
      fc.pre(!text.toLowerCase().startsWith("4c574652"));
      assert.equal(await decodeFault(text, nowhere), undefined);
    }),
  );
});

test("an address in the image leads to a function and line of the source; another leads nowhere", async () => {
  const { result } = await buildProgram({ board: loadBoard("mps2-an385") });
  const image = { ...result, toolPrefix: "arm-none-eabi-" };
  const symbol = /^ *0x0*([0-9a-f]+) +\S*port_link_write$/m;
  const map = readFileSync(result.map, "utf8");
  const text = /\.text\.port_link_write\s+0x0*([0-9a-f]+)/.exec(map)?.[1] ?? symbol.exec(map)?.[1];
  const inside = await decodeFault(record(9, 1, Number.parseInt(text ?? "", 16)), image);
  assert.equal(inside?.function, "port_link_write");
  assert.match(inside?.file ?? "", /firmware\/port\/lan9118\.c$/);
  const outside = await decodeFault(record(9, 1, 0x7ffffff0), image);
  assert.equal(outside?.file, undefined);
  assert.match(formatFault(outside!), /^HARD \(build 00000001, after 0 ms\)$/);
});

test("an assert whose file name lies outside the static data keeps kind and line", async () => {
  const { result } = await buildProgram({ board: loadBoard("mps2-an385") });
  const image = { ...result, toolPrefix: "arm-none-eabi-" };
  for (const file of [0, 3, 4, 0x7fffffff, 0xffffffff]) {
    const fault = await decodeFault(record(1, 1, 0, 17, 3, file), image);
    assert.equal(fault?.kind, "ASSERT");
    assert.equal(fault?.line, 17);
    assert.equal(fault?.file, undefined, `offset ${file}`);
  }
});
