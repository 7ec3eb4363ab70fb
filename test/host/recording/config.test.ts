// The node configuration record: bytes, ranges, and defaults that find real defects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ToolError } from "../../../host/base/error.ts";
import { defectFrequencies, SKF_6205 } from "../../../host/recording/bearing.ts";
import {
  configForSource,
  decodeNodeConfig,
  defaultBand,
  defaultDecimation,
  encodeNodeConfig,
  type NodeConfig,
  opcDateTime,
} from "../../../host/recording/config.ts";
import { locateRecording } from "../../../host/recording/library.ts";
import { findRecording } from "../../../host/recording/manifest.ts";
import { openSource } from "../../../host/recording/source.ts";
import { envelopeSpectrum, strongestLine } from "./envelope-spectrum.ts";

const CONFIG: NodeConfig = {
  publisherId: 0x01020304,
  writerGroupId: 0x0506,
  sampleRateHz: 12_000,
  nanoGPerCount: 406_088,
  shaftMilliHz: 29_950,
  geometry: SKF_6205,
  envelopeDecimation: 8,
  bandLowHz: 2_000,
  bandHighHz: 4_500,
  epoch: opcDateTime(Date.UTC(2024, 0, 1)),
  windowLimit: 50,
  flags: 3,
  sourceName: "1797_OR_at_6_21_",
};

test("the record has its fields where the table says", () => {
  const view = Buffer.from(encodeNodeConfig(CONFIG));
  assert.equal(view.length, 88);
  const words = [88, 1, 0x01020304, 0x0506, 12_000, 406_088, 29_950, 9, 7940, 39040, 2 ** 30, 8];
  words.forEach((word, i) => {
    assert.equal(view.readUInt32LE(i * 4), word, `offset ${i * 4}`);
  });
  assert.equal(view.readUInt32LE(48), 2_000);
  assert.equal(view.readUInt32LE(52), 4_500);
  // 2024-01-01 in 100 ns since 1601-01-01.
  assert.equal(view.readBigInt64LE(56), 133_485_408_000_000_000n);
  assert.equal(view.readUInt32LE(64), 50);
  assert.equal(view.readUInt32LE(68), 3);
  assert.equal(view.toString("latin1", 72, 88), "1797_OR_at_6_21_");
});

test("what is encoded is decoded", () => {
  assert.deepEqual(decodeNodeConfig(encodeNodeConfig(CONFIG)), CONFIG);
  const short = { ...CONFIG, sourceName: "ab", epoch: 0n };
  assert.deepEqual(decodeNodeConfig(encodeNodeConfig(short)), short);
});

test("a value at its bound passes and one past it is refused by name", () => {
  const cases: [Partial<NodeConfig>, Partial<NodeConfig>, RegExp][] = [
    [{ publisherId: 1 }, { publisherId: 0 }, /publisherId is 0/],
    [{ writerGroupId: 65535 }, { writerGroupId: 65536 }, /writerGroupId is 65536/],
    [{ sampleRateHz: 200_000 }, { sampleRateHz: 200_001 }, /sampleRateHz is 200001/],
    [{ sampleRateHz: 9_001 }, { sampleRateHz: 9_000 }, /bandHighHz is 4500, expected below half/],
    [{ envelopeDecimation: 64 }, { envelopeDecimation: 128 }, /envelopeDecimation is 128/],
    [
      { envelopeDecimation: 4 },
      { envelopeDecimation: 6 },
      /envelopeDecimation is 6, .* power of two/,
    ],
    [{ bandLowHz: 4_499 }, { bandLowHz: 4_500 }, /bandLowHz is 4500, expected below bandHighHz/],
    [{ shaftMilliHz: 1 }, { shaftMilliHz: 0.5 }, /shaftMilliHz is 0.5/],
    [{ sourceName: "x".repeat(16) }, { sourceName: "x".repeat(17) }, /sourceName/],
    [{ sourceName: "~" }, { sourceName: "µ" }, /sourceName/],
    [
      { geometry: { ...SKF_6205, rollerCount: 3 } },
      { geometry: { ...SKF_6205, rollerCount: 2 } },
      /rollerCount is 2/,
    ],
    [
      { geometry: { ...SKF_6205, rollerDiameterUm: 39_039 } },
      { geometry: { ...SKF_6205, rollerDiameterUm: 39_040 } },
      /rollerDiameterUm is 39040/,
    ],
  ];
  for (const [good, bad, words] of cases) {
    assert.equal(encodeNodeConfig({ ...CONFIG, ...good }).length, 88);
    assert.throws(
      () => encodeNodeConfig({ ...CONFIG, ...bad }),
      (error: unknown) => {
        assert.ok(error instanceof ToolError);
        assert.equal(error.code, "BAD_INPUT");
        assert.match(error.message, words);
        return true;
      },
    );
  }
});

test("another size or version is refused", () => {
  const bytes = encodeNodeConfig(CONFIG);
  assert.throws(() => decodeNodeConfig(bytes.subarray(0, 87)), /record is 87 bytes/);
  bytes[4] = 2;
  assert.throws(() => decodeNodeConfig(bytes), /version is 2, expected 1/);
});

test("the default envelope rate and band follow the sample rate", () => {
  assert.deepEqual(
    [1_000, 12_000, 25_600, 48_000, 48_828, 200_000].map(defaultDecimation),
    [1, 8, 16, 32, 32, 64],
  );
  assert.deepEqual(defaultBand(12_000), { bandLowHz: 2_000, bandHighHz: 4_500 });
  assert.deepEqual(defaultBand(48_828), { bandLowHz: 2_000, bandHighHz: 8_000 });
  for (const rate of [1_000, 3_333, 12_000, 200_000]) {
    const { bandLowHz, bandHighHz } = defaultBand(rate);
    assert.ok(bandLowHz < bandHighHz && bandHighHz < 0.45 * rate, `${rate} Hz`);
  }
});

for (const [id, name] of [
  ["cwru:1797_OR_at_6_21_DE12", "bpfoHz"],
  ["cwru:1797_IR_21_DE12", "bpfiHz"],
  ["cwru:1797_OR_at_6_21_DE48", "bpfoHz"],
  ["cwru:1797_IR_21_DE48", "bpfiHz"],
  ["mfpt:OuterRaceFault_vload_3", "bpfoHz"],
  ["mfpt:InnerRaceFault_vload_3", "bpfiHz"],
] as const) {
  test(`the default band shows ${name} of ${id}`, (t) => {
    if (locateRecording(findRecording(id)) === undefined) return t.skip(`${id} is not here`);
    const source = openSource(id);
    const config = decodeNodeConfig(encodeNodeConfig(configForSource(source, { publisherId: 1 })));
    assert.equal(config.flags, 0);
    const { sampleRateHz, bandLowHz, bandHighHz } = config;
    const spectrum = envelopeSpectrum(source.samples, sampleRateHz, bandLowHz, bandHighHz, 65_536);
    const shaftHz = config.shaftMilliHz / 1000;
    const line = strongestLine(spectrum, 1.5 * shaftHz, 500);
    const ratio = line.hz / defectFrequencies(config.geometry, shaftHz)[name];
    assert.ok(Math.abs(ratio - 1) < 0.02, `${line.hz} Hz is ${ratio} x ${name}`);
    assert.ok(line.snr > 10, `${line.snr} x median`);
  });
}
