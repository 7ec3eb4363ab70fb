// Every function of the node program carries its TypeScript lines into the C, so that any address
// leads to a line.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadBoard } from "../../../host/board/load.ts";
import { buildWasm } from "../../../host/build/build.ts";
import { demangle, translateToC } from "../../../host/build/translate.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const memorySizeBytes = loadBoard("native").wasmMemorySizeBytes;
const programs = {
  "the package's node": undefined,
  "the instructions test": "test/core/programs/instructions.ts",
  "a program without data": "test/core/programs/traps.ts",
};

for (const [name, path] of Object.entries(programs)) {
  test(`${name} has lines in every function`, async () => {
    const program = path === undefined ? {} : { program: join(root, path) };
    const wasm = await buildWasm({ ...program, memorySizeBytes });
    const folder = mkdtempSync(join(tmpdir(), "latch-lines-"));
    try {
      const { functions, mappedFunctions } = await translateToC(wasm, join(folder, "program"));
      assert.ok(functions > 3, `${functions} functions`);
      assert.equal(mappedFunctions, functions);
      assertLinesExist(readFileSync(join(folder, "program.c"), "utf8"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/** Every #line of ours names a file that is there and a line that it has. */
function assertLinesExist(text: string): void {
  const lengths = new Map<string, number>();
  const directives = [...text.matchAll(/^#line (\d+) "(.*)"$/gm)];
  assert.ok(directives.length > 100);
  for (const [, line, file = ""] of directives) {
    if (file.startsWith("~lib/")) continue; // the compiler's own library
    let length = lengths.get(file);
    if (length === undefined) {
      length = readFileSync(join(root, file), "utf8").split("\n").length;
      lengths.set(file, length);
    }
    assert.ok(Number(line) >= 1 && Number(line) <= length, `${file}:${line}`);
  }
}

test("a translated name goes back to its own language", () => {
  assert.equal(
    demangle("program.c:w2c_program_assembly0x2Fdsp0x2Ffft0x2FfftReal"),
    "assembly/dsp/fft/fftReal",
  );
  assert.equal(demangle("w2c_program_0x7Estart"), "~start");
  assert.equal(demangle("port_exit"), "port_exit");
});
