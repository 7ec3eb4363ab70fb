// The manifest, the search for recordings, their hashes, and the way from an origin's file to ours.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ToolError } from "../../../host/base/error.ts";
import {
  getRecording,
  locateRecording,
  recordingPath,
  transformOrigin,
} from "../../../host/recording/library.ts";
import { datasetOf, findRecording, listRecordings } from "../../../host/recording/manifest.ts";
import { decodeMatField } from "../../../host/recording/mat.ts";
import { decodeNpzArray } from "../../../host/recording/npz.ts";
import { encodeMat, encodeNpy, encodeZip } from "./archives.ts";

const OUTER = "cwru:1797_OR_at_6_21_DE12";
const INNER_MFPT = "mfpt:InnerRaceFault_vload_1";
const folder = mkdtempSync(join(tmpdir(), "latchwork-library-"));
const saved = {
  LATCH_DATA: process.env.LATCH_DATA,
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
};

before(() => {
  process.env.XDG_CACHE_HOME = join(folder, "cache");
});

after(() => {
  rmSync(folder, { recursive: true });
  for (const [name, value] of Object.entries(saved)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

function failsWith(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ToolError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    assert.ok(!error.message.includes("\n"), "one line");
    return true;
  };
}

/** Serves one listener on loopback while `use` runs. */
async function withServer(listener: RequestListener, use: (base: string) => Promise<void>) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test("the manifest names each recording once, with a dataset, a commit and a hash", () => {
  const ids = listRecordings().map((recording) => recording.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const recording of listRecordings()) {
    assert.match(datasetOf(recording).commit, /^[0-9a-f]{40}$/);
    assert.equal(recording.id.split(":")[0], recording.dataset);
    const isCounts = datasetOf(recording).transform === "npz-counts";
    assert.equal(recording.gPerCount !== undefined, isCounts, recording.id);
  }
});

test("an unknown id is answered with the nearest ids", () => {
  assert.throws(
    () => findRecording("cwru:1797_OR_at6_21_DE12"),
    failsWith("MISSING_INPUT", /nearest: cwru:1797_OR_at_6_21_DE12/),
  );
});

test("LATCH_DATA comes first, and a file with another hash is refused", () => {
  const own = join(folder, "own");
  mkdirSync(join(own, "cwru"), { recursive: true });
  const { file } = findRecording(OUTER);
  writeFileSync(join(own, "cwru", file), "not the recording");
  process.env.LATCH_DATA = own;
  assert.equal(locateRecording(findRecording(OUTER)), join(own, "cwru", file));
  assert.throws(
    () => recordingPath(OUTER),
    failsWith("BAD_INPUT", /SHA-256 .*, expected 028638a2/),
  );
  rmSync(own, { recursive: true });
  delete process.env.LATCH_DATA;
});

test("an npz column becomes exact counts, stored or deflated", () => {
  const recording = findRecording(OUTER);
  const counts = [0, 1, -1, 16383, -16384, 32767, -32767];
  const values = counts.map((count) => count * recording.gPerCount!);
  const expected = Buffer.from(Int16Array.from(counts).buffer);
  for (const deflated of [false, true]) {
    const zip = encodeZip({ "FE.npy": encodeNpy([7]), "DE.npy": encodeNpy(values) }, deflated);
    assert.deepEqual(transformOrigin(recording, zip, "test.npz"), expected);
  }
});

test("a value between two counts is refused", () => {
  const recording = findRecording(OUTER);
  const zip = encodeZip({ "DE.npy": encodeNpy([0, 2.5 * recording.gPerCount!]) }, false);
  assert.throws(
    () => transformOrigin(recording, zip, "test.npz"),
    failsWith("BAD_INPUT", /^test\.npz: sample 1 is 2\.5/),
  );
});

test("an npz cut short anywhere is refused or lacks nothing", () => {
  const zip = encodeZip({ "DE.npy": encodeNpy([1, 2, 3]) }, true);
  for (let size = 0; size < zip.length; size++) {
    assert.throws(
      () => decodeNpzArray(zip.subarray(0, size), "DE", "cut.npz"),
      failsWith("BAD_INPUT", /^cut\.npz: /),
    );
  }
  assert.deepEqual([...decodeNpzArray(zip, "DE", "whole.npz")], [1, 2, 3]);
});

test("an npz of another kind says what it has instead", () => {
  const cases: [Buffer, RegExp][] = [
    [encodeZip({ "FE.npy": encodeNpy([1]) }, false), /no member DE\.npy; it has FE\.npy/],
    [encodeZip({ "DE.npy": encodeNpy([1], "<f4") }, false), /type <f4, expected <f8/],
    [encodeZip({ "DE.npy": encodeNpy([1, 2], "<f8", "(1, 2)") }, false), /expected one column/],
    [encodeZip({ "DE.npy": encodeNpy([1], "<f8", "(9, 1)") }, false), /truncated/],
    [Buffer.from("<html>not found</html> and more than 22 bytes"), /not a zip archive/],
  ];
  for (const [bytes, words] of cases) {
    assert.throws(() => decodeNpzArray(bytes, "DE", "x"), failsWith("BAD_INPUT", words));
  }
});

test("a MAT-file's struct field becomes float32", () => {
  const mat = encodeMat("bearing", "gs", [0.5, -1.25, 3]);
  const bytes = transformOrigin(findRecording(INNER_MFPT), mat, "test.mat");
  assert.deepEqual(bytes, Buffer.from(Float32Array.of(0.5, -1.25, 3).buffer));
  assert.throws(
    () => decodeMatField(mat, "motor", "gs", "x"),
    failsWith("BAD_INPUT", /no variable/),
  );
  assert.throws(
    () => decodeMatField(mat, "bearing", "g", "x"),
    failsWith("BAD_INPUT", /no field g/),
  );
});

test("a MAT-file cut short anywhere is refused", () => {
  const mat = encodeMat("bearing", "gs", [0.5, -1.25, 3]);
  for (let size = 0; size < mat.length; size++) {
    assert.throws(
      () => decodeMatField(mat.subarray(0, size), "bearing", "gs", "cut.mat"),
      failsWith("BAD_INPUT", /^cut\.mat: /),
    );
  }
});

test("a download is transformed, checked and kept", async (t) => {
  const recording = findRecording(OUTER);
  const path = locateRecording(recording);
  if (path === undefined) return t.skip(`${OUTER} is not on this machine`);
  // The origin's file, rebuilt from ours: counts times step.
  const counts = readFileSync(path);
  const values = Array.from(
    { length: counts.length / 2 },
    (_, i) => counts.readInt16LE(i * 2) * recording.gPerCount!,
  );
  const origin = encodeZip({ "DE.npy": encodeNpy(values) }, false);
  const target = join(folder, "downloads");
  const asked: string[] = [];
  const progress: number[] = [];
  await withServer(
    (request, response) => {
      asked.push(request.url!);
      response.writeHead(200, { "content-length": origin.length }).end(origin);
    },
    async (originBase) => {
      const options = {
        originBase,
        folder: target,
        onProgress: (received: number, total: number | undefined) => {
          assert.equal(total, origin.length);
          progress.push(received);
        },
      };
      const kept = await getRecording(OUTER, options);
      assert.deepEqual(readFileSync(kept), counts);
      assert.equal(await getRecording(OUTER, options), kept);
    },
  );
  const { repository, commit } = datasetOf(recording);
  const originPath = "Data/1797%20RPM/1797_OR%406_21_DE12.npz";
  assert.deepEqual(asked, [`/${repository}/${commit}/${originPath}`], "asked once, then kept");
  assert.equal(progress.at(-1), origin.length);
  assert.deepEqual(readdirSync(join(target, "cwru")), [recording.file]);
});

test("a download that fails leaves no file", async () => {
  const target = join(folder, "nothing");
  const wrong = encodeZip({ "DE.npy": encodeNpy([0, 0, 0]) }, false);
  const cases: [RequestListener, string, RegExp][] = [
    [(_, response) => response.writeHead(404).end("no"), "NO_NETWORK", /HTTP 404, expected 200/],
    [(_, response) => response.end("<html>"), "BAD_INPUT", /not a zip archive/],
    [(_, response) => response.end(wrong), "BAD_INPUT", /expected 028638a2/],
    [(request) => request.socket.destroy(), "NO_NETWORK", /cannot download/],
    [(_, response) => response.write("P"), "NO_NETWORK", /not complete within 300 ms/],
  ];
  for (const [listener, code, words] of cases) {
    await withServer(listener, async (originBase) => {
      const options = { originBase, folder: target, timeoutMs: 300 };
      await assert.rejects(getRecording(OUTER, options), failsWith(code, words));
    });
  }
  const unreachable = { originBase: "http://127.0.0.1:1", folder: target };
  await assert.rejects(getRecording(OUTER, unreachable), failsWith("NO_NETWORK", /127\.0\.0\.1:1/));
  assert.equal(existsSync(target), false);
});
