// The heap profile tells the truth: it adds up to the region, and pprof reads it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run } from "../../../host/base/process.ts";
import * as spec from "../../../host/base/spec.ts";
import { type Census, findMaps, type State, takeCensus } from "../../../host/evidence/census.ts";
import { encodeHeap, type KeyForm, sumByState } from "../../../host/evidence/heap-profile.ts";
import { censusOfMemory } from "../../../host/evidence/shared-map.ts";
import { type Key, MapClient, newMap, randomFrom } from "../core/map-client.ts";
import { type CoreProgram, loadProgram } from "../core/program.ts";
import { validateMap } from "../core/validate-map.ts";

let program: CoreProgram;
let folder = "";
before(async () => {
  program = await loadProgram();
  folder = mkdtempSync(join(tmpdir(), "latch-heap-"));
});
after(() => rmSync(folder, { recursive: true }));

const client = (agent: number) => new MapClient(program.core, program.memory, agent);
const field = (publisher: bigint, writer: bigint, index: bigint) =>
  (publisher << 32n) | (writer << 16n) | index;

function census(map: number): Census {
  const taken = censusOfMemory(program.memory.buffer, map);
  assert.equal(sum(taken), taken.size, "the holdings add up to the region");
  return taken;
}

function sum(taken: Census, ...states: State[]): number {
  return taken.holdings
    .filter(({ state }) => states.length === 0 || states.includes(state))
    .reduce((bytes, holding) => bytes + holding.bytes, 0);
}

function entries(taken: Census, state: State): number {
  return taken.holdings.filter((holding) => holding.state === state && holding.part === "entry")
    .length;
}

function profile(taken: Census, keys: KeyForm = "plain"): Uint8Array {
  return encodeHeap([{ ...taken, name: "map" }], keys, 0);
}

test("agrees with the validator after any churn, with cuts held and clears", () => {
  const map = newMap(program, { capacity: 64, arenaSize: 1 << 17, agents: 4 });
  const clients = [0, 1, 2].map(client);
  const holder = client(3);
  const seed = 0xe41d;
  const random = randomFrom(seed);
  let isHeld = false;
  const seen = new Set<State>();
  for (let round = 0; round < 6000; round++) {
    const own = clients[random(3)] as MapClient;
    const number = random(200);
    const key: Key = number < 100 ? BigInt(number) : `sensor/${number}`;
    if (random(5) < 3) own.store(key, "x".repeat(8 + random(120)));
    else own.delete(key);
    if (random(400) === 0) own.clear();
    if (random(100) === 0) {
      if (isHeld) holder.endCut();
      else holder.takeCut();
      isHeld = !isHeld;
    }
    if (round % 60 !== 0) continue;
    const report = validateMap(program.memory, map, { pinned: isHeld ? [3] : [] });
    const taken = census(map);
    const where = `seed ${seed}, round ${round}`;
    assert.ok(taken.isExact, where);
    assert.equal(entries(taken, "ready"), report.present, where);
    assert.equal(entries(taken, "cleared"), report.cleared, where);
    assert.equal(entries(taken, "deleted"), report.deleted, where);
    assert.equal(sum(taken, "writing"), 0, `nobody is writing; ${where}`);
    const unused = sum(taken, "free", "claimed", "header");
    assert.equal(taken.size - unused, holder.arenaUsed, where);
    for (const { state } of taken.holdings) seen.add(state);
  }
  for (const state of ["ready", "deleted", "expunged", "replaced", "free", "claimed"] as const) {
    assert.ok(seen.has(state), `${state} was met`);
  }
  assert.ok(seen.has("read bucket") && seen.has("retired bucket"));
  if (isHeld) holder.endCut();
});

test("tells a cleared entry that is not yet swept from one that is there", () => {
  const map = newMap(program, { agents: 1 });
  client(0).store(1n, "once upon a time");
  const view = new DataView(program.memory.buffer);
  // What a clear that was interrupted behind its first step leaves: a floor above the stamp.
  view.setUint32(map + spec.MAP_FLOOR, view.getUint32(map + spec.MAP_CLOCK, true) >>> 1, true);
  const taken = census(map);
  assert.deepEqual([entries(taken, "ready"), entries(taken, "cleared")], [0, 1]);
});

test("shows deleted entries while a cut sees them, and no more once they are reclaimed", () => {
  const map = newMap(program, { agents: 2 });
  const [writer, reader] = [client(0), client(1)];
  const keys = Array.from({ length: 20 }, (_, i) => field(7n, 3n, BigInt(i)));
  for (const key of keys) writer.store(key, "y".repeat(40));
  reader.takeCut();
  for (const key of keys) assert.ok(writer.delete(key));
  writer.reclaim();
  const held = census(map);
  assert.equal(entries(held, "deleted"), keys.length);
  assert.equal(sum(held, "ready"), 0);
  // Each: an entry, and a value of 40 bytes with its header.
  assert.equal(sum(held, "deleted"), keys.length * (16 + 64));
  const labelled = sumByState(profile(held)).find(({ state }) => state === "deleted");
  assert.deepEqual(labelled, { state: "deleted", objects: 40, bytes: keys.length * 80 });

  reader.endCut();
  const ended = census(map);
  assert.equal(sum(ended, "deleted", "expunged"), keys.length * 80, "given up, not yet reclaimed");
  for (let i = 0; i < 3; i++) writer.reclaim();
  const reclaimed = census(map);
  assert.equal(sum(reclaimed, "deleted", "expunged", "replaced", "retired bucket"), 0);
  assert.deepEqual(
    sumByState(profile(reclaimed)).map(({ state }) => state),
    ["free", "header"],
  );
});

