// Threads terminated in the middle of what they do, at a random shared access, many times.
//
// The others are at work in the same map and go on; none waits. Then another agent takes over. One
// map lives through all rounds, so what a death costs adds up and is seen.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { MapClient, newMap, randomFrom } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { type Part, ThreadPool } from "./thread-pool.ts";
import { validateMap } from "./validate-map.ts";

const THREADS = 4;
const ROUNDS = 14;
const KEYS = 48;
/** A value of 244 bytes, an entry, its key, a bucket, and the free granules of a bitmap word. */
const LEAK_MAX = 272 + 16 + 32 + 512 + 512;
/** What a promotion drops is its own loss if it dies: as many entries as a bucket has here. */
const DROPPED_MAX = 8 * (272 + 16 + 32);

let program: CoreProgram;
let pool: ThreadPool;
before(async () => {
  program = await loadProgram({ defines: ["MAP_HOOKS"] });
  pool = await ThreadPool.open(program, THREADS);
});
after(() => pool.close());

/** Clears, and all but the dead agent give all back; what stays taken. */
function leaked(map: MapClient, dead: number, limit: number): number {
  map.clear();
  for (let round = 0; round < 2; round++) {
    for (let agent = 0; agent <= THREADS; agent++) {
      if (agent !== dead) program.core.mapReclaim(map.map, agent);
    }
  }
  const report = validateMap(program.memory, map.map, { leakLimit: limit });
  assert.deepEqual([report.present, report.retired], [0, 0]);
  return report.leaked;
}

for (const seed of [1, 2]) {
  it(`goes on and loses no more than it says a death: ${ROUNDS} rounds, seed ${seed}`, async (t) => {
    newMap(program, { arenaSize: 1 << 19, migrateChunk: 1, chainMax: 3, agents: THREADS + 1 });
    const map = new MapClient(program.core, program.memory, 0);
    const random = randomFrom(seed * 7919);
    let deaths = 0;
    let most = 0;
    let before = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const victim = random(THREADS);
      const diesAt = 1 + random(round % 2 ? 400 : 40_000);
      const parts = Array.from({ length: THREADS }, (_, n): Part => {
        const keys = KEYS;
        const write: Part = {
          role: "write",
          with: { keys, count: 4000, seed: 1 + random(1 << 30) },
        };
        const read: Part = { role: "read", with: { keys }, isBackground: true };
        if (n === victim) {
          const part = random(4) === 0 ? read : { ...write, isBackground: true };
          return { ...part, diesAt };
        }
        return n === (victim + 1) % THREADS ? read : write;
      });
      const answers = await pool.play<number | null>(...parts);
      const hasDied = answers[victim] === undefined;
      assert.ok((answers[(victim + 1) % THREADS] as number) > 0);
      if (hasDied) deaths++;
      assert.equal(program.core.mapRecover(map.map, 0, victim + 1), spec.STATUS_OK);
      validateMap(program.memory, map.map, { leakLimit: 1 << 18 });
      const now = leaked(map, victim + 1, before + LEAK_MAX + DROPPED_MAX);
      most = Math.max(most, now - before);
      before = now;
    }
    t.diagnostic(`${deaths} deaths, ${before} bytes lost, at most ${most} at once`);
    assert.ok(deaths > ROUNDS / 3, `${deaths} deaths`);
  });
}
