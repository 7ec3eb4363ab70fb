// The whole signal chain: configuration limits, defect frequencies, filter, bands, envelope states,
// golden bytes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import {
  CONFIG,
  cwruConfig,
  DATA,
  type DspExports,
  feature,
  init,
  loadDsp,
  noise,
  push,
  SAMPLES,
  STATE,
} from "./core.ts";

const dsp = await loadDsp("vibration");
const N = spec.LIMIT_WINDOW_SIZE;
const Q16 = 65536;

const withField = (offset: number, value: number) => cwruConfig().set(offset, value);
const tone = (hz: number, amplitude: number, rate = 12_000) =>
  Int16Array.from({ length: N }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rate)),
  );

/**
 * Impacts at a rate on a ringing resonance, with noise: what a defect sounds like. Continuous over
 * windows.
 */
function impacts(rateHz: number, resonanceHz: number, from: number): Int16Array {
  const random = noise(from + 1);
  return Int16Array.from({ length: N }, (_, i) => {
    const t = (from + i) / 12_000;
    const since = t - Math.floor(t * rateHz) / rateHz;
    const ring = Math.exp(-since * 800) * Math.sin(2 * Math.PI * resonanceHz * since);
    return Math.round(6000 * ring + 300 * random());
  });
}

describe("vibrationInit", () => {
  /** The last value that is taken on each side, and the next that is not. */
  const limits: [string, number, number[], number[]][] = [
    ["SAMPLE_RATE_HZ", spec.NODE_CONFIG_SAMPLE_RATE_HZ, [9_291, 200_000], [0, 999, 9_290, 200_001]],
    ["SHAFT_MILLI_HZ", spec.NODE_CONFIG_SHAFT_MILLI_HZ, [1, 324_000], [0, 1_000_001, 0xffffffff]],
    ["ROLLER_COUNT", spec.NODE_CONFIG_ROLLER_COUNT, [3, 64], [0, 2, 65, 0xffffffff]],
    ["ROLLER_DIAMETER_UM", spec.NODE_CONFIG_ROLLER_DIAMETER_UM, [391, 39_039], [0, 390, 39_040]],
    [
      "PITCH_DIAMETER_UM",
      spec.NODE_CONFIG_PITCH_DIAMETER_UM,
      [7_941, 794_000],
      [0, 7_940, 794_001],
    ],
    ["CONTACT_COS_Q30", spec.NODE_CONFIG_CONTACT_COS_Q30, [0, 2 ** 30], [2 ** 30 + 1, 0xffffffff]],
    [
      "ENVELOPE_DECIMATION",
      spec.NODE_CONFIG_ENVELOPE_DECIMATION,
      [1, 64],
      [0, 3, 65, 128, 2 ** 31],
    ],
    ["BAND_LOW_HZ", spec.NODE_CONFIG_BAND_LOW_HZ, [47, 4_499], [0, 46, 4_500, 0xffffffff]],
    ["BAND_HIGH_HZ", spec.NODE_CONFIG_BAND_HIGH_HZ, [2_001, 5_812], [0, 2_000, 5_813, 0xffffffff]],
  ];
  for (const [name, offset, good, bad] of limits) {
    it(`takes ${name} up to its limits and refuses it past them`, () => {
      for (const value of good)
        assert.equal(init(dsp, withField(offset, value)), spec.STATUS_OK, `${value}`);
      for (const value of bad) {
        assert.equal(init(dsp, withField(offset, value)), spec.STATUS_BAD_CONFIG, `${value}`);
      }
    });
  }

  it("takes a sample rate of 1000 Hz with a band that fits it", () => {
    const config = withField(spec.NODE_CONFIG_SAMPLE_RATE_HZ, 1000);
    config.set(spec.NODE_CONFIG_BAND_LOW_HZ, 100).set(spec.NODE_CONFIG_BAND_HIGH_HZ, 484);
    config.set(spec.NODE_CONFIG_ENVELOPE_DECIMATION, 1);
    assert.equal(init(dsp, config), spec.STATUS_OK);
    assert.equal(init(dsp, config.set(spec.NODE_CONFIG_BAND_HIGH_HZ, 485)), spec.STATUS_BAD_CONFIG);
  });

  it("refuses a shaft so fast that the envelope's range keeps fewer than 16 lines", () => {
    const config = withField(spec.NODE_CONFIG_ENVELOPE_DECIMATION, 64).set(
      spec.NODE_CONFIG_SHAFT_MILLI_HZ,
      61_000,
    );
    assert.equal(init(dsp, config), spec.STATUS_OK);
    assert.equal(
      init(dsp, config.set(spec.NODE_CONFIG_SHAFT_MILLI_HZ, 62_000)),
      spec.STATUS_BAD_CONFIG,
    );
  });

  it("needs at most 48 KiB and faults when a window comes before it", () => {
    assert.ok(dsp.vibrationSize() <= 48 * 1024, `${dsp.vibrationSize()}`);
    assert.equal(dsp.vibrationSize() % 8, 0);
    init(dsp, withField(spec.NODE_CONFIG_ROLLER_COUNT, 0));
    assert.throws(() => push(dsp, new Int16Array(N)), /fault 1/);
  });
});

