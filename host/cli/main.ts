// The `latch` command: parses words, runs one command, turns a ToolError or a refusal of the file
// system into one line and an exit code.
//
// Results go to standard output, talk to standard error; --json makes the result one JSON value.
// Exit codes are those of spec/status.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";
import { EXIT_INTERNAL, EXIT_NO_PERMISSION, EXIT_OK, EXIT_USAGE } from "../base/spec.ts";
import { addBoards } from "./boards.ts";
import { addBuild } from "./build.ts";
import { addData } from "./data.ts";
import { addDoctor } from "./doctor.ts";
import { addEvidence } from "./evidence.ts";
import { addGateway } from "./gateway.ts";
import { addInit } from "./init.ts";
import { addSim } from "./sim.ts";
import { addSize } from "./size.ts";
import { addStart } from "./start.ts";
import { describeSystemFailure } from "./system-failure.ts";

function program(): Command {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
  const latch = new Command("latch")
    .description("Build, simulate and watch industrial edge nodes")
    .version(version)
    .showHelpAfterError("(add --help for the options)")
    .exitOverride();
  for (const add of [
    addStart,
    addInit,
    addBuild,
    addSize,
    addSim,
    addGateway,
    addEvidence,
    addBoards,
    addData,
    addDoctor,
  ]) {
    add(latch);
  }
  for (const command of latch.commands) command.exitOverride();
  return latch;
}

/** Exit code of a run with these words. */
async function main(words: string[]): Promise<number> {
  try {
    await program().parseAsync(words, { from: "user" });
    return Number(process.exitCode ?? EXIT_OK);
  } catch (error) {
    if (error instanceof CommanderError || error instanceof InvalidArgumentError) {
      return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    }
    if (error instanceof ToolError) {
      process.stderr.write(`latch: ${error.message}\n`);
      return error.exitCode;
    }
    const refusal = describeSystemFailure(error);
    if (refusal !== undefined) {
      process.stderr.write(`latch: ${refusal}\n`);
      return EXIT_NO_PERMISSION;
    }
    process.stderr.write(
      `latch: a bug in latchwork; please report it with this stack:\n${error instanceof Error ? error.stack : error}\n`,
    );
    return EXIT_INTERNAL;
  }
}

process.exitCode = await main(process.argv.slice(2));
// Everything a command started must have ended with it; what is still open now would keep the
// process.
process.stdout.write("", () => process.exit());
