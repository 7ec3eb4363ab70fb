// Small programs of two and three agents, each about one thing that can go wrong.
import assert from "node:assert/strict";
import { randomFrom } from "../core/map-client.ts";
import type { Program } from "./coroutines.ts";
import { operationsOn } from "./injection.ts";
import { type Keys, PUBLISHED, SHAPES, type Shape, shapeNamed } from "./shapes.ts";
import type { Operation } from "./world.ts";

type Make = (keys: Keys) => Operation[][];

const store = (key: bigint, value: number): Operation => ({ kind: "store", key, value });
const load = (key: bigint): Operation => ({ kind: "load", key });
const swap = (key: bigint, value: number): Operation => ({ kind: "swap", key, value });
const remove = (key: bigint): Operation => ({ kind: "delete", key });
const take = (key: bigint): Operation => ({ kind: "loadAndDelete", key });
const loadOrStore = (key: bigint, value: number): Operation => ({
  ...{ kind: "loadOrStore", key, value },
});
const exchange = (key: bigint, old: number, value: number): Operation => ({
  ...{ kind: "compareAndSwap", key, old, value },
});
const removeIf = (key: bigint, old: number): Operation => ({
  ...{ kind: "compareAndDelete", key, old },
});
const range: Operation = { kind: "range" };
const clear: Operation = { kind: "clear" };
const reclaim: Operation = { kind: "reclaim" };
const cut: Operation[] = [{ kind: "cut" }, { kind: "walkCut" }];

const publish = (key: bigint, value: number): Operation => ({ kind: "publish", key, value });
const read = (key: bigint): Operation => ({ kind: "read", key });

const on = (shape: string, name: string, threads: Make): Program => ({
  ...{ name: `${name}, ${shape}`, shape: shapeNamed(shape), threads },
});

/** On every one of these shapes. */
function onEach(shapes: string[], name: string, threads: Make): Program[] {
  return shapes.map((shape) => on(shape, name, threads));
}

/** The same, of more than 150,000 states. */
function longOnEach(shapes: string[], name: string, threads: Make): Program[] {
  return onEach(shapes, name, threads).map((program) => ({ ...program, isLong: true }));
}

const PLACES = ["empty", "dirty", "read", "deleted in the dirty part", "deleted in the read part"];
const SPLITS = ["nothing split yet", "the subject's bucket is split next", "frozen", "half split"];
const CUTS = ["a cut holds a value that was replaced", "a cut holds a key that was deleted"];

const storeAndDelete: Make = (k) => [
  [store(k.subject, 11), load(k.subject)],
  [remove(k.subject), swap(k.subject, 22)],
];
const clearAndStore: Make = (k) => [
  [clear, load(k.subject)],
  [store(k.subject, 21), swap(k.subject, 22)],
];
const cutAndStore: Make = (k) => [
  cut,
  [store(k.subject, 21), store(k.other, 22), store(k.subject, 23)],
];
const cutAndSplit: Make = (k) => [cut, [store(k.cousin, 21), store(k.sibling, 22)]];
const rangeAndSplit: Make = (k) => [
  [range],
  [store(k.sibling, 21), store(k.cousin, 22), remove(k.subject)],
];
const noRoom: Make = (k) => [
  [store(k.subject, 11), remove(k.subject)],
  [store(k.sibling, 21), reclaim],
];
const splitInsertLoad: Make = (k) => [
  [store(k.sibling, 11)],
  [store(k.cousin, 21)],
  [load(k.cousin)],
];

/** Keys come, go and change. */
const CHANGES: readonly Program[] = [
  ...onEach([...PLACES, "nothing split yet", ...CUTS], "store and delete", storeAndDelete),
  ...longOnEach(SPLITS.slice(1), "store and delete", storeAndDelete),
  ...onEach(
    ["dirty", "read", "next deletion promotes"],
    "swap or delete if it is the same",
    (k) => [
      [exchange(k.subject, 1, 11), exchange(k.subject, 11, 12)],
      [removeIf(k.subject, 1), removeIf(k.subject, 11)],
    ],
  ),
  ...longOnEach(["dirty", "read"], "delete if it is the same, and again", (k) => [
    [removeIf(k.subject, 1), store(k.subject, 11), load(k.subject)],
    [removeIf(k.subject, 1), loadOrStore(k.subject, 22), take(k.subject)],
  ]),
  ...onEach([...PLACES, ...SPLITS], "load or store", (k) => [
    [loadOrStore(k.subject, 11), load(k.subject)],
    [loadOrStore(k.subject, 22), load(k.subject)],
  ]),
  ...onEach(["empty", "read"], "load or store, and delete", (k) => [
    [loadOrStore(k.subject, 11), take(k.subject)],
    [loadOrStore(k.subject, 22), take(k.subject)],
  ]),
  ...longOnEach(["empty"], "load or store, three times", (k) => [
    [loadOrStore(k.subject, 11)],
    [loadOrStore(k.subject, 21)],
    [loadOrStore(k.subject, 31)],
  ]),
  ...longOnEach(["read"], "swap, swap or delete if it is the same", (k) => [
    [swap(k.subject, 11)],
    [exchange(k.subject, 1, 21)],
    [removeIf(k.subject, 1)],
  ]),
  ...longOnEach(["empty", "read"], "store, store, delete", (k) => [
    [store(k.subject, 11)],
    [store(k.subject, 21)],
    [take(k.subject)],
  ]),
];

