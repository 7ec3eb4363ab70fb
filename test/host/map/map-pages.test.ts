// A map kept in a file through the API: killed anywhere, taken over, refused by the disk.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startWorker } from "../../../host/base/worker.ts";
import { EntryMap, type MapKey, type PageOptions } from "../../../host/map/entry-map.ts";
import { randomFrom } from "../core/map-client.ts";
import type { KeeperReady } from "./map-keeper.worker.ts";
import { numberOf, stateAfter } from "./map-rounds.ts";

const SIZES = { capacity: 1000, arenaSize: 1 << 20, agents: 4 };
const KEEPER = fileURLToPath(new URL("./map-keeper.ts", import.meta.url));
const value = Buffer.from("12345678");
let folder = "";
let files = 0;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "latch-kept-"));
});
after(() => rmSync(folder, { recursive: true }));

const newFile = () => join(folder, `${files++}.pages`);
const keep = (file: string, pages: Partial<PageOptions> = {}) =>
  EntryMap.create({ ...SIZES, pages: { file, passMs: 0, ...pages } });

/** What the file holds: key to round. Opening drops a torn tail. */
async function contentOf(file: string): Promise<Map<MapKey, number>> {
  const map = await keep(file);
  const content = new Map([...map].map(([key, bytes]) => [key, numberOf(bytes)]));
  map.close();
  return content;
}

describe("a process killed at a random moment", () => {
  for (const [count, promise] of [
    [16, "has all of the last acknowledged flush, or all of the one under way"],
    [128, "has every key as the last acknowledged flush, or the one under way, left it"],
  ] as const) {
    it(`with ${count} pages ${promise}, eight times`, { timeout: 120_000 }, async () => {
      const file = newFile();
      const seed = 100 + count;
      const random = randomFrom(seed);
      let acknowledged = 0;
      let rewrites = 0;
      let rounds = 0;
      for (let life = 0; life < 8; life++) {
        const what = `seed ${seed}, life ${life}`;
        // A file with a part of a round is no beginning that the rounds behind could be told from.
        if (count !== 16) {
          rmSync(file, { force: true });
          acknowledged = 0;
        }
        const child = spawn(process.execPath, ["--import", "tsx", KEEPER, file, String(count)], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let text = "";
        let size = 0;
        const wanted = 50 + random(50);
        let timer: NodeJS.Timeout | undefined;
        child.stdout.on("data", (chunk: Buffer) => {
          text += chunk;
          if (text.split("\n").length > wanted && !timer) {
            timer = setTimeout(() => child.kill("SIGKILL"), random(10));
          }
          const now = existsSync(file) ? statSync(file).size : size;
          if (now < size) rewrites++;
          size = now;
        });
        await once(child, "close");
        const first = Number(text.split("\n")[0]);
        assert.ok(
          first > acknowledged && first <= acknowledged + 2,
          `${what}: goes on at ${first}`,
        );
        acknowledged = Number(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1));
        const content = await contentOf(file);
        const found = content.get("round") as number;
        assert.ok(found === acknowledged || found === acknowledged + 1, `${what}: round ${found}`);
        if (count === 16) {
          assert.deepEqual(content, stateAfter(found), what);
        } else {
          const states = [stateAfter(acknowledged), stateAfter(acknowledged + 1)];
          const keys = new Set([
            ...content.keys(),
            ...states.flatMap((state) => [...state.keys()]),
          ]);
          for (const key of keys) {
            const allowed = states.map((state) => state.get(key));
            assert.ok(allowed.includes(content.get(key)), `${what}: ${key} is ${content.get(key)}`);
          }
        }
        acknowledged = found;
        rounds += found;
      }
      assert.ok(rounds > 400, `${rounds} rounds`);
      assert.ok(rewrites > 0, "the file was written anew in between");
    });
  }
});

