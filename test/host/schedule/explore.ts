// All schedules of a small program, each state of it once; and some of a large one, by chance.
//
// A depth-first search over states: memory, stacks and control words. From a state that was reached
// before, all schedules have been seen; so their number is known without running them. A state that
// comes again on its own way would mean that agents wait for each other: that is a failure too.
import { type Coroutines, show } from "./coroutines.ts";
import { AGENTS } from "./world.ts";

export interface Exploration {
  /** Schedules from start to end, each a different order of accesses. */
  schedules: number;
  states: number;
  steps: number;
  /** Different last states; each was judged. */
  ends: number;
}

export class ScheduleError extends Error {}

const STATES = 0x900000;
const STATES_END = 0x3f00000;
const ON_THE_WAY = -1;

export class Explorer {
  readonly #threads: Coroutines;
  readonly #bound: number;
  readonly #size: number;
  readonly #seen: Map<number, number>[] = [];
  readonly #ends = new Set<number>();
  readonly #path: number[] = [];
  #steps = 0;

  /** `bound`: how often a thread may be interrupted that could go on. */
  constructor(threads: Coroutines, bound = Infinity) {
    this.#threads = threads;
    this.#bound = bound;
    this.#size = (threads.world.end - threads.world.start + 63) & ~63;
  }

  /** Throws a ScheduleError at the first schedule that goes wrong. */
  run(): Exploration {
    this.#threads.begin();
    const schedules = this.#goOn(0, -1, this.#bound);
    return {
      schedules,
      states: this.#seen.reduce((sum, { size }) => sum + size, 0),
      steps: this.#steps,
      ends: this.#ends.size,
    };
  }

  /** From the present state, entered by a step of thread `last`; how many schedules. */
  #goOn(depth: number, last: number, left: number): number {
    const { world, threads } = this.#threads;
    const state = STATES + depth * this.#size;
    if (state + this.#size > STATES_END) this.#fail(new Error("the schedule does not end"));
    world.save(state);
    let schedules = 0;
    let isFirst = true;
    for (let thread = 0; thread < threads.length; thread++) {
      if (!isFirst) world.restore(state);
      isFirst = false;
      if (this.#threads.isDone(thread)) continue;
      const isPreempted = last >= 0 && thread !== last && !this.#threads.isDone(last);
      const rest = left - Number(isPreempted);
      if (rest < 0) continue;
      this.#path[depth] = thread;
      this.#path.length = depth + 1;
      schedules += this.#step(depth, thread, rest);
    }
    return schedules;
  }

  #step(depth: number, thread: number, left: number): number {
    const { world } = this.#threads;
    let key: number;
    try {
      this.#threads.advance(thread, 1);
      this.#steps++;
      key = world.digest();
      if (this.#threads.isOver) {
        if (!this.#ends.has(key)) this.#threads.judge();
        this.#threads.begin();
        this.#ends.add(key);
        return 1;
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    // With a bound it matters who ran last and how often he may still be interrupted.
    const kind = this.#bound === Infinity ? 0 : left * AGENTS + thread;
    this.#seen[kind] ??= new Map();
    const seen = this.#seen[kind];
    const known = seen.get(key);
    if (known === ON_THE_WAY) this.#fail(new Error("a state comes again: somebody waits"));
    if (known !== undefined) return known;
    seen.set(key, ON_THE_WAY);
    const schedules = this.#goOn(depth + 1, thread, left);
    seen.set(key, schedules);
    return schedules;
  }

  #fail(error: Error): never {
    throw failure(this.#threads, scheduleText(this.#path.map((thread) => [thread, 1])), error);
  }
}

/** How to see it again, in one line, then what it was. */
function failure(threads: Coroutines, schedule: string, error: Error): ScheduleError {
  const { name } = threads.program;
  return new ScheduleError(
    [
      `again: LATCH_SCHEDULE="${name}: ${schedule}" node --import tsx test/host/schedule/replay.ts`,
      `program: ${JSON.stringify(threads.threads, show)}`,
      error.message,
    ].join("\n"),
    { cause: error },
  );
}

/** Threads in their order, each with the number of accesses it went past. */
function scheduleText(segments: readonly (readonly [number, number])[]): string {
  const joined: [number, number][] = [];
  for (const [thread, steps] of segments) {
    const last = joined.at(-1);
    if (last?.[0] === thread) last[1] += steps;
    else joined.push([thread, steps]);
  }
  return joined.map(([thread, steps]) => `${thread}*${steps}`).join(" ");
}

/** One schedule to its end. `choose` says who goes on, and past how many accesses at most. */
function play(
  threads: Coroutines,
  judged: Set<number>,
  choose: (step: number) => readonly [number, number],
): void {
  const segments: [number, number][] = [];
  threads.begin();
  try {
    for (let step = 0; !threads.isOver; ) {
      const [thread, steps] = choose(step);
      const segment: [number, number] = [thread, steps];
      segments.push(segment);
      segment[1] = threads.advance(thread, steps);
      step += segment[1];
    }
    const key = threads.world.digest();
    if (!judged.has(key)) threads.judge();
    judged.add(key);
  } catch (error) {
    throw failure(threads, scheduleText(segments), error as Error);
  }
}

/**
 * `count` schedules after PCT (Burckhardt et al., ASPLOS 2010): threads have priorities, the first
 * that can runs; at `changes` moments chosen before, the one that runs becomes the last. Different
 * last states.
 */
export function playByChance(
  threads: Coroutines,
  count: number,
  changes: number,
  random: (below: number) => number,
): number {
  const judged = new Set<number>();
  let longest = 100;
  for (let i = 0; i < count; i++) {
    const order = threads.threads.map((_, thread) => thread);
    for (let j = order.length - 1; j > 0; j--) {
      const k = random(j + 1);
      [order[j], order[k]] = [order[k] as number, order[j] as number];
    }
    const moments = Array.from({ length: changes }, () => 1 + random(longest)).sort(
      (a, b) => a - b,
    );
    play(threads, judged, (step) => {
      longest = Math.max(longest, step);
      const running = () => order.find((thread) => !threads.isDone(thread)) as number;
      while (moments[0] !== undefined && moments[0] <= step) {
        moments.shift();
        const [demoted] = order.splice(order.indexOf(running()), 1);
        order.push(demoted as number);
      }
      return [running(), (moments[0] ?? Infinity) - step];
    });
  }
  return judged.size;
}

/** Plays a schedule as a failure names it; what it leaves to choose goes to the first thread. */
export function playText(threads: Coroutines, schedule: string): void {
  let end = 0;
  const segments = schedule.split(" ").map((part) => {
    const [thread, steps] = part.split("*").map(Number) as [number, number];
    end += steps;
    return { thread, end };
  });
  play(threads, new Set(), (step) => {
    const segment = segments.find(({ end }) => step < end);
    if (segment && !threads.isDone(segment.thread)) return [segment.thread, segment.end - step];
    return [threads.threads.findIndex((_, thread) => !threads.isDone(thread)), Infinity];
  });
}
