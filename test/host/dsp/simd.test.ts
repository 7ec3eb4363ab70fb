// The SIMD form of the signal chain (gateway) against the scalar one (node): byte for byte.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import {
  cwruConfig,
  DATA,
  type DspExports,
  init,
  loadDsp,
  noise,
  push,
  recording,
  STATE,
} from "./core.ts";

const scalar = await loadDsp("simd-scalar");
const simd = await loadDsp("simd", "gateway");
const SIZES = [64, 128, 256, 512, 1024, 2048, 4096];
const N = spec.LIMIT_WINDOW_SIZE;
const HIGH = 2 ** 31 - 1;
const LOW = -(2 ** 31);

/** Exponent and bins of one form. */
function transform(dsp: DspExports, x: Int32Array): { exponent: number; bins: Buffer } {
  new Int32Array(dsp.memory.buffer, DATA, x.length).set(x);
  const exponent = dsp.fftReal(DATA, x.length);
  return { exponent, bins: Buffer.from(new Uint8Array(dsp.memory.buffer, DATA, x.length * 4)) };
}

function assertSame(name: string, x: Int32Array): void {
  const want = transform(scalar, x);
  const got = transform(simd, x);
  assert.equal(got.exponent, want.exponent, `${name}: exponent`);
  if (got.bins.equals(want.bins)) return;
  const at = want.bins.findIndex((byte, i) => byte !== got.bins[i]);
  assert.fail(`${name}: ${x.length} points differ first in bin ${at >> 3}`);
}

const fill = (size: number, value: (i: number) => number) =>
  Int32Array.from({ length: size }, (_, i) => Math.max(LOW, Math.min(HIGH, Math.round(value(i)))));

describe("fftReal with SIMD gives the scalar form's bytes", () => {
  for (const size of SIZES) {
    it(`for noise and tones of every width at ${size} points`, () => {
      const random = noise(size);
      const bins = [1, 7.37, size / 4 - 0.5, size / 2];
      const tones = bins.map((bin) =>
        Float64Array.from({ length: size }, (_, i) => Math.cos((2 * Math.PI * bin * i) / size)),
      );
      for (let width = 0; width < 32; width++) {
        const level = 2 ** width;
        assertSame(
          `noise of ${width} bits`,
          fill(size, () => random() * level),
        );
        tones.forEach((tone, at) => {
          const name = `tone of ${width} bits in bin ${bins[at]}`;
          assertSame(
            name,
            fill(size, (i) => tone[i]! * level),
          );
          assertSame(
            `${name} and noise`,
            fill(size, (i) => (tone[i]! * 0.7 + random() * 0.3) * level),
          );
        });
      }
    });

    it(`for rails, signs, steps and impulses at ${size} points`, () => {
      const random = noise(size + 1);
      const rails = [HIGH, LOW, HIGH - 1, LOW + 1, 0, -1, 1, 2 ** 27];
      for (const high of rails) {
        for (const low of rails) {
          const name = `${high} and ${low}`;
          assertSame(
            `${name} in turn`,
            fill(size, (i) => (i & 1 ? low : high)),
          );
          assertSame(
            `${name} in pairs`,
            fill(size, (i) => (i & 2 ? low : high)),
          );
          assertSame(
            `${name} at random`,
            fill(size, () => (random() < 0 ? low : high)),
          );
        }
        assertSame(
          `impulse of ${high}`,
          fill(size, (i) => (i === size - 3 ? high : 0)),
        );
      }
    });

    it(`for rails in the phases that drive one bin to its limit at ${size} points`, () => {
      for (let bin = 1; bin < size / 2; bin += size / 24 + 0.5) {
        for (const phase of [0, Math.PI / 4, 2]) {
          const tone = (i: number) => Math.cos((2 * Math.PI * bin * i) / size + phase);
          assertSame(
            `square in bin ${bin}, phase ${phase}`,
            fill(size, (i) => (tone(i) < 0 ? LOW : HIGH)),
          );
        }
      }
    });
  }

  it("and touches nothing outside its data", () => {
    for (const size of SIZES) {
      const around = new Int32Array(simd.memory.buffer, DATA, size + 64);
      around.fill(0x5a5a5a5a);
      simd.fftReal(DATA + 32 * 4, size);
      const outside = [...around.subarray(0, 32), ...around.subarray(size + 32)];
      assert.ok(
        outside.every((x) => x === 0x5a5a5a5a),
        `overwritten at ${size} points`,
      );
    }
  });
});

/** Runs all windows through both forms and compares the whole state after each. */
function assertSameWindows(samples: Int16Array): void {
  assert.equal(scalar.vibrationSize(), simd.vibrationSize());
  const size = scalar.vibrationSize();
  for (const dsp of [scalar, simd]) assert.equal(init(dsp, cwruConfig()), spec.STATUS_OK);
  const [want, got] = [scalar, simd].map((dsp) => Buffer.from(dsp.memory.buffer, STATE, size));
  for (let at = 0; at + N <= samples.length; at += N) {
    for (const dsp of [scalar, simd]) push(dsp, samples.subarray(at, at + N));
    if (!got!.equals(want!)) assert.fail(`the state differs after sample ${at + N}`);
  }
}

describe("vibrationWindow with SIMD leaves the scalar form's state", () => {
  it("for noise of rising level with a tone", () => {
    const random = noise(7);
    assertSameWindows(
      Int16Array.from({ length: N * 48 }, (_, i) => {
        const level = 2 ** (i / (N * 3.2));
        return Math.trunc(level * (random() * 0.5 + 0.49 * Math.sin(i * 0.83)));
      }),
    );
  });

  for (const name of [
    "1797_Normal",
    "1797_IR_7_DE12",
    "1797_IR_21_DE12",
    "1772_IR_21_DE12",
    "1750_IR_7_DE12",
    "1797_OR_at_6_21_DE12",
    "1797_OR_at_3_7_DE12",
    "1772_OR_at_6_21_DE12",
    "1750_OR_at_6_7_DE12",
  ]) {
    it(`for recording ${name}`, (t) => {
      const samples = recording(name);
      if (!samples) return t.skip(`skipped: recording cwru/${name} is not here`);
      assertSameWindows(samples);
    });
  }
});
