// Vibration features of one window: samples in, feature record and pictures out. The one door of
// assembly/dsp.
//
//   samples ─► statistics ───────────────────► FEATURE 0 to 16, CLIPPED
//           ├► Hann, FFT ────────────────────► bands, picture of the spectrum
//           └► band-pass, |y|, ring, Hann, FFT ► lines, peak, SNR, picture of the envelope
// All integer, no allocation: the same bytes on every target. Results: spec/features.md.
import {
  FEATURE_BAND0_RMS_Q8,
  FEATURE_BPFI_MILLI_HZ,
  FEATURE_BPFI_SNR_Q16,
  FEATURE_BPFO_MILLI_HZ,
  FEATURE_BPFO_SNR_Q16,
  FEATURE_BSF_MILLI_HZ,
  FEATURE_BSF_SNR_Q16,
  FEATURE_ENVELOPE_FILL,
  FEATURE_ENVELOPE_PEAK_MILLI_HZ,
  FEATURE_ENVELOPE_PEAK_SNR_Q16,
  FEATURE_FTF_MILLI_HZ,
  FEATURE_FTF_SNR_Q16,
  FEATURE_VALUE_SIZE,
  FEATURE_WINDOW_INDEX,
  LIMIT_ENVELOPE_SIZE,
  LIMIT_WINDOW_SIZE,
  NODE_CONFIG_ENVELOPE_DECIMATION,
  NODE_CONFIG_SAMPLE_RATE_HZ,
  NODE_CONFIG_SHAFT_MILLI_HZ,
  PICTURE_ENVELOPE_COUNT,
  PICTURE_SPECTRUM_COUNT,
  STATUS_BAD_CONFIG,
  STATUS_MISALIGNED,
  STATUS_OK,
} from "../base/spec";
import { bearing } from "./bearing";
import { ENVELOPE_STATE_SIZE, envelopeInit, envelopePush, envelopeSpectrum } from "./envelope";
import { fftReal } from "./fft";
import { HANN_BITS, hann } from "./hann";
import {
  bandEnergy,
  linePicture,
  MEDIAN_SCRATCH_SIZE,
  magnitudes,
  median,
  pairPicture,
  peakQ16,
  strongest,
} from "./lines";
import { ratioQ16, root64, scaled } from "./root";
import { statistics } from "./statistics";

const RATE_MIN: u32 = 1_000;
const RATE_MAX: u32 = 200_000;
/** Bins of a real transform of 2048 points. */
const BINS: i32 = LIMIT_ENVELOPE_SIZE >> 1;
/**
 * The search range of the envelope's peak must have so many lines for its median to mean
 * something.
 */
const RANGE_LINES_MIN: i32 = 16;
const SHAFT_ORDERS: u64 = 12;
const RANGE_MILLI_HZ: u64 = 500_000;

// State, in bytes from its base: ranges are pairs of i32, first and last line; first > last: none.
const READY: i32 = 0;
const RATE: i32 = 4;
const DECIMATION: i32 = 8;
const LINE_COUNT: i32 = 12;
const PEAK_RANGE: i32 = 16;
const BPFO_RANGE: i32 = 24;
const BPFI_RANGE: i32 = 32;
const BSF_RANGE: i32 = 40;
const FTF_RANGE: i32 = 48;
const BAND0_FIRST: i32 = 56;
const WINDOWS: i32 = 60;
const FEATURES: i32 = 64;
const SPECTRUM: i32 = FEATURES + FEATURE_VALUE_SIZE;
const ENVELOPE: i32 = SPECTRUM + PICTURE_SPECTRUM_COUNT * 2;
const HISTORY: i32 = ENVELOPE + PICTURE_ENVELOPE_COUNT * 2;
const WORK: i32 = HISTORY + ENVELOPE_STATE_SIZE;
const STATE_SIZE: i32 = WORK + LIMIT_WINDOW_SIZE * 4;
/** The lines take the first half of the work area, the median's counters the end. */
const SCRATCH: i32 = STATE_SIZE - MEDIAN_SCRATCH_SIZE;
if (((FEATURES | SPECTRUM | ENVELOPE | HISTORY | WORK) & 7) != 0) ERROR("misaligned layout");

/** Bytes of the state, a multiple of 8. */
export function vibrationSize(): i32 {
  return STATE_SIZE;
}

/**
 * Lays out `state` (multiple of 8, vibrationSize() bytes) from the NODE_CONFIG record at `config`.
 * Main loop only. Errors: BAD_CONFIG if a field used here is outside its range (spec/features.md).
 */
