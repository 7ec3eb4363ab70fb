// What comes from the wire may be anything: it gives a status and never a trap.
//
// Each message is laid against the end of the linear memory, so reading one byte too far is a trap,
// and a trap throws. Loops that do not end would hang the test.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { packageRoot } from "../../../host/base/package.ts";
import { Random } from "../../../host/base/random.ts";
import * as spec from "../../../host/base/spec.ts";
import * as arbitrary from "./arbitrary.ts";
import { Codec, type Header } from "./codec.ts";
import { encodeMessage, u8, u16, u32 } from "./reference.ts";

let codec: Codec;
before(async () => {
  codec = await Codec.compile();
});

const header: Header = {
  publisherId: 7,
  writerGroupId: 1,
  groupVersion: 1,
  networkMessageNumber: 4,
  sequenceNumber: 99,
  dataSetWriterId: 1,
  dataSetSequence: 12,
  status: 0,
  timestamp: 0x01d73a9f94c25410n,
};

/** A feature message as a node sends it (spec/frame.md). */
function nodeMessage(): Buffer {
  const array = (type: number, count: number, size: number) => {
    const data = Buffer.from(Array.from({ length: count * size }, (_, i) => (i * 37) & 0xff));
    return { type, isArray: true, count, data };
  };
  const fields = [array(7, 22, 4), array(7, 5, 4), array(7, 4, 4), array(3, 16, 1)];
  const bytes = codec.encode(header, fields);
  assert.ok(Buffer.isBuffer(bytes));
  return bytes;
}

/** Everything a caller may do with bytes; the first status below zero, or 0. */
function digest(bytes: Uint8Array): number {
  const status = codec.decode(bytes);
  let worst = status;
  for (let i = -1; i <= spec.LIMIT_DATA_SET_MESSAGES_MAX; i++) {
    for (const answer of codec.fields(i)) {
      // Beyond the messages that are there the answer is ABSENT, which says nothing about the
      // bytes.
      if (typeof answer === "number" && answer !== spec.STATUS_ABSENT) worst ||= answer;
    }
  }
  const verified = codec.verify();
  assert.ok(verified <= bytes.length);
  assert.ok(status === 0 || (status < 0 && status in spec.STATUS_NAMES), `status ${status}`);
  return worst;
}

/** Decoded, and the check holds. */
function isAccepted(bytes: Uint8Array): boolean {
  return codec.decode(bytes) === spec.STATUS_OK && codec.verify() > 0;
}

/** One message with one DataSetMessage whose bytes are given. */
function withDataSet(hex: string): Buffer {
  return Buffer.concat([Buffer.from([0x41, 1, 1, 0]), Buffer.from(hex, "hex")]);
}

