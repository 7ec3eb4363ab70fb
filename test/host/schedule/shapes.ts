// Maps at the edges of what the core does by itself: each the start of many schedules.
//
// They are made by the core's own operations. Where that needs many, a word is set as the core
// itself would set it: the number of buckets doubled, a bucket frozen, a count of keys or of
// retired blocks. Tags 1 to 9 are those of the start.
import assert from "node:assert/strict";
import * as spec from "../../../host/base/spec.ts";
import { WARDEN, type World, type WorldOptions } from "./world.ts";

/** Keys by their hashes, while there are 8 buckets and when there are 16. */
export interface Keys {
  subject: bigint;
  /** In one bucket with the subject, also after a split. */
  sibling: bigint;
  /** In one bucket with the subject until the split. */
  cousin: bigint;
  /** In one bucket with the cousin, also after a split. */
  niece: bigint;
  /** In another bucket. */
  other: bigint;
}

export interface Shape {
  name: string;
  options?: WorldOptions;
  make(world: World, keys: Keys, isBytes: boolean): void;
  /** The warden holds a cut. */
  hasCut?: boolean;
  /** Storing may be refused. */
  mayBeFull?: boolean;
  /** Tag of the snapshot that was published. */
  snapshot?: number;
}

/** A bucket that the migration comes to late. */
const HOME = 5;

export function chooseKeys(world: World, isBytes: boolean): Keys {
  const find = (wanted: number, besides: bigint[]): bigint => {
    for (let key = 1n; ; key++) {
      if ((world.hash(key, isBytes) & 15) === wanted && !besides.includes(key)) return key;
    }
  };
  const subject = find(HOME, []);
  const cousin = find(HOME + 8, []);
  return {
    subject,
    sibling: find(HOME, [subject]),
    cousin,
    niece: find(HOME + 8, [cousin]),
    other: find(HOME + 1, []),
  };
}

const put = (world: World, key: bigint, value: number, isBytes: boolean) => {
  assert.equal(world.perform({ kind: "store", key, value, isBytes }), 0);
};

/** Stores so that all is in read buckets. */
function putRead(world: World, pairs: [bigint, number][], isBytes: boolean): void {
  world.setHeader(spec.MAP_CHAIN_MAX, 1);
  for (const [key, value] of pairs) put(world, key, value, isBytes);
  world.setHeader(spec.MAP_CHAIN_MAX, spec.MAP_VALUE_CHAIN_MAX);
  assert.equal(world.directory(HOME) & spec.MAP_WORD_AMENDED, 0);
}

function putDirty(world: World, pairs: [bigint, number][], isBytes: boolean): void {
  for (const [key, value] of pairs) put(world, key, value, isBytes);
  assert.notEqual(world.directory(HOME) & spec.MAP_WORD_AMENDED, 0);
}

/** Twice as many buckets, none split yet. */
function double(world: World, keys: Keys, isBytes: boolean): void {
  putRead(
    world,
    [
      [keys.subject, 1],
      [keys.cousin, 3],
      [keys.other, 4],
    ],
    isBytes,
  );
  world.setHeader(spec.MAP_BUCKETS, 16);
}

/** Splits the buckets before HOME. */
function splitBefore(world: World): void {
  for (let i = 0; i < HOME; i++) world.perform({ kind: "delete", key: 999n });
  assert.equal(world.header(spec.MAP_MIGRATE_DONE), 8 + HOME);
}

function remove(world: World, key: bigint, isBytes: boolean): void {
  assert.equal(world.perform({ kind: "delete", key, isBytes }), 1);
}

/** Leaves a split when the other half has its pairs and the first has not: as if its agent died. */
function splitHalf(world: World, keys: Keys, isBytes: boolean): void {
  double(world, keys, isBytes);
  const dead = 2;
  world.write(0, { kind: "store", key: keys.sibling, value: 2, isBytes });
  world.core.hookStoresFrom(0);
  world.onHook = () => {
    if (world.directory(HOME + 8) !== spec.MAP_WORD_UNSET) throw new Error("left");
  };
  splitBefore(world);
  assert.throws(() => world.run(0, dead), /left/);
  world.onHook = undefined;
  world.core.hookStoresFrom(world.header(spec.MAP_DIRECTORY));
  world.setHeader(spec.MAP_MIGRATE_CHUNK, 0);
  assert.equal(world.core.mapRecover(world.map, WARDEN, dead), spec.STATUS_OK);
  world.setHeader(spec.MAP_MIGRATE_CHUNK, 1);
  assert.notEqual(world.directory(HOME) & spec.MAP_WORD_FROZEN, 0);
  assert.equal(world.header(spec.MAP_MIGRATE_DONE), 8 + HOME);
}

