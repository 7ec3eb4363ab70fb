// What the 29 subtests of Go's concurrent hash trie prove, on 128 strings and three kinds of hash.
//
// Whole hashes, one hash for all, and hashes cut to 4 bits. On all, on one and on several keys an
// operation does its own and leaves the neighbours alone; with keys of its own a thread sees
// strictly what it did; of a mutation that all threads try, one succeeds a key.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Key, MapClient, newMap } from "./map-client.ts";
import { type CoreProgram, loadProgram } from "./program.ts";
import { type Call, runCall } from "./roles.ts";
import { ThreadPool } from "./thread-pool.ts";
import { validateMap } from "./validate-map.ts";

const KEYS = Array.from({ length: 128 }, (_, n) => `${n}`);
const THREADS = 4;

let program: CoreProgram;
let pool: ThreadPool;
before(async () => {
  program = await loadProgram();
  pool = await ThreadPool.open(program, THREADS);
});
after(() => pool.close());

type Model = Map<Key, string>;

/** What a JavaScript Map answers to a call, in the form of runCall. */
function answerOf(model: Model, [name, key = "", first = "", second = ""]: Call): unknown {
  const old = model.get(key) ?? null;
  switch (name) {
    case "load":
      return old;
    case "store":
      model.set(key, `${first}`);
      return 0;
    case "swap":
      model.set(key, `${first}`);
      return old;
    case "loadOrStore":
      if (old === null) model.set(key, `${first}`);
      return { loaded: old !== null, value: old ?? first };
    case "loadAndDelete":
      model.delete(key);
      return old;
    case "compareAndSwap":
      if (old === first) model.set(key, `${second}`);
      return old === first;
    case "compareAndDelete":
      return old === first && model.delete(key);
    default:
      throw new Error(`${name} is not in this model`);
  }
}

/** The four mutations, each as it changes "v"; `wrong` never succeeds. */
const MUTATIONS: Record<string, { right: (key: Key) => Call; wrong: (key: Key) => Call }> = {
  CompareAndDelete: {
    right: (key) => ["compareAndDelete", key, "v"],
    wrong: (key) => ["compareAndDelete", key, "V"],
  },
  CompareAndSwap: {
    right: (key) => ["compareAndSwap", key, "v", "w"],
    wrong: (key) => ["compareAndSwap", key, "V", "w"],
  },
  Swap: {
    right: (key) => ["swap", key, "w"],
    wrong: (key) => ["load", key],
  },
  LoadAndDelete: {
    right: (key) => ["loadAndDelete", key],
    wrong: (key) => ["loadAndDelete", `not ${key}`],
  },
};

class Trial {
  readonly map: MapClient;
  readonly model: Model = new Map();

  constructor(hashMask: number) {
    newMap(program, { hashMask, migrateChunk: 1, chainMax: 4, capacity: 2048, arenaSize: 1 << 20 });
    this.map = new MapClient(program.core, program.memory, 0);
  }

  /** Both do it, and answer the same. */
  do(call: Call): void {
    assert.deepEqual(runCall(this.map, call), answerOf(this.model, call), call.join(" "));
  }

  fill(): void {
    for (const key of KEYS) this.do(["loadOrStore", key, "v"]);
  }

  expectSame(): void {
    for (const key of KEYS) this.do(["load", key]);
    assert.deepEqual(this.map.entries(), this.model);
    assert.equal(this.map.length, this.model.size);
    validateMap(program.memory, this.map.map);
  }

  /** Threads run their own calls on their own keys: the answers are those of the model. */
  async unshared(callsOf: (key: Key) => Call[]): Promise<void> {
    const scripts = Array.from({ length: THREADS }, (_, thread) =>
      KEYS.flatMap((key) => callsOf(`${key}-${thread}`)),
    );
    const answers = await pool.play<unknown[]>(
      ...scripts.map((calls) => ({ role: "calls", with: { calls } }) as const),
    );
    scripts.forEach((calls, thread) => {
      calls.forEach((call, n) => {
        assert.deepEqual(answers[thread]?.[n], answerOf(this.model, call), call.join(" "));
      });
    });
    this.expectSame();
  }

  /** All threads try the mutation on all keys; what each of them was answered, key by key. */
  async shared(call: (key: Key, thread: number) => Call): Promise<unknown[][]> {
    this.fill();
    const answers = await pool.play<unknown[]>(
      ...Array.from({ length: THREADS }, (_, thread) => {
        const calls = KEYS.map((key) => call(key, thread));
        return { role: "calls", with: { calls } } as const;
      }),
    );
    validateMap(program.memory, this.map.map);
    return KEYS.map((_, n) => answers.map((own) => own[n]));
  }
}

