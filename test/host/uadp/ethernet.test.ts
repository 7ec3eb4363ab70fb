// The frame around a NetworkMessage, and the CRC-32 that closes it, against zlib's.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { crc32 } from "node:zlib";
import { Random } from "../../../host/base/random.ts";
import * as spec from "../../../host/base/spec.ts";
import { Codec } from "./codec.ts";

let codec: Codec;
before(async () => {
  codec = await Codec.compile();
});

/** Lays the bytes against the end of the memory and asks where the NetworkMessage starts. */
function parse(bytes: Buffer): number {
  const at = codec.memoryEnd - bytes.length;
  codec.memory.set(bytes, at);
  return codec.exports.parseEthernet(at, bytes.length);
}

describe("crc32", () => {
  test("gives the check value of the polynomial", () => {
    assert.equal(codec.crc32(Buffer.from("123456789")), 0xcbf43926);
    assert.equal(codec.crc32(Buffer.alloc(0)), 0);
  });

  test("agrees with zlib for every single byte, which visits the whole table", () => {
    for (let byte = 0; byte < 256; byte++) {
      assert.equal(codec.crc32(Buffer.of(byte)), crc32(Buffer.of(byte)), `${byte}`);
    }
  });

  test("agrees with zlib at every length, so at every alignment", () => {
    const random = new Random(1);
    for (let size = 0; size < 300; size++) {
      const bytes = Buffer.from(Array.from({ length: size }, () => random.below(256)));
      assert.equal(codec.crc32(bytes), crc32(bytes), `${size} bytes`);
    }
  });
});

describe("ethernet", () => {
  test("writes destination, source, tag and type in network order", () => {
    const at = codec.exports.scratch();
    const written = codec.exports.writeEthernetHeader(at, 0xaabbccdd);
    assert.equal(written, spec.ETHERNET_PAYLOAD);
    assert.equal(
      codec.bytesAt(at, written).toString("hex"),
      // PCP 5 and VLAN 5 make the TCI a005.
      "01005e7f0001" + "024c57bbccdd" + "8100" + "a005" + "b62c",
    );
  });

  test("fills short frames with zeros up to the minimum and leaves long ones alone", () => {
    const at = codec.exports.scratch();
    for (let size = 0; size < 60; size++) {
      codec.memory.fill(0xee, at, at + 100);
      const frame = codec.exports.padFrame(at, size);
      assert.equal(frame, Math.max(spec.ETHERNET_VALUE_FRAME_SIZE_MIN, 18 + size));
      const expected = Buffer.alloc(100, 0xee);
      expected.fill(0, 18 + size, Math.max(frame, 18 + size));
      assert.deepEqual(codec.bytesAt(at, 100), expected);
    }
  });

  test("finds the message behind a tagged and an untagged header", () => {
    const addresses = "01005e7f0001024c57000001";
    assert.equal(parse(Buffer.from(`${addresses}8100a005b62cf1`, "hex")), 18);
    assert.equal(parse(Buffer.from(`${addresses}b62cf1`, "hex")), 14);
    assert.equal(parse(Buffer.from(`${addresses}8100a005b62c`, "hex")), 18);
  });

  test("refuses other types, cut headers and frames above the limit", () => {
    const addresses = "01005e7f0001024c57000001";
    for (const rest of ["080045", "88f70000", "8100a0050800", "8100a0058100000ab62c"]) {
      const bytes = Buffer.from(addresses + rest, "hex");
      assert.equal(parse(bytes), spec.STATUS_UNSUPPORTED, rest);
    }
    const whole = Buffer.from(`${addresses}8100a005b62c`, "hex");
    for (let size = 0; size < whole.length; size++) {
      assert.equal(parse(whole.subarray(0, size)), spec.STATUS_TRUNCATED, `${size} bytes`);
    }
    const most = Buffer.concat([whole, Buffer.alloc(spec.LIMIT_FRAME_SIZE_MAX - whole.length)]);
    assert.equal(parse(most), 18);
    assert.equal(parse(Buffer.concat([most, Buffer.alloc(1)])), spec.STATUS_TOO_LONG);
  });
});