describe("bearing", () => {
  it("gives the four defect frequencies within 1 mHz, over the whole range of geometries", () => {
    const random = noise(5);
    const draw = (low: number, high: number) =>
      Math.round(low + ((random() + 1) / 2) * (high - low));
    for (let i = 0; i < 500; i++) {
      const pitch = draw(1000, 10_000_000);
      const roller = draw(Math.ceil(pitch / 100), pitch - 1);
      const cos = draw(0, 2 ** 30);
      const n = draw(3, 64);
      const shaft = draw(1, 1_000_000);
      const config = cwruConfig()
        .set(spec.NODE_CONFIG_PITCH_DIAMETER_UM, pitch)
        .set(spec.NODE_CONFIG_ROLLER_DIAMETER_UM, roller)
        .set(spec.NODE_CONFIG_CONTACT_COS_Q30, cos)
        .set(spec.NODE_CONFIG_ROLLER_COUNT, n)
        .set(spec.NODE_CONFIG_SHAFT_MILLI_HZ, shaft);
      init(dsp, config);
      assert.equal(dsp.bearing(DATA, CONFIG), spec.STATUS_OK);
      const got = new DataView(dsp.memory.buffer, DATA);
      const r = (roller / pitch) * (cos / 2 ** 30);
      const want: [number, number][] = [
        [spec.FEATURE_BPFO_MILLI_HZ, (n / 2) * (1 - r) * shaft],
        [spec.FEATURE_BPFI_MILLI_HZ, (n / 2) * (1 + r) * shaft],
        [spec.FEATURE_FTF_MILLI_HZ, ((1 - r) / 2) * shaft],
        [spec.FEATURE_BSF_MILLI_HZ, (pitch / roller) * (1 - r * r) * shaft],
      ];
      for (const [offset, value] of want) {
        assert.ok(Math.abs(got.getUint32(offset, true) - value) <= 1, `${offset}: want ${value}`);
      }
    }
  });

  it("agrees with the published orders of the 6205-2RS: 3.585, 5.415, 4.713, 0.398", () => {
    init(dsp, cwruConfig());
    const order = (offset: number) => feature(dsp, offset) / 29_950;
    assert.ok(Math.abs(order(spec.FEATURE_BPFO_MILLI_HZ) - 3.5848) < 2e-3, "3.5848");
    assert.ok(Math.abs(order(spec.FEATURE_BPFI_MILLI_HZ) - 5.4152) < 2e-3, "5.4152");
    assert.ok(Math.abs(order(spec.FEATURE_BSF_MILLI_HZ) - 4.7135) < 2e-3, "4.7135");
    assert.ok(Math.abs(order(spec.FEATURE_FTF_MILLI_HZ) - 0.3983) < 2e-3, "0.3983");
  });
});

