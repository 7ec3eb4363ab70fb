// Write-back: which pages a pass writes, and that a killed process loses nothing acknowledged.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import * as spec from "../../../host/base/spec.ts";
import { compilePageProgram, PageMap } from "./page-map.ts";

let program: Awaited<ReturnType<typeof compilePageProgram>>;
let folder = "";
let files = 0;

before(async () => {
  program = await compilePageProgram();
  folder = mkdtempSync(join(tmpdir(), "latch-pages-"));
});

after(() => {
  program.remove();
  rmSync(folder, { recursive: true });
});

function open(path = join(folder, `${files++}.pages`), pageCount?: number): PageMap {
  return new PageMap(program.module, path, pageCount);
}

/** Indices of the pages in the newest batch, in their order. */
function pagesOfLast(map: PageMap): number[] {
  const batch = map.batches.at(-1) as Uint8Array;
  const view = new DataView(batch.buffer);
  const pages: number[] = [];
  let at = spec.PAGE_BATCH_IMAGES;
  for (let i = 0; i < view.getUint32(spec.PAGE_BATCH_COUNT, true); i++) {
    pages.push(view.getUint32(at + spec.PAGE_IMAGE_PAGE, true));
    const count = view.getUint32(at + spec.PAGE_IMAGE_COUNT, true);
    at += spec.PAGE_IMAGE_ENTRIES;
    for (let j = 0; j < count; j++) {
      const keySize = view.getInt32(at + spec.PAGE_ENTRY_KEY_SIZE, true);
      const size = view.getUint32(at + spec.PAGE_ENTRY_VALUE_SIZE, true);
      at += spec.PAGE_ENTRY_KEY + ((keySize < 0 ? 8 : keySize + 7) & ~7) + ((size + 7) & ~7);
    }
  }
  assert.equal(at, batch.length, "the images fill the batch");
  return pages;
}

function fillPages(map: PageMap, keys: number, value: string): void {
  for (let key = 0n; key < BigInt(keys); key++) {
    assert.equal(map.store(key, value), 0, `key ${key}`);
  }
}

describe("a pass", () => {
  it("begins at 128 misses, not at 127, and the threshold may be changed", () => {
    const map = open();
    fillPages(map, 1000, "a");
    map.pass(0);
    map.miss(127);
    assert.equal(map.pass(10_000), 0);
    map.miss(1);
    assert.equal(map.pass(10_001), 16);
    map.view.setUint32(map.pages + spec.PAGES_THRESHOLD, 5, true);
    map.miss(5);
    assert.equal(map.pass(10_002), 16);
    assert.equal(map.pass(10_003), 0, "misses are counted once");
  });

  it("writes only if 60 % of the pages are dirty", () => {
    const map = open(undefined, 64);
    let key = 0n;
    while (map.core.pagesDirty(map.map) < 38) map.store(key++, "a");
    map.miss(200);
    assert.equal(map.pass(10_000), 0, "38 of 64");
    while (map.core.pagesDirty(map.map) < 39) map.store(key++, "a");
    map.miss(200);
    assert.equal(map.pass(20_000), 16, "39 of 64");
  });

  it("leaves pages alone whose oldest change is younger than 5 s", () => {
    const map = open();
    fillPages(map, 1000, "a");
    map.miss(200);
    assert.equal(map.pass(4_999), 0);
    map.miss(200);
    assert.equal(map.pass(5_000), 16);
  });

  it("takes the heaviest among the pages that have not been touched for longest", () => {
    const map = open(undefined, 64);
    fillPages(map, 2000, "a");
    map.flush(0);
    map.pass(1_000);
    fillPages(map, 2000, "b");
    const record = (page: number) => map.pages + spec.PAGES_TABLE + page * spec.PAGE_VALUE_SIZE;
    for (let page = 0; page < 64; page++) {
      map.view.setUint32(record(page) + spec.PAGE_TOUCHED_MS, page < 32 ? 1_000 : 2_000, true);
      map.view.setUint32(record(page) + spec.PAGE_CHANGES, page % 2 === 0 ? 9 : 2, true);
    }
    map.miss(200);
    assert.equal(map.pass(10_000), 16);
    const expected = Array.from({ length: 16 }, (_, i) => 2 * i);
    assert.deepEqual(
      pagesOfLast(map).sort((a, b) => a - b),
      expected,
      "old and heavy",
    );
  });

  it("keeps pages dirty that the port refused, and writes them later", () => {
    const map = open();
    fillPages(map, 500, "a");
    const dirty = map.core.pagesDirty(map.map);
    map.isRefusing = true;
    assert.throws(() => map.flush(1), /status -18/);
    assert.equal(map.core.pagesDirty(map.map), dirty);
    assert.equal(map.view.getUint32(map.pages + spec.PAGES_REFUSED, true), 1);
    map.isRefusing = false;
    map.flush(2);
    assert.equal(map.core.pagesDirty(map.map), 0);
  });
});

describe("a flush", () => {
  it("writes each dirty page once and ends, though all pages change with every batch", () => {
    const map = open(undefined, 64);
    fillPages(map, 1000, "a");
    const written: number[] = [];
    map.onBatch = () => {
      written.push(...pagesOfLast(map));
      assert.ok(written.length <= 64, "the flush goes round in circles");
      fillPages(map, 1000, `after batch ${written.length}`);
    };
    map.flush(1_000);
    assert.deepEqual(
      written.sort((a, b) => a - b),
      Array.from({ length: 64 }, (_, i) => i),
    );
    assert.equal(map.core.pagesDirty(map.map), 64);
  });
});

