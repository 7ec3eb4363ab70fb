// The fixed-point FFT against a plain float64 DFT: every size, every kind of signal that can break
// a block exponent.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { packageRoot } from "../../../host/base/package.ts";
import { sineTable } from "../../../scripts/sine-table.ts";
import { DATA, loadDsp, noise } from "./core.ts";

const dsp = await loadDsp("fft");
const SIZES = [64, 128, 256, 512, 1024, 2048, 4096];

/** Bins 0 to n/2 by the definition of the DFT. */
function dft(x: Float64Array): { re: Float64Array; im: Float64Array } {
  const n = x.length;
  const cos = Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n));
  const sin = Float64Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * i) / n));
  const re = new Float64Array(n / 2 + 1);
  const im = new Float64Array(n / 2 + 1);
  for (let k = 0; k <= n / 2; k++) {
    let a = 0;
    let b = 0;
    for (let i = 0, at = 0; i < n; i++, at = (at + k) % n) {
      a += x[i]! * cos[at]!;
      b -= x[i]! * sin[at]!;
    }
    re[k] = a;
    im[k] = b;
  }
  return { re, im };
}

/** The core's answer in the same shape. */
function transform(x: Float64Array): { re: Float64Array; im: Float64Array; exponent: number } {
  const n = x.length;
  const data = new Int32Array(dsp.memory.buffer, DATA, n);
  data.set(x);
  const exponent = dsp.fftReal(DATA, n);
  const scale = 2 ** exponent;
  const re = new Float64Array(n / 2 + 1);
  const im = new Float64Array(n / 2 + 1);
  for (let k = 0; k < n / 2; k++) {
    re[k] = data[2 * k]! * scale;
    im[k] = data[2 * k + 1]! * scale;
  }
  re[n / 2] = im[0]!;
  im[0] = 0;
  return { re, im, exponent };
}

/** Signal to quantisation noise ratio over all bins, dB. */
function sqnrDb(x: Float64Array): number {
  const want = dft(x);
  const got = transform(x);
  let signal = 0;
  let error = 0;
  for (let k = 0; k < want.re.length; k++) {
    signal += want.re[k]! ** 2 + want.im[k]! ** 2;
    error += (got.re[k]! - want.re[k]!) ** 2 + (got.im[k]! - want.im[k]!) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

const fill = (size: number, value: (i: number) => number) =>
  Float64Array.from({ length: size }, (_, i) => Math.round(value(i)));

describe("fftReal", () => {
  for (const size of SIZES) {
    it(`keeps 140 dB of noise, tones and steps at ${size} points`, () => {
      const random = noise(size);
      const signals: Record<string, Float64Array> = {
        "full-scale i32 noise": fill(size, () => random() * (2 ** 31 - 1)),
        "i16 noise": fill(size, () => random() * 32767),
        "i16 noise of few counts": fill(size, () => random() * 3),
        "i16 tone between bins": fill(
          size,
          (i) => 32767 * Math.sin((i * 2 * Math.PI * 7.37) / size),
        ),
        "i16 tone on a bin": fill(size, (i) => 32767 * Math.cos((i * 2 * Math.PI * 5) / size)),
        "late impulse": fill(size, (i) => (i === size - 3 ? 32767 : 0)),
        ramp: fill(size, (i) => i * 31 - 70),
        "square at the rails": fill(size, (i) => (i & 8 ? 2 ** 31 - 1 : -(2 ** 31))),
      };
      for (const [name, signal] of Object.entries(signals)) {
        const db = sqnrDb(signal);
        assert.ok(db >= 140, `${name}: ${db.toFixed(1)} dB`);
      }
    });

    it(`never overflows where all ${size} points lie on one rail or alternate between both`, () => {
      for (const [high, low] of [
        [2 ** 31 - 1, 2 ** 31 - 1],
        [-(2 ** 31), -(2 ** 31)],
        [2 ** 31 - 1, -(2 ** 31)],
      ]) {
        const signal = fill(size, (i) => (i & 1 ? low! : high!));
        const db = sqnrDb(signal);
        assert.ok(db >= 140, `${high} and ${low}: ${db.toFixed(1)} dB`);
      }
    });

    it(`answers zeros and exponent 0 for silence of ${size} points`, () => {
      const { re, im, exponent } = transform(new Float64Array(size));
      assert.equal(exponent, 0);
      assert.ok(re.every((x) => x === 0) && im.every((x) => x === 0), "a bin is not 0");
    });
  }

  it("gives DC of any level to bin 0 only", () => {
    for (const level of [1, -1, 12345, 2 ** 31 - 1, -(2 ** 31)]) {
      const { re, im } = transform(fill(1024, () => level));
      assert.ok(Math.abs(re[0]! / (level * 1024) - 1) < 2 ** -26, `bin 0 of ${level}: ${re[0]}`);
      for (let k = 1; k <= 512; k++)
        assert.ok(Math.hypot(re[k]!, im[k]!) < Math.abs(level) * 2 ** -16, `bin ${k}`);
    }
  });

  it("shows a tone 60 dB below another within 0.01 dB", () => {
    const at = (i: number, bin: number) => Math.cos((2 * Math.PI * bin * i) / 2048);
    const { re, im } = transform(fill(2048, (i) => 1e9 * at(i, 100) + 1e6 * at(i, 611)));
    const db = 20 * Math.log10(Math.hypot(re[611]!, im[611]!) / Math.hypot(re[100]!, im[100]!));
    assert.ok(Math.abs(db + 60) < 0.01, `${db} dB`);
  });

  it("refuses sizes that are no power of two from 64 to 4096, and misaligned data", () => {
    for (const size of [0, -64, 32, 63, 96, 2047, 8192]) {
      assert.throws(() => dsp.fftReal(DATA, size), /fault 1/);
    }
    assert.throws(() => dsp.fftReal(DATA + 4, 64), /fault 1/);
  });

  it("touches nothing outside its data", () => {
    const around = new Int32Array(dsp.memory.buffer, DATA, 256);
    around.fill(0x5a5a5a5a);
    dsp.fftReal(DATA + 64 * 4, 128);
    assert.ok(
      around.subarray(0, 64).every((x) => x === 0x5a5a5a5a),
      "overwritten",
    );
    assert.ok(
      around.subarray(192).every((x) => x === 0x5a5a5a5a),
      "overwritten",
    );
  });
});

describe("hann", () => {
  it("weighs every sample within one unit of the formula", () => {
    const data = new Int32Array(dsp.memory.buffer, DATA, 2048);
    for (const shift of [0, 5, 13]) {
      data.fill(30_000);
      dsp.hann(DATA, shift);
      data.forEach((x, n) => {
        const weight = (1 - Math.cos((2 * Math.PI * n) / 2048)) / 2;
        assert.ok(Math.abs(x - 30_000 * 2 ** (shift - 1) * weight) <= 1, `sample ${n}`);
      });
    }
  });
});

describe("sine.ts", () => {
  it("is what its script writes", () => {
    const file = join(packageRoot, "assembly/dsp/sine.ts");
    assert.equal(readFileSync(file, "utf8"), sineTable());
  });
});
