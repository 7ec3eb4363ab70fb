// The agents of a program as coroutines over one memory: each can be stopped before any access.
//
// Asyncify leaves a call at a hook by storing its frames on the agent's stack, which lies in the
// world's memory, and takes it up from there. One step goes past one access: an operation begins
// with its first one, since nothing before that can be seen. The control words say of each thread
// in which operation it is and of each operation which others had ended when it began: that is all
// that is to know of the past, and so a copy of the memory can be gone on from.
import assert from "node:assert/strict";
import { type Call, type Content, isLinearizable } from "./linearize.ts";
import { chooseKeys, type Keys, type Shape } from "./shapes.ts";
import { CONTROL_SIZE, type Operation, STACK_SIZE, WARDEN, type World } from "./world.ts";

export interface Program {
  name: string;
  shape: Shape;
  isBytes?: boolean;
  /** One list of operations per agent, the warden excepted. */
  threads(keys: Keys): Operation[][];
  /** Has so many states that only schedules with few interruptions are tried each time. */
  isLong?: boolean;
}

/** What a schedule came to, as one line. */
export function show(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return value instanceof Map ? [...value] : value;
}

const INDEX = 0;
const INSIDE = 1;
const THREAD_WORDS = 2;
const ENDED = 8;
const SEEN = 9;
const START_STATE = 0x800000;

export class Coroutines {
  readonly world: World;
  readonly program: Program;
  readonly threads: readonly Operation[][];
  readonly initial: Content;
  readonly #inCut: Content;
  readonly #operations: readonly Operation[];
  /** Record of each thread's first operation. */
  readonly #first: readonly number[];
  readonly #control: number;
  #stack = 0;
  #passes = 0;
  #passed = 0;
  #isUnwinding = false;
  #isRewinding = false;

  constructor(world: World, program: Program) {
    this.world = world;
    this.program = program;
    const { shape, isBytes = false } = program;
    world.reset(shape.options);
    const keys = chooseKeys(world, isBytes);
    this.threads = program.threads(keys);
    this.#operations = this.threads.flat();
    assert.ok(SEEN + this.#operations.length <= CONTROL_SIZE / 4);
    world.reset({ ...shape.options, operations: this.#operations.length });
    shape.make(world, keys, isBytes);
    this.#control = world.start >> 2;
    let first = 0;
    this.#first = this.threads.map((operations) => {
      first += operations.length;
      return first - operations.length;
    });
    world.save(START_STATE);
    const initial = new Map(world.content());
    if (shape.snapshot !== undefined) initial.set("snapshot", shape.snapshot);
    this.initial = initial;
    this.#inCut = shape.hasCut ? world.content("walkCut") : new Map();
    this.begin();
    for (const [index, operation] of this.#operations.entries()) world.write(index, operation);
    world.save(START_STATE);
  }

  /** The state before all operations. */
  begin(): void {
    this.world.restore(START_STATE);
    this.#isUnwinding = false;
    this.#isRewinding = false;
    this.world.onHook = () => this.#hook();
  }

  isDone(thread: number): boolean {
    return this.#get(thread * THREAD_WORDS + INDEX) === this.threads[thread]?.length;
  }

  get isOver(): boolean {
    return this.threads.every((_, thread) => this.isDone(thread));
  }

  /** Goes on with a thread past `steps` accesses, less if its operation ends; how many it were. */
  advance(thread: number, steps: number): number {
    const { world } = this;
    const word = thread * THREAD_WORDS;
    const index = (this.#first[thread] as number) + this.#get(word + INDEX);
    this.#stack = world.stacks + thread * STACK_SIZE;
    this.#passes = steps;
    this.#passed = 0;
    if (this.#get(word + INSIDE) === 0) {
      this.#set(SEEN + index, this.#get(ENDED));
      this.#set(word + INSIDE, 1);
    } else {
      this.#isRewinding = true;
      world.core.asyncify_start_rewind(this.#stack);
    }
    world.run(index, thread);
    if (this.#isUnwinding) {
      world.core.asyncify_stop_unwind();
      // The digest takes the stack in whole lines: what is behind the top there is of before.
      const top = world.word(this.#stack);
      world.words.fill(0, top >> 2, ((top + 15) & ~15) >> 2);
      this.#isUnwinding = false;
      return this.#passed;
    }
    this.#set(word + INSIDE, 0);
    this.#set(word + INDEX, this.#get(word + INDEX) + 1);
    this.#set(ENDED, this.#get(ENDED) | (1 << index));
    return this.#passed;
  }

  #hook(): void {
    const { world } = this;
    if (this.#isRewinding) {
      world.core.asyncify_stop_rewind();
      this.#isRewinding = false;
      this.#passed = 1;
      return;
    }
    if (this.#passed < this.#passes) {
      this.#passed++;
      return;
    }
    this.#isUnwinding = true;
    world.core.asyncify_start_unwind(this.#stack);
  }

  /** Throws unless what the threads answered, and what they left, is right. Spoils the state. */
  judge(): void {
    const { world } = this;
    const { shape } = this.program;
    world.onHook = undefined;
    world.validate(shape.hasCut ? [WARDEN] : []);
    const final = world.content();
    const calls = this.#calls();
    const mayBeFull = shape.mayBeFull ?? false;
    const all = new Map(final);
    const published = calls.findLast(({ key, kind }) => key === "snapshot" && kind === "store");
    const snapshot = published?.value ?? shape.snapshot;
    if (snapshot !== undefined) all.set("snapshot", snapshot);
    const isRight = isLinearizable({ initial: this.initial, calls, final: all, mayBeFull });
    assert.ok(isRight, `no order explains ${JSON.stringify([calls, final], show)}`);
    if (shape.hasCut) assert.deepEqual(world.content("walkCut"), this.#inCut);
    world.drain();
  }

  /**
   * The operations as calls. Those that had ended when one began grow with time, so they tell the
   * moments apart that matter.
   */
  #calls(): Call[] {
    const seen = this.#operations.map((_, index) => this.#get(SEEN + index));
    const moments = [...new Set(seen)].sort((a, b) => bitCount(a) - bitCount(b));
    const cuts = new Map<number, Call>();
    return this.#operations.flatMap((operation, index) => {
      const begin = 2 * moments.indexOf(seen[index] as number);
      const ended = moments.findIndex((ended) => (ended >> index) & 1);
      const end = ended < 0 ? 2 * moments.length : 2 * ended - 1;
      const calls = this.world.calls(index, operation, begin, end);
      if (operation.kind === "cut") cuts.set(index, calls[0] as Call);
      if (operation.kind === "walkCut") {
        assert.equal(this.world.answer(index), 0, "the cut shows whole values");
        (cuts.get(index - 1) as Call).shown = this.world.shown(index);
      }
      return calls;
    });
  }

  #get(word: number): number {
    return this.world.words[this.#control + word] as number;
  }

  #set(word: number, value: number): void {
    this.world.words[this.#control + word] = value;
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
