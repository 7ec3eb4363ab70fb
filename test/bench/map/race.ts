// Contenders take turns round by round, so that what else the machine does hits all alike.
//
// The order is reversed in every other round; the first half of the rounds is warm-up. A ratio is
// that of two contenders in the same round, so its quartiles are those of a comparison and not of
// two machines' moods.

/** Median and quartiles. */
export interface Spread {
  median: number;
  low: number;
  high: number;
}

export interface Contender {
  name: string;
  /** One round: nanoseconds per operation, all threads taken together. */
  round(): Promise<number>;
}

/** What each contender took in the rounds that count, by name, in the same order for all. */
export type Samples = Map<string, number[]>;

/** Many and short: a round of a few milliseconds is seldom interrupted. */
const ROUNDS = 40;

/** Runs the contenders against each other. */
export async function race(contenders: Contender[], rounds = ROUNDS): Promise<Samples> {
  const samples: Samples = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contenders : [...contenders].reverse();
    for (const contender of order) {
      const took = await contender.round();
      if (round >= rounds / 2) samples.get(contender.name)!.push(took);
    }
  }
  return samples;
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
