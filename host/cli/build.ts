// latch build: one program for one or more boards.
import type { Command } from "commander";
import { loadBoard } from "../board/load.ts";
import { buildProgram } from "../build/build.ts";
import { formatSizeReport } from "../build/size-report.ts";
import { collect, printJson, say } from "./words.ts";

export function addBuild(latch: Command): void {
  latch
    .command("build")
    .description("build a node program for a board: ELF, raw binary, map and size report")
    .argument("[program]", "AssemblyScript entry file; the package's vibration node if not given")
    .requiredOption("-b, --board <name>", "board name or path to a board.json; repeatable", collect)
    .option("--json", "print the results as JSON")
    .action(async (program: string | undefined, options: { board: string[]; json?: true }) => {
      const results = [];
      for (const name of options.board) {
        const { result, isFresh } = await buildProgram({
          board: loadBoard(name),
          ...(program === undefined ? {} : { program }),
          onProgress: say,
        });
        results.push({ ...result, isFresh });
        if (options.json) continue;
        if (result.size) {
          const before = isFresh ? result.sizeBefore : undefined;
          process.stdout.write(`${formatSizeReport(result.size, before)}\n`);
        }
        process.stdout.write(`  ${isFresh ? "built" : "up to date"}: ${result.elf}\n`);
      }
      if (options.json) printJson(results);
    });
}
