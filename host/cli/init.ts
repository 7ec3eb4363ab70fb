// latch init: a folder with a node program of one's own, ready to build.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";
import { say } from "./words.ts";

export function addInit(latch: Command): void {
  latch
    .command("init")
    .description("start a node program of your own from a small working example")
    .argument("<folder>", "folder to make")
    .action((name: string) => {
      const folder = resolve(name);
      const program = join(folder, "node.ts");
      if (existsSync(program)) {
        throw new ToolError(
          "USAGE",
          `${relative(".", program)} is there already; choose another folder`,
        );
      }
      if (statSync(folder, { throwIfNoEntry: false })?.isFile()) {
        throw new ToolError("USAGE", `${relative(".", folder)} is a file; choose another folder`);
      }
      mkdirSync(folder, { recursive: true });
      copyFileSync(join(packageRoot, "firmware/template/node.ts"), program);
      const shown = relative(".", program);
      say(`made ${shown}`);
      const isInstalled = hasLatchworkAbove(folder);
      if (!isInstalled) {
        const version = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")).version;
        const manifest = {
          name: basename(folder),
          private: true,
          type: "module",
          dependencies: { latchwork: version },
        };
        writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
        say(`made ${relative(".", join(folder, "package.json"))}; run npm install there first`);
      }
      process.stdout.write(
        `npx latch build --board mps2-an385 ${shown}\nnpx latch sim ${shown} --for 10s\n`,
      );
    });
}

/** True if a project at or above the folder has latchwork installed, or is latchwork itself. */
function hasLatchworkAbove(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (at === packageRoot) return true;
    if (existsSync(join(at, "node_modules/latchwork/package.json"))) return true;
    if (at === dirname(at)) return false;
  }
}
