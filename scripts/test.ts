// Every check and test there is, one after the other, to the end; the last line adds them up.
//
// `npm test` runs all; `npm test -- check core host board page` runs the named stages. A failed
// stage does not stop the others. Exit 1 if anything failed. Each stage prints its time; a red test
// prints how to see it alone.
import { existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "../host/base/error.ts";
import { packageFile } from "../host/base/package.ts";
import { type RunResult, run } from "../host/base/process.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** node:test files of a folder, sorted. Node 20 expands no globs. */
function testFiles(folder: string): string[] {
  return readdirSync(join(root, folder))
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(join(root, path)).isDirectory()) return testFiles(path);
      return name.endsWith(".test.ts") ? [path] : [];
    });
}

function node(...words: string[]): Promise<RunResult> {
  return run(process.execPath, words, { cwd: root, env: plainEnvironment(), timeoutMs: 1_800_000 });
}

/** The environment of a user's shell: without what npm adds, an older npm in .bin above all. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const folders = (process.env.PATH ?? "").split(delimiter);
  const path = folders.filter((folder) => !/node_modules\/\.bin\/?$|node-gyp-bin$/.test(folder));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter) };
}

/** A check is one test: it passes if its command does. */
function check(name: string, command: () => Promise<RunResult>): () => Promise<Tally> {
  return async () => {
    const result = await command();
    if (result.code !== 0) process.stdout.write(`${result.stdout}${result.stderr}`);
    process.stdout.write(`  ${result.code === 0 ? "ok" : "FAILED"}  ${name}\n`);
    return { passed: result.code === 0 ? 1 : 0, failed: result.code === 0 ? 0 : 1, skipped: 0 };
  };
}

/** Hand-written C. */
function cFiles(): string[] {
  const port = readdirSync(join(root, "firmware/port")).map((name) => `firmware/port/${name}`);
  const boards = ["boards", "test/board"].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}/port.c`),
  );
  return [...port, ...boards]
    .filter((path) => /\.[ch]$/.test(path) && !path.endsWith("spec.h"))
    .filter((path) => existsSync(join(root, path)));
}

/** as-pect over test/core. */
async function coreTests(): Promise<Tally> {
  const words = ["--config", "as-pect.config.js", "--as-config", "as-pect.asconfig.json"];
  const result = await node(
    packageFile("@as-pect/cli", "bin/asp.js"),
    ...words,
    "--no-logo",
    "--summary",
  );
  const text = result.stdout + result.stderr;
  const tests = /\[Tests\]:\s*(\d+)\s*\/\s*(\d+)/i.exec(text.replace(ANSI, ""));
  const passed = Number(tests?.[1] ?? 0);
  const total = Number(tests?.[2] ?? 0);
  const failed = Math.max(total - passed, result.code === 0 && total > 0 ? 0 : 1);
  if (failed > 0) process.stdout.write(text);
  process.stdout.write(`  as-pect: ${passed} of ${total}\n`);
  return { passed, failed, skipped: 0 };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is looked for
const ANSI = /\u001b\[[0-9;]*m/g;

/**
 * node:test over the files of some folders; prints failures, skips with their reasons, and slow
 * files' names.
 */
async function nodeTests(folders: string[], concurrency: number): Promise<Tally> {
  const files = folders.flatMap(testFiles);
  const result = await node(
    "--import",
    "tsx",
    "--test",
    `--test-concurrency=${concurrency}`,
    "--test-reporter=tap",
    ...files,
  );
  const count = (word: string) =>
    Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(result.stdout)?.[1] ?? 0);
  const tally = {
    passed: count("pass"),
    failed: count("fail") + count("cancelled"),
    skipped: count("skipped"),
  };
  for (const line of result.stdout.split("\n")) {
    if (/^\s*ok .*# SKIP/.test(line)) {
      process.stdout.write(
        `  skipped: ${line
          .trim()
          .replace(/^ok \d+ - /, "")
          .replace(" # SKIP", ":")}\n`,
      );
    }
  }
  if (tally.failed > 0 || result.code !== 0) {
    process.stdout.write(`${result.stdout}${result.stderr}\n`);
    process.stdout.write("  to see one file alone: node --import tsx --test FILE\n");
    if (tally.failed === 0) tally.failed = 1;
  }
  process.stdout.write(`  ${files.length} files: ${tally.passed} passed, ${tally.failed} failed\n`);
  return tally;
}

const tsx = ["--import", "tsx"];
const STAGES: Readonly<Record<string, (() => Promise<Tally>)[]>> = {
  check: [
    check("generated constants are fresh", () => node(...tsx, "scripts/generate.ts", "--check")),
    check("board schema is fresh", () => node(...tsx, "scripts/board-schema.ts", "--check")),
    check("biome", () =>
      node(packageFile("@biomejs/biome", "bin/biome"), "ci", "--colors=off", "."),
    ),
    check("clang-format", () =>
      run("clang-format", ["--dry-run", "-Werror", ...cFiles()], { cwd: root }),
    ),
    check("tsc: host, scripts, tests", () => node(packageFile("typescript", "bin/tsc"), "-p", ".")),
    check("tsc: page", () => node(packageFile("typescript", "bin/tsc"), "-p", "host/page/client")),
    check("knip", () => node(packageFile("knip", "bin/knip.js"))),
  ],
  core: [coreTests],
  host: [() => nodeTests(["test/host", "test/model", "test/tidy"], 2)],
  board: [() => nodeTests(["test/board"], 1)],
  page: [() => nodeTests(["test/page", "test/system"], 1)],
};

async function main(): Promise<void> {
  const chosen = process.argv.slice(2);
  const unknown = chosen.filter((name) => !(name in STAGES));
  if (unknown.length > 0) {
    process.stderr.write(
      `no stage ${unknown.join(", ")}; there are: ${Object.keys(STAGES).join(", ")}\n`,
    );
    process.exitCode = 2;
    return;
  }
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, parts] of Object.entries(STAGES)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    process.stdout.write(`${name}\n`);
    const began = performance.now();
    for (const part of parts) {
      try {
        const tally = await part();
        total.passed += tally.passed;
        total.failed += tally.failed;
        total.skipped += tally.skipped;
      } catch (error) {
        process.stdout.write(`  FAILED  ${messageOf(error)}\n`);
        total.failed++;
      }
    }
    process.stdout.write(`  ${((performance.now() - began) / 1000).toFixed(1)} s\n\n`);
  }
  process.stdout.write(`in ${relative(process.cwd(), root) || "."}\n`);
  process.stdout.write(
    `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
  );
  if (total.failed > 0) process.exitCode = 1;
}

await main();