/** Buckets are promoted and split. */
const BUCKETS: readonly Program[] = [
  ...onEach(["small"], "two insertions", (k) => [[store(k.subject, 11)], [store(k.sibling, 21)]]),
  ...onEach(["dirty"], "one promotion and one insertion", (k) => [
    [load(k.subject)],
    [store(k.sibling, 21), load(k.sibling)],
  ]),
  ...longOnEach(["dirty", "deleted in the dirty part"], "promotion and insertion", (k) => [
    [load(k.subject), load(k.subject), load(k.sibling)],
    [store(k.sibling, 11), store(k.cousin, 12), store(k.subject, 13)],
  ]),
  ...longOnEach(["next insertion promotes"], "two insertions", (k) => [
    [store(k.subject, 11), load(k.sibling), store(k.sibling, 12)],
    [store(k.subject, 21), remove(k.sibling), load(k.subject)],
  ]),
  ...longOnEach(["next deletion promotes"], "two deletions", (k) => [
    [remove(k.subject), store(k.subject, 11), load(k.sibling)],
    [remove(k.subject), store(k.sibling, 21), load(k.subject)],
  ]),
  ...longOnEach(SPLITS, "split, insertion, load", (k) => [
    [store(k.sibling, 11), load(k.cousin)],
    [remove(k.cousin), load(k.sibling), store(k.cousin, 21)],
  ]),
  ...onEach(["half split"], "split, insertion and load", splitInsertLoad),
  ...longOnEach(["nothing split yet"], "split, insertion and load", splitInsertLoad),
  ...onEach(["nothing split yet"], "insertions on both sides of a split", (k) => [
    [store(k.sibling, 11)],
    [store(k.niece, 21)],
  ]),
  ...onEach(SPLITS, "loads while it is split", (k) => [
    [store(k.cousin, 11), store(k.subject, 12)],
    [load(k.subject), load(k.cousin), load(k.subject)],
  ]),
  ...onEach(["the subject's bucket is split next"], "load of what moves", (k) => [
    [load(k.cousin)],
    [store(k.other, 21)],
  ]),
  ...onEach(["next insertion doubles"], "load of what moves", (k) => [
    [load(k.cousin)],
    [store(k.other, 21), store(k.niece, 22)],
  ]),
];

/** All keys at once. */
const WHOLES: readonly Program[] = [
  ...onEach(["empty", ...CUTS], "clear and store", clearAndStore),
  ...longOnEach(PLACES.slice(1), "clear and store", clearAndStore),
  ...onEach(["read"], "clear, and two keys of one thread", (k) => [
    [clear],
    [store(k.subject, 21), load(k.sibling)],
  ]),
  ...onEach(["dirty"], "clear and cut", () => [[clear], cut]),
  ...onEach(["read"], "clear and one swap", (k) => [
    [clear],
    [swap(k.subject, 21), load(k.subject)],
  ]),
  ...longOnEach(["read", "nothing split yet"], "clear and two keys", (k) => [
    [clear, store(k.other, 11)],
    [store(k.other, 21), load(k.subject), loadOrStore(k.subject, 22)],
  ]),
  ...longOnEach(["empty", "read"], "clear and swap", (k) => [
    [store(k.subject, 11), clear],
    [swap(k.subject, 21), exchange(k.subject, 11, 22), load(k.subject)],
  ]),
  ...longOnEach(["empty", "dirty"], "two clears", (k) => [
    [store(k.subject, 11), clear, load(k.subject)],
    [store(k.subject, 21), clear, load(k.subject)],
  ]),
  ...longOnEach(["read", "dirty"], "clear, store, load", (k) => [
    [clear],
    [swap(k.subject, 21)],
    [load(k.subject)],
  ]),
  ...onEach(["read", "dirty"], "cut and store", cutAndStore),
  ...longOnEach(CUTS, "cut and store", cutAndStore),
  ...onEach(["read", "next deletion promotes"], "cut and delete", (k) => [
    cut,
    [remove(k.subject), store(k.subject, 21), remove(k.sibling)],
  ]),
  ...onEach(["deleted in the dirty part", "deleted in the read part"], "cut and promotion", (k) => [
    cut,
    [remove(k.sibling)],
  ]),
  ...onEach(["nothing split yet"], "cut and split", cutAndSplit),
  ...longOnEach(["the subject's bucket is split next"], "cut and split", cutAndSplit),
  ...longOnEach(["read"], "cut, delete and give back", (k) => [
    cut,
    [take(k.subject), reclaim, reclaim],
  ]),
  ...longOnEach(["read", "dirty"], "cut and clear", (k) => [
    cut,
    [store(k.other, 21), clear, store(k.subject, 22)],
  ]),
  ...longOnEach(["read"], "two cuts", (k) => [
    [store(k.subject, 11), ...cut],
    [store(k.subject, 21), ...cut],
  ]),
  ...longOnEach(["dirty"], "cut, store, delete", (k) => [
    cut,
    [store(k.subject, 21)],
    [remove(k.subject)],
  ]),
  ...onEach(["nothing split yet", "half split"], "range and split", rangeAndSplit),
  ...longOnEach(["the subject's bucket is split next", "frozen"], "range and split", rangeAndSplit),
  ...onEach(["read", "dirty"], "range and changes", (k) => [
    [range],
    [remove(k.subject), store(k.subject, 21), store(k.other, 22)],
  ]),
];

