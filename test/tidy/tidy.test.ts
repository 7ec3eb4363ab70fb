// The mechanical rules of the house, read from the tree: import direction, sizes, words, links.
//
// The import table is the one in ARCHITECTURE.md; a folder that is not in it may not exist.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((path) => path !== "" && existsSync(join(root, path)));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const isGenerated = (path: string) =>
  /base\/spec\.ts$|port\/spec\.h$|package-lock\.json$|board\.schema\.json$/.test(path);
const sources = tracked.filter((path) => /\.(ts|mjs|c|h|css)$/.test(path) && !isGenerated(path));
const documents = tracked.filter((path) => path.endsWith(".md"));

/** Folder -> folders it may import, from the table of ARCHITECTURE.md. */
function importTable(): Map<string, string[]> {
  const table = new Map<string, string[]>();
  for (const row of read("ARCHITECTURE.md").matchAll(/^\| `([\w/.-]+)` \| ([^|]*) \|/gm)) {
    const allowed = [...(row[2] as string).matchAll(/`([\w/.-]+)`/g)].map(
      (match) => match[1] as string,
    );
    table.set(row[1] as string, allowed);
  }
  return table;
}

/** `host/link/wire.ts` -> `host/link`. */
function folderOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

function importsOf(path: string): string[] {
  return [...read(path).matchAll(/(?:from|import|new URL\()\s*"(\.[^"]*)"/g)].map((match) =>
    normalize(join(dirname(path), match[1] as string)),
  );
}

test("imports follow the table of ARCHITECTURE.md", () => {
  const table = importTable();
  const wrong: string[] = [];
  for (const path of sources.filter((path) => /^(host|assembly|firmware)\/.*\.ts$/.test(path))) {
    const folder = folderOf(path);
    const allowed = table.get(folder);
    if (!allowed) {
      wrong.push(`${path}: ${folder} is not in the table`);
      continue;
    }
    for (const target of importsOf(path)) {
      const other = folderOf(target);
      if (
        other !== folder &&
        /^(host|assembly|firmware|test|scripts)\//.test(other) &&
        !allowed.includes(other)
      ) {
        wrong.push(`${path}: imports ${target}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test("no file passes 500 lines without saying why in its first line", () => {
  const long = sources.filter(
    (path) =>
      read(path).split("\n").length > 500 && !/because|since/.test(read(path).split("\n")[0] ?? ""),
  );
  assert.deepEqual(long, []);
});

test("at most five files pass 350 lines", () => {
  const long = sources.filter((path) => read(path).split("\n").length > 351);
  assert.ok(long.length <= 5, long.join(", "));
});

test("comments and code end by column 100, drawings and tables apart", () => {
  const wide: string[] = [];
  for (const path of sources.filter((path) => !path.endsWith(".css"))) {
    for (const [i, line] of read(path).split("\n").entries()) {
      // Biome breaks code; what it cannot break is a long string or a regular expression.
      if ([...line].length > 100 && /^\s*(\/\/|\*|\/\*\*)/.test(line))
        wide.push(`${path}:${i + 1}`);
    }
  }
  assert.deepEqual(wide, []);
});

test("every source file opens with a subtitle", () => {
  const bare = sources
    .filter((path) => /\.(ts|c|h|mjs)$/.test(path) && !/\.d\.ts$/.test(path))
    .filter((path) => !/^(#!.*\n)?\/\/ \S/.test(read(path)));
  assert.deepEqual(bare, []);
});

test("names say what a file is for", () => {
  const vague = /(^|\/)(utils?|helpers?|common|misc|managers?|services?)(\.|\/|$)/;
  assert.deepEqual(
    tracked.filter((path) => vague.test(path)),
    [],
  );
});

test("clocks and chance come in from outside", () => {
  const rules: [RegExp, RegExp][] = [
    [/Math\.random\(/, /^host\/page\/client\/connection/],
    [/Date\.now\(/, /^host\/(cli|gateway|sim\/board-crew|page\/client)|^test\/|^scripts\//],
    [/console\.(log|error)\(/, /^(scripts|test)\/|^host\/page\/client/],
    [/\bthrow\b/, /^(host|scripts|test|as-pect)/],
    [/\bFIXME\b|\bXXX\b|\bHACK\b/, /^test\/tidy/],
  ];
  const wrong: string[] = [];
  for (const path of sources.filter((path) => path.endsWith(".ts"))) {
    const code = read(path).replace(/^\s*(\/\/|\*).*$/gm, "");
    for (const [pattern, allowed] of rules) {
      if (pattern.test(code) && !allowed.test(path)) wrong.push(`${path}: ${pattern.source}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("tests can fail and run", () => {
  const weak =
    /\b(it|test|describe)\.(skip|only|todo)\(|assert\(true\)|expect\(true\)\.toBe\(true\)/;
  const own = "test/tidy/tidy.test.ts";
  assert.deepEqual(
    tracked.filter((path) => path.startsWith("test/") && path !== own && weak.test(read(path))),
    [],
  );
});

test("no tracked file passes 200 KB", () => {
  assert.deepEqual(
    tracked.filter(
      (path) => path !== "package-lock.json" && statSync(join(root, path)).size > 200_000,
    ),
    [],
  );
});

test("each document has one title and links that resolve", () => {
  const wrong: string[] = [];
  for (const path of documents) {
    const text = read(path).replace(/^```[\s\S]*?^```/gm, "");
    if ((text.match(/^# /gm) ?? []).length !== 1) wrong.push(`${path}: not exactly one title`);
    for (const link of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      const target = link[1] as string;
      if (/^[a-z]+:/.test(target)) continue;
      if (!existsSync(join(root, dirname(path), target))) wrong.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("every dependency has its line in HACKING.md", () => {
  const manifest = JSON.parse(read("package.json"));
  const names = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}),
  );
  const hacking = read("HACKING.md");
  assert.deepEqual(
    names.filter((name) => !hacking.includes(`\`${name}\``)),
    [],
  );
});

test("every exit code of spec/status.md is thrown somewhere and tested somewhere", () => {
  const code = sources
    .filter((path) => path.startsWith("host/"))
    .map(read)
    .join("\n");
  const tests = sources
    .filter((path) => path.startsWith("test/"))
    .map(read)
    .join("\n");
  const names = [...read("host/base/spec.ts").matchAll(/export const EXIT_(\w+) =/g)]
    .map((match) => match[1] as string)
    .filter((name) => !["OK", "FAILED", "INTERNAL", "NAMES"].includes(name));
  assert.deepEqual(
    names
      .filter((name) => !new RegExp(`"${name}"|EXIT_${name}`).test(code))
      .map((name) => `${name} is never thrown`),
    [],
  );
  assert.deepEqual(
    names
      .filter((name) => !new RegExp(`"${name}"|EXIT_${name}`).test(tests))
      .map((name) => `${name} is never tested`),
    [],
  );
});

test("the lockfile names every package for every platform", () => {
  // npm leaves out what the machine at hand could not fetch, and then refuses to install from it.
  const lock: { packages: Record<string, { optionalDependencies?: Record<string, string> }> } =
    JSON.parse(read("package-lock.json"));
  const missing = Object.entries(lock.packages).flatMap(([path, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([, version]) => /^\d/.test(version))
      .map(([name]) => name)
      .filter(
        (name) =>
          !lock.packages[`node_modules/${name}`] && !lock.packages[`${path}/node_modules/${name}`],
      ),
  );
  assert.deepEqual(missing, []);
});