describe("a file of pages", () => {
  it("brings back all kinds of keys, replaced values, deletions and a clear", () => {
    const map = open();
    fillPages(map, 900, "first");
    map.store("", "empty key");
    map.store("søren", "a name");
    map.flush(1);
    map.core.mapClear(map.map, 0);
    fillPages(map, 300, "second");
    map.store("søren", "again");
    map.delete(7n);
    map.flush(2);
    const back = open(map.file.path);
    const report = back.restore();
    assert.ok(report.batches >= 2, `${report.batches} batches`);
    assert.equal(back.core.mapLen(back.map), 300, "299 numbers and a name");
    assert.equal(back.load(7n), undefined);
    assert.equal(back.load(8n), "second");
    assert.equal(back.load(500n), undefined);
    assert.equal(back.load("søren"), "again");
    assert.equal(back.load(""), undefined);
    assert.equal(back.core.pagesDirty(back.map), 0);
  });

  it("is cut behind the last whole batch, whatever the tail is", () => {
    const map = open();
    fillPages(map, 100, "whole");
    map.flush(1);
    const whole = readFileSync(map.file.path);
    const batch = Buffer.from(map.batches.at(-1) as Uint8Array);
    const torn = [20, batch.length - 8].map((size) => batch.subarray(0, size));
    const tails = [...torn, Buffer.from("noise")];
    for (const tail of tails) {
      const path = join(folder, `${files++}.pages`);
      writeFileSync(path, whole);
      appendFileSync(path, tail);
      const back = open(path);
      assert.equal(back.restore().droppedBytes, tail.length);
      assert.equal(back.core.mapLen(back.map), 100);
      assert.equal(statSync(path).size, whole.length);
    }
  });

  it("stops at each flipped bit of a batch", () => {
    const map = open();
    map.store(1n, "one");
    map.flush(1);
    const first = readFileSync(map.file.path).length;
    map.store(2n, "two");
    map.flush(2);
    const bytes = readFileSync(map.file.path);
    for (let bit = first * 8; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      const path = join(folder, "damaged.pages");
      writeFileSync(path, damaged);
      const back = reuse(path);
      assert.equal(back.restore().batches, 1, `bit ${bit}`);
      assert.equal(back.load(1n), "one", `bit ${bit}`);
      assert.equal(back.load(2n), undefined, `bit ${bit}`);
      back.file.close();
    }
  });

  it("is refused, and left as it is, if it is something else", () => {
    const path = join(folder, "other");
    writeFileSync(path, "this is no file of pages at all");
    assert.throws(() => open(path).restore(), /not a file of map pages/);
    assert.equal(readFileSync(path, "utf8"), "this is no file of pages at all");
  });

  it("is written anew without what was replaced, and takes the old one's place", () => {
    const map = open();
    for (let i = 0; i < 10; i++) {
      fillPages(map, 400, `version ${i}`);
      map.flush(i);
    }
    const before = map.file.bytes;
    const newest = [...map.batches];
    map.file.rewrite((file) => {
      for (const batch of newest.slice(-4)) file.append(batch);
    });
    assert.ok(map.file.bytes < before / 5, `${map.file.bytes} of ${before}`);
    const back = open(map.file.path);
    back.restore();
    assert.equal(back.core.mapLen(back.map), 400);
    assert.equal(back.load(399n), "version 9");
  });
});

describe("kill -9", () => {
  it("loses nothing that was acknowledged, four times in a row", { timeout: 60_000 }, async () => {
    const path = join(folder, "killed.pages");
    const wasm = join(folder, "program.wasm");
    writeFileSync(wasm, program.module);
    const writer = fileURLToPath(new URL("./page-writer.ts", import.meta.url));
    for (let i = 0; i < 4; i++) {
      rmSync(path, { force: true });
      const child = spawn(process.execPath, ["--import", "tsx", writer, wasm, path], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      const wanted = 20 + 31 * i;
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk;
        if (text.split("\n").length > wanted) child.kill("SIGKILL");
      });
      await once(child, "close");
      const rounds = text.trim().split("\n").map(Number);
      const acknowledged = rounds.at(-1) as number;
      const back = open(path);
      back.restore();
      checkRounds(back, acknowledged);
    }
  });
});

/** Every key must be as round `acknowledged` or the one after left it, and of one of these two. */
function checkRounds(map: PageMap, acknowledged: number): void {
  for (let key = 0; key < 700; key++) {
    const last = lastRound(key, acknowledged);
    const next = lastRound(key, acknowledged + 1);
    const text = map.load(`name ${key}`);
    const allowed = [last, next].map((round) => (round > 0 ? `text ${round}` : undefined));
    assert.ok(allowed.includes(text), `name ${key}: ${text}, allowed ${allowed}`);
    const value = map.load(BigInt(key));
    const values = [last, next].map((round) =>
      key % 7 === 3 || round === 0 ? undefined : `round ${round}`,
    );
    assert.ok(values.includes(value), `${key}: ${value}, allowed ${values}`);
  }
}

/** The newest round, up to `round`, that stored the key; 0 if none did. */
function lastRound(key: number, round: number): number {
  for (let at = round; at > 0 && at > round - 14; at--) {
    const from = (at * 50) % 700;
    if ((key - from + 700) % 700 < 50) return at;
  }
  return 0;
}

/** A map over another file, for loops that would else compile and clear megabytes each time. */
function reuse(path: string): PageMap {
  return new PageMap(program.module, path, 64, 1 << 16);
}