/** Memory comes back, and is used again. */
const MEMORY: readonly Program[] = [
  ...onEach(["read", "dirty", "limbo is due"], "load and give back", (k) => [
    [load(k.subject), load(k.subject)],
    [store(k.subject, 21), reclaim, swap(k.subject, 22)],
  ]),
  ...onEach(["read", "dirty"], "load, delete and give back", (k) => [
    [load(k.subject)],
    [take(k.subject), reclaim, store(k.other, 21)],
  ]),
  ...onEach(["read", "next deletion promotes"], "range and give back", (k) => [
    [range],
    [remove(k.subject), reclaim, store(k.other, 21)],
  ]),
  ...onEach(["small"], "swap and give back", (k) => [
    [store(k.subject, 11), remove(k.subject), reclaim],
    [store(k.sibling, 21)],
  ]),
  ...onEach(["read"], "load, swap, give back", (k) => [
    [load(k.subject)],
    [swap(k.subject, 21)],
    [reclaim],
  ]),
  ...longOnEach(["next deletion promotes"], "delete, store, give back", (k) => [
    [remove(k.subject)],
    [store(k.sibling, 21)],
    [reclaim],
  ]),
  ...onEach(["nearly full"], "no room", noRoom),
  ...longOnEach(["single granules left"], "no room", noRoom),
  ...onEach(["single granules left"], "no room for two promotions", () => [[reclaim], [reclaim]]),
  ...longOnEach(["limbo is due"], "limbo of both", (k) => [
    [swap(k.subject, 11), reclaim],
    [swap(k.subject, 21), load(k.subject), reclaim],
  ]),
  {
    name: "publish and read",
    shape: PUBLISHED,
    threads: (k) => [[publish(k.subject, 11), publish(k.subject, 12)], [read(k.subject)]],
  },
];

/** Two threads of one to three operations, or three of one. */
export const PROGRAMS: readonly Program[] = [...CHANGES, ...BUCKETS, ...WHOLES, ...MEMORY];

const CHANCE = "by chance ";

/** Three threads of four operations, on a shape, all chosen by the seed. */
export function programByChance(seed: number): Program {
  const random = randomFrom(seed);
  const shapes = SHAPES.filter(({ mayBeFull, name }) => !mayBeFull && !/doubles/.test(name));
  const shape = shapes[random(shapes.length)] as Shape;
  return {
    name: `${CHANCE}${seed}`,
    shape: { ...shape, options: { ...shape.options, arenaSize: 6144 } },
    threads: (keys) => {
      const all = [keys.subject, keys.sibling, keys.cousin, keys.other];
      return [1, 2, 3].map((thread) =>
        [1, 2, 3, 4].flatMap((place) => {
          const key = all[random(random(2) === 0 ? 1 : 4)] as bigint;
          const choices = [...operationsOn(key, 1, 10 * thread + place, false).values()];
          return choices[random(choices.length)] as Operation[];
        }),
      );
    },
  };
}

export function programNamed(name: string): Program {
  if (name.startsWith(CHANCE)) return programByChance(Number(name.slice(CHANCE.length)));
  const program = PROGRAMS.find((program) => program.name === name);
  assert.ok(program, `a program called ${name}`);
  return program;
}
