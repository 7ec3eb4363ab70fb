// What gdb shows of read buckets on a board is whole: no replacement missed, each one explained.
//
// The transcript of a real run is read again: every directory word must lead to the next, and what
// a promotion dropped must have been deleted.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { packageRoot } from "../../host/base/package.ts";
import { run } from "../../host/base/process.ts";
import * as spec from "../../host/base/spec.ts";
import { loadBoard } from "../../host/board/load.ts";
import { buildProgram } from "../../host/build/build.ts";
import { demangle } from "../../host/build/translate.ts";
import { boardFeed, CHURN_RESULT, churnProgram } from "../../host/evidence/board-feed.ts";
import {
  type BucketsEvidence,
  type BucketsOptions,
  traceBuckets,
} from "../../host/evidence/buckets.ts";
import { missingTool } from "./tools.ts";

const skip = await missingTool("gdb-multiarch", "qemu-system-arm");
const COUNT = 30;
const latch = join(packageRoot, "host/cli/latch.mjs");

interface Entry {
  at: number;
  key: string;
  state: string;
}

interface Change {
  bucket: number;
  old: number;
  now: number;
  /** Of a replacement: what the words led to. */
  entriesOld: Entry[];
  entriesNow: Entry[];
  loads: number[];
  frames: string[];
}

let folder = "";
let options: BucketsOptions;
let evidence: BucketsEvidence;
let changes: Change[];

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "latch-buckets-"));
  const board = loadBoard("mps2-an385");
  const { result: image } = await buildProgram({ board, program: churnProgram });
  options = {
    ...{ board, image, ...boardFeed(), folder, recordMs: 1000, timeoutMs: 60_000 },
    ...{ count: COUNT, mapNumber: 0, result: CHURN_RESULT },
  };
  evidence = await traceBuckets(options);
  changes = readChanges(readFileSync(evidence.transcript, "utf8"));
});
after(() => folder && rmSync(folder, { recursive: true }));

test("shows as many replacements as it was asked for", { skip }, () => {
  assert.equal(evidence.replaced, COUNT);
  assert.equal(changes.filter(isReplacement).length, COUNT);
  assert.ok(changes.length > COUNT, "entries that were put in front between them are shown too");
});

test("misses no change: each word is the one that was put there last", { skip }, () => {
  const words = new Map<number, number>();
  for (const { bucket, old, now } of changes) {
    assert.equal(old, words.get(bucket) ?? emptyWord, `bucket ${bucket}`);
    words.set(bucket, now);
  }
  assert.ok(words.size > 4, "of many buckets");
});

test("a replacement keeps every entry but deleted ones", { skip }, () => {
  let dropped = 0;
  for (const change of changes.filter(isReplacement)) {
    const kept = new Set(change.entriesNow.map((entry) => entry.at));
    assert.equal(kept.size, change.entriesNow.length, "no entry twice");
    for (const entry of change.entriesOld) {
      if (kept.delete(entry.at)) continue;
      assert.equal(entry.state, "deleted", `key ${entry.key} of bucket ${change.bucket}`);
      dropped++;
    }
    assert.equal(kept.size, 0, "nothing comes from nowhere");
  }
  assert.ok(dropped > 0, "some were dropped");
  assert.ok(changes.some((change) => change.entriesNow.length > 3));
});

test("loads of main loop and interrupt go on between two stops", { skip }, () => {
  const sums = [0, 1].map((agent) =>
    changes.reduce((sum, change) => sum + (change.loads[agent] as number), 0),
  );
  assert.ok((sums[0] as number) > COUNT && (sums[1] as number) > COUNT, `${sums} loads`);
  const quiet = changes.filter((change) => change.loads.every((count) => count === 0));
  assert.ok(quiet.length < changes.length / 2, `nobody loads before ${quiet.length} stops`);
  const text = readFileSync(evidence.transcript, "utf8");
  const results = [...text.matchAll(/^ {2}a reader went on: (\S+) = (-?\d+)$/gm)];
  assert.ok(new Set(results.map((match) => match[2])).size > 5, "a reader has different results");
  assert.ok(results.every((match) => match[1] === CHURN_RESULT));
});

test("the frames are TypeScript lines, from the compare-exchange outwards", { skip }, () => {
  const lineOf = (path: string, words: string) =>
    readFileSync(join(packageRoot, path), "utf8")
      .split("\n")
      .findIndex((line) => line.includes(words)) + 1;
  const exchange = lineOf("assembly/map/sync.ts", "return atomic.cmpxchg<u32>(at, from, to)");
  const replace = lineOf("assembly/map/bucket.ts", "return syncExchange(place, from, to) == from");
  for (const { frames } of changes.filter(isReplacement)) {
    const text = frames.join("\n");
    assert.ok(text.includes(`assembly/map/sync.ts:${exchange}`), text);
    assert.ok(text.includes(`assembly/map/bucket.ts:${replace}`), text);
  }
  const callers = changes.flatMap((change) => change.frames).join("\n");
  assert.match(callers, /firmware\/node\/churn\/step/, "the main loop replaces");
  assert.match(callers, /firmware\/node\/churn\/tick/, "the interrupt replaces");
});

