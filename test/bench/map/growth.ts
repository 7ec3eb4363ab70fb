// Row "growth": the time of every single insert while a map grows from nothing to a million keys.
//
// A clock that JavaScript hands in is read before and after each insert, in one Wasm loop; the same
// loop without the insert is the control, and its median is what the clock costs. The memory has
// been touched before, so that no page fault of the system is in it. An insert does the same in
// each round, so the least of it over the rounds is what the map makes it cost; what is above that
// (interrupts, other processes) does not come again. The raw figures stand beside it.
import {
  MAP_AGENT_MIGRATIONS,
  MAP_AGENT_PROMOTIONS,
  MAP_AGENTS,
  MAP_BUCKETS,
} from "../../../host/base/spec.ts";
import { type Agents, MAP, scratchOf, TIMES } from "./agents.ts";
import { syncMapName } from "./loads.ts";
import { isMissing, type Missing, type PeerProcess, type Peers } from "./peers.ts";
import { quantile, spreadOf } from "./race.ts";
import { type Line, skipped } from "./table.ts";

const KEYS = 1_000_000;
const CAPACITY = 1 << 20;
const ARENA = 160 << 20;
const ROUNDS = 10;
const PEER_ROUNDS = 5;
const TOUCHED = TIMES + KEYS * 4;
const WARM_KEYS = 20_000;
const WARM_ROUNDS = 10;
const P999_MOST_NS = 5000;
const MAX_MOST = 50;

/**
 * An insert splits one bucket of the growth under way and, if its own is not split yet, that one;
 * each split may first promote. Then it may promote its own.
 */
const TOUCHED_MOST = 5;

/** Median, p99, p99.9 and maximum, ns. */
type Quantiles = [number, number, number, number];

interface Growth {
  raw: Quantiles;
  least: Quantiles;
}

function quantilesOf(times: Uint32Array): Quantiles {
  const sorted = times.slice().sort();
  return [quantile(sorted, 0.5), quantile(sorted, 0.99), quantile(sorted, 0.999), sorted.at(-1)!];
}

/** Grows a map anew in each round; the last one stays, for its counters. */
async function grow(agents: Agents, isControl: boolean, rounds: number): Promise<Growth> {
  const least = new Uint32Array(KEYS).fill(0xffffffff);
  const all = new Uint32Array(KEYS * rounds);
  for (let round = 0; round < rounds; round++) {
    agents.newMap(CAPACITY, ARENA);
    const args = [MAP, 0, KEYS, scratchOf(0), TIMES, TOUCHED, isControl ? 1 : 0];
    await agents.call(0, "growLoop", ...args);
    const times = new Uint32Array(agents.memory.buffer, TIMES, KEYS);
    for (let i = 0; i < KEYS; i++) least[i] = Math.min(least[i]!, times[i]!);
    all.set(times, round * KEYS);
  }
  return { raw: quantilesOf(all), least: quantilesOf(least) };
}

function format([median, p99, p999, max]: Quantiles): string {
  const time = (ns: number) => (ns < 10_000 ? `${ns} ns` : `${(ns / 1000).toFixed(1)} µs`);
  return `${time(median)}, ${time(p99)}, ${time(p999)}, ${time(max)}`;
}

export async function benchGrowth(agents: Agents, peers: Peers): Promise<Line[]> {
  const row = "growth";
  const what = "1 M inserts, each: median, p99, p99.9, max";
  for (let i = 0; i < WARM_ROUNDS; i++) {
    agents.newMap(CAPACITY, 8 << 20);
    await agents.call(0, "growLoop", MAP, 0, WARM_KEYS, scratchOf(0), TIMES, TOUCHED, 0);
  }
  const control = await grow(agents, true, 4);
  const ours = await grow(agents, false, ROUNDS);
  const lines: Line[] = [
    {
      row,
      what,
      ours: format(ours.raw),
      peer: `control, the clock alone: ${format(control.raw)}`,
      target: "p99.9 ≤ 5 µs",
      isReached: ours.raw[2] <= P999_MOST_NS,
    },
    maxLine(row, "max over median, least of an insert in any round", ours.least, control.least),
    maxLine(row, "max over median, raw", ours.raw, control.raw),
    touchedLine(agents, row),
  ];
  const known: [PeerProcess | Missing, string, string][] = [
    [peers.go, syncMapName(peers), "sync"],
    [peers.go, "xsync v4", "xsync"],
    [peers.rust, "papaya", "papaya"],
    [peers.rust, "scc", "scc"],
  ];
  for (const [peer, name, map] of known) {
    if (isMissing(peer)) {
      lines.push(skipped(row, `${what}, against ${name}`, peer.reason));
      continue;
    }
    const figures = await peer.ask("grow", map, 1, KEYS, PEER_ROUNDS);
    const raw = figures.slice(0, 4) as Quantiles;
    const least = figures.slice(4) as Quantiles;
    lines.push({
      row,
      what: "raw",
      ours: format(ours.raw),
      peer: `${name}: ${format(raw)}`,
      target: "",
    });
    const best = "least of an insert in any round";
    lines.push({
      row,
      what: best,
      ours: format(ours.least),
      peer: `${name}: ${format(least)}`,
      target: "",
    });
  }
  return lines;
}

/** The clock's own cost is taken off the median, not off the maximum. */
function maxLine(row: string, what: string, ours: Quantiles, control: Quantiles): Line {
  const median = ours[0] - control[0];
  const ratio = spreadOf([ours[3] / median]);
  const peer = `clock alone: ${format(control)}`;
  const isReached = ratio.median <= MAX_MOST;
  return { row, what, ours: format(ours), peer, ratio, target: `≤ ${MAX_MOST} x`, isReached };
}

/** Buckets promoted or split by one insert, counted by the map itself. */
function touchedLine(agents: Agents, row: string): Line {
  const touched = new Uint8Array(agents.memory.buffer, TOUCHED, KEYS);
  const counts = new Map<number, number>();
  for (const count of touched) counts.set(count, (counts.get(count) ?? 0) + 1);
  const view = new DataView(agents.memory.buffer);
  const own = (field: number) => view.getUint32(MAP + MAP_AGENTS + field, true);
  const parts = [...counts].sort(([a], [b]) => a - b).map(([n, times]) => `${n}: ${times}`);
  return {
    row,
    what: "buckets promoted or split by one insert: how many inserts",
    ours: parts.join(", "),
    peer:
      `in all ${own(MAP_AGENT_PROMOTIONS)} promoted, ${own(MAP_AGENT_MIGRATIONS)} split, ` +
      `${view.getUint32(MAP + MAP_BUCKETS, true)} buckets`,
    target: "bounded",
    isReached: Math.max(...counts.keys()) <= TOUCHED_MOST,
  };
}
