// The signal chain as the core itself sees it; the comparison with float64 is in test/host/dsp.
import { fftReal } from "../../../assembly/dsp/fft";
import { ratioQ16, root32, root64, scaled } from "../../../assembly/dsp/root";
import { vibrationSize } from "../../../assembly/dsp/vibration";

const DATA: usize = memory.data(256, 8);

describe("fftReal", () => {
  it("gives an impulse the same value in every bin", () => {
    for (let i: usize = 0; i < 256; i += 4) store<i32>(DATA + i, 0);
    store<i32>(DATA, 1000);
    const exponent = fftReal(DATA, 64);
    const first = load<i32>(DATA);
    expect(exponent < 0).toBe(true);
    expect(first).toBe(1000 << -exponent);
    expect(load<i32>(DATA + 4)).toBe(first);
    for (let i: usize = 8; i < 256; i += 8) {
      expect(abs(load<i32>(DATA + i) - first) <= 8).toBe(true);
      expect(abs(load<i32>(DATA + i + 4)) <= 8).toBe(true);
    }
  });

  it("answers exponent 0 for silence and takes minus one for a signal", () => {
    for (let i: usize = 0; i < 256; i += 4) store<i32>(DATA + i, 0);
    expect(fftReal(DATA, 64)).toBe(0);
    for (let i: usize = 0; i < 256; i += 4) store<i32>(DATA + i, -1);
    const exponent = fftReal(DATA, 64);
    expect(exponent).not.toBe(0);
    expect(load<i32>(DATA)).toBe(exponent > 0 ? -64 >> exponent : -64 << -exponent);
  });
});

describe("roots and ratios", () => {
  it("are floors, saturate, and know zero", () => {
    expect(root32(99)).toBe(9);
    expect(root32(u32.MAX_VALUE)).toBe(65535);
    expect(root64(u64.MAX_VALUE)).toBe(u32.MAX_VALUE);
    expect(ratioQ16(3, 2)).toBe(98304);
    expect(ratioQ16(3, 0)).toBe(0);
    expect(scaled(65536, 0, 0xffff)).toBe(0xffff);
  });
});

describe("vibrationSize", () => {
  it("is a multiple of the alignment", () => {
    expect(vibrationSize() & 7).toBe(0);
  });
});
