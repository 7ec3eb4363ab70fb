// Envelope spectrum: the band-passed, rectified and decimated signal of many windows under one
// Hann-windowed FFT.
//
// Each window of 2048 samples adds 2048 / decimation envelope samples to a ring of 2048; the
// spectrum spans the whole ring, so its lines are `decimation` times closer than those of one
// window. Defect impacts ring a resonance in the band; their rate is what the envelope shows
// (Randall and Antoni 2011, section 4).
import {
  LIMIT_ENVELOPE_SIZE,
  LIMIT_WINDOW_SIZE,
  NODE_CONFIG_BAND_HIGH_HZ,
  NODE_CONFIG_BAND_LOW_HZ,
  NODE_CONFIG_ENVELOPE_DECIMATION,
  NODE_CONFIG_SAMPLE_RATE_HZ,
  STATUS_BAD_CONFIG,
  STATUS_OK,
} from "../base/spec";
import { BAND_FRACTION, BAND_STATE_SIZE, bandEnvelope, bandInit, bandSettle } from "./bandpass";
import { fftReal } from "./fft";
import { HANN_BITS, hann } from "./hann";

/**
 * The lower edge may not lie further below the sample rate: Q30 coefficients and Q12 samples would
 * be too coarse.
 */
export const RATE_PER_BAND_LOW_MAX: u32 = 256;
/**
 * The upper edge may not lie above 31/64 of the rate: next to half of it the rounding noise rings
 * for long.
 */
const BAND_HIGH_64TH_MAX: u64 = 31;
export const DECIMATION_MAX: u32 = 64;
const LOG2_SIZE: i32 = 11;

/** State: filter, next place in the ring, samples in it, log2 of the decimation, the ring. */
const POSITION: i32 = BAND_STATE_SIZE;
const FILL: i32 = BAND_STATE_SIZE + 4;
const LOG2_DECIMATION: i32 = BAND_STATE_SIZE + 8;
const RING: i32 = BAND_STATE_SIZE + 16;
export const ENVELOPE_STATE_SIZE: i32 = RING + LIMIT_ENVELOPE_SIZE * 4;

/** Lays out the cleared state. Errors: BAD_CONFIG if decimation or band edges are out of range. */
export function envelopeInit(state: usize, config: usize): i32 {
  const rate = load<u32>(config, NODE_CONFIG_SAMPLE_RATE_HZ);
  const decimation = load<u32>(config, NODE_CONFIG_ENVELOPE_DECIMATION);
  const low = load<u32>(config, NODE_CONFIG_BAND_LOW_HZ);
  const high = load<u32>(config, NODE_CONFIG_BAND_HIGH_HZ);
  if (decimation == 0 || decimation > DECIMATION_MAX) return STATUS_BAD_CONFIG;
  if ((decimation & (decimation - 1)) != 0) return STATUS_BAD_CONFIG;
  if (<u64>high * 64 > <u64>rate * BAND_HIGH_64TH_MAX) return STATUS_BAD_CONFIG;
  if (low >= high || <u64>low * RATE_PER_BAND_LOW_MAX < rate) return STATUS_BAD_CONFIG;
  bandInit(state, low, high, rate);
  store<i32>(state, ctz(decimation), LOG2_DECIMATION);
  return STATUS_OK;
}

/** Takes i16[2048] at `samples`; answers how many envelope samples the ring holds, up to 2048. */
export function envelopePush(state: usize, samples: usize): i32 {
  const log2 = load<i32>(state, LOG2_DECIMATION);
  const position = load<i32>(state, POSITION);
  const added = LIMIT_WINDOW_SIZE >> log2;
  let fill = load<i32>(state, FILL);
  if (fill == 0) bandSettle(state, <i32>load<i16>(samples));
  const output = state + RING + ((<usize>position) << 2);
  bandEnvelope(state, samples, LIMIT_WINDOW_SIZE, output, log2);
  fill = min(fill + added, LIMIT_ENVELOPE_SIZE);
  store<i32>(state, (position + added) & (LIMIT_ENVELOPE_SIZE - 1), POSITION);
  store<i32>(state, fill, FILL);
  return fill;
}

/**
 * Spectrum of the full ring, oldest sample first, into `work` (2048 i32, multiple of 8) in the
 * order of fftReal. Answers the exponent, of envelope counts: |bin| x 2^e = amplitude x 2048 / 4.
 */
export function envelopeSpectrum(state: usize, work: usize): i32 {
  const ring = state + RING;
  const end = ring + ((<usize>LIMIT_ENVELOPE_SIZE) << 2);
  let sum: i64 = 1 << (LOG2_SIZE - 1);
  for (let p = ring; p < end; p += 8) {
    const pair = load<i64>(p);
    sum += (pair >> 32) + <i64>(<i32>pair);
  }
  const mean = <i32>(sum >> LOG2_SIZE);
  const oldest = ring + ((<usize>load<i32>(state, POSITION)) << 2);
  const split = work + (end - oldest);
  const bits = copyCentred(work, oldest, end, mean) | copyCentred(split, ring, oldest, mean);
  const shift = HANN_BITS - (32 - <i32>clz(bits));
  hann(work, shift);
  return fftReal(work, LIMIT_ENVELOPE_SIZE) - (shift - 1) - BAND_FRACTION;
}

/** Copies i32 pairs less their mean; answers the union of the magnitudes' bits. */
function copyCentred(to: usize, from: usize, end: usize, mean: i32): i32 {
  let bits = 0;
  for (; from < end; from += 8, to += 8) {
    const pair = load<i64>(from);
    const a = <i32>pair - mean;
    const b = <i32>(pair >> 32) - mean;
    bits |= (a ^ (a >> 31)) | (b ^ (b >> 31));
    store<i64>(to, ((<i64>b) << 32) | <i64>(<u32>a));
  }
  return bits;
}