/** As many keys as the buckets are for, and the count of them in the header. */
function fillBuckets(world: World, keys: Keys, isBytes: boolean): void {
  for (let key = 1000n; key < 1049n; key++) put(world, key, 9, false);
  const pairs: [bigint, number][] = [
    [keys.subject, 1],
    [keys.sibling, 2],
  ];
  putRead(world, pairs, isBytes);
  put(world, keys.cousin, 3, isBytes);
  world.setHeader(spec.MAP_LENGTH, 52);
  world.setOwn(WARDEN, spec.MAP_AGENT_LENGTH_DELTA, 0);
}

/** Two keys that a cut kept in a bucket of three; one granule is free in each bitmap word. */
function leaveGranules(world: World, keys: Keys, isBytes: boolean): void {
  const { subject, sibling, cousin } = keys;
  const pairs: [bigint, number][] = [
    [subject, 1],
    [sibling, 2],
    [cousin, 3],
  ];
  putRead(world, pairs, isBytes);
  assert.equal(world.perform({ kind: "cut" }), 0);
  for (const key of [sibling, cousin]) remove(world, key, isBytes);
  world.perform({ kind: "walkCut" });
  // Give back what the warden has claimed; then two agents claim all but one granule of a word.
  for (const claim of [spec.MAP_AGENT_CLAIM_VALUES, spec.MAP_AGENT_CLAIM_INDEX]) {
    const claimed = world.own(WARDEN, claim + spec.MAP_CLAIM_WORD);
    const bits = world.own(WARDEN, claim + spec.MAP_CLAIM_BITS);
    world.setWord(claimed, world.word(claimed) & ~bits);
    world.setOwn(WARDEN, claim + spec.MAP_CLAIM_BITS, 0);
  }
  assert.equal(world.word(world.header(spec.MAP_BITMAP) + 4) & 1, 1);
  world.setWord(world.header(spec.MAP_SUMMARY), 3);
  for (const [word, agent] of [2, WARDEN].entries()) {
    const place = world.header(spec.MAP_BITMAP) + 4 * word;
    const taken = world.word(place);
    // Behind that of the first word lies a value.
    const free = word === 0 ? 1 << 31 : ~taken & (taken + 1);
    assert.equal(taken & free, 0);
    world.setWord(place, ~free);
    world.setOwn(agent, spec.MAP_AGENT_CLAIM_INDEX + spec.MAP_CLAIM_WORD, place);
    world.setOwn(agent, spec.MAP_AGENT_CLAIM_INDEX + spec.MAP_CLAIM_BITS, ~(taken | free));
  }
}

function fill(world: World, keys: Keys, isBytes: boolean): void {
  putRead(world, [[keys.subject, 1]], isBytes);
  const fillers: bigint[] = [];
  for (let key = 1000n; world.perform({ kind: "store", key, value: 9 }) === 0; key++) {
    fillers.push(key);
  }
  // Room for one entry with its value, or some buckets, not both; claimed by nobody.
  for (const key of fillers.slice(-2)) remove(world, key, false);
  world.perform({ kind: "reclaim" });
  world.perform({ kind: "reclaim" });
}

