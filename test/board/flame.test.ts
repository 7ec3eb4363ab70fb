// The flame graph of a board: exact instructions, so the same graph each time, down to the line.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { packageRoot } from "../../host/base/package.ts";
import { loadBoard } from "../../host/board/load.ts";
import { buildProgram } from "../../host/build/build.ts";
import { boardFeed, churnProgram } from "../../host/evidence/board-feed.ts";
import {
  type BoardFlame,
  type BoardFlameOptions,
  profileBoard,
} from "../../host/evidence/board-flame.ts";
import { encodeFolded } from "../../host/evidence/flame-graph.ts";
import { missingTool } from "./tools.ts";

const skip = await missingTool("gdb-multiarch", "qemu-system-arm");
const COUNT = 150;
let folder = "";
let options: BoardFlameOptions;
let flame: BoardFlame;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "latch-flame-"));
  const board = loadBoard("mps2-an385");
  const { result: image } = await buildProgram({ board, program: churnProgram });
  options = {
    ...{ board, image, ...boardFeed(), folder, recordMs: 1000, timeoutMs: 120_000 },
    ...{ count: COUNT, every: 9973 },
  };
  flame = await profileBoard(options);
});
after(() => folder && rmSync(folder, { recursive: true }));

test("every sample is a stack of the main loop or of the interrupt", { skip }, () => {
  const stacks = flame.graph.threads.flatMap((thread) => thread.stacks);
  assert.equal(stacks.length, COUNT);
  const roots = new Set(stacks.map(({ frames }) => frames[0]?.name));
  assert.deepEqual([...roots].sort(), ["interrupt", "start"]);
  const names = stacks.map(({ frames }) => frames.map((frame) => frame.name).join(" "));
  assert.ok(names.some((text) => /^start .*churn\/step .*map\/promote\//.test(text)));
  assert.ok(names.some((text) => /^interrupt .*churn\/tick .*assembly\/map\//.test(text)));
});

test("a TypeScript frame's line lies in the function it names", { skip }, () => {
  let seen = 0;
  for (const { name, file, line } of flame.graph.threads
    .flatMap((thread) => thread.stacks)
    .flatMap((stack) => stack.frames)) {
    if (!file?.endsWith(".ts")) continue;
    assert.ok(existsSync(join(packageRoot, file)), file);
    const rows = readFileSync(join(packageRoot, file), "utf8").split("\n").slice(0, line);
    const own = rows.findLast((row) => /^(export )?function /.test(row)) ?? "";
    assert.match(
      own,
      new RegExp(`function ${name.split("/").at(-1)}\\b`),
      `${name} ${file}:${line}`,
    );
    seen++;
  }
  assert.ok(seen > 3 * COUNT, `${seen} frames`);
});

test("a second run gives the same graph", { skip }, async () => {
  const again = await profileBoard({ ...options, folder: join(folder, "again") });
  assert.equal(encodeFolded(again.graph), encodeFolded(flame.graph));
});

test("a recording that ends early gives what it has", { skip }, async () => {
  const few = await profileBoard({
    ...{ ...options, folder: join(folder, "few"), recordMs: 300 },
    ...{ count: 1000, every: 3_000_000 },
  });
  assert.ok(few.samples > 0 && few.samples < 1000, `${few.samples} samples`);
});
