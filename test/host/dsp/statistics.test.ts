// Statistics and integer roots against float64 and BigInt references.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { DATA, FEATURE, loadDsp, noise, SAMPLES } from "./core.ts";

const dsp = await loadDsp("statistics");
const N = spec.LIMIT_WINDOW_SIZE;

function record(samples: ArrayLike<number>): DataView {
  new Int16Array(dsp.memory.buffer, SAMPLES, N).set(samples);
  dsp.statistics(FEATURE, SAMPLES);
  return new DataView(dsp.memory.buffer, FEATURE, spec.FEATURE_VALUE_SIZE);
}

/** Exact moments by BigInt, over n: no rounding before the last division. */
function reference(samples: ArrayLike<number>) {
  const n = BigInt(samples.length);
  const x = Array.from(samples, BigInt);
  const sum = x.reduce((a, b) => a + b, 0n);
  const d = x.map((v) => v * n - sum); // n times the deviation
  const second = Number(d.reduce((a, b) => a + b * b, 0n));
  const fourth = Number(d.reduce((a, b) => a + b ** 4n, 0n));
  const peak = Math.max(...d.map((v) => Math.abs(Number(v)))) / N;
  const rms = Math.sqrt(second / N) / N;
  const kurtosis = second === 0 ? 0 : (N * fourth) / second ** 2;
  return { mean: Number(sum) / N, peak, rms, crest: rms === 0 ? 0 : peak / rms, kurtosis };
}

const window = (value: (i: number) => number) =>
  Int16Array.from({ length: N }, (_, i) => Math.max(-32768, Math.min(32767, Math.round(value(i)))));

const random = noise(7);
const signals: Record<string, Int16Array> = {
  "full-scale noise": window(() => random() * 32768),
  "noise of one count": window(() => random() * 1.4),
  "noise on an offset": window(() => 20_000.3 + random() * 50),
  sine: window((i) => 20_000 * Math.sin(i * 0.1)),
  "one low sample on the upper rail": window((i) => (i === 5 ? -32768 : 32767)),
  "one high sample on the lower rail": window((i) => (i === 2047 ? 32767 : -32768)),
  "one count among zeros": window((i) => (i === 1000 ? 1 : 0)),
  "one count among minus ones": window((i) => (i === 0 ? 0 : -1)),
  "two values, most unequal fourth moment": window((i) => (i < 433 ? 32767 : -32768)),
  "half and half at the rails": window((i) => (i & 1 ? 32767 : -32768)),
  "sparse impulses": window((i) => (i % 256 === 0 ? 12_345 : (i % 3) - 1)),
};

describe("statistics", () => {
  for (const [name, samples] of Object.entries(signals)) {
    it(`agrees with exact arithmetic: ${name}`, () => {
      const got = record(samples);
      const want = reference(samples);
      const near = (offset: number, value: number, unit: number, relative: number) => {
        const x =
          offset === spec.FEATURE_MEAN_Q8
            ? got.getInt32(offset, true)
            : got.getUint32(offset, true);
        const bound = 0.51 + value * unit * relative;
        assert.ok(
          Math.abs(x - value * unit) <= bound,
          `offset ${offset}: ${x}, want ${value * unit}`,
        );
      };
      near(spec.FEATURE_MEAN_Q8, want.mean, 256, 0);
      near(spec.FEATURE_PEAK_Q8, want.peak, 256, 0);
      near(spec.FEATURE_RMS_Q8, want.rms, 256, 0);
      near(spec.FEATURE_CREST_Q16, want.crest, 65536, 2 ** -30);
      near(spec.FEATURE_KURTOSIS_Q16, want.kurtosis, 65536, 2 ** -21);
    });
  }

  it("answers zero spread, crest and kurtosis for silence at any level", () => {
    for (const level of [0, 1, -1, 32767, -32768]) {
      const got = record(window(() => level));
      assert.equal(got.getInt32(spec.FEATURE_MEAN_Q8, true), level * 256);
      for (const offset of [spec.FEATURE_RMS_Q8, spec.FEATURE_PEAK_Q8, spec.FEATURE_CREST_Q16]) {
        assert.equal(got.getUint32(offset, true), 0);
      }
      assert.equal(got.getUint32(spec.FEATURE_KURTOSIS_Q16, true), 0);
    }
  });

  it("counts samples from magnitude 32767 on as clipped, and none below", () => {
    const clipped = (samples: Int16Array) => record(samples).getUint32(spec.FEATURE_CLIPPED, true);
    assert.equal(clipped(window((i) => (i & 1 ? 32766 : -32766))), 0);
    assert.equal(clipped(window((i) => [32767, -32767, -32768, 0][i & 3]!)), (N * 3) / 4);
    assert.equal(clipped(window((i) => (i === N - 1 ? 32767 : 0))), 1);
  });
});

