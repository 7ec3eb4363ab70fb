// Loops in JavaScript: a thread's own Map, and our map called from JavaScript.
import type { Loops } from "./agents.ts";

const KEY_BASE = 1 << 20;

export type Script = (...args: never[]) => number | number[] | Promise<number | number[]>;

/** The loops of one thread by name. */
export function loopsOf(_core: Loops, _memory: WebAssembly.Memory): Record<string, Script> {
  const own = new Map<number, Float64Array>();
  return {
    mapFill(count: number): number {
      for (let i = 0; i < count; i++) own.set(KEY_BASE + i, new Float64Array(8).fill(i));
      return own.size;
    },

    mapLoads(mask: number, count: number, seed: number): number {
      let x = seed | 0;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        x = next(x);
        const value = own.get(KEY_BASE + (x & mask));
        if (value !== undefined) sum += value[0]!;
      }
      return sum;
    },
  };
}

/** xorshift32, as in test/core/map/loops.ts. */
export function next(x: number): number {
  let y = x;
  y ^= y << 13;
  y ^= y >>> 17;
  return y ^ (y << 5);
}
