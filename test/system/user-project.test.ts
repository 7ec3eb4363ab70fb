// A new user's own project, outside this repository: packed, installed, initialised, built,
// simulated.
//
// Everything a user types, in a temporary folder; the package is the one `npm pack` makes.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { packageRoot } from "../../host/base/package.ts";
import { type RunResult, run } from "../../host/base/process.ts";
import { EXIT_COMPILE } from "../../host/base/spec.ts";

const NO_REGISTRY = /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|ECONNRESET/;
const PROGRAM = "my-node/node.ts";

let folder = "";
let project = "";
/** Why the project could not be set up here; undefined if it was. */
let unreachable: string | undefined;

function user(command: string, ...words: string[]): Promise<RunResult> {
  return run(command, words, {
    cwd: project,
    env: { ...process.env, NPM_CONFIG_LOGLEVEL: "error" },
    timeoutMs: 120_000,
  });
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "latch-user-"));
  project = join(folder, "plant");
  mkdirSync(project);
  const pack = await run("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: packageRoot,
  });
  assert.equal(pack.code, 0, pack.stderr);
  const archive = join(folder, pack.stdout.trim().split("\n").at(-1) as string);
  assert.ok(existsSync(archive), archive);
  assert.equal((await user("npm", "init", "-y")).code, 0);
  const install = await user("npm", "install", "--no-audit", "--no-fund", archive);
  if (install.code !== 0 && NO_REGISTRY.test(install.stderr)) {
    unreachable = `the package registry cannot be reached: ${install.stderr.split("\n")[0]}`;
    return;
  }
  assert.equal(install.code, 0, install.stderr);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("init makes a program where latchwork is installed, and says what to type next", async (t) => {
  if (unreachable) return t.skip(unreachable);
  const result = await user("npx", "latch", "init", "my-node");
  assert.equal(result.code, 0, result.stderr);
  assert.ok(existsSync(join(project, PROGRAM)));
  assert.match(result.stdout, /^npx latch build --board mps2-an385 my-node\/node\.ts$/m);
});

test("build makes an image in the user's project and prints its sizes", async (t) => {
  if (unreachable) return t.skip(unreachable);
  const result = await user("npx", "latch", "build", "--board", "mps2-an385", PROGRAM);
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /flash +\d+ of +\d+ bytes/);
  const elf = /built: (\S+firmware\.elf)$/m.exec(result.stdout)?.[1] ?? "";
  assert.ok(elf.startsWith(join(project, "build")), elf);
  assert.equal(readFileSync(elf).subarray(1, 4).toString(), "ELF");
});

test("the second build is answered from the cache", async (t) => {
  if (unreachable) return t.skip(unreachable);
  const result = await user("npx", "latch", "build", "--board", "mps2-an385", PROGRAM);
  assert.match(result.stdout, /up to date: \S+firmware\.elf$/m);
});

test("sim runs the program, and its books balance", async (t) => {
  if (unreachable) return t.skip(unreachable);
  const result = await user("npx", "latch", "sim", PROGRAM, "--for", "10s", "--json");
  assert.equal(result.code, 0, result.stderr);
  const account = JSON.parse(result.stdout);
  assert.equal(account.isBalanced, true);
  assert.ok(account.frames > 0, result.stdout);
});

test("a mistake is reported with the user's file and line", async (t) => {
  if (unreachable) return t.skip(unreachable);
  const path = join(project, PROGRAM);
  const lines = readFileSync(path, "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("knocks++")) + 1;
  assert.ok(line > 0);
  lines[line - 1] = "  knoks++;";
  writeFileSync(path, lines.join("\n"));
  const result = await user("npx", "latch", "build", "--board", "mps2-an385", PROGRAM);
  assert.equal(result.code, EXIT_COMPILE);
  assert.match(
    result.stderr,
    new RegExp(`^latch: my-node/node\\.ts:${line}:3: Cannot find name 'knoks'\\.$`, "m"),
  );
});

test("the map runs in plain Node, without the compiler and without a loader", async (t) => {
  if (unreachable) return t.skip(unreachable);
  const path = join(project, "map.mjs");
  writeFileSync(
    path,
    `import { EntryMap, MapError } from "latchwork/map";
     const map = await EntryMap.create({ capacity: 9, arenaSize: 4096, checked: true });
     map.store("name", Buffer.from("12345678"));
     let code = "";
     try { map.offsetOf("name"); } catch (error) { code = error instanceof MapError && error.code; }
     console.log(Buffer.from(map.load("name")).toString(), code);`,
  );
  // Neither asc nor tsx is found under their names.
  const hidden = ["assemblyscript", "binaryen", "tsx"].map((name) =>
    join(project, "node_modules", name),
  );
  for (const folder of hidden) renameSync(folder, `${folder}.hidden`);
  const result = await user(process.execPath, path);
  for (const folder of hidden) renameSync(`${folder}.hidden`, folder);
  assert.equal(result.stdout, "12345678 UNPINNED\n", result.stderr);
});
