// Where package and tools lie: in a checkout, and under somebody's node_modules.
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { packageFile, packageRoot } from "../../../host/base/package.ts";
import { run } from "../../../host/base/process.ts";

test("the root holds the package's own description", () => {
  const { name } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
  assert.equal(name, "latchwork");
});

test("a file of an installed package is found; one that is not there names package and remedy", () => {
  const path = packageFile("assemblyscript", "package.json");
  assert.equal(JSON.parse(readFileSync(path, "utf8")).name, "assemblyscript");
  assert.throws(
    () => packageFile("assemblyscript", "bin/none.js"),
    /^Error: npm package assemblyscript has no bin\/none\.js; run: npm ci$/,
  );
  assert.throws(() => packageFile("no-such-package", "x"), /no-such-package/);
});

test("in a user's project tools are found beside the package and inside it, inside first", async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "latch-package-")));
  try {
    const own = join(folder, "node_modules/latchwork");
    mkdirSync(join(own, "host/base"), { recursive: true });
    cpSync(join(packageRoot, "host/base/package.ts"), join(own, "host/base/package.ts"));
    writeFileSync(join(own, "package.json"), '{"name":"latchwork","type":"module"}');
    const tools = [
      "node_modules/hoisted",
      "node_modules/both",
      "node_modules/latchwork/node_modules/both",
    ];
    for (const tool of tools) {
      mkdirSync(join(folder, tool), { recursive: true });
      writeFileSync(join(folder, tool, "tool.js"), "");
    }
    const module = pathToFileURL(join(own, "host/base/package.ts")).href;
    const code = `const { packageFile, packageRoot } = await import(${JSON.stringify(module)});
      const files = ["hoisted", "both"].map((name) => packageFile(name, "tool.js"));
      process.stdout.write(JSON.stringify([packageRoot, ...files]));`;
    const words = ["--import", pathToFileURL(packageFile("tsx", "dist/loader.mjs")).href];
    const result = await run(process.execPath, [...words, "--input-type=module", "-e", code], {
      cwd: tmpdir(),
    });
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(JSON.parse(result.stdout), [
      own,
      join(folder, tools[0] as string, "tool.js"),
      join(folder, tools[2] as string, "tool.js"),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
