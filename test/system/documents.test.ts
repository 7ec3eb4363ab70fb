// What the documents say can be typed can be typed: commands, options, scripts and boards exist.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "../../host/base/package.ts";
import { run } from "../../host/base/process.ts";
import { boardNames } from "../../host/board/load.ts";

const documents = [
  "README.md",
  "HACKING.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "boards/README.md",
];
const read = (path: string) => readFileSync(join(packageRoot, path), "utf8");
const text = documents.map(read).join("\n");

/** `latch size --board` -> ["size", ["--board"]], for every mention in code. */
function mentions(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const code = [...text.matchAll(/`([^`\n]+)`/g), ...text.matchAll(/^((?:npx )?latch .*)$/gm)];
  for (const match of code) {
    const words = /(?:npx )?latch ([a-z]+)(.*)/.exec(match[1] as string);
    if (!words) continue;
    const options = found.get(words[1] as string) ?? new Set<string>();
    for (const option of (words[2] as string).matchAll(/--[a-z-]+/g)) options.add(option[0]);
    found.set(words[1] as string, options);
  }
  return found;
}

test("every command and option of the documents is one that latch knows", async () => {
  const latch = join(packageRoot, "host/cli/latch.mjs");
  const known = mentions();
  assert.ok(known.size >= 8, "the documents name the commands");
  for (const [command, options] of known) {
    const help = await run(process.execPath, [latch, command, "--help"]);
    assert.equal(help.code, 0, command);
    assert.match(help.stdout, new RegExp(`Usage: latch ${command}`));
    for (const option of options) {
      assert.ok(help.stdout.includes(option), `latch ${command} knows ${option}`);
    }
  }
});

test("every npm script of the documents is one of package.json", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = [...text.matchAll(/npm (?:run )?(start|test|bench|check|format|generate)\b/g)];
  assert.ok(named.length > 5, "the documents name scripts");
  for (const match of named) assert.ok(scripts[match[1] as string], match[0]);
});

test("every board is in the table of boards/README.md and has its own page", () => {
  for (const name of boardNames()) {
    assert.ok(read("boards/README.md").includes(`[${name}](${name}/README.md)`), name);
    assert.ok(existsSync(join(packageRoot, "boards", name, "README.md")), name);
  }
});

test("every file that the documents name is there", () => {
  const paths = [
    ...text.matchAll(/`((?:assembly|firmware|host|test|spec|scripts|boards)\/[\w./-]+\.\w+)`/g),
  ];
  const missing = paths
    .map((match) => match[1] as string)
    .filter((path) => !existsSync(join(packageRoot, path)));
  assert.deepEqual(missing, []);
});

test("the example of the map in README.md prints what stands below it", async () => {
  const [, program, output] =
    /^## Use the map$[\s\S]*?```js\n([\s\S]*?)```\n\n```\n([\s\S]*?)```/m.exec(text) ?? [];
  assert.ok(program && output);
  // Inside the package, so that it finds it by name, as a user's project does.
  const file = join(packageRoot, "build/readme/map.mjs");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, program);
  const result = await run(process.execPath, [file]);
  assert.equal(result.stderr, "");
  assert.equal(result.stdout, output);
});