it("a refused batch is cut off, counted, and the file goes on with the next", async () => {
  const file = newFile();
  // Files of at most 64 blocks; the signal for that ignored, so that the write fails instead.
  const script = `trap '' XFSZ; ulimit -f 64; exec "$0" --import tsx "$1" "$2" full`;
  const child = spawn("bash", ["-c", script, process.execPath, KEEPER, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => (text += chunk));
  await once(child, "close");
  const said = /^DEVICE EFBIG (\d+) 1 true\ncleared\n$/.exec(text);
  assert.ok(said, text);
  assert.ok(Number(said[1]) > 10);
  const map = await keep(file);
  assert.equal(map.pages?.restored.droppedBytes, 0);
  assert.equal(map.size, 0, "what was acknowledged last is that it is empty");
  map.close();
});

describe("keeping", () => {
  it("brings everything back after close, and has one keeper at a time", async () => {
    const file = newFile();
    const map = await keep(file);
    map.store(1, value);
    map.store("é", value);
    await assert.rejects(keep(file), /process \d+ keeps a map there/);
    assert.throws(() => EntryMap.open(map.handle, { pages: { file } }), { code: "EXISTS" });
    map.close();
    assert.equal(existsSync(`${file}.lock`), false);
    const again = await keep(file);
    assert.equal(again.pages?.restored.entries, 2);
    assert.equal(again.pages?.status().dirty, 0);
    assert.deepEqual(again.load("é"), new Uint8Array(value));
    again.close();
    assert.throws(() => again.pages?.flush(), { code: "CLOSED" });
  });

  it("by the timer writes what the rule leaves lying, before flushMs is over", async () => {
    const file = newFile();
    const map = await keep(file, { passMs: 5, flushMs: 20 });
    map.store(1, value);
    for (let i = 0; map.pages?.status().dirty !== 0; i++) {
      assert.ok(i < 1000, "written within 10 s");
      await sleep(10);
    }
    assert.ok(readFileSync(file).length > 0);
    map.close();
  });

  it("follows the rule as it is changed while it runs", async () => {
    let nowMs = 0;
    const map = await keep(newFile(), { count: 4, nowMs: () => nowMs });
    const pages = map.pages as NonNullable<EntryMap["pages"]>;
    for (let i = 0; i < 100; i++) map.store(i, value);
    const miss = (count: number) => {
      for (let i = 0; i < count; i++) map.load("absent");
    };
    pages.pass();
    nowMs = 10_000;
    miss(10);
    assert.equal(pages.pass(), 0, "10 misses of 128");
    pages.setRule({ threshold: 20, batchPages: 1 });
    miss(10);
    assert.equal(pages.pass(), 1, "20 of 20, one page a batch");
    pages.setRule({ dirtyPercent: 80, threshold: 0 });
    assert.equal(pages.pass(), 0, "three of four are less than 80 %");
    pages.setRule({ dirtyPercent: 75, ageMs: 20_000 });
    assert.equal(pages.pass(), 0, "too young");
    pages.setRule({ ageMs: 5_000, batchPages: 16 });
    assert.equal(pages.pass(), 3);
    assert.deepEqual(pages.rule, { threshold: 0, dirtyPercent: 75, ageMs: 5000, batchPages: 16 });
    assert.throws(() => pages.setRule({ batchPages: 17 }), { code: "BAD_CONFIG" });
    map.close();
  });

  it("says TOO_LONG of a page that no batch holds, BUSY while its object holds a cut", async () => {
    const map = await keep(newFile(), { count: 1, bufferSize: 4096 });
    for (let i = 0; i < 10; i++) map.store(i, value);
    const cut = map.cut();
    assert.throws(() => map.pages?.flush(), { code: "BUSY" });
    cut.close();
    map.pages?.flush();
    for (let i = 0; i < 10; i++) map.store(i, Buffer.alloc(1000));
    assert.throws(() => map.pages?.flush(), { code: "TOO_LONG" });
    assert.throws(() => map.close(), { code: "TOO_LONG" });
    assert.throws(() => map.size, { code: "CLOSED" });
  });

  it("refuses a file that is none of its own, and leaves it as it is", async () => {
    await assert.rejects(keep(KEEPER), /not a file of map pages/);
    assert.equal(existsSync(`${KEEPER}.lock`), false);
    assert.match(readFileSync(KEEPER, "utf8"), /^\/\/ A process that keeps/);
    await assert.rejects(keep(join(folder, "no/such/folder/x")), { code: "ENOENT" });
  });
});

it("is taken over when the keeper's thread is killed, and nothing is lost", async () => {
  const file = newFile();
  const url = new URL("./map-keeper.worker.ts", import.meta.url);
  const worker = startWorker(url, { file });
  const [{ handle, agent }] = (await once(worker, "message")) as [KeeperReady];
  const map = EntryMap.open(handle);
  for (let i = 0; i < 300; i++) map.store(i, value);
  assert.throws(() => EntryMap.open(handle, { pages: { file } }), { code: "EXISTS" });
  await worker.terminate();
  map.recover(agent);
  const keeper = EntryMap.open(handle, { pages: { file, passMs: 0 } });
  map.store("later", value);
  map.delete(0);
  keeper.pages?.flush();
  assert.equal(keeper.pages?.status().dirty, 0);
  map.close();
  keeper.close();
  const content = await contentOf(file);
  assert.equal(content.size, 300);
  assert.ok(content.has("later"));
});
