// An agent that only loads promotes too, and gives back what its promotions retired.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as spec from "../../../host/base/spec.ts";
import { MapClient, newMap, randomFrom } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { validateMap } from "./validate-map.ts";

const KEYS = 40;
const ARENA_SIZE = 32 * 1024;
const ROUNDS = 4_000;
const SEED = 0x51a7;
/** Three epochs of RETIRE_BATCH blocks and what one promotion retires at once, with room. */
const RETIRED_MAX = 8 * 1024;

let program: CoreProgram;
before(async () => {
  program = await loadProgram();
});

test("a reader's promotions do not fill the arena, however long it reads", () => {
  const map = newMap(program, { capacity: KEYS, arenaSize: ARENA_SIZE, agents: 2 });
  const [writer, reader] = [0, 1].map(
    (agent) => new MapClient(program.core, program.memory, agent),
  ) as [MapClient, MapClient];
  const random = randomFrom(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    const key = BigInt(random(KEYS));
    const where = `seed ${SEED}, round ${round}`;
    if (random(2) === 0) assert.equal(writer.store(key, `value ${key}`), spec.STATUS_OK, where);
    else writer.delete(key);
    for (let i = 0; i < 3; i++) {
      const wanted = BigInt(random(KEYS));
      const found = reader.load(wanted);
      assert.ok(found === undefined || found === `value ${wanted}`, where);
    }
    const retired = reader.own(spec.MAP_AGENT_UNRECLAIMED);
    assert.ok(retired <= RETIRED_MAX, `${retired} bytes wait for the reader; ${where}`);
  }
  assert.ok(reader.own(spec.MAP_AGENT_PROMOTIONS) > ROUNDS / 100, "the reader has promoted");
  validateMap(program.memory, map);
});
