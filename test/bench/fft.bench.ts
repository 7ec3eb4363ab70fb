// The core's fixed-point real FFT, scalar (node) and SIMD (gateway), against two peers.
//
// npm fft.js is JavaScript in double; pffft is Wasm SIMD in float32. All take turns round by round
// in one run, so that what else the machine does hits all alike; medians and quartiles over the
// rounds. All transform out of place: ours pays for a copy, because it works in place. pffft's
// float32 carries 24 bits and four values a vector, ours 31 bits with one exponent and two products
// a vector: it stands here as what SIMD gives to who needs less precision.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
// @ts-expect-error: the package has no types
import PFFFT from "@echogarden/pffft-wasm/simd";
import { packageRoot } from "../../host/base/package.ts";
import { compileWasm } from "../../host/build/wasm.ts";

/** One size and one contender. */
export interface Row {
  /** Real points. */
  size: number;
  name: string;
  /** Microseconds per transform: median and quartiles over the rounds. */
  medianUs: number;
  lowUs: number;
  highUs: number;
  /** Median time over our SIMD form's at the same size; above 1: slower than ours. */
  ratio: number;
  /** The same over our scalar form's. */
  scalarRatio: number;
}

interface Contender {
  name: string;
  /** Runs that many transforms of the size it was made for. */
  run(times: number): void;
}

type Maker = (size: number, signal: Float64Array) => Contender;

interface FftJs {
  createComplexArray(): number[];
  realTransform(output: number[], input: number[]): void;
}

interface Pffft {
  HEAPF32: Float32Array;
  _pffft_new_setup(size: number, kind: number): number;
  _pffft_aligned_malloc(bytes: number): number;
  _pffft_transform_ordered(
    setup: number,
    from: number,
    to: number,
    work: number,
    way: number,
  ): void;
}

const SIZES = [512, 1024, 2048];
const ROUNDS = 31;
const ROUND_MS = 4;
const SOURCE = 1 << 20;
const WORK = SOURCE + (1 << 16);
/** Linear memory of ours, in 64 KiB. */
const PAGES = 64;

/** Our form for one target: the node's is scalar, the gateway's SIMD. */
async function ours(name: string, target: "node" | "gateway"): Promise<Maker> {
  const output = join(packageRoot, `build/bench/fft-${target}.wasm`);
  const entry = join(packageRoot, "test/core/dsp/fft-loop.ts");
  await compileWasm({ entry, target, output, pages: PAGES });
  const imported = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
  const fault = () => {
    throw new Error("the core reported a fault");
  };
  const { instance } = await WebAssembly.instantiate(readFileSync(output), {
    env: { memory: imported },
    port: { fault },
  });
  const memory = instance.exports["memory"] as WebAssembly.Memory;
  const loop = instance.exports["fftLoop"] as (
    s: number,
    w: number,
    n: number,
    k: number,
  ) => number;
  return (size, signal) => ({
    name,
    run(times) {
      new Int32Array(memory.buffer, SOURCE, size).set(signal);
      loop(SOURCE, WORK, size, times);
    },
  });
}

function fftJs(size: number, signal: Float64Array): Contender {
  const FFT = createRequire(import.meta.url)("fft.js") as new (size: number) => FftJs;
  const fft = new FFT(size);
  const output = fft.createComplexArray();
  const input = Array.from(signal);
  return {
    name: "fft.js f64",
    run(times) {
      for (let i = 0; i < times; i++) fft.realTransform(output, input);
    },
  };
}

function pffft(library: Pffft, size: number, signal: Float64Array): Contender {
  const setup = library._pffft_new_setup(size, 0);
  const input = library._pffft_aligned_malloc(size * 4);
  const output = library._pffft_aligned_malloc(size * 4);
  const work = library._pffft_aligned_malloc(size * 4);
  library.HEAPF32.set(signal, input >> 2);
  return {
    name: "pffft SIMD f32",
    run(times) {
      for (let i = 0; i < times; i++) {
        library._pffft_transform_ordered(setup, input, output, work, 0);
      }
    },
  };
}

/** A repeatable signal: two tones and noise, full scale of i16. */
function signalOf(size: number): Float64Array {
  let seed = 1;
  return Float64Array.from({ length: size }, (_, i) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    const tones = 15000 * Math.sin(i * 0.37) + 9000 * Math.sin(i * 1.9);
    return Math.round(tones + (seed / 2 ** 31) * 6000);
  });
}

function timeUs(contender: Contender, times: number): number {
  const start = performance.now();
  contender.run(times);
  return ((performance.now() - start) * 1000) / times;
}

function quantile(sorted: number[], part: number): number {
  return sorted[Math.round((sorted.length - 1) * part)] ?? Number.NaN;
}

/** Measures all sizes and prints one line each; the rows come back for the report. */
export async function benchFft(): Promise<Row[]> {
  const simd = await ours("latchwork SIMD i32", "gateway");
  const scalar = await ours("latchwork i32", "node");
  const library = (await PFFFT()) as Pffft;
  const rows: Row[] = [];
  for (const size of SIZES) {
    const signal = signalOf(size);
    const contenders = [
      simd(size, signal),
      scalar(size, signal),
      fftJs(size, signal),
      pffft(library, size, signal),
    ];
    for (const contender of contenders) contender.run(2000); // into the optimising compilers
    const times = contenders.map((c) => Math.ceil((ROUND_MS * 1000) / timeUs(c, 200)));
    const samples: number[][] = contenders.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      contenders.forEach((contender, i) => {
        samples[i]!.push(timeUs(contender, times[i]!));
      });
    }
    for (const list of samples) list.sort((a, b) => a - b);
    const medians = samples.map((list) => quantile(list, 0.5));
    contenders.forEach(({ name }, i) => {
      const list = samples[i]!;
      const medianUs = medians[i]!;
      const ratio = medianUs / medians[0]!;
      const scalarRatio = medianUs / medians[1]!;
      const lowUs = quantile(list, 0.25);
      const highUs = quantile(list, 0.75);
      rows.push({ size, name, medianUs, lowUs, highUs, ratio, scalarRatio });
    });
  }
  printRows(rows);
  return rows;
}

function printRows(rows: Row[]): void {
  console.log(
    "real FFT, microseconds: median (quartiles), and time relative to our SIMD and scalar form",
  );
  for (const row of rows) {
    const spread = `(${row.lowUs.toFixed(2)}-${row.highUs.toFixed(2)})`;
    console.log(
      `${String(row.size).padStart(5)}  ${row.name.padEnd(18)} ${row.medianUs.toFixed(2).padStart(7)} ` +
        `${spread.padEnd(15)} x ${row.ratio.toFixed(2)}  x ${row.scalarRatio.toFixed(2)}`,
    );
  }
  console.log(
    "pffft computes in float32 (24 bits), fft.js in float64, ours in i32 with one exponent",
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await benchFft();
