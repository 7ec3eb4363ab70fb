// Promise 1: one input gives the same output bytes in Node, in native C and on every emulated
// board.
//
// Method: the node program runs over the same recordings on all targets at full speed; the frames,
// which hold every feature, picture, counter and time stamp, are compared byte for byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { loadBoard } from "../../host/board/load.ts";
import { buildProgram } from "../../host/build/build.ts";
import { configForSource, encodeNodeConfig } from "../../host/recording/config.ts";
import { locateRecording } from "../../host/recording/library.ts";
import { listRecordings } from "../../host/recording/manifest.ts";
import { openSource } from "../../host/recording/source.ts";
import { captureBoard, captureNative, captureWasm, type Feed, hashFrames } from "./capture.ts";

const FRAMES_PER_WINDOW = 4;
const HOST_WINDOWS = 1000;
const BOARD_WINDOWS = 50;
const EPOCH = 134_000_000_000_000_000n;

/** Feeds of real windows, each recording used once, until `windows` are together. */
function feeds(windows: number): { id: string; windows: number; feed: Feed }[] {
  const chosen = [];
  let left = windows;
  for (const recording of listRecordings()) {
    if (left <= 0) break;
    if (!locateRecording(recording)) continue;
    const source = openSource(recording.id);
    const count = Math.min(left, Math.floor(source.samples.length / 2048));
    const config = configForSource(source, { publisherId: 1, windowLimit: count, epoch: EPOCH });
    chosen.push({
      id: recording.id,
      windows: count,
      feed: { config: encodeNodeConfig(config), samples: source.samples },
    });
    left -= count;
  }
  return chosen;
}

/** A feed for the boards: half a run from each of two machines. */
function boardFeed(): Feed {
  const source = openSource("cwru:1797_IR_21_DE12");
  const config = configForSource(source, {
    publisherId: 0x01020304,
    windowLimit: BOARD_WINDOWS,
    epoch: EPOCH,
  });
  return { config: encodeNodeConfig(config), samples: source.samples };
}

const hasRecordings = listRecordings().some((recording) => locateRecording(recording));
const skip = hasRecordings ? false : "no recordings here; set LATCH_DATA";

test(`native C gives the frames of the Wasm over ${HOST_WINDOWS} real windows`, {
  skip,
}, async () => {
  const board = loadBoard("native");
  const { result } = await buildProgram({ board });
  let windows = 0;
  for (const { id, windows: count, feed } of feeds(HOST_WINDOWS)) {
    const expected = captureWasm(result, board, feed);
    assert.equal(expected.length, count * FRAMES_PER_WINDOW, id);
    assert.equal(hashFrames(await captureNative(result, feed)), hashFrames(expected), id);
    windows += count;
  }
  assert.equal(windows, HOST_WINDOWS);
});

test("constant-size bounds checks give the frames of 64-bit checks, under sanitizers", {
  skip,
}, async () => {
  const board = loadBoard("native");
  const { result } = await buildProgram({
    board,
    variant: {
      name: "sanitized",
      isGeneralCheck: true,
      extraFlags: [
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
        "-fno-sanitize=alignment",
      ],
    },
  });
  const feed = boardFeed();
  const expected = captureWasm(result, board, feed);
  assert.equal(hashFrames(await captureNative(result, feed)), hashFrames(expected));
});

for (const name of ["mps2-an385", "mps2-an386", "mps2-an500"]) {
  test(`${name} gives the frames of the Wasm over ${BOARD_WINDOWS} real windows`, {
    skip,
  }, async () => {
    const board = loadBoard(name);
    const { result } = await buildProgram({ board });
    const feed = boardFeed();
    const expected = captureWasm(result, board, feed);
    const { frames, exit } = await captureBoard(result, board, feed);
    assert.equal(exit.code, 0);
    assert.equal(frames.length, BOARD_WINDOWS * FRAMES_PER_WINDOW);
    assert.equal(hashFrames(frames), hashFrames(expected));
  });
}