export function vibrationInit(state: usize, config: usize): i32 {
  assert((state & 7) == 0 && (config & 7) == 0); // regions are 8-aligned
  for (let p = state, end = state + <usize>STATE_SIZE; p < end; p += 8) store<i64>(p, 0);
  const rate = load<u32>(config, NODE_CONFIG_SAMPLE_RATE_HZ);
  if (rate < RATE_MIN || rate > RATE_MAX) return STATUS_BAD_CONFIG;
  const features = state + FEATURES;
  let status = bearing(features, config);
  if (status != STATUS_OK) return status;
  status = envelopeInit(state + HISTORY, config);
  if (status != STATUS_OK) return status;
  store<u32>(state, rate, RATE);
  store<u32>(state, load<u32>(config, NODE_CONFIG_ENVELOPE_DECIMATION), DECIMATION);
  // First bin at or above 10 Hz.
  store<i32>(state, (10 * LIMIT_WINDOW_SIZE + rate - 1) / rate, BAND0_FIRST);

  const shaft = <u64>load<u32>(config, NODE_CONFIG_SHAFT_MILLI_HZ);
  const top = max<u64>(RANGE_MILLI_HZ, SHAFT_ORDERS * shaft);
  const first = max(lineAbove(state, 150 * shaft), 1);
  const last = min(lineBelow(state, 100 * top), BINS - 2);
  if (last - first < RANGE_LINES_MIN - 1) return STATUS_BAD_CONFIG;
  store<i32>(state, first, PEAK_RANGE);
  store<i32>(state, last, PEAK_RANGE + 4);
  let most = max(last + 1, PICTURE_ENVELOPE_COUNT - 1);
  most = max(most, defectRange(state, BPFO_RANGE, load<u32>(features, FEATURE_BPFO_MILLI_HZ)));
  most = max(most, defectRange(state, BPFI_RANGE, load<u32>(features, FEATURE_BPFI_MILLI_HZ)));
  most = max(most, defectRange(state, BSF_RANGE, load<u32>(features, FEATURE_BSF_MILLI_HZ)));
  most = max(most, defectRange(state, FTF_RANGE, load<u32>(features, FEATURE_FTF_MILLI_HZ)));
  store<i32>(state, most + 1, LINE_COUNT);
  store<i32>(state, 1, READY);
  return STATUS_OK;
}

/** First line at or above a frequency in 1e-5 Hz: f decimation 2048 / rate. */
function lineAbove(state: usize, f: u64): i32 {
  const rate = 100_000 * <u64>load<u32>(state, RATE);
  return <i32>((f * LIMIT_ENVELOPE_SIZE * load<u32>(state, DECIMATION) + rate - 1) / rate);
}

/** Last line at or below a frequency in 1e-5 Hz. */
function lineBelow(state: usize, f: u64): i32 {
  const rate = 100_000 * <u64>load<u32>(state, RATE);
  return <i32>((f * LIMIT_ENVELOPE_SIZE * load<u32>(state, DECIMATION)) / rate);
}

/**
 * Stores the lines within 2 % of a defect frequency, at least the nearest; answers the last of
 * them.
 */
function defectRange(state: usize, range: i32, milliHz: u64): i32 {
  const rate = 100_000 * <u64>load<u32>(state, RATE);
  const scale = 100 * milliHz * LIMIT_ENVELOPE_SIZE * load<u32>(state, DECIMATION);
  const nearest = <i32>((scale + (rate >> 1)) / rate);
  let first = 1;
  let last = 0;
  if (nearest >= 1 && nearest < BINS) {
    first = max(min(lineAbove(state, 98 * milliHz), nearest), 1);
    last = min(max(lineBelow(state, 102 * milliHz), nearest), BINS - 1);
  }
  store<i32>(state + range, first);
  store<i32>(state + range, last, 4);
  return last;
}

/**
 * Takes the next i16[2048] at `samples` (multiple of 8) and renews features and pictures in place.
 * Answers the window's index, counting from 0 and wrapping at 2^31. Main loop only.
 * Errors: MISALIGNED; then nothing has changed.
 */
export function vibrationWindow(state: usize, samples: usize): i32 {
  assert(load<i32>(state, READY) == 1); // vibrationInit has answered OK
  if ((samples & 7) != 0) return STATUS_MISALIGNED;
  const features = state + FEATURES;
  const index = load<u32>(state, WINDOWS);
  store<u32>(state, index + 1, WINDOWS);
  store<u32>(features, index, FEATURE_WINDOW_INDEX);
  const mean = statistics(features, samples);
  windowSpectrum(state, samples, mean);
  const fill = envelopePush(state + HISTORY, samples);
  store<i32>(features, fill, FEATURE_ENVELOPE_FILL);
  if (fill == LIMIT_ENVELOPE_SIZE) envelopeLines(state);
  return <i32>(index & 0x7fffffff);
}

/** The FEATURE record of the last window; valid until the next. */
export function vibrationFeatures(state: usize): usize {
  return state + FEATURES;
}

