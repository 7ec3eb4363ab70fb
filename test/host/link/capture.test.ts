// Capture files: the bytes of the format, every frame in it, and libpcap's own reader where it is
// at hand.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ToolError } from "../../../host/base/error.ts";
import { Capture } from "../../../host/link/capture.ts";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "latchwork-capture-"));
});
after(() => rmSync(folder, { recursive: true }));

describe("capture", () => {
  test("writes the header that says nanoseconds and Ethernet, even without frames", async () => {
    const path = join(folder, "empty.pcap");
    await (await Capture.create(path)).close();
    assert.equal(
      readFileSync(path).toString("hex"),
      "4d3cb2a1" + "0200" + "0400" + "00000000" + "00000000" + "ffff0000" + "01000000",
    );
  });

  test("writes every frame whole, with its time", async () => {
    const path = join(folder, "frames.pcap");
    const capture = await Capture.create(path);
    const frames = Array.from({ length: 500 }, (_, i) => Buffer.alloc(60 + i, i));
    for (const [i, frame] of frames.entries()) capture.write(frame, 1_700_000_000_000.5 + i);
    await capture.close();
    assert.deepEqual([capture.written, capture.dropped], [500, 0]);

    const file = readFileSync(path);
    let at = 24;
    for (const [i, frame] of frames.entries()) {
      assert.equal(file.readUInt32LE(at), 1_700_000_000);
      assert.equal(file.readUInt32LE(at + 4), i * 1e6 + 500_000);
      assert.equal(file.readUInt32LE(at + 8), frame.length);
      assert.equal(file.readUInt32LE(at + 12), frame.length);
      assert.deepEqual(file.subarray(at + 16, at + 16 + frame.length), frame);
      at += 16 + frame.length;
    }
    assert.equal(at, file.length);
  });

  test("drops and counts frames when the disk does not keep up", async () => {
    const capture = await Capture.create(join(folder, "flood.pcap"));
    // No turn of the event loop in between, so nothing reaches the disk.
    for (let i = 0; i < 20_000; i++) capture.write(Buffer.alloc(1500), 0);
    assert.equal(capture.written + capture.dropped, 20_000);
    assert.ok(capture.written > 0 && capture.dropped > 0);
    await capture.close();
    const size = readFileSync(join(folder, "flood.pcap")).length;
    assert.equal(size, 24 + capture.written * 1516);
  });

  test("says which file cannot be written", async () => {
    const path = join(folder, "absent", "x.pcap");
    await assert.rejects(
      Capture.create(path),
      (error) =>
        error instanceof ToolError && error.code === "BAD_INPUT" && error.message.includes(path),
    );
  });

  test("a disk that is full is reported on close", { skip: fullDevice() }, async () => {
    const capture = await Capture.create("/dev/full");
    capture.write(Buffer.alloc(60), 0);
    await assert.rejects(capture.close(), /\/dev\/full is incomplete: ENOSPC/);
  });
});

function fullDevice(): false | string {
  return process.platform === "linux" ? false : "skipped: /dev/full is Linux only";
}
