// Row "publish": how long after a store another thread sees it, against a bare word.
//
// Two threads answer each other through the map: one publishes under a key, the other polls that
// key and answers under another one; half a round trip is one way. The values were reserved and
// filled before, so what is timed is the handing over; what a store with its copy costs on one
// thread stands beside it. Sixty-four round trips are timed at once, and the median of these bursts
// is the round's figure.
import { type Agents, MAP, PING_WORDS, scratchOf, TIMES } from "./agents.ts";
import { type Contender, quantile, race, ratioOf, spreadOf } from "./race.ts";
import { formatNs, judge, type Line } from "./table.ts";

const SIZES = [8, 64, 512, 4096];
const TRIPS = 1 << 12;
const WARM = 20;
const WARM_TRIPS = 512;
/** As in test/core/map/loops.ts. */
const BURST = 64;
const ARENA = 2 << 20;

const seen = (size: number) => `seen, ${size} bytes`;
const filled = (size: number) => `fill, ${size} bytes`;

/** Median of the bursts that a loop has left at TIMES, ns per operation. */
function burstMedian(agents: Agents, count: number): number {
  const bursts = new Uint32Array(agents.memory.buffer, TIMES, count / BURST).slice().sort();
  return quantile(bursts, 0.5) / BURST;
}

function contenders(agents: Agents, count: number): Contender[] {
  const both = async (name: string, args: (t: number) => number[]) => {
    await agents.together(name, [args(0), args(1)]);
    return { ns: burstMedian(agents, count) / 2, switches: 0 };
  };
  const list: Contender[] = [
    {
      name: "raw",
      round() {
        new Int32Array(agents.memory.buffer, PING_WORDS, 32).fill(0);
        return both("rawPingLoop", (t) => [PING_WORDS, count, t === 0 ? 1 : 0, TIMES]);
      },
    },
  ];
  for (const size of SIZES) {
    list.push({
      name: seen(size),
      round() {
        agents.newMap(64, ARENA);
        new Int32Array(agents.memory.buffer, PING_WORDS, 32).fill(0);
        return both("pingLoop", (t) => {
          return [MAP, t, size, scratchOf(t), PING_WORDS, count, t === 0 ? 1 : 0, TIMES];
        });
      },
    });
    list.push({
      name: filled(size),
      async round() {
        agents.newMap(64, ARENA);
        await agents.call(0, "storeLoop", MAP, 0, size, scratchOf(0), count, TIMES);
        return { ns: burstMedian(agents, count), switches: 0 };
      },
    });
  }
  return list;
}

export async function benchPublish(agents: Agents): Promise<Line[]> {
  const row = "publish";
  for (let i = 0; i < WARM; i++) {
    for (const contender of contenders(agents, WARM_TRIPS)) await contender.round();
  }
  const samples = await race(contenders(agents, TRIPS));
  const raw = samples.get("raw")!;
  const lines: Line[] = [];
  for (const size of SIZES) {
    const handed = samples.get(seen(size))!;
    const ratio = ratioOf(handed, raw);
    lines.push({
      row,
      what: `publishing ${size} bytes until the other thread sees them`,
      ours:
        `${formatNs(spreadOf(handed))}; ` +
        `a store with its copy, alone: ${formatNs(spreadOf(samples.get(filled(size))!))}`,
      peer: `raw word: ${formatNs(spreadOf(raw))}`,
      ratio,
      ...judge(ratio.median, { most: 2 }),
    });
  }
  const [small, large] = [samples.get(seen(8))!, samples.get(seen(4096))!];
  const flat = ratioOf(large, small);
  lines.push({
    row,
    what: "publishing 4,096 bytes against 8",
    ours: formatNs(spreadOf(large)),
    peer: `8 bytes: ${formatNs(spreadOf(small))}`,
    ratio: flat,
    ...judge(flat.median, { most: 1.2 }),
  });
  return lines;
}
