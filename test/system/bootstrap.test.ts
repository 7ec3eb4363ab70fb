// The first start: what is missing is installed or named in one command, what is there is left.
//
// Method: the real scripts/bootstrap.mjs in a skeleton of the project. PATH is a folder of
// stand-ins that write down how they were called, so nothing is installed on this machine; the last
// test uses the real npm.
import assert from "node:assert/strict";
import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { packageRoot } from "../../host/base/package.ts";
import { EXIT_MISSING_TOOL, EXIT_USAGE } from "../../host/base/spec.ts";
import { waitFor } from "./processes.ts";

interface Requirement {
  name: string;
  file?: string;
  package: string;
  needs: "start" | "test";
}

const requirements: Requirement[] = JSON.parse(
  readFileSync(join(packageRoot, "host/cli/requirements.json"), "utf8"),
);
const compiler = requirements.find(({ name }) => name === "arm-none-eabi-gcc") as Requirement;
const library = requirements.find(({ file, needs }) => file && needs === "start") as Requirement;
const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
const withoutRights = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
const needsRoot = isRoot ? false : "installing without sudo needs root";
const needsNobody =
  isRoot && spawnSync(process.execPath, ["--version"], withoutRights).status !== 0
    ? "another user cannot run this Node"
    : false;

/** Says what the child was started with; ends with 7, on SIGTERM with 9. */
const LATCH = `
process.stdout.write("latch " + JSON.stringify(process.argv.slice(2)) + "\\n");
if (process.argv[3] === "wait") {
  setInterval(() => {}, 1000);
  process.on("SIGTERM", () => process.exit(9));
} else process.exitCode = 7;
`;

/** A project of one script, with every requirement there and no node_modules. */
class Skeleton {
  readonly folder = mkdtempSync(join(tmpdir(), "latch-bootstrap-"));
  readonly bin = join(this.folder, "bin");
  readonly #log = join(this.folder, "calls.log");

  constructor(context: TestContext) {
    context.after(() => rmSync(this.folder, { recursive: true }));
    for (const name of ["scripts", "host/cli", "bin", "files"]) {
      mkdirSync(join(this.folder, name), { recursive: true });
    }
    cpSync(join(packageRoot, "scripts/bootstrap.mjs"), this.path("scripts/bootstrap.mjs"));
    const own = requirements.map((requirement, i) => {
      if (!requirement.file) {
        this.standIn(requirement.name);
        return requirement;
      }
      writeFileSync(this.path(`files/${i}`), "");
      return { ...requirement, file: this.path(`files/${i}`) };
    });
    this.write("host/cli/requirements.json", JSON.stringify(own));
    this.write("host/cli/latch.mjs", LATCH);
    this.write("package.json", '{"name":"skeleton","version":"1.0.0","private":true}');
    this.lock("1.0.0");
    this.write("calls.log", "");
    this.standIn("npm", "");
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  lock(version: string): void {
    const root = { name: "skeleton", version };
    const lock = { ...root, lockfileVersion: 3, requires: true, packages: { "": root } };
    this.write("package-lock.json", JSON.stringify(lock));
  }

  /** A program on the PATH that notes its words, then does `script`. */
  standIn(name: string, script = ""): void {
    const path = join(this.bin, name);
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> "${this.#log}"\n${script}\n`);
    chmodSync(path, 0o755);
  }

  calls(): string[] {
    return readFileSync(this.#log, "utf8").split("\n").filter(Boolean);
  }

  get stamp(): string {
    return this.path("node_modules/.latchwork-lock");
  }

  /** Every file with its bytes and time. */
  image(): string[] {
    const list = readdirSync(this.folder, { recursive: true, encoding: "utf8" }).sort();
    return list.map((name) => {
      const { size, mtimeMs } = statSync(this.path(name));
      return `${name} ${size} ${mtimeMs}`;
    });
  }

  giveAway(): void {
    if (!isRoot) return;
    chmodSync(this.folder, 0o755);
    for (const name of ["", ...readdirSync(this.folder, { recursive: true, encoding: "utf8" })]) {
      chownSync(this.path(name), NOBODY, NOBODY);
    }
  }

  words(own: string[], preload: string[] = []): string[] {
    return [...preload, this.path("scripts/bootstrap.mjs"), ...own];
  }

  options(env: NodeJS.ProcessEnv, own: SpawnOptions = {}): SpawnOptions {
    return { cwd: tmpdir(), env: { PATH: this.bin, HOME: this.folder, ...env }, ...own };
  }

  run(own: string[], env: NodeJS.ProcessEnv = {}, spawning: SpawnOptions = {}) {
    const options = this.options(env, { ...spawning, timeout: 15_000 });
    const result = spawnSync(process.execPath, this.words(own), options);
    return { code: result.status, stdout: String(result.stdout), stderr: String(result.stderr) };
  }
}

test("a purpose that is none is refused with the usage", (context) => {
  const skeleton = new Skeleton(context);
  for (const own of [[], ["stop"], ["toString"], [""], ["Start"]]) {
    const { code, stdout, stderr } = skeleton.run(own);
    assert.equal(code, EXIT_USAGE, String(own));
    assert.equal(stdout, "");
    assert.match(stderr, /^latchwork: usage: bootstrap\.mjs start\|test/);
  }
  assert.deepEqual(skeleton.calls(), []);
});

test("a Node below 20.19 is too old, 20.19 is not", (context) => {
  const skeleton = new Skeleton(context);
  for (const [version, code] of [
    ["18.20.8", EXIT_MISSING_TOOL],
    ["20.18.3", EXIT_MISSING_TOOL],
    ["20.19.0", EXIT_USAGE],
    ["22.0.0", EXIT_USAGE],
  ] as const) {
    const pretend = `Object.defineProperty(process.versions, "node", { value: "${version}" })`;
    const preload = ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`];
    const words = skeleton.words(["no such purpose"], preload);
    const result = spawnSync(process.execPath, words, skeleton.options({}));
    assert.equal(result.status, code, version);
    const isOld = String(result.stderr).includes(`Node ${version} is too old; 20.19 or later`);
    assert.equal(isOld, code === EXIT_MISSING_TOOL);
  }
});

