// Rows "load" and "threads": hits on 1,024 keys by one thread, and mixes on two.
import { type Agents, CONTROL_ARRAY, MAP, scratchOf } from "./agents.ts";
import { isMissing, type Missing, type PeerProcess, type Peers } from "./peers.ts";
import { type Contender, race, type Samples } from "./race.ts";
import { compare, type Line, skipped, type Target } from "./table.ts";

const KEYS = 1024;
const MASK = KEYS - 1;
const BATCH = 64;
const ARENA = 4 << 20;
const LOADS = 1 << 17;
const MIXES = 1 << 16;
const WARM_CALLS = 60;
const WARM_OPS = 1 << 13;

/** Seeds of the threads, the peers' too. */
export function seedOf(thread: number): number {
  return Math.imul(thread + 1, 0x9e3779b1) >>> 0;
}

/** A contender of the peers' programs. */
export function peerContender(
  peer: PeerProcess,
  name: string,
  request: { round: string; map: string; threads: number; ops: number; argument?: number },
): Contender {
  const { round, map, threads, ops, argument = 0 } = request;
  return {
    name,
    async round() {
      const [ns, switches] = await peer.ask(round, map, threads, ops, argument);
      return { ns: ns! / (ops * threads), switches: switches! };
    },
  };
}

/** Names of the peers in the tables. */
export function syncMapName(peers: Peers): string {
  return `sync.Map (Go ${peers.goVersion})`;
}

async function filledMap(agents: Agents): Promise<void> {
  agents.newMap(KEYS, ARENA);
  const status = agents.loops.fill(MAP, 0, 0, KEYS, scratchOf(0));
  if (status !== 0) throw new Error(`fill: ${status}`);
  // Every key once, so that buckets which are still dirty are promoted by their misses.
  for (let i = 0; i < 4; i++) await agents.call(0, "loadLoop", MAP, 0, MASK, 1 << 16, BATCH, i + 1);
}

/** ns per load of our map on so many threads, `batch` loads under each pin. */
function loadContender(agents: Agents, name: string, threads: number, batch: number): Contender {
  const argsOf = (count: number) =>
    Array.from({ length: threads }, (_, t) => [MAP, t, MASK, count, batch, seedOf(t)]);
  return {
    name,
    async round() {
      const { ns, switches } = await agents.together("loadLoop", argsOf(LOADS));
      return { ns: ns / (LOADS * threads), switches };
    },
  };
}

function mixContender(agents: Agents, name: string, share: number, threads: number): Contender {
  return {
    name,
    async round() {
      const args = Array.from({ length: threads }, (_, t) => [
        MAP,
        t,
        MIXES,
        BATCH,
        share,
        scratchOf(t),
        seedOf(t),
      ]);
      const { ns, switches } = await agents.together("mixLoop", args);
      return { ns: ns / (MIXES * threads), switches };
    },
  };
}

