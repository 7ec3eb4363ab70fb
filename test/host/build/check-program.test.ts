// A program that no board can run is refused with the user's own line, before any target sees it.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import wabt from "wabt";
import { ToolError } from "../../../host/base/error.ts";
import { packageRoot } from "../../../host/base/package.ts";
import { loadBoard } from "../../../host/board/load.ts";
import { buildProgram, buildWasm } from "../../../host/build/build.ts";
import { checkProgram } from "../../../host/build/check-program.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "latch-check-"));
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(packageRoot, join(folder, "node_modules/latchwork"));
});
after(() => rmSync(folder, { recursive: true }));

const head = [
  "export function init(): i32 { return 12000; }",
  "export function tick(): void {}",
  "",
];

/** A program of the user's own; line 4 is the first of `lines`. */
function write(name: string, lines: string[]): string {
  const path = join(folder, `${name}.ts`);
  writeFileSync(path, [...head, ...lines, ""].join("\n"));
  return path;
}

/** The ToolError something ends with. */
async function refusal(work: Promise<unknown>): Promise<ToolError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof ToolError, error instanceof Error ? error.stack : String(error));
    assert.ok(!error.message.includes("\n"), error.message);
    return error;
  }
  return assert.fail("nothing was refused");
}

test("an object made in the library's allocator is refused where it is made", async () => {
  const program = write("object", [
    "class P { x: i32 = 1; }",
    "export function step(): i32 {",
    "  return new P().x;",
    "}",
  ]);
  const error = await refusal(buildWasm({ program, memorySizeBytes: 65536 }));
  assert.equal(error.code, "COMPILE");
  assert.match(
    error.message,
    /^object\.ts: step\(\): allocates memory; a node program works on fixed/,
  );
});

test("a mistake is reported with its own line, although the compiler warned of another before", async () => {
  const program = write("warned", [
    "function offset(): usize { return 8; }",
    "export function step(): i32 {",
    "  let at = load<i32>(8) == 0 ? 0 : offset();",
    "  return at + nobody;",
    "}",
  ]);
  const error = await refusal(buildWasm({ program, memorySizeBytes: 65536 }));
  assert.equal(error.code, "COMPILE");
  assert.equal(error.message, "warned.ts:7:15: Cannot find name 'nobody'.");
});

test("a function called through a value is refused at the user's line", async () => {
  const program = write("value", [
    "const f: (() => i32)[] = [() => 1, () => 2];",
    "export function step(): i32 {",
    "  return f[load<i32>(8)]();",
    "}",
  ]);
  const error = await refusal(buildWasm({ program, memorySizeBytes: 65536 }));
  assert.match(error.message, /^value\.ts:6: calls a function through a value/);
});

test("recursion is refused with its circle", async () => {
  const program = write("recursion", [
    "function down(n: i32): i32 {",
    "  return n == 0 ? 1 : n * up(n - 1) + load<i32>(16);",
    "}",
    "function up(n: i32): i32 {",
    "  return n == 0 ? 2 : n * down(n - 2) - load<i32>(24);",
    "}",
    "export function step(): i32 {",
    "  return down(load<i32>(8));",
    "}",
  ]);
  const error = await refusal(buildProgram({ board: loadBoard("mps2-an385"), program }));
  assert.equal(error.code, "COMPILE");
  assert.match(
    error.message,
    /the stack has no bound: recursion recursion\/\w+ -> .*recursion\/\w+; use a loop$/,
  );
});

/** What checkProgram says of a module in the text format; "" if nothing. */
async function complaint(module: string): Promise<string> {
  const api = await wabt();
  const parsed = api.parseWat("m.wat", `(module ${module} (memory 1 1 shared))`, { threads: true });
  const path = join(folder, "m.wasm");
  writeFileSync(path, parsed.toBinary({ write_debug_names: true }).buffer);
  parsed.destroy();
  writeFileSync(`${path}.map`, '{ "sources": [], "mappings": "" }');
  try {
    await checkProgram(path, "node.ts");
    return "";
  } catch (error) {
    assert.ok(error instanceof ToolError && error.code === "COMPILE");
    return error.message;
  }
}

const init = '(func (export "init") (result i32) i32.const 1)';
const tick = '(func (export "tick"))';
const step = '(func (export "step") (result i32) i32.const 0)';

test("a module with the three exports and the port's imports passes", async () => {
  const imports = '(import "port" "memorySize" (func (result i32)))';
  assert.equal(await complaint(`${imports} ${init} ${tick} ${step}`), "");
});

test("a missing export is named with the form it should have", async () => {
  assert.equal(
    await complaint(`${init} ${tick}`),
    "node.ts: does not export step; expected export function step(): i32",
  );
  assert.equal(
    await complaint(`${init} ${step}`),
    "node.ts: does not export tick; expected export function tick(): void",
  );
  assert.match(await complaint(`${tick} ${step}`), /does not export init/);
});

test("an export of another form is named with both", async () => {
  assert.equal(
    await complaint(`${init} ${tick} (func (export "step"))`),
    "node.ts: step is () -> nil; expected export function step(): i32",
  );
  assert.match(
    await complaint(`${init} ${step} (func (export "tick") (param i32))`),
    /^node\.ts: tick is \(i32\) -> nil; expected/,
  );
});

test("an import that the port does not answer is named with those it does", async () => {
  const all = `${init} ${tick} ${step}`;
  assert.match(
    await complaint(`(import "node" "sleep" (func)) ${all}`),
    /^node\.ts: imports node\.sleep, which no board has; there are: adcRead, configRead, fault, /,
  );
  assert.match(await complaint(`(import "port" "sleep" (func)) ${all}`), /imports port\.sleep/);
});

const instructions: [text: string, why: RegExp][] = [
  ["i32.const 1 memory.grow drop", /allocates memory/],
  ["memory.size drop", /memorySize\(\) of firmware\/node\/port/],
  ["i32.const 8 i64.atomic.load drop", /32 bits wide/],
  ["i32.const 8 i32.const 1 i32.atomic.rmw8.add_u drop", /32 bits wide/],
  ["i32.const 8 i32.atomic.load16_u drop", /32 bits wide/],
  ["i32.const 8 i32.const 1 i32.atomic.store8", /32 bits wide/],
  ["i32.const 8 i32.const 1 i64.const -1 memory.atomic.wait32 drop", /one thread/],
  ["i32.const 8 i32.const 1 memory.atomic.notify drop", /one thread/],
  ["i32.const 8 v128.load drop", /SIMD/],
  ["i32.const 8 i32x4.splat drop", /SIMD/],
];

for (const [text, why] of instructions) {
  test(`${text.replace(/i(32|64)\.const -?\d+ | drop/g, "")} is refused`, async () => {
    const work = `(func (export "step") (result i32) ${text} i32.const 0)`;
    assert.match(await complaint(`${init} ${tick} ${work}`), why);
  });
}
