// The command as a user meets it: each failure is one line on standard error and the documented
// exit code.
//
// Runs the real `latch` as a child, in a folder of its own that is a user's project.
import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { packageRoot } from "../../../host/base/package.ts";
import { type RunResult, run } from "../../../host/base/process.ts";
import * as spec from "../../../host/base/spec.ts";

const latchPath = join(packageRoot, "host/cli/latch.mjs");
let folder = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "latch-cli-"));
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(packageRoot, join(folder, "node_modules/latchwork"));
});
after(() => rmSync(folder, { recursive: true }));

function latch(words: string[], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
  return run(process.execPath, [latchPath, ...words], {
    cwd: folder,
    env: { ...process.env, ...env },
    timeoutMs: 60_000,
  });
}

/**
 * Runs and checks the form of a refusal: the code, one last line "latch: ...", no stack; the line
 * comes back.
 */
async function refusal(
  code: number,
  words: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const result = await latch(words, env);
  assert.equal(result.code, code, result.stderr);
  assert.equal(result.stdout, "", "nothing on standard output");
  assert.doesNotMatch(result.stderr, /^\s+at /m);
  const lines = result.stderr.split("\n").filter((line) => line !== "");
  const errors = lines.filter((line) => line.startsWith("latch: "));
  assert.equal(errors.length, 1, result.stderr);
  assert.equal(lines.at(-1), errors[0], "the error is the last line");
  return errors[0] as string;
}

function json(result: RunResult): unknown {
  assert.equal(result.code, 0, result.stderr);
  return JSON.parse(result.stdout);
}

/** A board of the user's own: mps2-an385 with some fields changed, its port beside it. */
function writeBoard(name: string, change: (board: Record<string, never>) => void): string {
  const source = join(packageRoot, "boards/mps2-an385");
  const board = JSON.parse(readFileSync(join(source, "board.json"), "utf8"));
  change(board);
  const path = join(folder, name, "board.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(board));
  writeFileSync(join(folder, name, "port.c"), readFileSync(join(source, "port.c")));
  return path;
}

const commands = ["start", "init", "build", "size", "sim", "gateway", "boards", "data", "doctor"];

test("--help of every command explains it and ends well", async () => {
  const names = ["", ...commands, "data list", "data get", "data path"];
  const helped = names.map(async (name) => {
    const result = await latch([...name.split(" ").filter((word) => word !== ""), "--help"]);
    assert.equal(result.code, spec.EXIT_OK, name);
    assert.match(result.stdout, /^Usage: latch/, name);
    assert.equal(result.stderr, "", name);
  });
  await Promise.all(helped);
});

test("--version tells the package's version", async () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
  const result = await latch(["--version"]);
  assert.equal(result.code, spec.EXIT_OK, result.stderr);
  assert.equal(result.stdout, `${version}\n`);
});

test("wrong words are USAGE, whatever they are", async () => {
  const wrong = [
    ["bild"],
    ["boards", "--jsn"],
    ["build"],
    ["build", "--board"],
    ["sim", "--nodes", "0"],
    ["sim", "--for", "soon"],
    ["gateway", "--http", "70000"],
    ["gateway", "--link", "tcp:1"],
    ["data", "fetch"],
  ];
  const refused = wrong.map(async (words) => {
    const result = await latch(words);
    assert.equal(result.code, spec.EXIT_USAGE, `${words.join(" ")}: ${result.stderr}`);
    assert.match(result.stderr, /^(latch|error): /);
    assert.doesNotMatch(result.stderr, /^\s+at /m);
  });
  await Promise.all(refused);
});

test("an unknown board is UNKNOWN_BOARD, with those there are", async () => {
  const line = await refusal(spec.EXIT_UNKNOWN_BOARD, ["build", "-b", "mps3"]);
  assert.match(line, /no board named mps3; there are: mps2-an385, /);
  assert.match(
    await refusal(spec.EXIT_UNKNOWN_BOARD, ["size", "-b", "./none/board.json"]),
    /no board description at \.\/none\/board\.json/,
  );
});

test("a missing program is MISSING_INPUT", async () => {
  for (const words of [
    ["build", "-b", "native", "no.ts"],
    ["sim", "no.ts"],
  ]) {
    assert.match(await refusal(spec.EXIT_MISSING_INPUT, words), /no program at no\.ts/);
  }
});

test("a program that does not compile is COMPILE, with the user's file, line and column", async () => {
  writeFileSync(join(folder, "broken.ts"), "export function init(): i32 {\n  return nothing;\n}\n");
  const line = await refusal(spec.EXIT_COMPILE, ["build", "-b", "native", "broken.ts"]);
  assert.equal(line, "latch: broken.ts:2:10: Cannot find name 'nothing'.");
});

