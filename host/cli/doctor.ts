// latch doctor: what this machine has, what is missing, and the one command that installs it.
//
// requirements.json is the list; scripts/bootstrap.mjs installs from the same one.
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT_FAILED } from "../base/spec.ts";
import { printJson } from "./words.ts";

const requirementSchema = z.strictObject({
  name: z.string(),
  /** A file to look for; otherwise `name` is a program on the PATH. */
  file: z.string().optional(),
  /** Debian packages, separated by blanks. */
  package: z.string(),
  purpose: z.string(),
  needs: z.enum(["start", "test"]),
});

const requirements = z
  .array(requirementSchema)
  .parse(JSON.parse(readFileSync(new URL("requirements.json", import.meta.url), "utf8")));

interface Finding {
  name: string;
  purpose: string;
  needs: "start" | "test";
  isPresent: boolean;
  package: string;
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What is there and what is not; the npm packages that are optional are last. */
function examine(): Finding[] {
  const findings: Finding[] = requirements.map((requirement) => ({
    name: requirement.name,
    purpose: requirement.purpose,
    needs: requirement.needs,
    package: requirement.package,
    isPresent: requirement.file ? existsSync(requirement.file) : isOnPath(requirement.name),
  }));
  let isCapPresent = true;
  try {
    createRequire(import.meta.url).resolve("cap");
  } catch {
    isCapPresent = false;
  }
  findings.push({
    name: "npm cap",
    purpose: "the link on a real network interface; built at npm ci if libpcap-dev is there",
    needs: "test",
    package: "libpcap-dev",
    isPresent: isCapPresent,
  });
  return findings;
}

export function addDoctor(latch: Command): void {
  latch
    .command("doctor")
    .description("tell what is missing on this machine and the command that installs it")
    .option("--json", "print the findings as JSON")
    .action((options: { json?: true }) => {
      const findings = examine();
      const missing = findings.filter((finding) => !finding.isPresent);
      const packages = [...new Set(missing.flatMap((finding) => finding.package.split(" ")))];
      const sudo = process.getuid?.() === 0 ? "" : "sudo ";
      const command =
        packages.length > 0
          ? `${sudo}apt-get install --no-install-recommends ${packages.join(" ")}`
          : undefined;
      if (missing.some((finding) => finding.needs === "start")) process.exitCode = EXIT_FAILED;
      if (options.json) {
        printJson({ node: process.version, findings, command });
        return;
      }
      for (const finding of findings) {
        const mark = finding.isPresent ? "ok     " : "missing";
        const scope = finding.needs === "test" ? " (tests only)" : "";
        process.stdout.write(`${mark}  ${finding.name.padEnd(22)} ${finding.purpose}${scope}\n`);
      }
      process.stdout.write(command ? `\ninstall with: ${command}\n` : "\nnothing is missing\n");
    });
}