describe("band-pass", () => {
  /** Two Butterworth sections by the bilinear transform, float64 (Audio EQ Cookbook). */
  function reference(samples: Int16Array, low: number, high: number, rate: number): Float64Array {
    const section = (x: Float64Array, hz: number, isHighPass: boolean) => {
      const w = (2 * Math.PI * hz) / rate;
      const alpha = Math.sin(w) * Math.SQRT1_2;
      const gain = (isHighPass ? 1 + Math.cos(w) : 1 - Math.cos(w)) / 2 / (1 + alpha);
      const side = isHighPass ? -2 : 2;
      const y = new Float64Array(x.length);
      for (let i = 0; i < x.length; i++) {
        const sum = x[i]! + side * (x[i - 1] ?? 0) + (x[i - 2] ?? 0);
        const back = -2 * Math.cos(w) * (y[i - 1] ?? 0) + (1 - alpha) * (y[i - 2] ?? 0);
        y[i] = gain * sum - back / (1 + alpha);
      }
      return y;
    };
    return section(section(Float64Array.from(samples), high, false), low, true);
  }

  for (const [low, high, rate] of [
    [2000, 4500, 12_000],
    [47, 5812, 12_000],
    [500, 510, 48_000],
    [782, 96_875, 200_000],
    [5811, 5812, 12_000],
  ] as const) {
    it(`follows float64 and cannot overflow at ${low}-${high} Hz of ${rate}`, () => {
      dsp.bandInit(DATA, low, high, rate);
      const impulse = new Int16Array(N);
      impulse[0] = 32767;
      const response = reference(impulse, low, high, rate);
      // The worst input has the sign of the reversed response: the bounds of bandpass.ts, 2^31 in
      // Q12.
      const worst = response.reduce((sum, y) => sum + Math.abs(y), 0);
      assert.ok(worst < 2 ** 18, `${worst}`);
      const random = noise(17);
      const adversary = Int16Array.from(response, (_, i) =>
        response[N - 1 - i]! < 0 ? -32768 : 32767,
      );
      const draw = Int16Array.from({ length: N }, () => random() * 32767);
      for (const samples of [impulse, adversary, draw]) {
        dsp.bandInit(DATA, low, high, rate);
        new Int16Array(dsp.memory.buffer, SAMPLES, N).set(samples);
        dsp.bandEnvelope(DATA, SAMPLES, N, DATA + 64, 0);
        const got = new Int32Array(dsp.memory.buffer, DATA + 64, N);
        const want = reference(samples, low, high, rate);
        let error = 0;
        let signal = 0;
        want.forEach((y, i) => {
          error += (Math.abs(y) - got[i]! / 4096) ** 2;
          signal += y * y;
        });
        assert.ok(
          Math.sqrt(error / N) < 0.1 + 1e-3 * Math.sqrt(signal / N),
          `${Math.sqrt(error / N)}`,
        );
      }
    });
  }
});