test("a value that is being written is taken and belongs to nothing yet", () => {
  const map = newMap(program, { agents: 2 });
  client(0).store(1n, "z".repeat(16));
  // A granule that is taken and nowhere else: as a writer has it before it publishes, or died.
  const view = new DataView(program.memory.buffer);
  const words = view.getUint32(map + spec.MAP_BITMAP_WORDS, true);
  const last = view.getUint32(map + spec.MAP_BITMAP, true) + 4 * (words - 1);
  assert.equal(view.getUint32(last, true), 0);
  view.setUint32(last, 0x80000000, true);
  assert.equal(sum(census(map), "writing"), spec.MAP_VALUE_GRANULE_SIZE);
});

test("no word of a region can make the census wrong in its sum, or endless", () => {
  const map = newMap(program, { capacity: 8, arenaSize: 4096, agents: 2 });
  const [writer, reader] = [client(0), client(1)];
  for (let i = 0; i < 12; i++) writer.store(i % 2 ? BigInt(i) : `key:${i}`, "w".repeat(8 + i));
  reader.takeCut();
  for (let i = 0; i < 6; i++) writer.delete(i % 2 ? BigInt(i) : `key:${i}`);
  for (let i = 6; i < 12; i++) writer.store(i % 2 ? BigInt(i) : `key:${i}`, "v".repeat(8 + i));
  const size = writer.header(spec.MAP_SIZE);
  const sound = new Uint8Array(program.memory.buffer, map, size).slice();
  let taken = 0;
  let refused = 0;
  for (let at = 0; at < size; at += 4) {
    const near = new DataView(sound.buffer).getUint32(at, true) + 16;
    for (const value of [0, 0xffffffff, near >>> 0, map + size - 4, 1]) {
      const region = sound.slice();
      new DataView(region.buffer).setUint32(at, value, true);
      try {
        assert.equal(sum(takeCensus(region)), size, `word ${at} = ${value}`);
        taken++;
      } catch (error) {
        assert.equal((error as { code?: string }).code, "BAD_INPUT", `word ${at} = ${value}`);
        refused++;
      }
    }
  }
  assert.ok(taken > size && refused > 20, `${taken} taken, ${refused} refused`);
  reader.endCut();
});

test("finds each map of a memory, and refuses bytes without one", () => {
  const map = newMap(program, {});
  client(0).store(5n, "five five");
  const all = findMaps(new Uint8Array(program.memory.buffer), "memory");
  assert.deepEqual(
    all.map((region) => takeCensus(region).map),
    [map],
  );
  for (const bytes of [new Uint8Array(0), new Uint8Array(4096)]) {
    assert.throws(() => findMaps(bytes, "x.bin"), /x\.bin: \d+ bytes without an entry map/);
  }
});

const noGo = await run("go", ["version"]).then(
  () => false,
  () => "go is not here; it comes with Debian's golang-go",
);
test("go tool pprof lists states by bytes and by objects, and keys", { skip: noGo }, async () => {
  const map = newMap(program, { agents: 2 });
  const writer = client(0);
  for (let i = 0n; i < 10n; i++) writer.store(field(3n, 2n, i), "a".repeat(100));
  for (let i = 0n; i < 5n; i++) writer.store(field(4n, 1n, i), "b".repeat(100));
  writer.store("line/7", "c".repeat(8));
  const taken = census(map);
  const path = join(folder, "heap.pb.gz");
  writeFileSync(path, profile(taken, "fields"));
  const bytes = await top(path, "bytes");
  assert.equal(bytes.get("ready")?.flat, sum(taken, "ready"));
  assert.equal(bytes.get("free")?.flat, sum(taken, "free"));
  assert.equal(bytes.get("map")?.cum, taken.size);
  assert.equal(bytes.get("publisherId 3")?.cum, 10 * (16 + 128));
  assert.equal(bytes.get("publisherId 4")?.cum, 5 * (16 + 128));
  assert.equal(bytes.get("dataSetWriterId 2")?.cum, 10 * (16 + 128));
  assert.equal(bytes.get('bytes "line/"')?.cum, 16 + 32 + 16);
  const objects = await top(path, "objects");
  assert.equal(objects.get("publisherId 3")?.cum, 20, "entries and values");
  assert.equal(objects.get("ready")?.flat, 10 * 2 + 5 * 2 + 3);
});

interface Row {
  flat: number;
  cum: number;
}

/** The rows of `go tool pprof -top`, all of them, in plain numbers. */
async function top(path: string, type: string): Promise<Map<string, Row>> {
  const words = ["tool", "pprof", "-top", "-nodefraction=0", "-unit=B", `-sample_index=${type}`];
  const result = await run("go", [...words, path]);
  assert.equal(result.code, 0, result.stderr);
  const rows = [...result.stdout.matchAll(/^ *(\d+)B? +\S+ +\S+ +(\d+)B? +\S+ {2}(.*)$/gm)];
  return new Map(
    rows.map((row) => [row[3] as string, { flat: Number(row[1]), cum: Number(row[2]) }]),
  );
}
