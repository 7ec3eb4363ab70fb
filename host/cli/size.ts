// latch size: what an image takes of flash, RAM and stack, by module, against the budget.
import type { Command } from "commander";
import { ToolError } from "../base/error.ts";
import { loadBoard } from "../board/load.ts";
import { buildProgram } from "../build/build.ts";
import { formatSizeReport } from "../build/size-report.ts";
import { printJson, say } from "./words.ts";

export function addSize(latch: Command): void {
  latch
    .command("size")
    .description("show flash, RAM and stack of a program on a board, by module")
    .argument("[program]", "AssemblyScript entry file; the package's vibration node if not given")
    .requiredOption("-b, --board <name>", "board name or path to a board.json")
    .option("--json", "print the report as JSON")
    .action(async (program: string | undefined, options: { board: string; json?: true }) => {
      const board = loadBoard(options.board);
      const { result } = await buildProgram({
        board,
        ...(program === undefined ? {} : { program }),
        onProgress: say,
      });
      if (!result.size) throw new ToolError("USAGE", `${board.name} has no memories to report on`);
      if (options.json) {
        printJson(result.size);
        return;
      }
      process.stdout.write(`${formatSizeReport(result.size, result.sizeBefore)}\n\n`);
      process.stdout.write(`  deepest path (${result.size.stackBytes} bytes):\n`);
      for (const name of result.size.stackPath) process.stdout.write(`    ${name}\n`);
    });
}
