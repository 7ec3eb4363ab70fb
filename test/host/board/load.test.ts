// A board.json is read whole or refused in one line that names the field.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ToolError } from "../../../host/base/error.ts";
import { packageRoot } from "../../../host/base/package.ts";
import { boardNames, loadBoard, loadBoards } from "../../../host/board/load.ts";
import { boardJsonSchema } from "../../../host/board/schema.ts";

type Json = Record<string, unknown>;

const good: Json = JSON.parse(
  readFileSync(join(packageRoot, "boards/mps2-an385/board.json"), "utf8"),
);
let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "latch-boards-"));
});
after(() => rmSync(folder, { recursive: true }));

function write(value: unknown): string {
  const path = join(folder, "board.json");
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
  return path;
}

/** What a description is refused with. */
function refusal(value: unknown): string {
  const path = write(value);
  try {
    loadBoard(path);
  } catch (error) {
    assert.ok(error instanceof ToolError && error.code === "BAD_INPUT", String(error));
    assert.ok(!error.message.includes("\n"), error.message);
    assert.ok(error.message.startsWith(`${path}`), error.message);
    return error.message.slice(path.length);
  }
  return assert.fail("nothing was refused");
}

/** The good description with the field at a path like `cpu.core` set, or gone for undefined. */
function changed(path: string, value: unknown): Json {
  const copy = structuredClone(good);
  const names = path.split(".");
  const last = names.pop() as string;
  const holder = names.reduce((at, name) => at[name] as Json, copy);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

test("every board of the package is valid, carries its folder's name and has a port", () => {
  const boards = loadBoards();
  assert.equal(boards.length, boardNames().length);
  for (const board of boards) {
    assert.ok(board.folder.endsWith(`/boards/${board.name}`), board.folder);
    for (const file of board.port) {
      assert.ok(existsSync(join(packageRoot, "firmware/port", file)), `${board.name}: ${file}`);
    }
  }
});

test("boards/board.schema.json is the schema's", () => {
  const text = readFileSync(join(packageRoot, "boards/board.schema.json"), "utf8");
  assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(boardJsonSchema())));
});

test("a board is found by path, and its folder is the file's", () => {
  const board = loadBoard(write(good));
  assert.equal(board.name, "mps2-an385");
  assert.equal(board.folder, folder);
  assert.equal(board.memories?.ram.origin, 0x20000000);
});

test("a name or path that leads to no board is UNKNOWN_BOARD, exit code 8", () => {
  for (const name of ["mps3", "", "..", join(folder, "none.json")]) {
    assert.throws(
      () => loadBoard(name),
      (error) =>
        error instanceof ToolError && error.code === "UNKNOWN_BOARD" && error.exitCode === 8,
      name,
    );
  }
});

const required = [
  ...["name", "title", "tier", "isEmulated", "cpu", "budget", "wasmMemorySizeBytes", "port"],
  ...["runner", "cpu.core", "cpu.fpu", "cpu.clockHz", "cpu.interruptCount"],
  ...["memories.flash", "memories.ram", "memories.ram.origin", "memories.flash.sizeBytes"],
  ...["slots.primary", "slots.secondary.origin", "budget.flashSizeBytes", "budget.ramSizeBytes"],
  ...["budget.stackSizeBytes", "budget.handlerStackSizeBytes", "ethernet.base"],
  ...["ethernet.controller", "runner.kind", "runner.machine"],
];

for (const path of required) {
  test(`without ${path} it is refused, and so with another type there`, () => {
    assert.ok(refusal(changed(path, undefined)).startsWith(`: ${path}: `));
    assert.ok(refusal(changed(path, [[]])).startsWith(`: ${path}`));
  });
}

const wrong: [path: string, value: unknown][] = [
  ["name", "Upper Case"],
  ["name", "../escape"],
  ["tier", 4],
  ["cpu.core", "cortex-a53"],
  ["cpu.clockHz", 0],
  ["cpu.clockHz", 1.5],
  ["cpu.interruptCount", 241],
  ["memories.ram.origin", "20000000"],
  ["memories.ram.origin", "0x123456789"],
  ["memories.ram.sizeBytes", -1],
  ["budget.stackSizeBytes", 0],
  ["wasmMemorySizeBytes", 8191],
  ["wasmMemorySizeBytes", 16384 + 32],
  ["ethernet.controller", "rtl8139"],
  ["port.0", "../main.c"],
  ["port.0", "main.cpp"],
  ["runner.kind", "renode"],
];

for (const [path, value] of wrong) {
  test(`${path} ${JSON.stringify(value)} is refused by name`, () => {
    assert.ok(
      refusal(changed(path, value)).startsWith(`: ${path}: `),
      refusal(changed(path, value)),
    );
  });
}

test("a field nobody knows is refused by name", () => {
  assert.match(refusal({ ...good, flahs: 1 }), /: board: .*"flahs"/);
});

test("what is not JSON is refused, and so is JSON that is no object", () => {
  for (const text of ["", "{", "name: x"]) assert.match(refusal(text), / is not JSON: /);
  for (const text of ["null", "[]", "5", '"text"']) assert.match(refusal(text), /: board: /);
});