describe("vibrationWindow", () => {
  it("counts windows from 0 and changes nothing for misaligned samples", () => {
    init(dsp, cwruConfig());
    assert.equal(push(dsp, tone(1000, 5000)), 0);
    assert.equal(push(dsp, tone(1000, 5000)), 1);
    const before = Buffer.from(new Uint8Array(dsp.memory.buffer, STATE, dsp.vibrationSize()));
    assert.equal(dsp.vibrationWindow(STATE, SAMPLES + 2), spec.STATUS_MISALIGNED);
    assert.deepEqual(
      Buffer.from(new Uint8Array(dsp.memory.buffer, STATE, dsp.vibrationSize())),
      before,
    );
    assert.equal(push(dsp, tone(1000, 5000)), 2);
    assert.equal(feature(dsp, spec.FEATURE_WINDOW_INDEX), 2);
  });

  it("puts a tone's RMS into its band and its amplitude into the picture", () => {
    const bands: [number, number][] = [
      [400, 0],
      [1000, 1],
      [2000, 2],
      [4500, 3],
    ];
    for (const [hz, band] of bands) {
      init(dsp, cwruConfig());
      push(dsp, tone(hz, 3000));
      for (let i = 0; i < 4; i++) {
        const rms = feature(dsp, spec.FEATURE_BAND0_RMS_Q8 + 4 * i) / 256;
        const want = i === band ? 3000 / Math.SQRT2 : 0;
        assert.ok(Math.abs(rms - want) < 2, `${hz} Hz, band ${i}: ${rms}`);
      }
      const picture = new Uint16Array(dsp.memory.buffer, dsp.vibrationSpectrum(STATE), 512);
      const line = picture.indexOf(Math.max(...picture));
      assert.equal(line, Math.round((hz * N) / 12_000) >> 1);
      // Scalloping of a Hann window between two bins is at most 1.42 dB.
      assert.ok(
        picture[line]! / 16 <= 3001 && picture[line]! / 16 > 3000 * 0.848,
        `${picture[line]! / 16}`,
      );
    }
  });

  it("saturates the picture instead of wrapping", () => {
    init(dsp, cwruConfig());
    push(dsp, tone((12_000 * 200) / N, 20_000));
    const picture = new Uint16Array(dsp.memory.buffer, dsp.vibrationSpectrum(STATE), 512);
    assert.equal(picture[100], 0xffff);
  });

  it("keeps all envelope fields 0 until the ring is full, for every decimation", () => {
    for (const decimation of [1, 2, 4, 8, 16, 32, 64]) {
      const config = withField(spec.NODE_CONFIG_ENVELOPE_DECIMATION, decimation);
      assert.equal(init(dsp, config), spec.STATUS_OK);
      for (let window = 0; window <= decimation; window++) {
        push(dsp, impacts(107.4, 3000, window * N));
        const fill = Math.min(((window + 1) * N) / decimation, spec.LIMIT_ENVELOPE_SIZE);
        assert.equal(feature(dsp, spec.FEATURE_ENVELOPE_FILL), fill);
        const isFull = fill === spec.LIMIT_ENVELOPE_SIZE;
        for (const offset of [
          spec.FEATURE_ENVELOPE_PEAK_MILLI_HZ,
          spec.FEATURE_ENVELOPE_PEAK_SNR_Q16,
        ]) {
          assert.equal(
            feature(dsp, offset) !== 0,
            isFull,
            `decimation ${decimation}, window ${window}`,
          );
        }
        const picture = new Uint16Array(dsp.memory.buffer, dsp.vibrationEnvelope(STATE), 640);
        assert.equal(
          picture.some((x) => x !== 0),
          isFull,
        );
      }
    }
  });

  it("finds the rate of impacts within 0.1 Hz wherever it lies between two lines", () => {
    for (let step = 0; step < 8; step++) {
      const rate = 107.2 + step * 0.1;
      init(dsp, cwruConfig());
      for (let window = 0; window < 8; window++) push(dsp, impacts(rate, 3000, window * N));
      const found = feature(dsp, spec.FEATURE_ENVELOPE_PEAK_MILLI_HZ) / 1000;
      assert.ok(Math.abs(found - rate) < 0.1, `${rate} Hz: ${found}`);
      const [outer, inner] = [spec.FEATURE_BPFO_SNR_Q16, spec.FEATURE_BPFI_SNR_Q16].map(
        (offset) => feature(dsp, offset) / Q16,
      );
      assert.ok(outer! > 20 && inner! < outer! / 4, `${rate} Hz: outer ${outer}, inner ${inner}`);
    }
  });

  it("gives zeros for silence and survives the rails", () => {
    for (const level of [0, 123, 32767, -32768]) {
      init(dsp, cwruConfig());
      for (let window = 0; window < 9; window++) push(dsp, new Int16Array(N).fill(level));
      for (const offset of [
        spec.FEATURE_RMS_Q8,
        spec.FEATURE_CREST_Q16,
        spec.FEATURE_KURTOSIS_Q16,
        spec.FEATURE_BAND0_RMS_Q8,
        spec.FEATURE_ENVELOPE_PEAK_SNR_Q16,
        spec.FEATURE_BPFO_SNR_Q16,
      ]) {
        assert.equal(feature(dsp, offset), 0, `level ${level}, offset ${offset}`);
      }
    }
  });

  it("gives the golden bytes for a seeded signal, and the same in a second state", () => {
    const digest = (target: DspExports) => {
      const hash = createHash("sha256");
      const random = noise(2026);
      init(target, cwruConfig());
      for (let window = 0; window < 12; window++) {
        push(
          target,
          Int16Array.from({ length: N }, (_, i) => (i % 112 < 9 ? 30000 : 3000) * random()),
        );
        const { buffer } = target.memory;
        hash.update(
          new Uint8Array(buffer, target.vibrationFeatures(STATE), spec.FEATURE_VALUE_SIZE).slice(),
        );
        hash.update(new Uint8Array(buffer, target.vibrationSpectrum(STATE), 1024).slice());
        hash.update(new Uint8Array(buffer, target.vibrationEnvelope(STATE), 1280).slice());
      }
      return hash.digest("hex");
    };
    const first = digest(dsp);
    assert.equal(digest(dsp), first);
    assert.equal(first, "e6c317c6a7c4d2af2c3f3f4cc44580c761f43e31c63b7ebd10aadd64e1524bd0");
  });
});
