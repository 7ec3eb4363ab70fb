// Real bearings (Case Western Reserve University): each defect is found where its geometry says, a
// good one is not.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { cwruConfig, feature, init, loadDsp, push, recording } from "./core.ts";

const dsp = await loadDsp("recordings");
const N = spec.LIMIT_WINDOW_SIZE;
const Q16 = 65536;

/** Calls back after every window with a full envelope; how many there were. */
function replay(samples: Int16Array, rpm: number, each: () => void): number {
  const config = cwruConfig().set(spec.NODE_CONFIG_SHAFT_MILLI_HZ, Math.round((rpm * 1000) / 60));
  assert.equal(init(dsp, config), spec.STATUS_OK);
  let count = 0;
  for (let at = 0; at + N <= samples.length; at += N) {
    push(dsp, samples.subarray(at, at + N));
    if (feature(dsp, spec.FEATURE_ENVELOPE_FILL) < spec.LIMIT_ENVELOPE_SIZE) continue;
    count++;
    each();
  }
  return count;
}

const defects: [string, number, number, number][] = [
  ["BPFO", spec.FEATURE_BPFO_MILLI_HZ, spec.FEATURE_BPFO_SNR_Q16, spec.FEATURE_BPFI_SNR_Q16],
  ["BPFI", spec.FEATURE_BPFI_MILLI_HZ, spec.FEATURE_BPFI_SNR_Q16, spec.FEATURE_BPFO_SNR_Q16],
];
const records: Record<string, string[]> = {
  BPFO: [
    "1797_OR_at_6_21_DE12",
    "1772_OR_at_6_21_DE12",
    "1750_OR_at_6_7_DE12",
    "1797_OR_at_3_7_DE12",
  ],
  BPFI: ["1797_IR_21_DE12", "1772_IR_21_DE12", "1750_IR_7_DE12", "1797_IR_7_DE12"],
};

describe("CWRU recordings", () => {
  for (const [name, frequency, snr, other] of defects) {
    for (const record of records[name]!) {
      it(`${record}: every envelope peak lies within 2 % of ${name}`, (t) => {
        const samples = recording(record);
        if (!samples) return t.skip(`skipped: recording cwru/${record} is not here`);
        const count = replay(samples, Number(record.slice(0, 4)), () => {
          const peak = feature(dsp, spec.FEATURE_ENVELOPE_PEAK_MILLI_HZ);
          const want = feature(dsp, frequency);
          assert.ok(Math.abs(peak / want - 1) <= 0.02, `peak ${peak} mHz, ${name} ${want} mHz`);
          assert.ok(feature(dsp, snr) > 15 * Q16, `${feature(dsp, snr) / Q16}`);
          assert.ok(feature(dsp, other) < feature(dsp, snr) / 2, `${feature(dsp, other) / Q16}`);
        });
        assert.ok(count >= 50, `${count} windows`);
      });
    }
  }

  it("1797_Normal: no defect line stands out", (t) => {
    const samples = recording("1797_Normal");
    if (!samples) return t.skip("skipped: recording cwru/1797_Normal is not here");
    const count = replay(samples, 1797, () => {
      for (const [name, , snr] of defects) {
        assert.ok(feature(dsp, snr) < 10 * Q16, `${name}: ${feature(dsp, snr) / Q16}`);
      }
      assert.ok(feature(dsp, spec.FEATURE_KURTOSIS_Q16) < 4 * Q16, "kurtosis");
    });
    assert.ok(count >= 50, `${count} windows`);
  });
});
