// Seeded randomness for everything that is simulated: xoshiro128** (Blackman and Vigna, 2018),
// seeded by SplitMix32.
//
// One seed gives one sequence on every machine. Never for keys or nonces.
import { assert } from "./error.ts";

const UINT32_RANGE = 2 ** 32;

export class Random {
  readonly #state = new Uint32Array(4);

  /** `seed`: 0 to 2^32 - 1; the same seed gives the same sequence. */
  constructor(seed: number) {
    let mix = seed >>> 0;
    for (let i = 0; i < 4; i++) {
      mix = (mix + 0x9e3779b9) >>> 0;
      let z = mix;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      this.#state[i] = (z ^ (z >>> 16)) >>> 0;
    }
  }

  /** Uniform in 0 to 2^32 - 1. */
  uint32(): number {
    const s = this.#state as Uint32Array & [number, number, number, number];
    const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11);
    return result;
  }

  /** Uniform in [0, 1), 32 bits of it. */
  float(): number {
    return this.uint32() / UINT32_RANGE;
  }

  /**
   * Uniform in 0 to n - 1; n is 1 to 2^32. Without bias: values in the last partial range are drawn
   * again.
   */
  below(n: number): number {
    assert(Number.isInteger(n) && n >= 1 && n <= UINT32_RANGE, `below(${n}): expected 1 to 2^32`);
    const limit = UINT32_RANGE - (UINT32_RANGE % n);
    for (;;) {
      const value = this.uint32();
      if (value < limit) return value % n;
    }
  }

  /**
   * A generator of its own, seeded by this one's next value; for parts that must not disturb each
   * other.
   */
  split(): Random {
    return new Random(this.uint32());
  }
}

function rotl(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}
