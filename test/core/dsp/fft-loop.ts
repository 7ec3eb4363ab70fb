// The loop of test/bench/fft.bench.ts, so that no call from JavaScript is measured.
import { fftReal } from "../../../assembly/dsp/fft";

/**
 * Copies `size` i32 from `source` to `work` and transforms them there, `times` times; the last
 * exponent.
 */
export function fftLoop(source: usize, work: usize, size: i32, times: i32): i32 {
  let exponent = 0;
  for (let i = 0; i < times; i++) {
    for (let p: usize = 0; p < (<usize>size) << 2; p += 8)
      store<i64>(work + p, load<i64>(source + p));
    exponent = fftReal(work, size);
  }
  return exponent;
}