describe("decoder", () => {
  test("refuses every cut of every good message", () => {
    fc.assert(
      fc.property(arbitrary.message, ({ message }) => {
        const bytes = encodeMessage(message);
        for (let size = 0; size < bytes.length; size++) {
          const status = digest(bytes.subarray(0, size));
          assert.ok(status < 0, `${size} of ${bytes.length} bytes were taken for a message`);
        }
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  test("refuses every cut of a node's message", () => {
    const bytes = nodeMessage();
    for (let size = 0; size < bytes.length; size++) {
      assert.equal(isAccepted(bytes.subarray(0, size)), false, `cut to ${size}`);
    }
    assert.equal(isAccepted(bytes), true);
  });

  test("refuses every flipped bit of a node's message", () => {
    const bytes = nodeMessage();
    for (let place = 0; place < bytes.length * 8; place++) {
      const flipped = Buffer.from(bytes);
      flipped[place >> 3]! ^= 1 << (place & 7);
      assert.equal(isAccepted(flipped), false, `bit ${place}`);
      digest(flipped);
    }
  });

  test("verifies the check of each of several DataSetMessages, and every bit counts", () => {
    const dataSet = (writerId: number, check: number) => ({
      writerId,
      encoding: 0 as const,
      type: 0 as const,
      fields: [Buffer.from("032a", "hex"), Buffer.concat([u8(7), u32(check)])].map((variant) => ({
        variant,
      })),
    });
    const encode = (first: number, second: number) =>
      encodeMessage({ hasPayloadHeader: true, dataSets: [dataSet(1, first), dataSet(2, second)] });
    // The first check covers what precedes it; the second covers the first one too.
    const blank = encode(0, 0);
    const firstAt = blank.length - 10 - 4;
    const first = crc32(blank.subarray(0, firstAt));
    const second = crc32(encode(first, 0).subarray(0, -4));
    const bytes = encode(first, second);
    assert.equal(codec.decode(bytes), spec.STATUS_OK);
    assert.equal(codec.verify(), bytes.length);
    for (let place = 0; place < bytes.length * 8; place++) {
      const flipped = Buffer.from(bytes);
      flipped[place >> 3]! ^= 1 << (place & 7);
      assert.equal(isAccepted(flipped), false, `bit ${place}`);
    }
  });

  test("refuses bytes behind the check, unless they can be the padding of a short frame", () => {
    const bytes = nodeMessage();
    assert.equal(isAccepted(Buffer.concat([bytes, Buffer.alloc(1)])), false);
    const short = codec.encode(header, []);
    assert.ok(Buffer.isBuffer(short) && short.length < spec.UADP_RECORD_PADDED_SIZE_MAX);
    for (let size = short.length; size <= spec.UADP_RECORD_PADDED_SIZE_MAX + 1; size++) {
      const padded = Buffer.concat([short, Buffer.alloc(size - short.length)]);
      const isPadding = size <= spec.UADP_RECORD_PADDED_SIZE_MAX;
      assert.equal(isAccepted(padded), isPadding, `${size} bytes`);
      if (isPadding) assert.equal(codec.verify(), short.length);
    }
  });

  test("refuses other versions, reserved flags and what is not handled, by status", () => {
    const cases: [hex: string, status: number][] = [
      ["", spec.STATUS_TRUNCATED],
      ["00", spec.STATUS_BAD_MAGIC],
      ["02", spec.STATUS_BAD_MAGIC],
      ["81", spec.STATUS_TRUNCATED],
      ["8180", spec.STATUS_TRUNCATED],
      ["818020", spec.STATUS_UNSUPPORTED], // reserved bit of extended flags 2
      ["818001", spec.STATUS_UNSUPPORTED], // chunk
      ["818004", spec.STATUS_UNSUPPORTED], // discovery probe
      ["818008", spec.STATUS_UNSUPPORTED], // discovery announcement
      ["910500", spec.STATUS_MALFORMED], // PublisherId of reserved type
      ["9104ffffffff", spec.STATUS_MALFORMED], // String of length -1
      ["910400000000", spec.STATUS_MALFORMED], // empty String
      ["9104ffffff7f41", spec.STATUS_TRUNCATED], // String of 2^31 - 1 bytes
      ["2110", spec.STATUS_UNSUPPORTED], // reserved group flag
      ["4100", spec.STATUS_MALFORMED], // no DataSetMessage
      ["4111", spec.STATUS_TOO_LONG], // 17 DataSetMessages
      ["8110100000000000", spec.STATUS_UNSUPPORTED], // reserved security flag
      ["8110040000000000ffff", spec.STATUS_TRUNCATED], // a footer longer than the message
      ["41020100020005000500", spec.STATUS_TRUNCATED], // sizes beyond the end
    ];
    for (const [hex, status] of cases) {
      assert.equal(codec.decode(Buffer.from(hex, "hex")), status, hex);
    }
    const long = Buffer.concat([withDataSet("010000"), Buffer.alloc(1500)]);
    assert.equal(codec.decode(long.subarray(0, 1500)), spec.STATUS_OK);
    assert.equal(codec.decode(long.subarray(0, 1501)), spec.STATUS_TOO_LONG);
  });

  test("refuses DataSetMessages that are none, each with its status", () => {
    const cases: [hex: string, status: number][] = [
      ["", spec.STATUS_TRUNCATED],
      ["81", spec.STATUS_TRUNCATED],
      ["070000", spec.STATUS_MALFORMED], // reserved encoding
      ["8104", spec.STATUS_UNSUPPORTED], // reserved type
      ["8143", spec.STATUS_UNSUPPORTED], // reserved flag
      ["85020000", spec.STATUS_MALFORMED], // an event in DataValue encoding
      ["0900", spec.STATUS_TRUNCATED], // half a sequence number
      ["0100", spec.STATUS_TRUNCATED], // half a field count
      ["014100", spec.STATUS_TOO_LONG], // 65 fields
      ["00ffff", spec.STATUS_OK], // not valid: what follows is not looked at
      ["03aabbcc", spec.STATUS_OK], // RawData
    ];
    for (const [hex, status] of cases) assert.equal(codec.decode(withDataSet(hex)), status, hex);
    codec.decode(withDataSet("03aabbcc"));
    assert.deepEqual(codec.fields(0), [spec.STATUS_UNSUPPORTED]);
  });

  test("refuses fields that are none, each with its status", () => {
    const cases: [hex: string, status: number][] = [
      ["", spec.STATUS_TRUNCATED],
      ["47", spec.STATUS_MALFORMED], // dimensions of a scalar
      ["070000", spec.STATUS_TRUNCATED],
      ["87feffffff", spec.STATUS_MALFORMED], // count -2
      ["87ffffff7f", spec.STATUS_TRUNCATED], // count 2^31 - 1
      ["8700000040", spec.STATUS_TRUNCATED], // 2^30 elements of 4 bytes: 2^32
      ["80ffffffff", spec.STATUS_MALFORMED], // an array of nulls
      ["00", spec.STATUS_UNSUPPORTED], // null
      ["11", spec.STATUS_UNSUPPORTED], // NodeId, cannot be measured
      ["0c02000000", spec.STATUS_TRUNCATED], // String
      ["0cfeffffff", spec.STATUS_MALFORMED], // String of length -2
      ["c30200000001020000000000", spec.STATUS_MALFORMED], // no dimensions
      ["c30200000001020100000003000000", spec.STATUS_MALFORMED], // 3 is not 2
      ["c302000000010202000000ffffff7fffffff7f", spec.STATUS_MALFORMED],
      ["c302000000010209000000", spec.STATUS_TOO_LONG], // nine dimensions
    ];
    for (const [hex, status] of cases) {
      assert.equal(codec.decode(withDataSet(`010100${hex}`)), spec.STATUS_OK);
      assert.deepEqual(codec.fields(0), [status], hex);
    }
    assert.equal(codec.decode(withDataSet("05010040")), spec.STATUS_OK);
    assert.deepEqual(codec.fields(0), [spec.STATUS_MALFORMED]); // reserved bit of a DataValue
  });

  test("takes none of 20,000 noise strings for a node's message and survives all", () => {
    const random = new Random(11);
    for (let i = 0; i < 20_000; i++) {
      const bytes = Buffer.alloc(random.below(i % 10 === 0 ? 1600 : 80));
      for (let j = 0; j < bytes.length; j++) bytes[j] = random.uint32();
      // Half of them begin like a message, or the version alone would stop nearly all.
      if (bytes.length > 0 && i % 2) bytes[0] = (bytes[0]! & 0xf0) | 1;
      digest(bytes);
      assert.equal(isAccepted(bytes), false, `noise ${i}`);
    }
  });

  test("gives each of 6,000 mutated messages a status and survives all", () => {
    const random = new Random(12);
    const good = fc.sample(arbitrary.message, { numRuns: 60, seed: 4 });
    for (let i = 0; i < 6000; i++) {
      const bytes = encodeMessage(good[i % good.length]!.message);
      for (let flips = 1 + random.below(6); flips > 0; flips--) {
        bytes[random.below(bytes.length)] = random.uint32();
      }
      digest(bytes);
    }
  });

  const corpus = join(
    process.env.LATCH_DATA ?? join(packageRoot, "../shared/data"),
    "opcua_binary_corpus/corpus.tar.gz",
  );
  const skip = existsSync(corpus) ? false : "skipped: opcua_binary_corpus is not at hand";

  test("takes no OPC UA binary message of a fuzzer's corpus for a node's message", { skip }, () => {
    const folder = mkdtempSync(join(tmpdir(), "latchwork-corpus-"));
    try {
      execFileSync("tar", ["-xzf", corpus, "-C", folder]);
      const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      assert.ok(files.length > 100, `${files.length} files`);
      for (const file of files) {
        const bytes = readFileSync(join(file.parentPath, file.name));
        digest(bytes);
        assert.equal(isAccepted(bytes), false, file.name);
        // As the payload of a message the bytes reach the field walk too.
        digest(withDataSet(`0105${bytes.subarray(0, 1400).toString("hex")}`));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("field cursor", () => {
  test("passes over strings and goes on behind them", () => {
    const text = `0c${u32(2).toString("hex")}6869`;
    const texts = `8c${u32(2).toString("hex")}ffffffff0100000041`;
    const guid = `0e${"ab".repeat(16)}`;
    const status = "1300000080";
    const fields = [text, "0505ff", texts, guid, status, "032a"];
    codec.decode(withDataSet(`01${u16(fields.length).toString("hex")}${fields.join("")}`));
    const answers = codec.fields(0);
    const unsupported = spec.STATUS_UNSUPPORTED;
    assert.deepEqual(
      answers.map((answer) => (typeof answer === "object" ? answer.data.toString("hex") : answer)),
      [unsupported, "05ff", unsupported, unsupported, unsupported, "2a"],
    );
    assert.deepEqual(
      answers.map((answer) => (typeof answer === "object" ? answer.index : undefined)),
      [undefined, 1, undefined, undefined, undefined, 5],
    );
  });

  test("gives booleans as 0 or 1, matrices as their elements, null arrays as empty ones", () => {
    const matrix = "c30600000001020304050602000000" + "02000000" + "03000000";
    const emptyMatrix = "c300000000020000000500000000000000";
    codec.decode(
      withDataSet(`010500${"0180"}${"81030000000001ff"}${matrix}${"84ffffffff"}${emptyMatrix}`),
    );
    assert.deepEqual(
      codec.fields(0).map((answer) => {
        assert.ok(typeof answer === "object");
        return [answer.type, answer.isArray, answer.count, answer.data.toString("hex")];
      }),
      [
        [1, false, 1, "01"],
        [1, true, 3, "000101"],
        [3, true, 6, "010203040506"],
        [4, true, 0, ""],
        [3, true, 0, ""],
      ],
    );
  });
});
