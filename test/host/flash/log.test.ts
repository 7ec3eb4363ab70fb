// Pages in flash: power fails in every single operation, and what was acknowledged is there again.
//
// A seeded script stores, deletes, clears and flushes on three small blocks, so that the ring turns
// several times. Before each program and erase the flash is kept; afterwards every way in which
// that operation could have been torn is laid out and the program started on it.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Random } from "../../../host/base/random.ts";
import * as spec from "../../../host/base/spec.ts";
import { type FlashOperation, SimulatedFlash } from "../../../host/sim/simulated-flash.ts";
import { compileFlashProgram, FlashMap } from "./flash-map.ts";

const SEED = 3;
const BLOCK_SIZE = 1024;
const BLOCKS = 3;
const FLUSHES = 60;
const KEYS = 12;

class PowerCut extends Error {}

/** One flash operation of the script: what was there, and what may be found after a cut in it. */
interface Moment {
  operation: FlashOperation;
  flash: Uint8Array;
  /** Content of the last acknowledged flush, and of the one in progress. */
  acknowledged: string;
  inProgress: string;
}

let module: WebAssembly.Module;
before(async () => {
  module = await compileFlashProgram();
});

const newFlash = (content?: Uint8Array) =>
  new SimulatedFlash(BLOCKS * BLOCK_SIZE, BLOCK_SIZE, content);

/** Some changes between two flushes. */
function change(map: FlashMap, random: Random): void {
  if (random.below(20) === 0) map.clear();
  for (let i = 1 + random.below(3); i > 0; i--) {
    const key = BigInt(random.below(KEYS));
    if (random.below(4) === 0) map.delete(key);
    else map.store(key, `${random.uint32()}`.repeat(1 + random.below(4)));
  }
}

/** Runs the script on a fresh flash; all its moments. */
function runScript(): { moments: Moment[]; flash: SimulatedFlash; content: string } {
  const flash = newFlash();
  const map = new FlashMap(module, flash);
  assert.equal(map.start(flash), 0, "nothing to restore");
  const random = new Random(SEED);
  const moments: Moment[] = [];
  let acknowledged = "";
  let inProgress = "";
  flash.onOperation = (operation) =>
    moments.push({ operation, flash: flash.bytes.slice(), acknowledged, inProgress });
  for (let i = 0; i < FLUSHES; i++) {
    change(map, random);
    inProgress = map.content();
    assert.ok(map.flush() >= 0);
    acknowledged = inProgress;
  }
  return { moments, flash, content: acknowledged };
}

/** Every way to leave a program or an erase half done, each with its name. */
function* torn({ operation, flash }: Moment, random: Random): Generator<[string, Uint8Array]> {
  const { at, bytes, kind } = operation;
  const step = kind === "program" ? 1 : 16;
  for (let k = 0; k <= bytes.length; k += step) {
    const front = flash.slice();
    front.set(bytes.subarray(0, k), at);
    yield [`first ${k} bytes`, front];
  }
  for (let k = 8; k < bytes.length; k += 8 * step) {
    const back = flash.slice();
    back.set(bytes.subarray(k), at + k);
    yield [`all but the first ${k} bytes`, back];
  }
  if (kind === "erase") {
    // What is worst: an old header that looks newer, in front of batches that are still there.
    const word = at + spec.PAGE_FLASH_GENERATION;
    const old = new DataView(flash.buffer).getUint32(word, true);
    for (let first = 0; first < 32; first++) {
      for (let second = 0; second < first; second++) {
        const newer = flash.slice();
        new DataView(newer.buffer).setUint32(word, old | (1 << first) | (1 << second), true);
        yield [`bits ${first} and ${second} of the generation`, newer];
      }
    }
  }
  for (let i = 0; i < 4; i++) {
    const some = flash.slice();
    for (let j = 0; j < bytes.length; j++) {
      const before = flash[at + j] as number;
      const changing = before ^ (bytes[j] as number);
      some[at + j] = before ^ (changing & random.below(256));
    }
    yield [`some bits, ${i}`, some];
  }
}

