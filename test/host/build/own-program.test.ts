// A program of one's own inside the checkout, as the README's first steps make it: it finds the
// package by name although none is installed there, and its sources decide whether it is built.
import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { packageRoot } from "../../../host/base/package.ts";
import { run } from "../../../host/base/process.ts";
import { buildWasm } from "../../../host/build/build.ts";

const MEMORY_SIZE_BYTES = 131_072;
const link = join(packageRoot, "build/path/latchwork");
let folder = "";

before(() => {
  mkdirSync(join(packageRoot, "build"), { recursive: true });
  folder = mkdtempSync(join(packageRoot, "build/own-"));
});
after(() => {
  rmSync(folder, { recursive: true });
  const built = `build/wasm/build-${basename(folder)}-mine-node`;
  rmSync(join(packageRoot, built), { recursive: true, force: true });
});

test("init inside the package asks for no install", async () => {
  const latch = join(packageRoot, "host/cli/latch.mjs");
  const mine = relative(packageRoot, join(folder, "mine"));
  const made = await run(process.execPath, [latch, "init", mine], { cwd: packageRoot });
  assert.equal(made.code, 0, made.stderr);
  assert.doesNotMatch(made.stderr, /npm install/);
  assert.equal(existsSync(join(folder, "mine/package.json")), false);
});

test("it builds where no latchwork is installed, and again when any source of its own changes", async () => {
  const program = join(folder, "mine/node.ts");
  const part = join(folder, "mine/part.ts");
  appendFileSync(program, '\nexport { figure } from "./part";\n');
  writeFileSync(part, "export function figure(): i32 { return 11; }\n");
  const build = async () => {
    const progress: string[] = [];
    const wasm = await buildWasm({
      program,
      memorySizeBytes: MEMORY_SIZE_BYTES,
      onProgress: (line) => progress.push(line),
    });
    return { bytes: readFileSync(wasm), isFresh: progress.length > 0 };
  };
  rmSync(link, { force: true });
  const first = await build();
  assert.equal(first.isFresh, true);
  assert.equal(realpathSync(link), realpathSync(packageRoot));
  assert.equal((await build()).isFresh, false, "answered from the cache");

  // Now the link is there already.
  writeFileSync(part, "export function figure(): i32 { return 12; }\n");
  const second = await build();
  assert.equal(second.isFresh, true);
  assert.equal(first.bytes.equals(second.bytes), false, "the new figure is in it");
});
