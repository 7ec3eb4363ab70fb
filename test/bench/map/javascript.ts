// Rows "javascript" and "host": our map as a TypeScript program calls it.
//
// Row "javascript" reads values in place by offset, through EntryMap and, to see what that costs,
// through the core's exports alone. Row "host" is 2 threads with 90 % loads: ours, one table behind
// a mutex, and a thread that owns a Map and is asked by messages, each with what it allocates in
// the JavaScript heap and how long the collector runs.
import { type Agents, MAP, scratchOf } from "./agents.ts";
import { seedOf } from "./loads.ts";
import { isMissing, type Peers } from "./peers.ts";
import { type Attempt, type Contender, race, spreadOf } from "./race.ts";
import { compare, formatNs, type Line, skipped } from "./table.ts";

const KEYS = 1024;
const MASK = KEYS - 1;
const BATCH = 64;
const LOADS = 1 << 16;
const PEER_LOADS = 1 << 11;
const WARM = 60;
const WARM_OPS = 1 << 12;
const ARENA = 4 << 20;
const NPM_PEERS = ["sharedmap", "shared-memory-datastructures"] as const;

type Args = (number | string)[];

function contender(
  agents: Agents,
  name: string,
  loop: string,
  argsOf: (n: number) => Args,
  n = LOADS,
) {
  let isWarm = false;
  const once = async (count: number) => {
    const { ns, switches } = await agents.call(0, loop, ...argsOf(count));
    return { ns: ns / count, switches };
  };
  const made: Contender = {
    name,
    async round() {
      for (let i = 0; i < WARM && !isWarm; i++) await once(Math.min(n, WARM_OPS));
      isWarm = true;
      return once(n);
    },
  };
  return made;
}

/** Row "javascript". */
export async function benchJavascript(agents: Agents, peers: Peers): Promise<Line[]> {
  const row = "javascript";
  const lines: Line[] = [];
  await agents.call(0, "mapFill", KEYS);
  agents.newMap(KEYS, ARENA);
  agents.loops.fill(MAP, 0, 0, KEYS, scratchOf(0));
  const seed = seedOf(0);
  await agents.call(0, "entryMapFill", KEYS);
  const ours = `EntryMap, one pin per ${BATCH}`;
  const single = "EntryMap, one pin per load";
  const bare = `exports, one pin per ${BATCH}`;
  const own = "a thread's own Map";
  const integers = await race([
    contender(agents, ours, "entryMapLoads", (n) => [MASK, n, BATCH, seed]),
    contender(agents, single, "entryMapLoads", (n) => [MASK, n, 1, seed]),
    contender(agents, bare, "ourLoads", (n) => [0, MASK, n, BATCH, seed]),
    contender(agents, own, "mapLoads", (n) => [MASK, n, seed]),
  ]);
  const target = { most: 3 };
  const what = "from JavaScript, load by integer key";
  lines.push(compare(integers, { row, what, ours, peer: own, target }));
  lines.push(compare(integers, { row, what, ours: single, peer: own }));
  lines.push(compare(integers, { row, what, ours: bare, peer: own }));

  agents.newMap(KEYS, ARENA);
  await agents.call(0, "ourNamedFill", 0, KEYS);
  const contenders = [
    contender(agents, ours, "namedEntryMapLoads", (n) => [MASK, n, BATCH, seed]),
    contender(agents, bare, "ourNamedLoads", (n) => [0, MASK, n, BATCH, seed]),
    contender(agents, own, "namedMapLoads", (n) => [MASK, n, seed]),
  ];
  const named = "from JavaScript, load by string key";
  const found: string[] = [];
  for (const kind of NPM_PEERS) {
    const folder = peers.npm;
    const reason = isMissing(folder) ? folder.reason : await openFailure(agents, kind, folder);
    if (reason !== undefined) {
      lines.push(skipped(row, `${named}, against ${kind}`, reason));
      continue;
    }
    contenders.push(contender(agents, kind, "peerLoads", (n) => [kind, MASK, n, seed], PEER_LOADS));
    found.push(kind);
  }
  const strings = await race(contenders);
  for (const peer of found) {
    const least = peer === "sharedmap" ? { target: { least: 20 } } : {};
    lines.push(compare(strings, { row, what: named, ours, peer, ...least }));
  }
  lines.push(compare(strings, { row, what: named, ours, peer: own }));
  lines.push(compare(strings, { row, what: named, ours: bare, peer: own }));
  return lines;
}

