// The feature record of a window (spec/features.md) in the units people read.
//
// Frequencies and ratios come out exact; accelerations need the node's g per count.
import * as spec from "../../base/spec.ts";

/** The four frequencies at which a bearing's parts strike, in the order in which they are shown. */
export const DEFECTS = ["bpfo", "bpfi", "ball", "ftf"] as const;
export type DefectName = (typeof DEFECTS)[number];

/** What engineers call them. */
export const DEFECT_LABELS: Record<DefectName, string> = {
  bpfo: "BPFO",
  bpfi: "BPFI",
  ball: "2×BSF",
  ftf: "FTF",
};

/** Spelled out, for titles and screen readers. */
export const DEFECT_WORDS: Record<DefectName, string> = {
  bpfo: "outer race",
  bpfi: "inner race",
  ball: "rolling element",
  ftf: "cage",
};

export interface DefectLine {
  hz: number;
  /** Strongest line within 2 % of it, over the median of the envelope spectrum. */
  snr: number;
}

/** Amplitudes in counts: times the node's g per count they are g. */
export interface Features {
  rmsCounts: number;
  peakCounts: number;
  crest: number;
  kurtosis: number;
  envelopePeakHz: number;
  envelopePeakSnr: number;
  defects: Record<DefectName, DefectLine>;
  windowIndex: number;
  clipped: number;
  /** Part of the envelope's samples gathered so far, 0 to 1; below 1 the envelope fields are 0. */
  envelopeFill: number;
}

/** Words of a feature record, or undefined if there are too few. */
export function decodeFeatures(words: ArrayLike<number>, start = 0): Features | undefined {
  if (words.length - start < spec.FEATURE_VALUE_COUNT) return undefined;
  const word = (offset: number): number => words[start + offset / 4]!;
  const ratio = (offset: number): number => word(offset) / 65_536;
  const line = (frequency: number, snr: number): DefectLine => ({
    hz: word(frequency) / 1000,
    snr: ratio(snr),
  });
  return {
    rmsCounts: word(spec.FEATURE_RMS_Q8) / 256,
    peakCounts: word(spec.FEATURE_PEAK_Q8) / 256,
    crest: ratio(spec.FEATURE_CREST_Q16),
    kurtosis: ratio(spec.FEATURE_KURTOSIS_Q16),
    envelopePeakHz: word(spec.FEATURE_ENVELOPE_PEAK_MILLI_HZ) / 1000,
    envelopePeakSnr: ratio(spec.FEATURE_ENVELOPE_PEAK_SNR_Q16),
    defects: {
      bpfo: line(spec.FEATURE_BPFO_MILLI_HZ, spec.FEATURE_BPFO_SNR_Q16),
      bpfi: line(spec.FEATURE_BPFI_MILLI_HZ, spec.FEATURE_BPFI_SNR_Q16),
      ball: line(spec.FEATURE_BSF_MILLI_HZ, spec.FEATURE_BSF_SNR_Q16),
      ftf: line(spec.FEATURE_FTF_MILLI_HZ, spec.FEATURE_FTF_SNR_Q16),
    },
    windowIndex: word(spec.FEATURE_WINDOW_INDEX),
    clipped: word(spec.FEATURE_CLIPPED),
    envelopeFill: word(spec.FEATURE_ENVELOPE_FILL) / spec.LIMIT_ENVELOPE_SIZE,
  };
}

/** The core looks for a defect's line within 2 % of its frequency. */
const NEAR = 0.02;
/**
 * Lines over the median that noise does not reach: of some 650 lines with Rayleigh amplitudes the
 * strongest is above 5 times the median in one window of 50,000 (650 x 2^-25).
 */
const NOISE_SNR = 5;

/** The defect frequency nearest to the strongest envelope line, by ratio. */
export interface NearestDefect {
  name: DefectName;
  ratio: number;
  /** The line is at that frequency; false also where the line is too weak to be called one. */
  isNear: boolean;
  /** The line may be noise. */
  isWeak: boolean;
}

/** Undefined while the envelope is being gathered or without a bearing. */
export function nearestDefect(features: Features): NearestDefect | undefined {
  if (!(features.envelopePeakHz > 0)) return undefined;
  let nearest: NearestDefect | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of DEFECTS) {
    const { hz } = features.defects[name];
    if (!(hz > 0)) continue;
    const ratio = features.envelopePeakHz / hz;
    const distance = Math.abs(Math.log(ratio));
    if (distance >= least) continue;
    least = distance;
    const isWeak = features.envelopePeakSnr < NOISE_SNR;
    nearest = { name, ratio, isWeak, isNear: !isWeak && Math.abs(ratio - 1) <= NEAR };
  }
  return nearest;
}
