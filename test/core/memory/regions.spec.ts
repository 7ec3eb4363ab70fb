// Regions: aligned, cleared, side by side, and refused when they do not fit.
import {
  alignUp,
  regionAllocate,
  regionsInit,
  regionsUsed,
} from "../../../assembly/memory/regions";

const area = memory.data(4096, 64);

describe("regions", () => {
  it("begin on a multiple of 8, cleared, one behind the other", () => {
    memory.fill(area, 0xff, 4096);
    regionsInit(area + 3, area + 4096);
    const first = regionAllocate(5);
    const second = regionAllocate(16);
    expect(first).toBe(alignUp(area + 3, 8));
    expect(second).toBe(first + 8);
    for (let i = 0; i < 16; i++) expect(load<u8>(second + i)).toBe(0);
    expect(load<u8>(second + 16)).toBe(0xff);
    expect(regionsUsed()).toBe(24);
  });

  it("keep a wider alignment", () => {
    regionsInit(area, area + 4096);
    regionAllocate(8);
    for (let alignment = 8; alignment <= 1024; alignment <<= 1) {
      expect(regionAllocate(8, alignment) & (alignment - 1)).toBe(0);
    }
  });

  it("fill the memory to the last byte and refuse the next", () => {
    regionsInit(area, area + 4096);
    expect(regionAllocate(4097)).toBe(0);
    expect(regionAllocate(4096)).toBe(area);
    expect(regionAllocate(1)).toBe(0);
    expect(regionsUsed()).toBe(4096);
  });

  it("refuse sizes that are none", () => {
    regionsInit(area, area + 4096);
    expect(regionAllocate(0)).toBe(0);
    expect(regionAllocate(-8)).toBe(0);
    expect(regionAllocate(i32.MAX_VALUE)).toBe(0);
    expect(regionsUsed()).toBe(0);
  });
});
