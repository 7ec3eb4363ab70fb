// First thing behind `npm start` and `npm test`: installs what is missing, then hands over.
//
// Plain JavaScript without packages, because there may be none yet. npm packages come from the
// lockfile; Debian packages with apt-get as root, with sudo if that works without asking, and
// otherwise one command is printed and nothing is changed. All talk goes to standard error.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const EXIT_MISSING_TOOL = 3;
const [purpose, ...words] = process.argv.slice(2);
/** What npm, yarn and pnpm put before the PATH of a script. */
const LOCAL = /node_modules[\\/]\.bin[\\/]?$/;
const NEEDED = { start: ["start"], test: ["start", "test"] };
const SCRIPTS = {
  start: ["host/cli/latch.mjs", "start"],
  test: ["--import", "tsx", "scripts/test.ts"],
};

function say(line) {
  process.stderr.write(`latchwork: ${line}\n`);
}

function stop(line, code = EXIT_MISSING_TOOL) {
  say(line);
  process.exit(code);
}

function isOnPath(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    stop(`Node ${process.versions.node} is too old; 20.19 or later is needed`);
  }
}

function installDebianPackages() {
  const requirements = JSON.parse(readFileSync(join(root, "host/cli/requirements.json"), "utf8"));
  const packages = requirements
    .filter((requirement) => NEEDED[purpose].includes(requirement.needs))
    .filter((requirement) =>
      requirement.file ? !existsSync(requirement.file) : !isOnPath(requirement.name),
    )
    .flatMap((requirement) => requirement.package.split(" "));
  if (packages.length === 0) return;
  const words = ["apt-get", "install", "-y", "--no-install-recommends", ...packages];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status !== 0) {
    stop(`these Debian packages are missing; please run: sudo ${words.join(" ")}`);
  }
  const prefix = isRoot ? [] : ["sudo", "-n"];
  say(`installing ${packages.join(", ")} (this takes a few minutes once)`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = (line) => {
    const [command, ...rest] = [...prefix, ...line];
    return spawnSync(command, rest, { stdio: ["ignore", 2, 2], env }).status === 0;
  };
  // The list of packages may be old or empty; a failed first try is repeated behind an update.
  if (!run(words) && !(run(["apt-get", "update"]) && run(words))) {
    stop(`apt-get failed; please run: ${[...prefix, ...words].join(" ")}`);
  }
}

function installNpmPackages() {
  const stamp = join(root, "node_modules/.latchwork-lock");
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  say("installing npm packages from the lockfile");
  // The npm that runs us, or the PATH's; not one in node_modules, which npm ci deletes under it.
  const own = process.env.npm_execpath ?? "";
  const [command, ...first] = own.endsWith("npm-cli.js") ? [process.execPath, own] : ["npm"];
  const words = [...first, "ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !LOCAL.test(folder));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const npm = spawnSync(command, words, { cwd: root, env, stdio: ["ignore", 2, 2] });
  if (npm.error) stop(`cannot start ${command}: ${npm.error.message}; npm comes with Node`);
  if (npm.status !== 0) stop("npm ci failed; see above");
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(stamp, lock);
}

checkNode();
if (!Object.hasOwn(SCRIPTS, purpose ?? "")) stop("usage: bootstrap.mjs start|test [words]", 2);
installDebianPackages();
installNpmPackages();
const child = spawn(process.execPath, [...SCRIPTS[purpose], ...words], {
  cwd: root,
  stdio: "inherit",
});
// The terminal sends Ctrl-C to the child too; it cleans up and we end with its result.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