test("with everything there it installs npm packages once and hands over words and exit code", (context) => {
  const skeleton = new Skeleton(context);
  const first = skeleton.run(["start", "--http", "1 2"]);
  assert.equal(first.code, 7, first.stderr);
  assert.equal(first.stdout, 'latch ["start","--http","1 2"]\n');
  const ci = "npm ci --no-audit --no-fund --loglevel=error";
  assert.deepEqual(skeleton.calls(), [ci]);
  const stamp = [readFileSync(skeleton.stamp, "utf8"), statSync(skeleton.stamp).mtimeMs];
  const second = skeleton.run(["start"]);
  assert.equal(second.code, 7);
  assert.equal(second.stderr, "", "nothing to say");
  assert.deepEqual(skeleton.calls(), [ci]);
  assert.deepEqual([readFileSync(skeleton.stamp, "utf8"), statSync(skeleton.stamp).mtimeMs], stamp);
  skeleton.lock("1.0.1");
  assert.equal(skeleton.run(["start"]).code, 7);
  assert.deepEqual(skeleton.calls(), [ci, ci], "another lockfile is installed");
  assert.notEqual(readFileSync(skeleton.stamp, "utf8"), stamp[0]);
});

test("an npm ci that fails, or an npm that is not there, starts nothing and is tried again", (context) => {
  const skeleton = new Skeleton(context);
  skeleton.standIn("npm", "exit 1");
  const failed = skeleton.run(["start"]);
  assert.equal(failed.code, EXIT_MISSING_TOOL);
  assert.equal(failed.stdout, "");
  assert.match(failed.stderr, /npm ci failed; see above/);
  assert.equal(existsSync(skeleton.stamp), false);
  rmSync(join(skeleton.bin, "npm"));
  const absent = skeleton.run(["start"]);
  assert.equal(absent.code, EXIT_MISSING_TOOL);
  assert.match(absent.stderr, /cannot start npm: .*ENOENT/);
  skeleton.standIn("npm");
  assert.equal(skeleton.run(["start"]).code, 7);
});

test("npm is the one that runs us, else the PATH's, never that of node_modules", (context) => {
  const skeleton = new Skeleton(context);
  mkdirSync(skeleton.path("node_modules/.bin"), { recursive: true });
  const wrong = skeleton.path("node_modules/.bin/npm");
  writeFileSync(wrong, `#!/bin/sh\necho wrong >> "${skeleton.path("calls.log")}"\n`);
  chmodSync(wrong, 0o755);
  const own = skeleton.path("npm-cli.js");
  writeFileSync(
    own,
    `require("node:fs").appendFileSync(${JSON.stringify(skeleton.path("calls.log"))},
      "own " + process.argv.slice(2).join(" ") + "\\n");`,
  );
  // As npm start sets them: node_modules/.bin stands first on the PATH.
  const PATH = `${skeleton.path("node_modules/.bin")}:${skeleton.bin}`;
  assert.equal(skeleton.run(["start"], { PATH, npm_execpath: own }).code, 7);
  const ci = "ci --no-audit --no-fund --loglevel=error";
  assert.deepEqual(skeleton.calls(), [`own ${ci}`]);
  rmSync(skeleton.stamp);
  // Another package manager runs us: its file is no npm.
  const other = skeleton.path("yarn.js");
  assert.equal(skeleton.run(["start"], { PATH, npm_execpath: other }).code, 7);
  assert.deepEqual(skeleton.calls(), [`own ${ci}`, `npm ${ci}`]);
});

