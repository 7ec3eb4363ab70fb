// The node configuration record of spec/memory.md: tells a node who it is and what it measures.
//
// A board reads them from its configuration page, a simulated node from memory; the core's `init`
// checks them again, because on a board they come from outside.
import { ToolError } from "../base/error.ts";
import * as spec from "../base/spec.ts";
import type { BearingGeometry } from "./bearing.ts";
import type { SampleSource } from "./source.ts";

export interface NodeConfig {
  publisherId: number;
  writerGroupId: number;
  sampleRateHz: number;
  nanoGPerCount: number;
  shaftMilliHz: number;
  geometry: BearingGeometry;
  /** Power of two, 1 to 64. */
  envelopeDecimation: number;
  bandLowHz: number;
  bandHighHz: number;
  /** OPC UA DateTime of sample 0: 100 ns since 1601-01-01 UTC. */
  epoch: bigint;
  /** Stop after so many windows; 0: never. */
  windowLimit: number;
  /** NODE_FLAG bits. */
  flags: number;
  /** At most 16 ASCII characters. */
  sourceName: string;
}

/** The u32 fields in order: offset, how to read it, least, most. */
const FIELDS: [name: string, offset: number, min: number, max: number][] = [
  ["publisherId", spec.NODE_CONFIG_PUBLISHER_ID, 1, 0xffffffff],
  ["writerGroupId", spec.NODE_CONFIG_WRITER_GROUP_ID, 1, 0xffff],
  ["sampleRateHz", spec.NODE_CONFIG_SAMPLE_RATE_HZ, 1_000, 200_000],
  ["nanoGPerCount", spec.NODE_CONFIG_NANO_G_PER_COUNT, 1, 0xffffffff],
  ["shaftMilliHz", spec.NODE_CONFIG_SHAFT_MILLI_HZ, 1, 0xffffffff],
  ["rollerCount", spec.NODE_CONFIG_ROLLER_COUNT, 3, 64],
  ["rollerDiameterUm", spec.NODE_CONFIG_ROLLER_DIAMETER_UM, 1, 0xffffffff],
  ["pitchDiameterUm", spec.NODE_CONFIG_PITCH_DIAMETER_UM, 1, 0xffffffff],
  ["contactCosQ30", spec.NODE_CONFIG_CONTACT_COS_Q30, 0, 2 ** 30],
  ["envelopeDecimation", spec.NODE_CONFIG_ENVELOPE_DECIMATION, 1, 64],
  ["bandLowHz", spec.NODE_CONFIG_BAND_LOW_HZ, 1, 100_000],
  ["bandHighHz", spec.NODE_CONFIG_BAND_HIGH_HZ, 1, 100_000],
  ["windowLimit", spec.NODE_CONFIG_WINDOW_LIMIT, 0, 0xffffffff],
  ["flags", spec.NODE_CONFIG_FLAGS, 0, 0xffffffff],
];

/**
 * Envelope spectra reach 1/2 of this over 1.28, above the 500 Hz in which defects are looked for.
 */
const ENVELOPE_RATE_HZ = 1_500;
const TICKS_PER_MS = 10_000n;
/** Milliseconds from 1601-01-01 to 1970-01-01. */
const UNIX_EPOCH_MS = 11_644_473_600_000n;

/** OPC UA DateTime of a time in milliseconds since 1970. */
export function opcDateTime(unixMs: number): bigint {
  return (BigInt(Math.round(unixMs)) + UNIX_EPOCH_MS) * TICKS_PER_MS;
}

/** The power of two from 1 to 64 that brings the rate nearest to 1,500 Hz. */
export function defaultDecimation(sampleRateHz: number): number {
  const exponent = Math.round(Math.log2(sampleRateHz / ENVELOPE_RATE_HZ));
  return 2 ** Math.max(0, Math.min(6, exponent));
}

/**
 * Where a bearing's resonances are looked for: 2,000 to 4,500 Hz at 12 kHz, at higher rates up to
 * 8,000 Hz, at lower ones the same parts of the rate; always below 0.45 x rate.
 */
export function defaultBand(sampleRateHz: number): { bandLowHz: number; bandHighHz: number } {
  return {
    bandLowHz: Math.round(Math.min(2_000, sampleRateHz / 6)),
    bandHighHz: Math.round(Math.min(8_000, sampleRateHz * 0.375)),
  };
}

