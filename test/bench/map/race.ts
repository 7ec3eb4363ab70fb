// Contenders take turns round by round, so that what else the machine does hits all alike.
//
// The order is reversed in every other round; the first half of the rounds is warm-up. A ratio is
// that of two contenders in the same round, so its quartiles are those of a comparison and not of
// two machines' moods. A round during which the system took a thread off its processor is tried
// again, a few times: with two threads on two processors any other process costs one of them.

/** Median and quartiles. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** One attempt at a round. */
export interface Attempt {
  /** Nanoseconds per operation, all threads taken together. */
  ns: number;
  /** How often the system took one of the threads off its processor. */
  switches: number;
}

export interface Contender {
  name: string;
  round(): Promise<Attempt>;
}

/** What each contender took in the rounds that count, by name, in the same order for all. */
export type Samples = Map<string, number[]>;

/** Many and short: a round of a few milliseconds is seldom interrupted. */
const ROUNDS = 40;
const ATTEMPTS = 5;
const ROUNDS_LEAST = 12;
const RACE_LIMIT_MS = 6000;

/** Runs the contenders against each other; on a busy machine fewer rounds, so that it ends. */
export async function race(contenders: Contender[]): Promise<Samples> {
  const samples: Samples = new Map(contenders.map(({ name }) => [name, []]));
  const began = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    if (round >= ROUNDS_LEAST && performance.now() - began > RACE_LIMIT_MS) break;
    const order = round % 2 === 0 ? contenders : [...contenders].reverse();
    for (const contender of order) {
      const took = await undisturbed(() => contender.round());
      samples.get(contender.name)!.push(took);
    }
  }
  for (const list of samples.values()) list.splice(0, list.length >> 1);
  return samples;
}

/**
 * The first of a few attempts during which no thread was taken off its processor, or the one with
 * the fewest such switches. Others' work on the machine is not in it; that of a contender's own
 * collector on the same processor may be left out too.
 */
async function undisturbed(attempt: () => Promise<Attempt>): Promise<number> {
  let best: Attempt | undefined;
  for (let i = 0; i < ATTEMPTS; i++) {
    const made = await attempt();
    if (best === undefined || made.switches < best.switches) best = made;
    if (best.switches === 0) break;
  }
  return best!.ns;
}

export function spreadOf(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.round((sorted.length - 1) * part)] ?? Number.NaN;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Spread of a / b, round by round. */
export function ratioOf(a: number[], b: number[]): Spread {
  return spreadOf(a.map((value, i) => value / b[i]!));
}

/** The value that so large a part of the sorted values does not exceed. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
}