describe("integer roots", () => {
  const root = (n: bigint) => {
    let x = BigInt(Math.floor(Math.sqrt(Number(n))));
    while (x * x > n) x--;
    while ((x + 1n) * (x + 1n) <= n) x++;
    return x;
  };

  it("root32 is the exact floor around every square", () => {
    for (let r = 1; r <= 65535; r++) {
      assert.equal(dsp.root32(r * r) >>> 0, r);
      assert.equal(dsp.root32(r * r - 1) >>> 0, r - 1);
    }
    assert.equal(dsp.root32(0), 0);
    assert.equal(dsp.root32(-1) >>> 0, 65535);
  });

  it("root64 is the exact floor, root64Short its first 16 bits", () => {
    const draw = noise(3);
    for (let i = 0; i < 20_000; i++) {
      const bits = BigInt(1 + (i % 64));
      const a = BigInt(Math.floor((draw() + 1) * 2 ** 31));
      const b = BigInt(Math.floor((draw() + 1) * 2 ** 31));
      let n = ((a << 32n) | b) >> (64n - bits);
      if (i % 3 === 0) n = root(n) ** 2n;
      if (i % 3 === 1 && n > 0n) n = root(n) ** 2n - (n > 3n ? 1n : 0n);
      const want = root(n);
      assert.equal(BigInt(dsp.root64(BigInt.asIntN(64, n)) >>> 0), want, `root of ${n}`);
      const short = BigInt(dsp.root64Short(BigInt.asIntN(64, n)) >>> 0);
      const drop = BigInt(Math.max(0, want.toString(2).length - 16));
      assert.equal(short, (want >> drop) << drop, `short root of ${n}`);
    }
    assert.equal(dsp.root64(-1n) >>> 0, 0xffffffff);
  });

  it("scaled rounds to nearest and saturates", () => {
    assert.equal(dsp.scaled(3, -1, 0xffff), 2);
    assert.equal(dsp.scaled(5, -2, 0xffff), 1);
    assert.equal(dsp.scaled(0xffff, 0, 0xffff), 0xffff);
    assert.equal(dsp.scaled(0x10000, 0, 0xffff), 0xffff);
    assert.equal(dsp.scaled(-1, 31, 0xffff), 0xffff);
    assert.equal(dsp.scaled(-1, -63, 0xffff), 0);
  });
});

describe("median", () => {
  it("is the lower middle of the sorted lines, whatever their range", () => {
    const draw = noise(11);
    const lines = new Uint32Array(dsp.memory.buffer, DATA, 1024);
    for (const width of [0, 1, 5, 8, 9, 16, 17, 24, 31, 32]) {
      for (let i = 0; i < 1024; i++) lines[i] = Math.floor((draw() + 1) * 2 ** (width - 1));
      for (const [low, high] of [
        [0, 0],
        [1, 2],
        [3, 683],
        [0, 1023],
      ] as const) {
        const sorted = lines.slice(low, high + 1).sort();
        const want = sorted[(sorted.length - 1) >> 1]!;
        assert.equal(
          dsp.median(DATA, low, high, DATA + 8192) >>> 0,
          want,
          `${width} bits ${low}-${high}`,
        );
      }
    }
  });
});
