// Seeded randomness: the published sequence, no bias, and streams that do not disturb each other.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Random } from "../../../host/base/random.ts";

const MASK = 0xffffffffn;

/** xoshiro128** in big integers, from its authors' C (prng.di.unimi.it/xoshiro128starstar.c). */
function* xoshiro(state: bigint[]): Generator<bigint> {
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & MASK;
  let [s0, s1, s2, s3] = state as [bigint, bigint, bigint, bigint];
  for (;;) {
    yield (rotl((s1 * 5n) & MASK, 7n) * 9n) & MASK;
    const t = (s1 << 9n) & MASK;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = rotl(s3, 11n);
  }
}

/** Four words of SplitMix32. */
function seeded(seed: bigint): bigint[] {
  return [1n, 2n, 3n, 4n].map((i) => {
    let z = (seed + i * 0x9e3779b9n) & MASK;
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & MASK;
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & MASK;
    return z ^ (z >> 16n);
  });
}

describe("random", () => {
  test("the reference gives the published first values of state 1, 2, 3, 4", () => {
    const values = xoshiro([1n, 2n, 3n, 4n]);
    const first = [1, 2, 3, 4].map(() => values.next().value);
    assert.deepEqual(first, [11520n, 0n, 5927040n, 70819200n]);
  });

  test("agrees with the reference for small and large seeds", () => {
    for (const seed of [0, 1, 42, 0x7fffffff, 0x80000000, 0xffffffff]) {
      const random = new Random(seed);
      const values = xoshiro(seeded(BigInt(seed)));
      for (let i = 0; i < 1000; i++) assert.equal(BigInt(random.uint32()), values.next().value);
    }
  });

  test("below(n) reaches every value about equally often", () => {
    const random = new Random(3);
    for (const n of [1, 2, 3, 10]) {
      const counts = new Array<number>(n).fill(0);
      for (let i = 0; i < 10_000; i++) counts[random.below(n)]!++;
      for (const count of counts) assert.ok(Math.abs(count - 10_000 / n) < 300, `${n}: ${counts}`);
    }
  });

  test("below(n) of a range that is none is a bug of the caller", () => {
    for (const n of [0, -1, 1.5, Number.NaN, 2 ** 33]) {
      assert.throws(() => new Random(1).below(n), /expected 1 to 2\^32/);
    }
  });

  test("float lies in [0, 1) and a split stream does not follow its parent", () => {
    const random = new Random(5);
    const child = random.split();
    const values = Array.from({ length: 1000 }, () => [random.float(), child.float()]).flat();
    assert.ok(values.every((value) => value >= 0 && value < 1));
    assert.equal(new Set(values).size, values.length);
  });
});
