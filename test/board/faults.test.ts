// A board that breaks says what broke: kind, file and line reach the host through the fault record.
//
// One program breaks in each way on purpose; the lines are looked up in its source, not written
// here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadBoard } from "../../host/board/load.ts";
import { buildProgram } from "../../host/build/build.ts";
import { formatFault } from "../../host/build/fault.ts";
import { configForSource, encodeNodeConfig } from "../../host/recording/config.ts";
import { openSource } from "../../host/recording/source.ts";
import { captureBoard, captureWasm } from "./capture.ts";

const program = fileURLToPath(new URL("../core/programs/faults.ts", import.meta.url));
const lines = readFileSync(program, "utf8").split("\n");
const lineOf = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;

const breaks = [
  { flags: 1, kind: "ASSERT", text: "if (kind == 1)" },
  { flags: 2, kind: "MEMORY", text: "if (kind == 2)" },
  { flags: 4, kind: "DIVIDE_BY_ZERO", text: "return 100 / by" },
  { flags: 6, kind: "UNREACHABLE", text: "if (kind == 6)" },
];

function feed(flags: number) {
  const source = openSource("model:healthy:1");
  const config = encodeNodeConfig(configForSource(source, { publisherId: 1 }));
  new DataView(config.buffer).setUint32(68, flags, true);
  return { config, samples: source.samples };
}

for (const name of ["mps2-an385", "mps2-an386", "mps2-an500"]) {
  test(`${name} reports each kind of fault with its TypeScript line`, async () => {
    const board = loadBoard(name);
    const { result } = await buildProgram({ board, program });
    for (const { flags, kind, text } of breaks) {
      const { exit } = await captureBoard(result, board, feed(flags));
      const fault = exit.fault;
      assert.ok(fault, `${kind} leaves a record`);
      assert.equal(fault.kind, kind);
      assert.match(fault.file ?? "", /test\/core\/programs\/faults\.ts$/, formatFault(fault));
      assert.equal(fault.line, lineOf(text), formatFault(fault));
      assert.ok(formatFault(fault).includes(text.slice(0, 10)), "shows the source line");
      assert.equal(fault.buildId, result.buildId);
    }
  });
}

test("a program that refuses to start says with which status", async () => {
  const board = loadBoard("mps2-an385");
  const { result } = await buildProgram({ board, program });
  const { exit } = await captureBoard(result, board, feed(100));
  assert.equal(exit.fault?.kind, "INIT");
  assert.match(formatFault(exit.fault!), /BAD_CONFIG/);
});

test("the simulated node reports the same assert", async () => {
  const board = loadBoard("mps2-an385");
  const { result } = await buildProgram({ board, program });
  assert.throws(
    () => captureWasm(result, board, feed(1)),
    /ASSERT at test\/core\/programs\/faults\.ts/,
  );
});