/** The configuration of a node fed by `source`, with the defaults for its rate. */
export function configForSource(
  source: SampleSource,
  own: { publisherId: number } & Partial<NodeConfig>,
): NodeConfig {
  return {
    writerGroupId: 1,
    sampleRateHz: source.sampleRateHz,
    nanoGPerCount: source.nanoGPerCount,
    shaftMilliHz: source.shaftMilliHz,
    geometry: source.geometry,
    envelopeDecimation: defaultDecimation(source.sampleRateHz),
    ...defaultBand(source.sampleRateHz),
    epoch: 0n,
    windowLimit: 0,
    sourceName: source.name,
    ...own,
    flags: (own.flags ?? 0) | (source.isSimulated ? spec.NODE_FLAG_SIMULATED_SIGNAL : 0),
  };
}

/** The 88 bytes. Errors: BAD_INPUT naming the field, its value and its range. */
export function encodeNodeConfig(config: NodeConfig): Uint8Array {
  const bytes = new Uint8Array(spec.NODE_CONFIG_VALUE_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(spec.NODE_CONFIG_SIZE, spec.NODE_CONFIG_VALUE_SIZE, true);
  view.setUint32(spec.NODE_CONFIG_VERSION, spec.NODE_CONFIG_VALUE_VERSION, true);
  const values: Record<string, unknown> = { ...config, ...config.geometry };
  for (const [name, offset, min, max] of FIELDS) {
    view.setUint32(offset, checkField(name, Number(values[name]), min, max), true);
  }
  checkTogether(config);
  view.setBigInt64(spec.NODE_CONFIG_EPOCH, config.epoch, true);
  if (!/^[\x20-\x7e]{0,16}$/.test(config.sourceName)) {
    fail("sourceName", `"${config.sourceName}"`, "at most 16 printable ASCII characters");
  }
  bytes.set(Buffer.from(config.sourceName, "latin1"), spec.NODE_CONFIG_SOURCE_NAME);
  return bytes;
}

/**
 * The record back from its bytes. Errors: BAD_INPUT for another size, version or a value out of
 * range.
 */
export function decodeNodeConfig(bytes: Uint8Array): NodeConfig {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length !== spec.NODE_CONFIG_VALUE_SIZE) {
    fail("record", `${bytes.length} bytes`, `${spec.NODE_CONFIG_VALUE_SIZE}`);
  }
  checkField("size", view.getUint32(spec.NODE_CONFIG_SIZE, true), 88, 88);
  checkField("version", view.getUint32(spec.NODE_CONFIG_VERSION, true), 1, 1);
  const read = (name: string): number => {
    const [, offset, min, max] = FIELDS.find((field) => field[0] === name)!;
    return checkField(name, view.getUint32(offset, true), min, max);
  };
  const name = bytes.subarray(spec.NODE_CONFIG_SOURCE_NAME, spec.NODE_CONFIG_SOURCE_NAME + 16);
  const config: NodeConfig = {
    publisherId: read("publisherId"),
    writerGroupId: read("writerGroupId"),
    sampleRateHz: read("sampleRateHz"),
    nanoGPerCount: read("nanoGPerCount"),
    shaftMilliHz: read("shaftMilliHz"),
    geometry: {
      rollerCount: read("rollerCount"),
      rollerDiameterUm: read("rollerDiameterUm"),
      pitchDiameterUm: read("pitchDiameterUm"),
      contactCosQ30: read("contactCosQ30"),
    },
    envelopeDecimation: read("envelopeDecimation"),
    bandLowHz: read("bandLowHz"),
    bandHighHz: read("bandHighHz"),
    epoch: view.getBigInt64(spec.NODE_CONFIG_EPOCH, true),
    windowLimit: read("windowLimit"),
    flags: read("flags"),
    sourceName: Buffer.from(name).toString("latin1").replace(/\0+$/, ""),
  };
  checkTogether(config);
  return config;
}

/** What no single field can say. */
function checkTogether(config: NodeConfig): void {
  const { envelopeDecimation, bandLowHz, bandHighHz, sampleRateHz, geometry } = config;
  if ((envelopeDecimation & (envelopeDecimation - 1)) !== 0) {
    fail("envelopeDecimation", envelopeDecimation, "a power of two");
  }
  if (bandLowHz >= bandHighHz) fail("bandLowHz", bandLowHz, `below bandHighHz ${bandHighHz}`);
  if (bandHighHz * 2 >= sampleRateHz) {
    fail("bandHighHz", bandHighHz, `below half the sample rate ${sampleRateHz}`);
  }
  if (geometry.rollerDiameterUm >= geometry.pitchDiameterUm) {
    fail(
      "rollerDiameterUm",
      geometry.rollerDiameterUm,
      `below ${geometry.pitchDiameterUm}, the pitch`,
    );
  }
}

function checkField(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  return fail(name, value, min === max ? `${min}` : `a whole ${min} to ${max}`);
}

function fail(name: string, value: unknown, expected: string): never {
  throw new ToolError("BAD_INPUT", `node configuration: ${name} is ${value}, expected ${expected}`);
}