describe("a node's pages in flash", () => {
  it("come back after a cut in every way in every operation: acknowledged, or whole", () => {
    const { moments } = runScript();
    const random = new Random(SEED);
    const map = new FlashMap(module, newFlash());
    const erases = moments.filter(({ operation }) => operation.kind === "erase").length;
    assert.ok(erases > 3 * BLOCKS, `the ring turns several times: ${erases} erases`);
    let cuts = 0;
    for (const [i, moment] of moments.entries()) {
      for (const [how, bytes] of torn(moment, random)) {
        const restored = map.start(newFlash(bytes));
        assert.ok(restored >= 0, `operation ${i}, ${how}: status ${restored}`);
        const content = map.content();
        assert.ok(
          content === moment.acknowledged || content === moment.inProgress,
          `seed ${SEED}, operation ${i} (${moment.operation.kind}), ${how}:\n${content}`,
        );
        cuts++;
      }
    }
    assert.ok(cuts > 10_000, `${cuts} cuts`);
  });

  it("go on behind a cut, also when it is cut a second time", () => {
    const { moments } = runScript();
    for (const [i, moment] of moments.entries()) {
      const { operation } = moment;
      for (const k of [0, operation.bytes.length >> 1, operation.bytes.length]) {
        const bytes = moment.flash.slice();
        bytes.set(operation.bytes.subarray(0, k), operation.at);
        for (let second = 0; second < 8; second++) {
          const where = `seed ${SEED}, operation ${i}, first ${k} bytes, then ${second}`;
          cutAgain(bytes, second >> 1, second % 2 === 0, where);
        }
      }
    }
  });

  it("wear all blocks alike, and keep their numbers through starts", () => {
    const flash = newFlash();
    const random = new Random(SEED);
    const map = new FlashMap(module, flash);
    let flushes = 0;
    for (let start = 0; start < 20; start++) {
      map.start(flash);
      const first = map.pagesField(spec.PAGES_SEQUENCE);
      for (let i = 0; i < 30; i++) {
        change(map, random);
        if (map.flush() > 0) flushes++;
      }
      assert.ok(map.pagesField(spec.PAGES_SEQUENCE) > first);
      assert.equal(map.pagesField(spec.PAGES_SEQUENCE), flushes, "one number a batch");
    }
    const { eraseCounts } = flash;
    assert.ok(Math.min(...eraseCounts) > 30, `${eraseCounts}`);
    assert.ok(Math.max(...eraseCounts) - Math.min(...eraseCounts) <= 1, `${eraseCounts}`);
  });

  it("pass over a block that is worn out", () => {
    for (let bad = 0; bad < BLOCKS; bad++) {
      const flash = newFlash();
      flash.erase = new Proxy(flash.erase, {
        apply: (erase, self, [at]: [number]) =>
          at === bad * BLOCK_SIZE ? spec.STATUS_DEVICE : erase.call(self, at),
      });
      const map = new FlashMap(module, flash);
      map.start(flash);
      const random = new Random(SEED);
      for (let i = 0; i < 60; i++) {
        change(map, random);
        assert.ok(map.flush() >= 0);
      }
      const content = map.content();
      assert.ok(flash.eraseCounts.every((count, block) => count > 5 === (block !== bad)));
      map.start(flash);
      assert.equal(map.content(), content);
    }
  });

  it("are written when they are due, not before, and stay dirty if they do not fit", () => {
    const flash = newFlash();
    const map = new FlashMap(module, flash);
    map.start(flash);
    map.setPagesField(spec.PAGES_THRESHOLD, 0);
    for (let key = 0n; key < 12n; key++) map.store(key, "a");
    assert.equal(map.pass(4_999), 0);
    assert.ok(map.pass(5_000) >= 5);
    assert.equal(map.pass(20_000), 0, "nothing is dirty");
    for (let key = 0n; key < 12n; key++) map.store(key, "b".repeat(200));
    assert.equal(map.flush(), spec.STATUS_TOO_LONG);
    assert.equal(map.pagesField(spec.PAGES_REFUSED), 1);
    for (let key = 0n; key < 12n; key++) map.store(key, "c");
    assert.ok(map.flush() > 0);
    const content = map.content();
    map.start(flash);
    assert.equal(map.content(), content);
  });

  it("are restored batch by batch into an arena that holds little more than them", () => {
    const flash = new SimulatedFlash(3 * 16384, 16384);
    const map = new FlashMap(module, flash);
    map.start(flash);
    // Values of a third of the arena, five times: what a batch replaces has to go before the next.
    for (let i = 0; i < 5; i++) {
      for (let key = 0n; key < 5n; key++) map.store(key, `${i}`.repeat(500));
      assert.ok(map.flush() > 0);
    }
    const content = map.content();
    assert.equal(map.start(flash), 25);
    assert.equal(map.content(), content);
    for (let key = 0n; key < 5n; key++) map.store(key, "x".repeat(500));
  });

  it("are refused on flash that is none, or cannot hold them", () => {
    const map = new FlashMap(module, newFlash());
    assert.equal(map.start(new SimulatedFlash(0, 64)), spec.STATUS_ABSENT);
    assert.equal(map.start(new SimulatedFlash(1024, 1024)), spec.STATUS_BAD_CONFIG);
    assert.equal(map.start(new SimulatedFlash(64, 16)), spec.STATUS_BAD_CONFIG);
    const foreign = newFlash(new Uint8Array(BLOCKS * BLOCK_SIZE).fill(0x5a));
    assert.equal(map.start(foreign), 0, "what is not ours is taken over");
    map.store(1n, "mine");
    assert.ok(map.flush() > 0);
    map.start(foreign);
    assert.equal(map.content(), "0001=mine....");
  });
});

/** Starts on `bytes`, is cut in operation number `second`, starts again and works on. */
function cutAgain(bytes: Uint8Array, second: number, isPlain: boolean, where: string): void {
  const flash = newFlash(bytes);
  flash.isPlain = isPlain;
  const map = new FlashMap(module, flash);
  assert.ok(map.start(flash) >= 0, where);
  const random = new Random(second);
  let left = second;
  let acknowledged = map.content();
  let inProgress = acknowledged;
  flash.onOperation = ({ at, bytes: wanted }) => {
    if (left-- > 0) return;
    flash.bytes.set(wanted.subarray(0, wanted.length >> 1), at);
    throw new PowerCut();
  };
  const work = () => {
    change(map, random);
    inProgress = map.content();
    assert.ok(map.flush() >= 0, where);
    acknowledged = inProgress;
  };
  try {
    for (;;) work();
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
  const after = newFlash(flash.bytes);
  after.isPlain = isPlain;
  assert.ok(map.start(after) >= 0, where);
  assert.ok([acknowledged, inProgress].includes(map.content()), `${where}: second start`);
  for (let i = 0; i < 3; i++) work();
  map.start(newFlash(after.bytes));
  assert.equal(map.content(), acknowledged, `${where}: third start`);
}
