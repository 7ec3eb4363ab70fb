// The size report accounts for every byte of the image: modules, stacks and padding make up the
// sections.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadBoard } from "../../../host/board/load.ts";
import { buildProgram } from "../../../host/build/build.ts";
import {
  budgetExcess,
  formatSizeReport,
  type SizeReport,
} from "../../../host/build/size-report.ts";

/**
 * Alignment between input sections, vector tables and string merging: what no module is charged.
 */
const REMAINDER_BYTES = 1024;

async function report(name: string): Promise<SizeReport> {
  const { result } = await buildProgram({ board: loadBoard(name) });
  assert.ok(result.size);
  return result.size;
}

for (const name of ["mps2-an385", "mps2-an500"]) {
  test(`${name}: modules, stacks and a small remainder make up flash and RAM`, async () => {
    const size = await report(name);
    const sum = (of: "flashBytes" | "ramBytes") =>
      size.modules.reduce((total, module) => total + module[of], 0);
    const stacks = size.budget.stackSizeBytes + size.budget.handlerStackSizeBytes;
    const remainders = {
      flash: size.flashBytes - sum("flashBytes"),
      ram: size.ramBytes - stacks - sum("ramBytes"),
    };
    for (const [what, remainder] of Object.entries(remainders)) {
      assert.ok(
        remainder >= -REMAINDER_BYTES && remainder <= REMAINDER_BYTES,
        `${what}: ${remainder} bytes are in no module`,
      );
    }
  });
}

test("the linear memory is in the RAM figure, and the core's folders are modules", async () => {
  const size = await report("mps2-an385");
  assert.ok(size.ramBytes > loadBoard("mps2-an385").wasmMemorySizeBytes);
  const names = size.modules.map(({ module }) => module);
  for (const name of ["assembly/dsp", "assembly/map", "firmware/node", "firmware/port/runtime"]) {
    assert.ok(names.includes(name), `${name} in ${names.join(", ")}`);
  }
  assert.ok(names.every((name) => !/w2c_|0x2F/.test(name)));
});

test("the deepest path begins at start and its bound is within the budget", async () => {
  const size = await report("mps2-an385");
  assert.equal(size.stackPath[0], "start");
  assert.ok(size.stackBytes > 100 && size.stackBytes <= size.budget.stackSizeBytes);
});

const small: SizeReport = {
  board: "b",
  flashBytes: 100,
  ramBytes: 200,
  stackBytes: 30,
  stackPath: [],
  handlerStackBytes: 40,
  budget: {
    flashSizeBytes: 100,
    ramSizeBytes: 200,
    stackSizeBytes: 30,
    handlerStackSizeBytes: 40,
  },
  modules: [{ module: "m", flashBytes: 60, ramBytes: 7 }],
};

test("a budget used up is kept; one byte more is named with both figures", () => {
  assert.deepEqual(budgetExcess(small), []);
  assert.deepEqual(budgetExcess({ ...small, flashBytes: 101 }), ["flash 101 bytes, budget 100"]);
  assert.deepEqual(budgetExcess({ ...small, ramBytes: 201 }), ["RAM 201 bytes, budget 200"]);
  assert.deepEqual(budgetExcess({ ...small, stackBytes: 31 }), ["stack 31 bytes, budget 30"]);
  assert.deepEqual(budgetExcess({ ...small, handlerStackBytes: 41 }), [
    "handler stack 41 bytes, budget 40",
  ]);
});

test("the table tells the difference to the build before, and nothing where nothing changed", () => {
  assert.doesNotMatch(formatSizeReport(small, small), /\([+-]/);
  const before = { ...small, flashBytes: 90, modules: [] };
  const text = formatSizeReport(small, before);
  assert.match(text, /flash +100 of +100 bytes +100\.0 % \(\+10\)/);
  assert.match(text, /m +60 +7 \(\+67\)/);
});
