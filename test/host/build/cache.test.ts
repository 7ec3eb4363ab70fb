// A result is made again when its bytes would differ, and only then.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { cached, hashInputs, listFiles, readStamp } from "../../../host/build/cache.ts";

let folder = "";
let made = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "latch-cache-"));
  made = 0;
  mkdirSync(join(folder, "source/deep"), { recursive: true });
  write("source/a.ts", "one");
  write("source/deep/b.ts", "two");
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (path: string) => join(folder, path);
const write = (path: string, text: string) => writeFileSync(at(path), text);
const key = () => hashInputs([at("source")], ["word"]);

/** Builds out.bin if need be. */
async function build(): Promise<{ result: number; isFresh: boolean }> {
  return cached(at("out/stamp.json"), key(), [at("out.bin")], async () => {
    write("out.bin", "result");
    return ++made;
  });
}

test("the second time nothing is made and the result is the same", async () => {
  assert.deepEqual(await build(), { result: 1, isFresh: true });
  assert.deepEqual(await build(), { result: 1, isFresh: false });
});

test("another content makes it again", async () => {
  await build();
  write("source/deep/b.ts", "twice");
  assert.deepEqual(await build(), { result: 2, isFresh: true });
});

test("another time stamp with the same bytes does not", async () => {
  await build();
  utimesSync(at("source/a.ts"), 1, 1);
  write("source/deep/b.ts", "two");
  assert.equal((await build()).isFresh, false);
});

test("a file more, a file less and a file renamed make it again", async () => {
  await build();
  write("source/c.ts", "three");
  assert.equal((await build()).isFresh, true);
  rmSync(at("source/c.ts"));
  assert.equal((await build()).isFresh, true);
  rmSync(at("source/a.ts"));
  write("source/z.ts", "one");
  assert.equal((await build()).isFresh, true);
});

test("a missing output makes it again", async () => {
  await build();
  rmSync(at("out.bin"));
  assert.deepEqual(await build(), { result: 2, isFresh: true });
});

test("a stamp that is damaged or empty makes it again", async () => {
  for (const text of ["", "{", "null", '"text"', '{ "key": 5 }']) {
    await build();
    write("out/stamp.json", text);
    assert.equal((await build()).isFresh, true, text);
  }
});

test("a build that fails leaves no stamp", async () => {
  const work = cached(at("out/stamp.json"), key(), [], () => Promise.reject(new Error("no")));
  await assert.rejects(work, /no/);
  assert.equal(readStamp(at("out/stamp.json")), undefined);
});

test("build results and dependencies do not count as sources", () => {
  const before = key();
  for (const name of ["build", "node_modules", ".git"]) {
    mkdirSync(at(`source/${name}`));
    write(`source/${name}/x`, "y");
  }
  assert.equal(key(), before);
  assert.deepEqual(listFiles(at("source")), [at("source/a.ts"), at("source/deep/b.ts")]);
});

test("words and contents cannot run into each other", () => {
  assert.notEqual(hashInputs([], ["ab", "c"]), hashInputs([], ["a", "bc"]));
  assert.equal(hashInputs([at("absent")]), hashInputs([]));
});

test("two that want the same at the same time make it once", async () => {
  const slow = () =>
    cached(at("out/stamp.json"), key(), [at("out.bin")], async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      write("out.bin", "result");
      return ++made;
    });
  const results = await Promise.all([slow(), slow(), slow()]);
  assert.deepEqual(
    results.map(({ result }) => result),
    [1, 1, 1],
  );
  assert.equal(results.filter(({ isFresh }) => isFresh).length, 1);
});

test("the lock of a process that is gone is taken over, and a failed build leaves none", async () => {
  mkdirSync(at("out"));
  // No process has this id: Linux counts up to 2^22.
  write("out/stamp.json.lock", "99999999");
  assert.equal((await build()).isFresh, true);
  const failing = cached(at("out/other.json"), "key", [], async () => {
    throw new Error("no");
  });
  await assert.rejects(failing);
  assert.deepEqual(
    listFiles(at("out")).filter((path) => path.endsWith(".lock")),
    [],
  );
});

test("a build that fails halfway is made again, also after the change is taken back", async () => {
  await build();
  write("source/a.ts", "broken");
  const failing = cached(at("out/stamp.json"), key(), [at("out.bin")], async () => {
    write("out.bin", "half");
    throw new Error("no");
  });
  await assert.rejects(failing);
  write("source/a.ts", "one");
  assert.deepEqual(await build(), { result: 2, isFresh: true });
});
