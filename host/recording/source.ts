// What feeds a board's ADC: a known recording, a user's file, or the bearing model.
//
// Integers stay as they are; floats are scaled so that their largest magnitude fits an int16, and
// the scale is kept as nano-g per count. The node configuration record (config.ts) is made from
// what comes out here.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { ToolError } from "../base/error.ts";
import { LIMIT_WINDOW_SIZE } from "../base/spec.ts";
import { type BearingGeometry, contactCosQ30, type Defect, SKF_6205 } from "./bearing.ts";
import { bearingModel } from "./bearing-model.ts";
import { recordingPath } from "./library.ts";
import { datasetOf, findRecording } from "./manifest.ts";
import { readSampleFile, type SampleFile } from "./sample-file.ts";

export interface SampleSource {
  /** At most 16 ASCII characters: SOURCE_NAME of the node configuration. */
  name: string;
  samples: Int16Array;
  sampleRateHz: number;
  nanoGPerCount: number;
  shaftMilliHz: number;
  geometry: BearingGeometry;
  /** True for the bearing model: every place that shows it says so. */
  isSimulated: boolean;
  /**
   * What was assumed because nobody said, in words for people; empty for recordings and the
   * model.
   */
  assumptions: string[];
}

export interface SourceOptions {
  /**
   * Files without a rate of their own: required. The model: 12,000 if not given. Recordings have
   * theirs.
   */
  sampleRateHz?: number;
  /**
   * Acceleration in g of one unit of a file: the number in csv and f32, one count in i16 and
   * 16-bit wav.
   */
  gPerUnit?: number;
  /** Shaft speed of a file or the model. */
  shaftMilliHz?: number;
  geometry?: BearingGeometry;
  /** CSV column by name or number from 1. */
  column?: string;
  /** WAV channel from 1. */
  channel?: number;
}

const NAME_SIZE_MAX = 16;
const NANO_G_MAX = 0xffffffff;
const RATE_MIN_HZ = 1_000;
const RATE_MAX_HZ = 200_000;

/**
 * Opens `cwru:ID`, `mfpt:ID`, `model:outer|inner|ball|healthy[:seed]` or a path to .csv, .wav,
 * .i16, .f32. Errors: MISSING_INPUT (nothing there), BAD_INPUT (not what it must be), USAGE (an
 * option is missing or wrong).
 */
export function openSource(spec: string, options: SourceOptions = {}): SampleSource {
  if (spec.startsWith("model:")) return openModel(spec, options);
  const source = /^(cwru|mfpt):/.test(spec) ? openRecording(spec) : openFile(spec, options);
  if (source.samples.length < LIMIT_WINDOW_SIZE) {
    throw new ToolError(
      "BAD_INPUT",
      `${spec}: ${source.samples.length} samples, expected a window of ${LIMIT_WINDOW_SIZE}`,
    );
  }
  return source;
}

function openModel(spec: string, options: SourceOptions): SampleSource {
  const match = /^model:(healthy|outer|inner|ball)(?::(\d{1,10}))?$/.exec(spec);
  const seed = Number(match?.[2] ?? 1);
  if (match === null || seed > 0xffffffff) {
    throw new ToolError(
      "USAGE",
      `"${spec}": expected model:outer, inner, ball or healthy, then :seed from 0 to 4294967295`,
    );
  }
  const { sampleRateHz, shaftMilliHz, geometry } = options;
  const signal = bearingModel({
    defect: match[1] as Defect,
    seed,
    ...(sampleRateHz !== undefined && { sampleRateHz: checkRate(sampleRateHz, spec) }),
    ...(shaftMilliHz !== undefined && { shaftMilliHz }),
    ...(geometry !== undefined && { geometry }),
  });
  return { ...signal, name: sourceName(spec), isSimulated: true, assumptions: [] };
}