/** u16[PICTURE_SPECTRUM_COUNT] of the last window; valid until the next. */
export function vibrationSpectrum(state: usize): usize {
  return state + SPECTRUM;
}

/** u16[PICTURE_ENVELOPE_COUNT]; zeros until the envelope's ring is full. */
export function vibrationEnvelope(state: usize): usize {
  return state + ENVELOPE;
}

/** Bands and picture of one window's spectrum. */
function windowSpectrum(state: usize, samples: usize, mean: i32): void {
  const work = state + WORK;
  let bits = 0;
  for (let p = samples, to = work, end = samples + (LIMIT_WINDOW_SIZE << 1); p < end; p += 4) {
    const pair = load<i32>(p);
    const a = <i32>(<i16>pair) - mean;
    const b = (pair >> 16) - mean;
    bits |= (a ^ (a >> 31)) | (b ^ (b >> 31));
    store<i64>(to, ((<i64>b) << 32) | <i64>(<u32>a));
    to += 8;
  }
  const shift = HANN_BITS - (32 - <i32>clz(bits));
  hann(work, shift);
  const exponent = fftReal(work, LIMIT_WINDOW_SIZE) - (shift - 1);

  let low = load<i32>(state, BAND0_FIRST);
  for (let band = 0; band < 4; band++) {
    const high = BINS >> (3 - band);
    const rms = bandRms(bandEnergy(work, low, high), exponent);
    store<u32>(state + FEATURES + ((<usize>band) << 2), rms, FEATURE_BAND0_RMS_Q8);
    low = high;
  }
  // A line of magnitude A 2048 / 4 shows as 16 A.
  pairPicture(state + SPECTRUM, work, PICTURE_SPECTRUM_COUNT, exponent - 5);
}

/**
 * RMS in 1/256 count of a band whose squared magnitudes sum to energy x 2^(10 + 2 e). Parseval with
 * the Hann window's mean square 3/8, one side: RMS^2 = 2 sum / (n^2 3 / 8), so RMS_Q8 is 256
 * sqrt(16 sum / 3) / 2048 = sqrt(energy / 3) x 2^(4 + e).
 */
function bandRms(energy: u64, exponent: i32): u32 {
  const third = energy / 3;
  if (third == 0) return 0;
  const lift = <i32>clz(third) >> 1;
  return scaled(root64(third << (lift << 1)), 4 + exponent - lift, 0xffffffff);
}

/** Peak, defect lines and picture of the envelope's spectrum. */
function envelopeLines(state: usize): void {
  const lines = state + WORK;
  const features = state + FEATURES;
  const exponent = envelopeSpectrum(state + HISTORY, lines);
  magnitudes(lines, load<i32>(state, LINE_COUNT));
  linePicture(state + ENVELOPE, lines, PICTURE_ENVELOPE_COUNT, exponent - 5);

  const first = load<i32>(state, PEAK_RANGE);
  const last = load<i32>(state, PEAK_RANGE + 4);
  const middle = median(lines, first, last, state + SCRATCH);
  const at = strongest(lines, first, last);
  const peak = load<u32>(lines + ((<usize>at) << 2));
  store<u32>(
    features,
    peak == 0 ? 0 : lineMilliHz(state, lines, at),
    FEATURE_ENVELOPE_PEAK_MILLI_HZ,
  );
  store<u32>(features, ratioQ16(peak, middle), FEATURE_ENVELOPE_PEAK_SNR_Q16);
  store<u32>(features, rangeSnr(state, BPFO_RANGE, middle), FEATURE_BPFO_SNR_Q16);
  store<u32>(features, rangeSnr(state, BPFI_RANGE, middle), FEATURE_BPFI_SNR_Q16);
  store<u32>(features, rangeSnr(state, BSF_RANGE, middle), FEATURE_BSF_SNR_Q16);
  store<u32>(features, rangeSnr(state, FTF_RANGE, middle), FEATURE_FTF_SNR_Q16);
}

/** Interpolated frequency of the peak at a line: bins Q16 x rate x 1000 / (2048 decimation). */
function lineMilliHz(state: usize, lines: usize, at: i32): u32 {
  const place = <u64>peakQ16(lines, at) * (1000 * <u64>load<u32>(state, RATE)); // < 2^26 x 2^28
  const down = 16 + 11 + ctz(<u64>load<u32>(state, DECIMATION));
  return <u32>((place + ((<u64>1) << (down - 1))) >> down);
}

/** Strongest line of a range over the median, Q16.16; 0 if no line is there. */
function rangeSnr(state: usize, range: i32, middle: u32): u32 {
  const first = load<i32>(state + range);
  const last = load<i32>(state + range, 4);
  if (first > last) return 0;
  const lines = state + WORK;
  return ratioQ16(load<u32>(lines + ((<usize>strongest(lines, first, last)) << 2)), middle);
}
