// latch boards: the boards there are.
import type { Command } from "commander";
import { loadBoards } from "../board/load.ts";
import { printJson } from "./words.ts";

export function addBoards(latch: Command): void {
  latch
    .command("boards")
    .description("list the boards that come with latchwork")
    .option("--json", "print the descriptions as JSON")
    .action((options: { json?: true }) => {
      const boards = loadBoards();
      if (options.json) {
        printJson(boards);
        return;
      }
      for (const board of boards) {
        const runner = board.runner.kind === "qemu" ? `qemu ${board.runner.machine}` : "native";
        process.stdout.write(
          `${board.name.padEnd(14)} tier ${board.tier}  ${board.cpu.core.padEnd(10)} ${runner.padEnd(18)} ${board.title}\n`,
        );
      }
    });
}
