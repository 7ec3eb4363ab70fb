// The bearing model strikes where the kinematics say, and repeats itself from its seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Defect, defectFrequencies } from "../../../host/recording/bearing.ts";
import { bearingModel } from "../../../host/recording/bearing-model.ts";
import { defaultBand } from "../../../host/recording/config.ts";
import { envelopeSpectrum, strongestLine } from "./envelope-spectrum.ts";

const ENVELOPE_SAMPLES = 65_536;

function strongestOf(defect: Defect, sampleRateHz: number, seed: number) {
  const signal = bearingModel({ defect, seed, sampleRateHz });
  const { bandLowHz, bandHighHz } = defaultBand(sampleRateHz);
  const size = sampleRateHz > 6_000 ? ENVELOPE_SAMPLES : ENVELOPE_SAMPLES / 2;
  const spectrum = envelopeSpectrum(signal.samples, sampleRateHz, bandLowHz, bandHighHz, size);
  const frequencies = defectFrequencies(signal.geometry, signal.shaftMilliHz / 1000);
  return { frequencies, line: strongestLine(spectrum, 1.5 * 29.95, 500) };
}

for (const sampleRateHz of [6_000, 12_000, 48_000]) {
  for (const [defect, name] of [
    ["outer", "bpfoHz"],
    ["inner", "bpfiHz"],
    ["ball", "ballHz"],
  ] as const) {
    test(`${defect}: the strongest line lies within 1 % of ${name} at ${sampleRateHz} Hz`, () => {
      for (const seed of [1, 2, 3]) {
        const { frequencies, line } = strongestOf(defect, sampleRateHz, seed);
        const ratio = line.hz / frequencies[name];
        assert.ok(Math.abs(ratio - 1) < 0.01, `seed ${seed}: ${line.hz} Hz is ${ratio} x ${name}`);
        assert.ok(line.snr > 15, `seed ${seed}: ${line.snr} x median`);
      }
    });
  }
}

test("healthy: no envelope line stands out", () => {
  for (const seed of [1, 2, 3]) {
    const { line } = strongestOf("healthy", 12_000, seed);
    assert.ok(line.snr < 6, `seed ${seed}: ${line.hz} Hz at ${line.snr} x median`);
  }
});

test("the same seed gives the same counts, another seed others", () => {
  const first = bearingModel({ defect: "inner", seed: 7 });
  const again = bearingModel({ defect: "inner", seed: 7 });
  const other = bearingModel({ defect: "inner", seed: 8 });
  assert.deepEqual(first, again);
  assert.notDeepEqual(first.samples, other.samples);
});

test("the piece loops: the shaft turns a whole number of times in it", () => {
  const { samples } = bearingModel({ defect: "healthy", seed: 3, seconds: 2.013 });
  const amplitude = (turns: number) => {
    const sum = [0, 0];
    samples.forEach((value, i) => {
      const angle = (2 * Math.PI * turns * i) / samples.length;
      sum[0]! += value * Math.cos(angle);
      sum[1]! += value * Math.sin(angle);
    });
    return (2 * Math.hypot(sum[0]!, sum[1]!)) / samples.length;
  };
  const turns = Math.round(2.013 * 29.95);
  // A broken turn at the seam would leak a third of the line into its neighbours.
  assert.ok(amplitude(turns) > 250, `${amplitude(turns)} counts`);
  for (const near of [turns - 1, turns + 1]) {
    assert.ok(amplitude(near) < 0.1 * amplitude(turns), `${amplitude(near)} counts at ${near}`);
  }
});

test("a defect is louder and more impulsive than health", () => {
  const kurtosis = (defect: Defect) => {
    const { samples } = bearingModel({ defect, seed: 1 });
    const mean = (power: number) =>
      samples.reduce((sum, value) => sum + value ** power, 0) / samples.length;
    return mean(4) / mean(2) ** 2;
  };
  assert.ok(Math.abs(kurtosis("healthy") - 3) < 0.3);
  for (const defect of ["outer", "inner", "ball"] as const) assert.ok(kurtosis(defect) > 4, defect);
});