/** Why an npm peer cannot be opened here; undefined if it could. */
async function openFailure(agents: Agents, kind: string, folder: string) {
  try {
    await agents.call(0, "peerFill", kind, folder, KEYS);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

interface Way {
  name: string;
  /** Runs so many operations; ns of all together. */
  run(count: number): Promise<Attempt>;
  prepare(): void;
  /** Operations of a round; those of one thread that are too few for the collector to run. */
  count: number;
  few: number;
}

const SHARE = 10;
/** Behind our own map. */
const MUTEX_MAP = MAP + (8 << 20);
const TRIES = 10;
const ALLOCATION_RUNS = 9;

function ways(agents: Agents): Way[] {
  const both = (loop: string, argsOf: (t: number, n: number) => Args, count: number) =>
    agents.together(loop, [argsOf(0, count / 2), argsOf(1, count / 2)]);
  const owned = (window: number): Way => ({
    name: `owner asked by postMessage, ${window} under way`,
    prepare() {},
    run: (count) => agents.call(1, "ownedMix", MASK, count, SHARE, window, seedOf(1)),
    count: 1 << 11,
    few: 1 << 7,
  });
  return [
    {
      name: "ours",
      prepare() {
        agents.newMap(KEYS, ARENA);
        agents.loops.fill(MAP, 0, 0, KEYS, scratchOf(0));
      },
      run: (count) => both("ourMix", (t, n) => [t, MASK, n, SHARE, seedOf(t)], count),
      count: 1 << 16,
      few: 1 << 13,
    },
    {
      name: "table behind a mutex",
      prepare() {
        new Uint8Array(agents.memory.buffer, MUTEX_MAP, 1 << 20).fill(0);
      },
      run: (count) => both("mutexMix", (t, n) => [MUTEX_MAP, MASK, n, SHARE, seedOf(t)], count),
      count: 1 << 15,
      few: 1 << 13,
    },
    owned(64),
    owned(1),
  ];
}

interface Host {
  ns: number[];
  bytesPerOp: number;
  collectedMsPerMillion: number;
}

/** Row "host". */
export async function benchHost(agents: Agents): Promise<Line[]> {
  const row = "host";
  agents.link();
  const rows = new Map<string, Host>();
  const all = ways(agents);
  const collected = new Map<string, number>();
  const attempts = new Map<string, number>();
  const contenders: Contender[] = [];
  for (const way of all) {
    way.prepare();
    for (let i = 0; i < WARM; i++) await way.run(way.few);
    const bytesPerOp = await allocated(agents, way);
    rows.set(way.name, { ns: [], bytesPerOp, collectedMsPerMillion: 0 });
    const round = async () => {
      const { value, collectedMs } = await metered(agents, () => way.run(way.count));
      collected.set(way.name, (collected.get(way.name) ?? 0) + collectedMs);
      attempts.set(way.name, (attempts.get(way.name) ?? 0) + 1);
      return { ns: value.ns / way.count, switches: value.switches };
    };
    contenders.push({ name: way.name, round });
  }
  const samples = await race(contenders);
  for (const way of all) {
    const host = rows.get(way.name)!;
    host.ns = samples.get(way.name)!;
    const ops = attempts.get(way.name)! * way.count;
    host.collectedMsPerMillion = (collected.get(way.name)! / ops) * 1e6;
  }
  const ours = rows.get("ours")!;
  const words = (host: Host) =>
    `${formatNs(spreadOf(host.ns))}, allocates ${host.bytesPerOp.toFixed(1)} B, ` +
    `collector ${host.collectedMsPerMillion.toFixed(1)} ms per million`;
  return all.map(({ name }): Line => {
    const host = rows.get(name)!;
    if (name === "ours") {
      const what = "from JavaScript, 2 threads, 90 % loads: bytes allocated per operation";
      const isReached = host.bytesPerOp < 0.5;
      return { row, what, ours: words(host), peer: "", target: "0 B", isReached };
    }
    const ratio = spreadOf(host.ns.map((ns, i) => ns / ours.ns[i]!));
    const what = "from JavaScript, 2 threads, 90 % loads";
    return { row, what, ours: words(ours), peer: `${name}: ${words(host)}`, ratio, target: "" };
  });
}

/**
 * Bytes allocated per operation: what twice as many operations allocate more, in runs in which the
 * collector did not come in; the median of a few.
 */
async function allocated(agents: Agents, way: Way): Promise<number> {
  const grown = async (count: number): Promise<number> => {
    for (let i = 0; i < TRIES; i++) {
      const { bytes, collections } = await metered(agents, () => way.run(count));
      if (collections === 0) return bytes;
    }
    return Number.NaN;
  };
  const found: number[] = [];
  for (let i = 0; i < ALLOCATION_RUNS; i++) {
    found.push(((await grown(2 * way.few)) - (await grown(way.few))) / way.few);
  }
  return spreadOf(found.filter((value) => !Number.isNaN(value))).median;
}

/** Runs an action with the heaps of both threads watched. */
async function metered<T>(agents: Agents, action: () => Promise<T>) {
  for (const thread of [0, 1]) await agents.call(thread, "meterBegin");
  const value = await action();
  let bytes = 0;
  let collections = 0;
  let collectedMs = 0;
  for (const thread of [0, 1]) {
    const { result } = await agents.call(thread, "meterEnd");
    const [grown, times, ms] = result as number[];
    bytes += grown!;
    collections += times!;
    collectedMs += ms!;
  }
  return { value, bytes, collections, collectedMs };
}