function openRecording(id: string): SampleSource {
  const recording = findRecording(id);
  const { bearing, transform } = datasetOf(recording);
  const bytes = readFileSync(recordingPath(id));
  const floats = () =>
    Float64Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
  const scaled =
    transform === "npz-counts"
      ? {
          samples: Int16Array.from({ length: bytes.length / 2 }, (_, i) =>
            bytes.readInt16LE(i * 2),
          ),
          nanoGPerCount: Math.round(recording.gPerCount! * 1e9),
        }
      : scaleToCounts(floats(), 1, id);
  return {
    ...scaled,
    name: sourceName(id.slice(id.indexOf(":") + 1)),
    sampleRateHz: recording.sampleRateHz,
    shaftMilliHz: Math.round((recording.shaftRpm * 1000) / 60),
    geometry: {
      rollerCount: bearing.rollerCount,
      rollerDiameterUm: bearing.rollerDiameterUm,
      pitchDiameterUm: bearing.pitchDiameterUm,
      contactCosQ30: contactCosQ30(bearing.contactDegrees),
    },
    isSimulated: false,
    assumptions: [],
  };
}

function openFile(path: string, options: SourceOptions): SampleSource {
  const file = readSampleFile(path, options);
  const assumptions: string[] = [];
  const assume = <T>(stated: T | undefined, otherwise: T, words: string): T => {
    if (stated === undefined) assumptions.push(words);
    return stated ?? otherwise;
  };
  const rate = options.sampleRateHz ?? file.sampleRateHz;
  if (rate === undefined) {
    throw new ToolError(
      "USAGE",
      `${path}: the file does not say its sample rate; give it with --rate HZ`,
    );
  }
  const sampleRateHz = checkRate(rate, path);
  const gPerUnit =
    file.unit === "count"
      ? assume(options.gPerUnit, 1 / 32768, "full scale is taken as 1 g")
      : assume(options.gPerUnit, 1, "values are taken as g");
  return {
    ...toCounts(file, gPerUnit, path),
    name: sourceName(basename(path)),
    sampleRateHz,
    shaftMilliHz: assume(options.shaftMilliHz, 25_000, "the shaft is taken to turn at 25 Hz"),
    geometry: assume(options.geometry, SKF_6205, "the bearing is taken as an SKF 6205-2RS"),
    isSimulated: false,
    assumptions,
  };
}

function toCounts(
  file: SampleFile,
  gPerUnit: number,
  label: string,
): { samples: Int16Array; nanoGPerCount: number } {
  if (!(gPerUnit > 0) || !Number.isFinite(gPerUnit)) {
    throw new ToolError("USAGE", `${label}: ${gPerUnit} g per unit, expected a number above 0`);
  }
  if (file.values instanceof Float64Array) return scaleToCounts(file.values, gPerUnit, label);
  return { samples: file.values, nanoGPerCount: checkNanoG(Math.round(gPerUnit * 1e9), label) };
}

/**
 * Counts of whole nano-g such that the largest magnitude is at most 32766, below the rail that
 * means clipping.
 */
function scaleToCounts(
  values: Float64Array,
  gPerUnit: number,
  label: string,
): { samples: Int16Array; nanoGPerCount: number } {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * gPerUnit;
  const nanoGPerCount = checkNanoG(Math.max(1, Math.ceil((largest * 1e9) / 32766)), label);
  const scale = (gPerUnit * 1e9) / nanoGPerCount;
  return { samples: Int16Array.from(values, (value) => Math.round(value * scale)), nanoGPerCount };
}

function checkNanoG(nanoG: number, label: string): number {
  if (nanoG >= 1 && nanoG <= NANO_G_MAX) return nanoG;
  throw new ToolError(
    "BAD_INPUT",
    `${label}: ${nanoG} nano-g a count, expected 1 to ${NANO_G_MAX}; check the g per unit`,
  );
}

function checkRate(rateHz: number, label: string): number {
  if (Number.isInteger(rateHz) && rateHz >= RATE_MIN_HZ && rateHz <= RATE_MAX_HZ) return rateHz;
  throw new ToolError(
    "USAGE",
    `${label}: a sample rate of ${rateHz} Hz, expected a whole ${RATE_MIN_HZ} to ${RATE_MAX_HZ}`,
  );
}

/** The first 16 characters, everything outside printable ASCII as "?". */
function sourceName(text: string): string {
  return text
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, NAME_SIZE_MAX)
    .replace(/[_ -]+$/, "");
}
