// What the node program takes of each emulated board is at most what test/bench/budget.json says.
//
// The figures are those of one compiler: another one's are its own, and the test says so. A rise
// needs an edit of the budget in the same commit, with the reason in the commit's text.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../host/base/package.ts";
import { run } from "../../host/base/process.ts";
import { loadBoard } from "../../host/board/load.ts";
import { buildProgram } from "../../host/build/build.ts";
import { toolPrefix } from "../../host/build/compile-c.ts";

interface BoardBudget {
  flashBytes: number;
  ramBytes: number;
  stackBytes: number;
  handlerStackBytes: number;
  /** Module of the size report -> bytes of flash. */
  moduleFlashBytes: Record<string, number>;
}

interface Budget {
  compilerVersion: string;
  boards: Record<string, BoardBudget>;
}

const path = join(packageRoot, "test/bench/budget.json");
const budget: Budget = JSON.parse(readFileSync(path, "utf8"));

test("every emulated board has a budget", () => {
  const boards = ["mps2-an385", "mps2-an386", "mps2-an500"];
  assert.deepEqual(Object.keys(budget.boards), boards);
});

for (const [name, allowed] of Object.entries(budget.boards)) {
  test(`${name}: flash, RAM, stacks and the map's share are within budget`, async (context) => {
    const board = loadBoard(name);
    const version = (await run(`${toolPrefix(board)}gcc`, ["-dumpfullversion"])).stdout.trim();
    if (version !== budget.compilerVersion) {
      context.skip(`the budget is of gcc ${budget.compilerVersion}, this is ${version}`);
      return;
    }
    const { size } = (await buildProgram({ board })).result;
    assert.ok(size);
    const used: BoardBudget = {
      flashBytes: size.flashBytes,
      ramBytes: size.ramBytes,
      stackBytes: size.stackBytes,
      handlerStackBytes: size.handlerStackBytes,
      moduleFlashBytes: Object.fromEntries(
        Object.keys(allowed.moduleFlashBytes).map((module) => [
          module,
          size.modules.find((part) => part.module === module)?.flashBytes ?? Number.NaN,
        ]),
      ),
    };
    const over = excess("", used, allowed);
    assert.deepEqual(over, [], `over test/bench/budget.json; used ${JSON.stringify(used)}`);
  });
}

/** Which figures are above what is allowed, or missing. */
function excess(prefix: string, used: object, allowed: object): string[] {
  return Object.entries(allowed).flatMap(([name, limit]) => {
    const value = used[name as keyof typeof used] as number | object;
    if (typeof value === "object") return excess(`${name} `, value, limit);
    return value <= limit ? [] : [`${prefix}${name}: ${value}, budget ${limit}`];
  });
}
