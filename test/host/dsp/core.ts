// The signal chain of the core, compiled for the tests, with typed views on its memory.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../host/base/package.ts";
import * as spec from "../../../host/base/spec.ts";
import { compileWasm, type WasmTarget } from "../../../host/build/wasm.ts";

/** Exports of test/core/dsp/entry.ts; addresses and i32 are numbers, i64 are bigints. */
export interface DspExports {
  memory: WebAssembly.Memory;
  bandInit(state: number, low: number, high: number, rate: number): void;
  bandSettle(state: number, sample: number): void;
  bandEnvelope(state: number, samples: number, count: number, output: number, log2: number): void;
  bearing(feature: number, config: number): number;
  fftReal(data: number, size: number): number;
  hann(data: number, shift: number): void;
  median(lines: number, low: number, high: number, scratch: number): number;
  peakQ16(lines: number, at: number): number;
  root32(n: number): number;
  root64(n: bigint): number;
  root64Short(n: bigint): number;
  scaled(value: number, shift: number, most: number): number;
  statistics(feature: number, samples: number): number;
  vibrationSize(): number;
  vibrationInit(state: number, config: number): number;
  vibrationWindow(state: number, samples: number): number;
  vibrationFeatures(state: number): number;
  vibrationSpectrum(state: number): number;
  vibrationEnvelope(state: number): number;
}

/** Places in the linear memory, past the static data. */
export const CONFIG = 1 << 16;
export const SAMPLES = CONFIG + 4096;
export const FEATURE = SAMPLES + 4096;
export const DATA = FEATURE + 4096;
export const STATE = DATA + (1 << 16);
/** Linear memory, in 64 KiB. */
const PAGES = 64;

/**
 * Compiles and instantiates; `name` keeps test files that run at the same time apart. Target
 * test is scalar like a node, target gateway has SIMD.
 */
export async function loadDsp(name: string, target: WasmTarget = "test"): Promise<DspExports> {
  const output = join(packageRoot, `build/test/dsp-${name}.wasm`);
  const entry = join(packageRoot, "test/core/dsp/entry.ts");
  await compileWasm({ entry, target, output, pages: PAGES });
  const fault = (kind: number, _file: number, line: number) => {
    throw new Error(`fault ${kind} at line ${line}`);
  };
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
  const imports = { env: { memory }, port: { fault } };
  const { instance } = await WebAssembly.instantiate(readFileSync(output), imports);
  return instance.exports as unknown as DspExports;
}

/**
 * CWRU's drive-end bearing (6205-2RS) at 1797 rpm and 12 kHz, as offsets and values of
 * NODE_CONFIG.
 */
export function cwruConfig(): Map<number, number> {
  return new Map([
    [spec.NODE_CONFIG_SIZE, spec.NODE_CONFIG_VALUE_SIZE],
    [spec.NODE_CONFIG_VERSION, spec.NODE_CONFIG_VALUE_VERSION],
    [spec.NODE_CONFIG_SAMPLE_RATE_HZ, 12_000],
    [spec.NODE_CONFIG_SHAFT_MILLI_HZ, 29_950],
    [spec.NODE_CONFIG_ROLLER_COUNT, 9],
    [spec.NODE_CONFIG_ROLLER_DIAMETER_UM, 7_940],
    [spec.NODE_CONFIG_PITCH_DIAMETER_UM, 39_040],
    [spec.NODE_CONFIG_CONTACT_COS_Q30, 2 ** 30],
    [spec.NODE_CONFIG_ENVELOPE_DECIMATION, 8],
    [spec.NODE_CONFIG_BAND_LOW_HZ, 2_000],
    [spec.NODE_CONFIG_BAND_HIGH_HZ, 4_500],
  ]);
}

/** Writes the record and initialises the state; the status. */
export function init(dsp: DspExports, config: Map<number, number>): number {
  const record = new DataView(dsp.memory.buffer, CONFIG, spec.NODE_CONFIG_VALUE_SIZE);
  for (let i = 0; i < spec.NODE_CONFIG_VALUE_SIZE; i += 4) record.setUint32(i, 0, true);
  for (const [offset, value] of config) record.setUint32(offset, value, true);
  return dsp.vibrationInit(STATE, CONFIG);
}

/** Hands one window over; the answer of vibrationWindow. */
export function push(dsp: DspExports, window: ArrayLike<number>): number {
  new Int16Array(dsp.memory.buffer, SAMPLES, spec.LIMIT_WINDOW_SIZE).set(window);
  return dsp.vibrationWindow(STATE, SAMPLES);
}

/** A word of the feature record, unsigned. */
export function feature(dsp: DspExports, offset: number): number {
  return new DataView(dsp.memory.buffer).getUint32(dsp.vibrationFeatures(STATE) + offset, true);
}

/**
 * Seeded noise, -1 to 1 (exclusive), from a 32-bit linear congruential generator: the same
 * everywhere.
 */
export function noise(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

/** A recording of CWRU as raw counts, or undefined where the recordings are not at hand. */
export function recording(name: string): Int16Array | undefined {
  const folder = process.env["LATCH_DATA"] ?? join(packageRoot, "../shared/data");
  const file = join(folder, "cwru", `${name}.i16le`);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(i * 2));
}
