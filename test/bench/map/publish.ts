// Row "publish": how long after a store another thread sees it, against a bare word.
//
// Two threads answer each other through the map: one stores under a key, the other polls that key
// and answers under another one. Half a round trip is one way, with the filling of the value in it;
// the same stores on one thread are taken off, and what is left is the handing over. Sixty-four
// round trips are timed at once, and the median of these bursts is the round's figure.
import { type Agents, MAP, PING_WORDS, scratchOf, TIMES } from "./agents.ts";
import { type Contender, quantile, race, type Samples, spreadOf } from "./race.ts";
import { formatNs, judge, type Line } from "./table.ts";

const SIZES = [8, 64, 512, 4096];
const TRIPS = 1 << 13;
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
        return both("pingLoop", (t) => [MAP, t, size, scratchOf(t), count, t === 0 ? 1 : 0, TIMES]);
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
    const handed = handedOver(samples, size);
    const ratio = spreadOf(handed.map((ns, i) => ns / raw[i]!));
    lines.push({
      row,
      what: `store of ${size} bytes, seen by the other thread`,
      ours: `${formatNs(spreadOf(handed))} + fill ${formatNs(spreadOf(samples.get(filled(size))!))}`,
      peer: `raw word: ${formatNs(spreadOf(raw))}`,
      ratio,
      ...judge(ratio.median, { most: 2 }),
    });
  }
  const [small, large] = [handedOver(samples, 8), handedOver(samples, 4096)];
  const flat = spreadOf(large.map((ns, i) => ns / small[i]!));
  lines.push({
    row,
    what: "handing over 4,096 bytes against 8",
    ours: formatNs(spreadOf(large)),
    peer: `8 bytes: ${formatNs(spreadOf(small))}`,
    ratio: flat,
    ...judge(flat.median, { most: 1.2 }),
  });
  return lines;
}

/** One way without the filling, round by round. */
function handedOver(samples: Samples, size: number): number[] {
  const fills = samples.get(filled(size))!;
  return samples.get(seen(size))!.map((ns, i) => ns - fills[i]!);
}