export const SHAPES: readonly Shape[] = [
  { name: "empty", make: () => {} },
  { name: "small", options: { arenaSize: 1024 }, mayBeFull: true, make: () => {} },
  {
    name: "dirty",
    make: (world, keys, isBytes) => putDirty(world, [[keys.subject, 1]], isBytes),
  },
  {
    name: "read",
    make: (world, keys, isBytes) =>
      putRead(
        world,
        [
          [keys.subject, 1],
          [keys.sibling, 2],
        ],
        isBytes,
      ),
  },
  {
    name: "deleted in the dirty part",
    make: (world, keys, isBytes) => {
      const pairs: [bigint, number][] = [
        [keys.subject, 1],
        [keys.sibling, 2],
        [keys.cousin, 3],
      ];
      putDirty(world, pairs, isBytes);
      remove(world, keys.subject, isBytes);
    },
  },
  {
    name: "deleted in the read part",
    make: (world, keys, isBytes) => {
      const pairs: [bigint, number][] = [
        [keys.subject, 1],
        [keys.sibling, 2],
        [keys.cousin, 3],
      ];
      putRead(world, pairs, isBytes);
      remove(world, keys.subject, isBytes);
    },
  },
  {
    name: "next insertion promotes",
    make: (world, keys, isBytes) => {
      putRead(world, [[keys.cousin, 3]], isBytes);
      put(world, keys.sibling, 2, isBytes);
      world.setHeader(spec.MAP_CHAIN_MAX, 2);
    },
  },
  {
    name: "next deletion promotes",
    make: (world, keys, isBytes) => {
      const pairs: [bigint, number][] = [
        [keys.subject, 1],
        [keys.sibling, 2],
      ];
      putRead(world, pairs, isBytes);
      remove(world, keys.sibling, isBytes);
    },
  },
  {
    name: "next insertion doubles",
    options: { capacity: 100, arenaSize: 6144, pairs: 56 },
    make: fillBuckets,
  },
  {
    name: "nothing split yet",
    options: { capacity: 100 },
    make: (world, keys, isBytes) => double(world, keys, isBytes),
  },
  {
    name: "the subject's bucket is split next",
    options: { capacity: 100 },
    make: (world, keys, isBytes) => {
      double(world, keys, isBytes);
      splitBefore(world);
    },
  },
  {
    name: "frozen",
    options: { capacity: 100 },
    make: (world, keys, isBytes) => {
      double(world, keys, isBytes);
      world.setDirectory(HOME, world.directory(HOME) | spec.MAP_WORD_FROZEN);
    },
  },
  {
    name: "half split",
    options: { capacity: 100 },
    make: splitHalf,
  },
  {
    name: "nearly full",
    options: { arenaSize: 1024, pairs: 24 },
    mayBeFull: true,
    make: fill,
  },
  {
    name: "single granules left",
    options: { arenaSize: 1024 },
    mayBeFull: true,
    make: leaveGranules,
  },
  {
    name: "a cut holds a value that was replaced",
    hasCut: true,
    make: (world, keys, isBytes) => {
      putRead(world, [[keys.subject, 8]], isBytes);
      assert.equal(world.perform({ kind: "cut" }), 0);
      put(world, keys.subject, 1, isBytes);
    },
  },
  {
    name: "a cut holds a key that was deleted",
    hasCut: true,
    make: (world, keys, isBytes) => {
      putRead(world, [[keys.subject, 8]], isBytes);
      assert.equal(world.perform({ kind: "cut" }), 0);
      remove(world, keys.subject, isBytes);
    },
  },
  {
    name: "limbo is due",
    make: (world, keys, isBytes) => {
      putRead(world, [[keys.subject, 7]], isBytes);
      for (const agent of [0, 1]) {
        for (const value of [6, 5, 1]) {
          world.perform({ kind: "store", key: keys.subject, value, isBytes }, agent);
        }
        world.setOwn(agent, spec.MAP_AGENT_RETIRES, spec.MAP_VALUE_RETIRE_BATCH);
      }
    },
  },
];

/** For a burst that makes it double twice. */
export const GROWN: Shape = {
  name: "next insertion doubles, and 54 more do it again",
  options: { capacity: 200, arenaSize: 16384, operations: 60, pairs: 120 },
  make: fillBuckets,
};

/** Agent 0 has published the subject. */
export const PUBLISHED: Shape = {
  name: "published",
  options: { hasSnapshots: true },
  snapshot: 1,
  make: (world, keys) => {
    assert.equal(world.perform({ kind: "publish", key: keys.subject, value: 1 }, 0), 0);
  },
};

export function shapeNamed(name: string): Shape {
  const shape = SHAPES.find((shape) => shape.name === name);
  assert.ok(shape, `a shape called ${name}`);
  return shape;
}
