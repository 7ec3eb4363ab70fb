// Small programs of two and three agents, each about one thing that can go wrong.
import type { Program } from "./coroutines.ts";
import { type Keys, PUBLISHED, shapeNamed } from "./shapes.ts";
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

const PLACES = ["empty", "dirty", "read", "deleted in the dirty part", "deleted in the read part"];
const SPLITS = ["nothing split yet", "the subject's bucket is split next", "frozen", "half split"];
const CUTS = ["a cut holds a value that was replaced", "a cut holds a key that was deleted"];

/** Two threads of one to three operations. */
export const PAIRS: readonly Program[] = [
  ...onEach([...PLACES, ...SPLITS, ...CUTS], "store and delete", (k) => [
    [store(k.subject, 11), load(k.subject)],
    [remove(k.subject), swap(k.subject, 22)],
  ]),
  ...onEach(["dirty", "read", "next deletion promotes"], "swap or delete if it is the same", (k) => [
    [exchange(k.subject, 1, 11), exchange(k.subject, 11, 12)],
    [removeIf(k.subject, 1), removeIf(k.subject, 11)],
  ]),
  ...onEach(["dirty", "read"], "delete if it is the same, and again", (k) => [
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
  ...onEach(["dirty", "deleted in the dirty part"], "promotion and insertion", (k) => [
    [load(k.subject), load(k.subject), load(k.sibling)],
    [store(k.sibling, 11), store(k.cousin, 12), store(k.subject, 13)],
  ]),
  ...onEach(["next insertion promotes"], "two insertions", (k) => [
    [store(k.subject, 11), load(k.sibling), store(k.sibling, 12)],
    [store(k.subject, 21), remove(k.sibling), load(k.subject)],
  ]),
  ...onEach(["next deletion promotes"], "two deletions", (k) => [
    [remove(k.subject), store(k.subject, 11), load(k.sibling)],
    [remove(k.subject), store(k.sibling, 21), load(k.subject)],
  ]),
  ...onEach(SPLITS, "split, insertion, load", (k) => [
    [store(k.sibling, 11), load(k.cousin)],
    [remove(k.cousin), load(k.sibling), store(k.cousin, 21)],
  ]),
  ...onEach(SPLITS, "loads while it is split", (k) => [
    [store(k.cousin, 11), store(k.subject, 12)],
    [load(k.subject), load(k.cousin), load(k.subject)],
  ]),
  ...onEach([...PLACES, ...CUTS], "clear and store", (k) => [
    [clear, load(k.subject)],
    [store(k.subject, 21), swap(k.subject, 22)],
  ]),
  ...onEach(["read", "nothing split yet"], "clear and two keys", (k) => [
    [clear, store(k.other, 11)],
    [store(k.other, 21), load(k.subject), loadOrStore(k.subject, 22)],
  ]),
  ...onEach(["empty", "read"], "clear and swap", (k) => [
    [store(k.subject, 11), clear],
    [swap(k.subject, 21), exchange(k.subject, 11, 22), load(k.subject)],
  ]),
  ...onEach(["empty", "dirty"], "two clears", (k) => [
    [store(k.subject, 11), clear, load(k.subject)],
    [store(k.subject, 21), clear, load(k.subject)],
  ]),
  ...onEach(["read", "dirty", ...CUTS], "cut and store", (k) => [
    [...cut],
    [store(k.subject, 21), store(k.other, 22), store(k.subject, 23)],
  ]),
  ...onEach(["read", "next deletion promotes"], "cut and delete", (k) => [
    [...cut],
    [remove(k.subject), store(k.subject, 21), remove(k.sibling)],
  ]),
  ...onEach(["read"], "cut, delete and give back", (k) => [
    [...cut],
    [take(k.subject), reclaim, reclaim],
  ]),
  ...onEach(["read", "dirty"], "cut and clear", (k) => [
    [...cut],
    [store(k.other, 21), clear, store(k.subject, 22)],
  ]),
  ...onEach(["nothing split yet", "the subject's bucket is split next"], "cut and split", (k) => [
    [...cut],
    [store(k.cousin, 21), store(k.sibling, 22)],
  ]),
  ...onEach(["read"], "two cuts", (k) => [
    [store(k.subject, 11), ...cut],
    [store(k.subject, 21), ...cut],
  ]),
  ...onEach(SPLITS, "range and split", (k) => [
    [range],
    [store(k.sibling, 21), store(k.cousin, 22), remove(k.subject)],
  ]),
  ...onEach(["read", "dirty"], "range and changes", (k) => [
    [range],
    [remove(k.subject), store(k.subject, 21), store(k.other, 22)],
  ]),
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
  ...onEach(["nearly full", "single granules left"], "no room", (k) => [
    [store(k.subject, 11), remove(k.subject)],
    [store(k.sibling, 21), reclaim],
  ]),
  on("dirty", "one promotion and one insertion", (k) => [
    [load(k.subject)],
    [store(k.sibling, 21), load(k.sibling)],
  ]),
  on("read", "clear, and two keys of one thread", (k) => [
    [clear],
    [store(k.subject, 21), load(k.sibling)],
  ]),
  on("dirty", "clear and cut", () => [[clear], cut]),
  on("read", "clear and one swap", (k) => [[clear], [swap(k.subject, 21), load(k.subject)]]),
  on("the subject's bucket is split next", "load of what moves", (k) => [
    [load(k.cousin)],
    [store(k.other, 21)],
  ]),
  on("next insertion doubles", "load of what moves", (k) => [
    [load(k.cousin)],
    [store(k.other, 21), store(k.niece, 22)],
  ]),
  {
    name: "publish and read",
    shape: PUBLISHED,
    threads: (k) => [[publish(k.subject, 11), publish(k.subject, 12)], [read(k.subject)]],
  },
  ...onEach(["deleted in the dirty part", "deleted in the read part"], "cut and promotion", (k) => [
    [...cut],
    [remove(k.sibling)],
  ]),
  ...onEach(["limbo is due"], "limbo of both", (k) => [
    [swap(k.subject, 11), reclaim],
    [swap(k.subject, 21), load(k.subject), reclaim],
  ]),
];

/** Three threads of one operation. */
export const TRIPLES: readonly Program[] = [
  ...onEach(["empty", "read"], "store, store, delete", (k) => [
    [store(k.subject, 11)],
    [store(k.subject, 21)],
    [take(k.subject)],
  ]),
  ...onEach(["empty"], "load or store, three times", (k) => [
    [loadOrStore(k.subject, 11)],
    [loadOrStore(k.subject, 21)],
    [loadOrStore(k.subject, 31)],
  ]),
  ...onEach(["read"], "swap, swap or delete if it is the same", (k) => [
    [swap(k.subject, 11)],
    [exchange(k.subject, 1, 21)],
    [removeIf(k.subject, 1)],
  ]),
  ...onEach(["nothing split yet", "half split"], "split, insertion, load", (k) => [
    [store(k.sibling, 11)],
    [store(k.cousin, 21)],
    [load(k.cousin)],
  ]),
  ...onEach(["read", "dirty"], "clear, store, load", (k) => [
    [clear],
    [swap(k.subject, 21)],
    [load(k.subject)],
  ]),
  ...onEach(["dirty"], "cut, store, delete", (k) => [
    [...cut],
    [store(k.subject, 21)],
    [remove(k.subject)],
  ]),
  ...onEach(["read"], "load, swap, give back", (k) => [
    [load(k.subject)],
    [swap(k.subject, 21)],
    [reclaim],
  ]),
  ...onEach(["next deletion promotes"], "delete, store, give back", (k) => [
    [remove(k.subject)],
    [store(k.sibling, 21)],
    [reclaim],
  ]),
];
