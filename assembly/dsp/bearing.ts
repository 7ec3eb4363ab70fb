// Defect frequencies of a rolling bearing from its geometry and the shaft's speed, in 1e-3 Hz.
//
// With r = (roller diameter / pitch diameter) x cos(contact angle), n rollers, inner race turning
// with the shaft f: FTF = f (1 - r) / 2, BPFO = n FTF, BPFI = n f (1 + r) / 2, 2 BSF = f (pitch /
// roller) (1 - r^2). Randall and Antoni 2011, "Rolling element bearing diagnostics", equations 1-4.
// Run once, at init.
import {
  FEATURE_BPFI_MILLI_HZ,
  FEATURE_BPFO_MILLI_HZ,
  FEATURE_BSF_MILLI_HZ,
  FEATURE_FTF_MILLI_HZ,
  NODE_CONFIG_CONTACT_COS_Q30,
  NODE_CONFIG_PITCH_DIAMETER_UM,
  NODE_CONFIG_ROLLER_COUNT,
  NODE_CONFIG_ROLLER_DIAMETER_UM,
  NODE_CONFIG_SHAFT_MILLI_HZ,
  STATUS_BAD_CONFIG,
  STATUS_OK,
} from "../base/spec";

const ONE_Q30: u64 = 1 << 30;
export const ROLLERS_MIN: u32 = 3;
export const ROLLERS_MAX: u32 = 64;
/** 10 m: larger bearings exist in tunnel boring machines only. */
export const PITCH_UM_MAX: u32 = 10_000_000;
/** Pitch over roller diameter; keeps every product below inside 64 bits. */
export const PITCH_PER_ROLLER_MAX: u32 = 100;
/** 1 kHz = 60,000 rpm. */
export const SHAFT_MILLI_HZ_MAX: u32 = 1_000_000;

/**
 * Writes the four frequencies into the feature record. Errors: BAD_CONFIG if geometry or speed is
 * out of range.
 */
export function bearing(feature: usize, config: usize): i32 {
  const shaft = load<u32>(config, NODE_CONFIG_SHAFT_MILLI_HZ);
  const count = load<u32>(config, NODE_CONFIG_ROLLER_COUNT);
  const roller = load<u32>(config, NODE_CONFIG_ROLLER_DIAMETER_UM);
  const pitch = load<u32>(config, NODE_CONFIG_PITCH_DIAMETER_UM);
  const cos = load<u32>(config, NODE_CONFIG_CONTACT_COS_Q30);
  if (shaft == 0 || shaft > SHAFT_MILLI_HZ_MAX) return STATUS_BAD_CONFIG;
  if (count < ROLLERS_MIN || count > ROLLERS_MAX) return STATUS_BAD_CONFIG;
  if (pitch == 0 || pitch > PITCH_UM_MAX) return STATUS_BAD_CONFIG;
  if (roller >= pitch || <u64>roller * PITCH_PER_ROLLER_MAX < pitch) return STATUS_BAD_CONFIG;
  if (cos > <u32>ONE_Q30) return STATUS_BAD_CONFIG;

  const ratio = (<u64>roller * cos + (pitch >> 1)) / pitch; // r in Q30, from 2^54
  const turns = <u64>count * shaft; // < 2^26
  store<u32>(feature, halfQ30(turns * (ONE_Q30 - ratio)), FEATURE_BPFO_MILLI_HZ);
  store<u32>(feature, halfQ30(turns * (ONE_Q30 + ratio)), FEATURE_BPFI_MILLI_HZ);
  store<u32>(feature, halfQ30(shaft * (ONE_Q30 - ratio)), FEATURE_FTF_MILLI_HZ);
  // f (1 - r^2) < 2^50, times pitch / roller <= 100 by quotient and remainder, < 2^57.
  const slip = shaft * (ONE_Q30 - ((ratio * ratio) >> 30));
  const spin = (slip / roller) * pitch + ((slip % roller) * pitch) / roller;
  store<u32>(feature, <u32>((spin + (ONE_Q30 >> 1)) >> 30), FEATURE_BSF_MILLI_HZ);
  return STATUS_OK;
}

/** x / 2^31 rounded: half of a Q30 product. */
function halfQ30(x: u64): u32 {
  return <u32>((x + ONE_Q30) >> 31);
}
