// What feeds an ADC: recordings, users' files, the model; and what each wrong input is told.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ToolError } from "../../../host/base/error.ts";
import { NODE_FLAG_SIMULATED_SIGNAL } from "../../../host/base/spec.ts";
import { configForSource } from "../../../host/recording/config.ts";
import { locateRecording } from "../../../host/recording/library.ts";
import { findRecording } from "../../../host/recording/manifest.ts";
import { openSource, type SourceOptions } from "../../../host/recording/source.ts";

const folder = mkdtempSync(join(tmpdir(), "latchwork-source-"));
after(() => rmSync(folder, { recursive: true }));

const COUNT = 4096;
const ramp = Array.from({ length: COUNT }, (_, i) => (i % 400) - 200);

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function fails(spec: string, code: string, words: RegExp, options: SourceOptions = {}): void {
  assert.throws(
    () => openSource(spec, options),
    (error: unknown) => {
      assert.ok(error instanceof ToolError, String(error));
      assert.match(error.message, words);
      assert.equal(error.code, code, error.message);
      assert.ok(!error.message.includes("\n"));
      return true;
    },
  );
}

/** A RIFF WAVE file with interleaved channels. */
function encodeWav(kind: 1 | 3, channels: number[][], rateHz: number): Buffer {
  const size = kind === 1 ? 2 : 4;
  const data = Buffer.alloc(channels.length * channels[0]!.length * size);
  channels.forEach((channel, c) => {
    channel.forEach((value, i) => {
      const at = (i * channels.length + c) * size;
      if (kind === 1) data.writeInt16LE(value, at);
      else data.writeFloatLE(value, at);
    });
  });
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(kind, 20);
  head.writeUInt16LE(channels.length, 22);
  head.writeUInt32LE(rateHz, 24);
  head.writeUInt32LE(rateHz * channels.length * size, 28);
  head.writeUInt16LE(channels.length * size, 32);
  head.writeUInt16LE(size * 8, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

test("a recording keeps its counts, rate, shaft and bearing", (t) => {
  const id = "cwru:1797_OR_at_6_21_DE12";
  if (locateRecording(findRecording(id)) === undefined) return t.skip(`${id} is not here`);
  const source = openSource(id);
  assert.equal(source.name, "1797_OR_at_6_21");
  assert.equal(source.samples.length, 122_426);
  assert.equal(source.sampleRateHz, 12_000);
  assert.equal(source.nanoGPerCount, 406_088);
  assert.equal(source.shaftMilliHz, 29_950);
  assert.equal(source.geometry.rollerCount, 9);
  assert.deepEqual([source.isSimulated, source.assumptions], [false, []]);
});

test("a float recording is scaled to 16 bits and the scale kept", (t) => {
  const id = "mfpt:InnerRaceFault_vload_1";
  if (locateRecording(findRecording(id)) === undefined) return t.skip(`${id} is not here`);
  const source = openSource(id);
  const largest = source.samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(largest > 32_000 && largest < 32_767, `${largest}`);
  const power = source.samples.reduce((sum, value) => sum + value ** 2, 0) / source.samples.length;
  const rms = (Math.sqrt(power) * source.nanoGPerCount) / 1e9;
  // manifest.json of the data set: 1.79991 about the mean; the mean is -0.23.
  assert.ok(Math.abs(rms - 1.8) < 0.05, `${rms} g`);
  assert.equal(source.shaftMilliHz, 25_000);
});

test("the model says that it is simulated, the same for the same seed", () => {
  const source = openSource("model:outer:5");
  assert.equal(source.isSimulated, true);
  assert.equal(source.name, "model:outer:5");
  assert.deepEqual(openSource("model:outer:5"), source);
  assert.notDeepEqual(openSource("model:outer").samples, source.samples);
  assert.deepEqual(openSource("model:outer").samples, openSource("model:outer:1").samples);
  assert.equal(openSource("model:ball", { sampleRateHz: 25_600 }).sampleRateHz, 25_600);
  assert.equal(configForSource(source, { publisherId: 1 }).flags, NODE_FLAG_SIMULATED_SIGNAL);
  fails("model:cage", "USAGE", /expected model:outer/);
  fails("model:outer:x", "USAGE", /then :seed/);
  fails("model:outer:4294967296", "USAGE", /4294967295/);
  fails("model:outer", "USAGE", /sample rate of 999 Hz/, { sampleRateHz: 999 });
});

test("raw int16 stays exact and needs its rate", () => {
  const path = write("raw.i16", Buffer.from(Int16Array.from(ramp).buffer));
  const source = openSource(path, { sampleRateHz: 20_000, gPerUnit: 0.0005, shaftMilliHz: 10_000 });
  assert.deepEqual([...source.samples], ramp);
  assert.equal(source.nanoGPerCount, 500_000);
  assert.equal(source.name, "raw.i16");
  assert.deepEqual(source.assumptions, ["the bearing is taken as an SKF 6205-2RS"]);
  assert.equal(openSource(path, { sampleRateHz: 20_000 }).assumptions.length, 3);
  fails(path, "USAGE", /does not say its sample rate/);
  fails(path, "USAGE", /-1 g per unit/, { sampleRateHz: 20_000, gPerUnit: -1 });
});

test("floats are scaled so that the largest fits, whichever way they come", () => {
  const values = ramp.map((value) => value / 64);
  const lines = values.map((value) => `0,${value}`).join("\n");
  const csv = write("two.csv", `t,"acc g"\n${lines}\n`);
  const plain = write("one.csv", values.join("\r\n"));
  const raw = write("raw.f32", Buffer.from(Float32Array.from(values).buffer));
  const wav = write("float.wav", encodeWav(3, [values], 20_000));
  const options = { sampleRateHz: 20_000 };
  for (const source of [
    openSource(csv, { ...options, column: "acc g" }),
    openSource(csv, { ...options, column: "2" }),
    openSource(plain, options),
    openSource(raw, options),
    openSource(wav),
  ]) {
    assert.equal(source.sampleRateHz, 20_000);
    assert.equal(source.nanoGPerCount, Math.ceil(3.125e9 / 32766));
    source.samples.forEach((count, i) => {
      const g = (count * source.nanoGPerCount) / 1e9;
      assert.ok(Math.abs(g - values[i]!) <= source.nanoGPerCount / 2e9, `sample ${i}: ${g}`);
    });
  }
});

test("a 16-bit WAV gives the channel asked for", () => {
  const left = ramp.map(() => 7);
  const path = write("stereo.wav", encodeWav(1, [left, ramp], 44_100));
  assert.deepEqual([...openSource(path, { channel: 2 }).samples], ramp);
  assert.deepEqual([...openSource(path).samples], left);
  assert.equal(openSource(path).sampleRateHz, 44_100);
  fails(path, "BAD_INPUT", /no channel 3; it has 2/, { channel: 3 });
});

test("silence keeps a scale above zero", () => {
  const path = write("zero.csv", "0\n".repeat(COUNT));
  assert.equal(openSource(path, { sampleRateHz: 20_000 }).nanoGPerCount, 1);
});

test("each wrong file is told what and where", () => {
  const options = { sampleRateHz: 20_000 };
  const wav = encodeWav(1, [ramp], 44_100);
  const with24Bits = Buffer.from(wav);
  with24Bits.writeUInt16LE(24, 34);
  fails(join(folder, "none.csv"), "MISSING_INPUT", /none\.csv/);
  fails("cwru:none", "MISSING_INPUT", /nearest/);
  fails(write("a.txt", "1"), "USAGE", /"\.txt" is not one of/);
  fails(write("word.csv", "g\n1\n2\nthree\n"), "BAD_INPUT", /word\.csv:4: "three"/, options);
  fails(write("gap.csv", "1,2\n3\n"), "BAD_INPUT", /gap\.csv:2: ""/, { ...options, column: "2" });
  fails(write("col.csv", "a,b\n1,2\n"), "BAD_INPUT", /no column "c"; it has a, b/, {
    ...options,
    column: "c",
  });
  fails(write("short.csv", "1\n2\n"), "BAD_INPUT", /2 samples, expected a window of/, options);
  fails(
    write("odd.i16", Buffer.alloc(5)),
    "BAD_INPUT",
    /5 bytes, expected a multiple of 2/,
    options,
  );
  fails(write("nan.f32", Buffer.alloc(8, 0xff)), "BAD_INPUT", /offset 0: NaN/, options);
  fails(write("not.wav", "RIFX"), "BAD_INPUT", /offset 0: not a RIFF/);
  fails(write("cut.wav", wav.subarray(0, 1000)), "BAD_INPUT", /offset 36: chunk "data"/);
  fails(write("24.wav", with24Bits), "BAD_INPUT", /24 bits, expected 16-bit PCM/);
  fails(write("empty.wav", wav.subarray(0, 36)), "BAD_INPUT", /offset 36: no samples/);
  fails(write("big.csv", "1e9\n".repeat(COUNT)), "BAD_INPUT", /nano-g a count/, options);
});