test("without root and sudo one command is printed and nothing is changed", {
  skip: needsNobody,
}, (context) => {
  const skeleton = new Skeleton(context);
  rmSync(join(skeleton.bin, compiler.name));
  rmSync(skeleton.path("files/1"));
  skeleton.standIn("apt-get");
  skeleton.giveAway();
  const before = skeleton.image();
  // No sudo at all; then one that asks for a password.
  for (const hasSudo of [false, true]) {
    if (hasSudo) writeFileSync(join(skeleton.bin, "sudo"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const image = hasSudo ? skeleton.image() : before;
    const { code, stdout, stderr } = skeleton.run(["start"], {}, withoutRights);
    assert.equal(code, EXIT_MISSING_TOOL);
    assert.equal(stdout, "");
    const install = "sudo apt-get install -y --no-install-recommends";
    assert.equal(
      stderr,
      "latchwork: these Debian packages are missing; please run: " +
        `${install} ${compiler.package} ${library.package}\n`,
    );
    assert.deepEqual(skeleton.image(), image);
    assert.deepEqual(skeleton.calls(), []);
  }
});

test("with a sudo that does not ask, exactly what is missing is installed", {
  skip: needsNobody,
}, (context) => {
  const skeleton = new Skeleton(context);
  rmSync(join(skeleton.bin, compiler.name));
  skeleton.standIn("sudo");
  skeleton.giveAway();
  const { code, stderr } = skeleton.run(["start"], {}, withoutRights);
  assert.equal(code, 7, stderr);
  const install = `apt-get install -y --no-install-recommends ${compiler.package}`;
  assert.deepEqual(skeleton.calls().slice(0, 2), ["sudo -n true", `sudo -n ${install}`]);
});

test("root installs with apt-get, behind an update if the first try fails", {
  skip: needsRoot,
}, (context) => {
  const skeleton = new Skeleton(context);
  rmSync(join(skeleton.bin, compiler.name));
  const install = `apt-get install -y --no-install-recommends ${compiler.package}`;
  // The first install fails, the one behind the update does not.
  skeleton.standIn("apt-get", '[ "$1" = update ] && : > "$HOME/updated"; [ -e "$HOME/updated" ]');
  assert.equal(skeleton.run(["start"]).code, 7);
  assert.deepEqual(skeleton.calls().slice(0, 3), [install, "apt-get update", install]);
  skeleton.standIn("apt-get", "exit 100");
  const failed = skeleton.run(["start"]);
  assert.equal(failed.code, EXIT_MISSING_TOOL);
  assert.ok(failed.stderr.endsWith(`latchwork: apt-get failed; please run: ${install}\n`));
});

test("what only tests need does not keep the program from its start", (context) => {
  const skeleton = new Skeleton(context);
  const extra = requirements.filter(({ needs, file }) => needs === "test" && !file);
  assert.ok(extra.length > 0);
  for (const { name } of extra) rmSync(join(skeleton.bin, name));
  assert.equal(skeleton.run(["start"]).code, 7);
});

test("a SIGTERM reaches the program, whose exit code is the result", async (context) => {
  const skeleton = new Skeleton(context);
  const words = skeleton.words(["start", "wait"]);
  const child = spawn(process.execPath, words, skeleton.options({}));
  let said = "";
  child.stdout?.on("data", (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.once("close", resolve));
  await waitFor("the program", 10_000, () => (said.includes("latch") ? true : undefined));
  // Its handler is set in the same turn as its words; they may arrive a moment before.
  await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill("SIGTERM");
  assert.equal(await ended, 9);
});

test("the real npm installs a lockfile, which brings its own node_modules", (context) => {
  const skeleton = new Skeleton(context);
  const npm = process.env.npm_execpath;
  const { PATH } = process.env;
  const env = { PATH: `${skeleton.bin}:${PATH}`, ...(npm ? { npm_execpath: npm } : {}) };
  rmSync(join(skeleton.bin, "npm"));
  mkdirSync(skeleton.path("node_modules/stale"), { recursive: true });
  const { code, stderr } = skeleton.run(["start"], env);
  assert.equal(code, 7, stderr);
  assert.equal(existsSync(skeleton.path("node_modules/stale")), false, "npm ci begins anew");
  assert.equal(existsSync(skeleton.stamp), true);
});
