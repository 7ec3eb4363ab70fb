// Rows "walks" and "bytes": taking a cut, walking a thousand keys, and what an entry takes.
import { MAP_BUCKETS } from "../../../host/base/spec.ts";
import { type Agents, CURSOR, MAP, scratchOf } from "./agents.ts";
import { peerContender, syncMapName } from "./loads.ts";
import { isMissing, type Missing, type PeerProcess, type Peers } from "./peers.ts";
import { type Contender, race } from "./race.ts";
import { compare, judge, type Line, skipped, type Target } from "./table.ts";

const SMALL = 1000;
const LARGE = 100_000;
const LARGE_MAP = MAP + (16 << 20);
const CUTS = 1 << 17;
const RANGES = 200;
const WARM = 40;
const WARM_TIMES = 60;
const IDEAL_SIZE = 8 + 64;

function filledMap(agents: Agents, keys: number, arenaSize: number, at: number): void {
  agents.newMap(keys, arenaSize, 2, at);
  const status = agents.loops.fill(at, 0, 0, keys, scratchOf(0));
  if (status !== 0) throw new Error(`fill: ${status}`);
}

/** Row "walks". */
export async function benchWalks(agents: Agents, peers: Peers): Promise<Line[]> {
  const row = "walks";
  filledMap(agents, SMALL, 4 << 20, MAP);
  filledMap(agents, LARGE, 24 << 20, LARGE_MAP);
  const cuts = (name: string, map: number): Contender => ({
    name,
    async round() {
      const { ns, switches } = await agents.call(0, "cutLoop", map, 0, CUTS);
      return { ns: ns / CUTS, switches };
    },
  });
  const walk = async (times: number) => {
    const args = [MAP, 0, scratchOf(0) + CURSOR, times];
    const { ns, result, switches } = await agents.call(0, "rangeLoop", ...args);
    if (result !== SMALL * times) throw new Error(`walked ${result} keys`);
    return { ns: ns / times, switches };
  };
  for (let i = 0; i < WARM; i++) {
    await agents.call(0, "cutLoop", MAP, 0, WARM_TIMES);
    await walk(WARM_TIMES);
  }
  const cutSamples = await race([cuts("100,000 keys", LARGE_MAP), cuts("1,000 keys", MAP)]);
  const lines = [
    compare(cutSamples, {
      row,
      what: "taking a snapshot",
      ours: "100,000 keys",
      peer: "1,000 keys",
      target: { most: 1.2 },
    }),
  ];
  const ours = "walk";
  const contenders: Contender[] = [{ name: ours, round: () => walk(RANGES) }];
  const known: [PeerProcess | Missing, string, string, Target | undefined][] = [
    [peers.go, "xsync v4", "xsync", { most: 1 }],
    [peers.go, syncMapName(peers), "sync", undefined],
    [peers.rust, "papaya", "papaya", undefined],
  ];
  const what = "Range of 1,000 keys, first 8 bytes read";
  for (const [peer, name, map] of known) {
    if (isMissing(peer)) lines.push(skipped(row, `${what}, against ${name}`, peer.reason));
    else
      contenders.push(peerContender(peer, name, { round: "range", map, threads: 1, ops: RANGES }));
  }
  const samples = await race(contenders);
  for (const [peer, name, , target] of known) {
    if (isMissing(peer)) continue;
    lines.push(compare(samples, { row, what, ours, peer: name, ...(target ? { target } : {}) }));
  }
  return lines;
}

/** Row "bytes": the peers of Go by their heap, those of Rust by their resident set. */
export async function benchBytes(agents: Agents, peers: Peers): Promise<Line[]> {
  const row = "bytes";
  const what = "bytes per entry, 8-byte key and 64-byte value, 100,000 keys";
  filledMap(agents, LARGE, 24 << 20, MAP);
  const directory = 4 * new DataView(agents.memory.buffer).getUint32(MAP + MAP_BUCKETS, true);
  const perKey = (used: number) => (used + directory + used / 128) / LARGE;
  const fresh = perKey(agents.loops.mapArenaUsed(MAP));
  agents.loops.mapReclaim(MAP, 0);
  const settled = perKey(agents.loops.mapArenaUsed(MAP));
  const ratio = settled / IDEAL_SIZE;
  const ours =
    `${settled.toFixed(1)} with its share of directory and bitmap ` +
    `(${fresh.toFixed(1)} before what was replaced is reclaimed)`;
  const lines: Line[] = [
    {
      row,
      what,
      ours,
      peer: `ideal: ${IDEAL_SIZE}`,
      ratio: { median: ratio, low: ratio, high: fresh / IDEAL_SIZE },
      ...judge(ratio, { most: 1.6 }),
    },
  ];
  const known: [PeerProcess | Missing, string, string][] = [
    [peers.go, `${syncMapName(peers)}, heap`, "sync"],
    [peers.go, "xsync v4, heap", "xsync"],
    [peers.rust, "papaya, resident set", "papaya"],
    [peers.rust, "scc, resident set", "scc"],
    [peers.rust, "dashmap, resident set", "dashmap"],
  ];
  for (const [peer, name, map] of known) {
    if (isMissing(peer)) {
      lines.push(skipped(row, `${what}, against ${name}`, peer.reason));
      continue;
    }
    const [bytes] = await peer.askFresh("bytes", map, 1, LARGE);
    const each = bytes! / LARGE;
    const against = settled / each;
    lines.push({
      row,
      what,
      ours: settled.toFixed(1),
      peer: `${name}: ${each.toFixed(1)}`,
      ratio: { median: against, low: against, high: against },
      target: "",
    });
  }
  return lines;
}
