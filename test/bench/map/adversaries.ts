// Row "adversarial": what Go's BenchmarkMapAdversarialAlloc and -Delete are for, on two threads.
//
// Both make nearly all loads miss while a new key now and then makes the read part stale: the
// classic map then copies all keys under its lock. Each round begins with a new map.
import { type Agents, CURSOR, MAP, scratchOf } from "./agents.ts";
import { peerContender, syncMapName } from "./loads.ts";
import { isMissing, type Missing, type PeerProcess, type Peers } from "./peers.ts";
import { type Contender, race } from "./race.ts";
import { compare, type Line, skipped, type Target } from "./table.ts";

const OPS = 1 << 17;
const WARM_OPS = 1 << 12;
const WARM_ROUNDS = 30;
const ARENA = 4 << 20;
const CAPACITY = 4096;
const THREADS = 2;

const CASES = [
  { round: "alloc", what: "AdversarialAlloc, 2 threads", loop: "allocLoop" },
  { round: "delete", what: "AdversarialDelete, 2 threads", loop: "deleteLoop" },
] as const;

function contender(agents: Agents, name: string, loop: string): Contender {
  const once = async (ops: number) => {
    agents.newMap(CAPACITY, ARENA);
    if (loop === "deleteLoop") agents.loops.fillPlain(MAP, 0, scratchOf(0));
    const args = Array.from({ length: THREADS }, (_, t) => {
      const common = [MAP, t, t * ops, ops, scratchOf(t)];
      return loop === "deleteLoop" ? [...common, scratchOf(t) + CURSOR] : common;
    });
    const { ns, switches } = await agents.together(loop, args);
    return { ns: ns / (ops * THREADS), switches };
  };
  let isWarm = false;
  return {
    name,
    async round() {
      for (let i = 0; i < WARM_ROUNDS && !isWarm; i++) await once(WARM_OPS);
      isWarm = true;
      return once(OPS);
    },
  };
}

export async function benchAdversaries(agents: Agents, peers: Peers): Promise<Line[]> {
  const row = "adversarial";
  const lines: Line[] = [];
  for (const { round, what, loop } of CASES) {
    const ours = "one pin per load";
    const contenders = [contender(agents, ours, loop)];
    const known: [PeerProcess | Missing, string, string, Target | undefined][] = [
      [peers.classic, "classic sync.Map (Go 1.24)", "sync", { least: 3 }],
      [peers.go, syncMapName(peers), "sync", { least: 1 }],
      [peers.go, "xsync v4", "xsync", undefined],
      [peers.rust, "papaya", "papaya", undefined],
    ];
    for (const [peer, name, map] of known) {
      if (isMissing(peer)) lines.push(skipped(row, `${what}, against ${name}`, peer.reason));
      else contenders.push(peerContender(peer, name, { round, map, threads: THREADS, ops: OPS }));
    }
    const samples = await race(contenders);
    for (const [peer, name, , target] of known) {
      if (isMissing(peer)) continue;
      lines.push(compare(samples, { row, what, ours, peer: name, ...(target ? { target } : {}) }));
    }
  }
  return lines;
}