test("a broken board.json is BAD_INPUT, with the field", async () => {
  const path = writeBoard("odd", (board) => Object.assign(board, { tier: 9 }));
  assert.match(await refusal(spec.EXIT_BAD_INPUT, ["build", "-b", path]), /board\.json: tier: /);
  writeFileSync(path, "{ not json");
  assert.match(await refusal(spec.EXIT_BAD_INPUT, ["build", "-b", path]), /is not JSON: /);
});

test("an image over the board's budget is OVER_BUDGET, with both figures", async () => {
  const path = writeBoard("tight", (board) =>
    Object.assign(board, {
      name: "tight",
      budget: Object.assign({}, board["budget"], { flashSizeBytes: 1000 }),
    }),
  );
  const line = await refusal(spec.EXIT_OVER_BUDGET, ["build", "-b", path]);
  assert.match(line, /^latch: tight: flash \d+ bytes, budget 1000$/);
});

test("an image that does not fit the memory at all is OVER_BUDGET, with the excess", async () => {
  const path = writeBoard("small", (board) =>
    Object.assign(board, {
      name: "small",
      memories: {
        flash: { origin: "0x00000000", sizeBytes: 524288 },
        ram: { origin: "0x20000000", sizeBytes: 65536 },
      },
    }),
  );
  assert.match(
    await refusal(spec.EXIT_OVER_BUDGET, ["build", "-b", path]),
    /^latch: small: the image exceeds ram by \d+ bytes; lower wasmMemorySizeBytes/,
  );
});

test("an unknown recording and a missing file are told apart from a bug", async () => {
  const line = await refusal(spec.EXIT_MISSING_INPUT, ["data", "path", "cwru:none"]);
  assert.match(line, /cwru:none/);
});

test("no cross compiler is MISSING_TOOL, with what to do", async () => {
  const line = await refusal(spec.EXIT_MISSING_TOOL, ["build", "-b", "mps2-an385"], {
    PATH: dirname(process.execPath) === "/usr/bin" ? "/nowhere" : dirname(process.execPath),
  });
  assert.match(line, /cannot start arm-none-eabi-gcc: .*; see: latch doctor$/);
});

test("doctor tells what is missing and the command that installs it", async () => {
  const result = await latch(["doctor"], { PATH: "/nowhere" });
  assert.equal(result.code, spec.EXIT_FAILED);
  assert.match(result.stdout, /^missing {2}qemu-system-arm/m);
  assert.match(
    result.stdout,
    /^install with: (sudo )?apt-get install --no-install-recommends .*qemu/m,
  );
  const report = JSON.parse((await latch(["doctor", "--json"])).stdout);
  assert.ok(
    report.findings.every(
      (finding: { isPresent: unknown }) => typeof finding.isPresent === "boolean",
    ),
  );
});

test("--json gives one value on standard output", async () => {
  const boards = json(await latch(["boards", "--json"])) as { name: string }[];
  assert.deepEqual(
    boards.map((board) => board.name),
    ["mps2-an385", "mps2-an386", "mps2-an500", "native"],
  );
  const recordings = json(await latch(["data", "list", "--json"])) as { id: string }[];
  assert.ok(recordings.some((recording) => recording.id === "cwru:1797_OR_at_6_21_DE12"));
  const [built] = json(await latch(["build", "-b", "native", "--json"])) as { elf: string }[];
  assert.match(built?.elf ?? "", /firmware\.elf$/);
  const size = json(await latch(["size", "-b", "mps2-an385", "--json"])) as { flashBytes: number };
  assert.ok(size.flashBytes > 1000);
});

test("size on a board without memories is USAGE", async () => {
  assert.match(await refusal(spec.EXIT_USAGE, ["size", "-b", "native"]), /native has no memories/);
});

test("init makes a project once and never over another", async () => {
  assert.equal((await latch(["init", "mine"])).code, spec.EXIT_OK);
  assert.match(readFileSync(join(folder, "mine/node.ts"), "utf8"), /export function step\(\)/);
  assert.match(await refusal(spec.EXIT_USAGE, ["init", "mine"]), /mine\/node\.ts is there already/);
});

test("init where nothing can be made is one line with the path, not a bug", async (t) => {
  writeFileSync(join(folder, "file"), "");
  assert.match(await refusal(spec.EXIT_USAGE, ["init", "file"]), /file is a file; choose another/);
  const below = await refusal(spec.EXIT_NO_PERMISSION, ["init", "file/mine"]);
  assert.match(below, /^latch: \w+ \S+\/file\/mine: .*; choose another path \(ENOTDIR\)$/);
  if (process.getuid?.() === 0) return t.diagnostic("the superuser may write everywhere");
  mkdirSync(join(folder, "sealed"));
  chmodSync(join(folder, "sealed"), 0o555);
  const sealed = await refusal(spec.EXIT_NO_PERMISSION, ["init", "sealed/mine"]);
  assert.match(sealed, /^latch: mkdir \S+\/sealed\/mine: permission denied; .* \(EACCES\)$/);
  assert.equal(existsSync(join(folder, "sealed/mine")), false);
});
