// An interrupt at every hook of an operation: the whole of another agent's operation runs there.
import assert from "node:assert/strict";
import * as spec from "../../../host/base/spec.ts";
import { show } from "./coroutines.ts";
import { type Call, type Content, isLinearizable } from "./linearize.ts";
import { chooseKeys, GROWN, type Keys, type Shape } from "./shapes.ts";
import { keyName, type Operation, WARDEN, type World } from "./world.ts";

const START_STATE = 0x800000;

/** A starting map, made once, for many injections. */
export class Injector {
  readonly world: World;
  readonly keys: Keys;
  /** Runs: one per hook, and one without. */
  runs = 0;
  readonly #shape: Shape;
  readonly #isBytes: boolean;
  readonly #initial: Content;
  readonly #inCut: Content;
  readonly #states = new Set<number>();
  readonly #orders = new Set<string>();
  readonly #begun: { index: number; operation: Operation; begin: number; end: number }[] = [];

  constructor(world: World, shape: Shape, isBytes: boolean) {
    this.world = world;
    this.#shape = shape;
    this.#isBytes = isBytes;
    world.reset({ operations: 6, ...shape.options });
    this.keys = chooseKeys(world, isBytes);
    shape.make(world, this.keys, isBytes);
    world.save(START_STATE);
    this.#initial = world.content();
    this.#inCut = shape.hasCut ? world.content("walkCut") : new Map();
  }

  /** Different last states so far. */
  get states(): number {
    return this.#states.size;
  }

  /** The tag that a key has at the start, 0 if it is absent. */
  tagOf(key: bigint): number {
    return this.#initial.get(keyName(key, this.#isBytes)) ?? 0;
  }

  /** All hooks of `first`; throws at the first that goes wrong. */
  injectAll(first: Operation[], second: Operation[]): void {
    for (let hook = 0; ; hook++) {
      try {
        if (!this.inject(first, second, hook)) return;
      } catch (error) {
        const what = JSON.stringify([this.#shape.name, this.#isBytes, first, second, hook], show);
        throw new Error(`at hook ${hook}: ${(error as Error).message}\n${what}`, { cause: error });
      }
    }
  }

  /** One run with `second` at one hook; false if there is none such, and `second` came behind. */
  inject(first: Operation[], second: Operation[], hook: number): boolean {
    const { world } = this;
    const behind = first.length;
    world.restore(START_STATE);
    this.#begun.length = 0;
    let clock = 0;
    const runAll = (operations: Operation[], agent: number, base: number) => {
      for (const [i, operation] of operations.entries()) {
        const begun = { index: base + i, operation, begin: clock++, end: 0 };
        this.#begun.push(begun);
        world.write(base + i, operation);
        world.run(base + i, agent);
        begun.end = clock++;
      }
    };
    let left = hook;
    let isDone = false;
    world.onHook = () => {
      if (left-- !== 0) return;
      isDone = true;
      world.onHook = undefined;
      runAll(second, 1, behind);
    };
    runAll(first, 0, 0);
    world.onHook = undefined;
    if (!isDone) runAll(second, 1, behind);
    this.#judge();
    this.runs++;
    return isDone;
  }

  /** The state says all but which came first; what was seen so once needs no second look. */
  #judge(): void {
    const { world } = this;
    const state = world.digest();
    const order = `${state} ${this.#begun.map(({ begin, end }) => `${begin}-${end}`).join()}`;
    if (this.#orders.has(order)) return;
    this.#orders.add(order);
    const isNewState = !this.#states.has(state);
    if (isNewState) world.validate(this.#shape.hasCut ? [WARDEN] : []);
    const final = world.content();
    const calls = this.#calls();
    const mayBeFull = this.#shape.mayBeFull ?? false;
    const isRight = isLinearizable({ initial: this.#initial, calls, final, mayBeFull });
    assert.ok(isRight, `no order explains ${JSON.stringify([calls, final], show)}`);
    if (!isNewState) return;
    this.#states.add(state);
    if (this.#shape.hasCut) assert.deepEqual(world.content("walkCut"), this.#inCut);
    world.drain();
  }

  #calls(): Call[] {
    const cuts = new Map<number, Call>();
    return this.#begun.flatMap(({ index, operation, begin, end }) => {
      const calls = this.world.calls(index, operation, begin, end);
      if (operation.kind === "cut") cuts.set(index, calls[0] as Call);
      if (operation.kind === "walkCut") {
        assert.equal(this.world.answer(index), 0, "the cut shows whole values");
        (cuts.get(index - 1) as Call).shown = this.world.shown(index);
      }
      return calls;
    });
  }
}

/** Each operation there is, on a key whose value is `tag`, storing `value`. */
export function operationsOn(
  key: bigint,
  tag: number,
  value: number,
  isBytes: boolean,
): Map<string, Operation[]> {
  const on = (kind: Operation["kind"], more: Partial<Operation> = {}): [string, Operation[]] => [
    `${kind}${more.old === undefined ? "" : more.old === tag ? " equal" : " unequal"}`,
    [{ kind, key, value, isBytes, ...more }],
  ];
  return new Map([
    on("load"),
    on("store"),
    on("swap"),
    on("loadOrStore"),
    on("loadAndDelete"),
    on("delete"),
    on("compareAndSwap", { old: tag }),
    on("compareAndSwap", { old: 99 }),
    on("compareAndDelete", { old: tag }),
    on("compareAndDelete", { old: 99 }),
    ["range", [{ kind: "range" }]],
    ["cut", [{ kind: "cut" }, { kind: "walkCut" }]],
    ["clear", [{ kind: "clear" }]],
    ["reclaim", [{ kind: "reclaim" }]],
  ]);
}

/** Name of what `injectBurst` does. */
export const BURST = "a burst of insertions";

/** Each operation with a burst at each hook that makes the map double twice. */
export function injectBurst(world: World): void {
  const injector = new Injector(world, GROWN, false);
  const burst = Array.from({ length: 54 }, (_, i): Operation => {
    return { kind: "store", key: BigInt(2000 + i), value: 22 };
  });
  const { subject } = injector.keys;
  for (const first of operationsOn(subject, injector.tagOf(subject), 11, false).values()) {
    injector.injectAll(first, burst);
  }
  assert.equal(world.header(spec.MAP_BUCKETS), 32);
}