test("the script shows the same again by hand", { skip }, async () => {
  const again = await run("sh", ["-c", evidence.byHand]);
  assert.equal(again.code, 0, again.stderr);
  const names = again.stdout.replaceAll(/\bw2c_program_\w+/g, (name) => demangle(name));
  assert.deepEqual(readChanges(names), changes);
});

test("leaves no process behind, also when the time is over", { skip }, async () => {
  const short = { ...options, folder: join(folder, "short"), count: 10_000, timeoutMs: 1500 };
  const expired = await traceBuckets(short);
  assert.ok(expired.isExpired && expired.replaced < 10_000);
  assert.ok(existsSync(expired.transcript), "what was seen is there");
  for (let tries = 0; tries < 50 && processesIn(folder).length > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual(processesIn(folder), []);
});

test("a variable that is not there is refused, with those that are", { skip }, async () => {
  const wrong = { ...options, folder: join(folder, "wrong"), result: "firmware/node/churn/sen" };
  await assert.rejects(traceBuckets(wrong), (error: Error & { code?: string }) => {
    assert.equal(error.code, "USAGE");
    assert.match(error.message, /there are: .*firmware\/node\/churn\/seen/);
    return true;
  });
});

test("a recording without enough replacements is a negative result, and shows what it has", {
  skip,
}, async () => {
  // The vibration node stores its ten fields over and over: entries come, no bucket is promoted.
  const out = join(folder, "few");
  const node = join(packageRoot, "firmware/node/main.ts");
  const words = ["evidence", "buckets", node, "-b", "mps2-an385", "--record", "1s", "--out", out];
  const ran = await run(process.execPath, [latch, ...words], { cwd: folder });
  assert.equal(ran.code, spec.EXIT_FAILED, ran.stderr);
  assert.match(ran.stderr, /^latch: \d+ of 20 replacements were seen in what was recorded/m);
  const text = readFileSync(join(out, "buckets.txt"), "utf8");
  assert.match(text, /^map at \d+, 3 agents/m);
  assert.match(text, /the recording ends here, \d+ of 20 replacements\n$/);
});

test("the command prints where its files are; without gdb it says what to install", {
  skip,
}, async () => {
  const out = join(folder, "out");
  const words = ["evidence", "buckets", "-b", "mps2-an385", "-n", "3", "--out", out];
  const ran = await run(process.execPath, [latch, ...words, "--json"], { cwd: folder });
  assert.equal(ran.code, spec.EXIT_OK, ran.stderr);
  const result = JSON.parse(ran.stdout);
  assert.equal(result.replaced, 3);
  for (const { file, open } of result.artefacts) assert.ok(existsSync(file) && open.length > 5);
  const path = pathWithout("gdb-multiarch");
  const env = { ...process.env, PATH: path };
  const refused = await run(process.execPath, [latch, ...words], { cwd: folder, env });
  assert.equal(refused.code, spec.EXIT_MISSING_TOOL, refused.stderr);
  assert.match(refused.stderr, /latch: cannot start gdb-multiarch.*apt-get install/);
});

const emptyWord = (Math.log2(spec.MAP_VALUE_BUCKETS_MIN) << 4) | spec.MAP_WORD_EMPTY;

function isReplacement(change: Change): boolean {
  return (change.now & spec.MAP_WORD_AMENDED) === 0;
}

/** The changes a transcript shows, in order. */
function readChanges(text: string): Change[] {
  return text
    .split(/^(?=== replacement|-- bucket)/m)
    .slice(1)
    .map((part) => {
      const [before = "", after = ""] = part.split(/^ {2}new word /m);
      const words =
        /^ {2}word ([0-9a-f]+) -> ([0-9a-f]+)$/m.exec(part) ??
        /^ {2}old word ([0-9a-f]+)$[\s\S]*^ {2}new word ([0-9a-f]+)$/m.exec(part);
      assert.ok(words, part);
      return {
        bucket: Number(/bucket (\d+)/.exec(part)?.[1]),
        old: Number.parseInt(words[1] as string, 16),
        now: Number.parseInt(words[2] as string, 16),
        entriesOld: readEntries(before),
        entriesNow: readEntries(after),
        loads: [...part.matchAll(/agent \d+: (\d+) hits, (\d+) misses/g)].map(
          (match) => Number(match[1]) + Number(match[2]),
        ),
        frames: part.split("\n").filter((line) => line.startsWith("#")),
      };
    });
}

function readEntries(text: string): Entry[] {
  return [...text.matchAll(/entry at (\d+): key (\S+) (\w+)/g)].map((match) => ({
    at: Number(match[1]),
    key: match[2] as string,
    state: match[3] as string,
  }));
}

/** Processes that work in that folder or below it. */
function processesIn(place: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(place);
    } catch {
      return false;
    }
  });
}

/** A PATH with all programs of this one but `name`. */
function pathWithout(name: string): string {
  const links = join(folder, "bin");
  mkdirSync(links);
  for (const place of (process.env.PATH ?? "").split(delimiter).filter(existsSync)) {
    for (const program of readdirSync(place)) {
      const link = join(links, program);
      if (program !== name && !existsSync(link)) symlinkSync(join(place, program), link);
    }
  }
  return links;
}