/** Row "load". */
export async function benchLoads(agents: Agents, peers: Peers): Promise<Line[]> {
  const row = "load";
  const what = "Load hit, 1,024 keys, 1 thread";
  await filledMap(agents);
  await agents.call(0, "mapFill", KEYS);
  for (let i = 0; i < WARM_CALLS; i++) {
    await agents.call(0, "loadLoop", MAP, 0, MASK, WARM_OPS, BATCH, 7);
    await agents.call(0, "loadLoop", MAP, 0, MASK, WARM_OPS, 1, 7);
    await agents.call(0, "controlLoop", CONTROL_ARRAY, MASK, WARM_OPS, 7);
    await agents.call(0, "mapLoads", MASK, WARM_OPS, 7);
  }
  const ours = `one pin per ${BATCH}`;
  const contenders: Contender[] = [
    loadContender(agents, ours, 1, BATCH),
    loadContender(agents, "one pin per load", 1, 1),
    {
      name: "control: the loop, reading an array",
      async round() {
        const args = [CONTROL_ARRAY, MASK, LOADS, seedOf(0)];
        const { ns, switches } = await agents.call(0, "controlLoop", ...args);
        return { ns: ns / LOADS, switches };
      },
    },
    {
      name: "JavaScript Map, called in JavaScript",
      async round() {
        const { ns, switches } = await agents.call(0, "mapLoads", MASK, LOADS, seedOf(0));
        return { ns: ns / LOADS, switches };
      },
    },
  ];
  const targets: [string, Target | undefined][] = [
    ["control: the loop, reading an array", undefined],
    ["JavaScript Map, called in JavaScript", undefined],
  ];
  const lines: Line[] = [];
  const enter = (peer: PeerProcess | Missing, name: string, map: string, target?: Target) => {
    if (isMissing(peer)) {
      lines.push(skipped(row, `${what}, against ${name}`, peer.reason));
      return;
    }
    const request = { round: "load", map, threads: 1, ops: LOADS, argument: MASK };
    contenders.push(peerContender(peer, name, request));
    targets.push([name, target]);
  };
  enter(peers.go, syncMapName(peers), "sync", { least: 1.5 });
  enter(peers.go, "xsync v4", "xsync", { least: 0.8 });
  enter(peers.rust, `papaya, one pin per ${BATCH}`, "papaya", { least: 0.8 });
  enter(peers.rust, "papaya, one pin per load", "papaya-1");
  enter(peers.rust, "scc", "scc");
  enter(peers.rust, "dashmap", "dashmap");
  enter(peers.go, "Go map + RWMutex", "rwmutex");
  const samples = await race(contenders);
  for (const [peer, target] of targets) {
    const single = peer.endsWith("one pin per load");
    lines.push(
      compare(samples, {
        row,
        what,
        ours: single ? "one pin per load" : ours,
        peer,
        ...(target ? { target } : {}),
      }),
    );
  }
  return lines;
}

interface Mix {
  what: string;
  /** Stores, and as many deletes, of 200. */
  share: number;
  syncTarget?: Target;
}

const MIX_CASES: Mix[] = [
  { what: "100 % loads", share: 0 },
  { what: "99 % loads", share: 1, syncTarget: { least: 1.5 } },
  { what: "90 % loads", share: 10, syncTarget: { least: 1.2 } },
];

/** Row "threads": two threads, and how loads scale from one. */
export async function benchThreads(agents: Agents, peers: Peers): Promise<Line[]> {
  const lines: Line[] = [];
  for (const mix of MIX_CASES) {
    await filledMap(agents);
    for (let i = 0; i < WARM_CALLS; i++) {
      await agents.together("mixLoop", [
        [MAP, 0, WARM_OPS, BATCH, mix.share, scratchOf(0), 7],
        [MAP, 1, WARM_OPS, BATCH, mix.share, scratchOf(1), 9],
      ]);
    }
    lines.push(...(await benchMix(agents, peers, mix)));
  }
  await filledMap(agents);
  const one = "1 thread";
  const two = "2 threads";
  const samples = await race([
    loadContender(agents, one, 1, BATCH),
    loadContender(agents, two, 2, BATCH),
  ]);
  const what = "Loads a second by 2 threads over 1";
  lines.push(
    compare(samples, { row: "threads", what, ours: two, peer: one, target: { least: 1.8 } }),
  );
  return lines;
}

async function benchMix(agents: Agents, peers: Peers, mix: Mix): Promise<Line[]> {
  const row = "threads";
  const what = `2 threads, ${mix.what}`;
  const ours = `one pin per ${BATCH}`;
  const contenders = [mixContender(agents, ours, mix.share, 2)];
  const lines: Line[] = [];
  const known: [PeerProcess | Missing, string, string, Target | undefined][] = [
    [peers.go, syncMapName(peers), "sync", mix.syncTarget],
    [peers.go, "xsync v4", "xsync", undefined],
    [peers.rust, `papaya, one pin per ${BATCH}`, "papaya", undefined],
    [peers.rust, "scc", "scc", undefined],
    [peers.rust, "dashmap", "dashmap", undefined],
    [peers.go, "Go map + RWMutex", "rwmutex", undefined],
  ];
  for (const [peer, name, map] of known) {
    if (isMissing(peer)) lines.push(skipped(row, `${what}, against ${name}`, peer.reason));
    else {
      const request = { round: "mix", map, threads: 2, ops: MIXES, argument: mix.share };
      contenders.push(peerContender(peer, name, request));
    }
  }
  const samples: Samples = await race(contenders);
  for (const [peer, name, , target] of known) {
    if (isMissing(peer)) continue;
    lines.push(compare(samples, { row, what, ours, peer: name, ...(target ? { target } : {}) }));
  }
  return lines;
}