const HASHES: [string, number][] = [
  ["whole hashes", 0xffffffff],
  ["one hash for all", 0],
  ["hashes of 4 bits", 15],
];

for (const [what, hashMask] of HASHES) {
  describe(`a map with ${what}`, () => {
    let trial: Trial;
    beforeEach(() => {
      trial = new Trial(hashMask);
    });

    it("loads nothing while it is empty", () => trial.expectSame());

    it("stores with LoadOrStore and loads from then on", () => {
      for (const key of KEYS) {
        trial.do(["load", key]);
        trial.do(["loadOrStore", key, `v${key}`]);
        trial.do(["loadOrStore", key, "another"]);
        trial.do(["load", key]);
      }
      trial.expectSame();
    });

    it("shows all in a walk, and as many as it was asked for if that stops early", () => {
      trial.fill();
      trial.expectSame();
      let left = 5;
      for (const [key] of trial.map.walk()) if (trial.model.has(key) && --left === 0) break;
      assert.equal(left, 0);
      trial.expectSame();
    });

    it("is empty after a clear and takes all again", () => {
      trial.fill();
      trial.map.clear();
      trial.model.clear();
      trial.expectSame();
      trial.fill();
      trial.expectSame();
    });

    it("keeps nothing of what threads clear, and all that they store after that", async () => {
      trial.fill();
      const clear = { role: "calls", with: { calls: [["clear"]] as Call[], rounds: 20 } } as const;
      await pool.play(clear, clear, clear, clear);
      trial.model.clear();
      trial.expectSame();
      await trial.unshared((key) => [
        ["loadOrStore", key, "v"],
        ["load", key],
      ]);
    });

    for (const [name, { right, wrong }] of Object.entries(MUTATIONS)) {
      mutationTests(name, right, wrong, () => trial);
    }
  });
}

function mutationTests(
  name: string,
  right: (key: Key) => Call,
  wrong: (key: Key) => Call,
  trial: () => Trial,
): void {
  const mutate = (keys: Key[]) => {
    trial().fill();
    for (const key of keys) {
      for (const call of [wrong(key), right(key), right(key), wrong(key)]) trial().do(call);
    }
    trial().expectSame();
  };

  it(`${name} does its own on all keys, and again when all are back`, () => {
    for (let round = 0; round < 3; round++) mutate(KEYS);
  });

  it(`${name} on one key leaves all others`, () => {
    for (const key of ["0", "15", "127"]) mutate([key]);
  });

  it(`${name} on several keys leaves all others`, () => {
    mutate(KEYS.filter((_, n) => n % 9 === 4));
  });

  it(`${name} answers each thread as if it were alone with its own keys`, () =>
    trial().unshared((key) => [
      wrong(key),
      ["loadOrStore", key, "v"],
      wrong(key),
      right(key),
      right(key),
      ["load", key],
      ["store", key, "v"],
      right(key),
    ]));

  if (name.endsWith("Delete")) {
    it(`${name} takes out every key while a walk shows it`, () => {
      trial().fill();
      let seen = 0;
      for (const [key] of trial().map.walk()) {
        trial().do(right(key));
        seen++;
      }
      assert.equal(seen, KEYS.length);
      assert.equal(trial().model.size, 0);
      trial().expectSame();
    });
  } else {
    it(`${name} answers each thread as if it were alone, with deletions in between`, () =>
      trial().unshared((key) => [
        ["store", key, "v"],
        right(key),
        ["loadAndDelete", key],
        right(key),
        ["loadAndDelete", key],
        ["loadOrStore", key, "v"],
        right(key),
        ["compareAndDelete", key, "w"],
      ]));
  }

  it(`${name} succeeds once a key when all threads try it on the same`, async () => {
    for (let round = 0; round < 8; round++) {
      const byKey = await trial().shared((key, thread) =>
        name === "Swap" ? ["swap", key, `${thread}`] : right(key),
      );
      KEYS.forEach((key, n) => {
        const answers = byKey[n] ?? [];
        if (name !== "Swap") {
          const done = answers.filter((answer) => answer === true || answer === "v");
          assert.equal(done.length, 1, JSON.stringify(answers));
          answerOf(trial().model, right(key));
          return;
        }
        // Each value is handed out once: a chain from "v" to what is there now.
        const now = trial().map.load(key) as string;
        assert.deepEqual([...answers, now].sort(), ["0", "1", "2", "3", "v"]);
        trial().model.set(key, now);
      });
      trial().expectSame();
      for (const key of KEYS) trial().do(["loadAndDelete", key]);
    }
  });
}
