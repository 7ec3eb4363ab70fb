// Frames a second through decode, check and publish on one core: the ingest loop in Wasm.
//
// Three nodes' windows lie encoded in memory as firmware/node sends them; each round takes all of
// them in, on a fresh gateway memory, so that nothing is a duplicate. Beside it, the same with
// every frame flipped in its last bit, which is the cost of refusing. Medians and quartiles over
// the rounds; the first half is warm-up.
import { pathToFileURL } from "node:url";
import { GatewayState } from "../../host/gateway/state.ts";
import {
  type GatewayProgram,
  loadGatewayProgram,
  NodeFrames,
} from "../host/gateway/node-frames.ts";

/** What one round took in. */
export interface GatewayRow {
  name: string;
  framesPerSecond: Spread;
  megabytesPerSecond: Spread;
  /** Mean bytes of a frame. */
  frameSize: number;
}

export interface Spread {
  median: number;
  low: number;
  high: number;
}

const NODES = 3;
const WINDOWS = 400;
const ROUNDS = 24;
/** Above everything that init hands out, which ends below 48 MiB. */
const FRAMES_AT = 50 << 20;

interface Laid {
  count: number;
  bytes: number;
}

/** Lays the frames of all nodes one behind the other, as ingestAll reads them. */
function layFrames(program: GatewayProgram, flip: boolean): Laid {
  const nodes = Array.from({ length: NODES }, (_, i) => new NodeFrames(program, 100 + i));
  let at = FRAMES_AT;
  let count = 0;
  let bytes = 0;
  for (let window = 0; window < WINDOWS; window++) {
    for (const frame of nodes.flatMap((node) => node.nextWindow())) {
      const last = frame.length - 1;
      if (flip) frame[last] = (frame[last] as number) ^ 1;
      program.view.setUint32(at, frame.length, true);
      program.bytes.set(frame, at + 8);
      at += (8 + frame.length + 7) & ~7;
      count++;
      bytes += frame.length;
    }
  }
  return { count, bytes };
}

function spread(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] as number;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/**
 * Measures and prints one line for good frames and one for bad ones, in some seconds; the rows come
 * back.
 */
export async function benchGateway(): Promise<GatewayRow[]> {
  const { again } = await loadGatewayProgram();
  const rows = [
    measure(again, "accepted and published", false),
    measure(again, "refused by their check", true),
  ];
  for (const row of rows) {
    console.log(
      `gateway, frames of ${row.frameSize.toFixed(0)} bytes ${row.name}: ` +
        `${format(row.framesPerSecond, 0)} frames/s, ${format(row.megabytesPerSecond, 1)} MB/s`,
    );
  }
  return rows;
}

function measure(again: () => GatewayProgram, name: string, flip: boolean): GatewayRow {
  const seconds: number[] = [];
  // One instance throughout, so that V8 has it optimised; init makes each round the first for its
  // nodes.
  const program = again();
  const { count, bytes } = layFrames(program, flip);
  for (let round = 0; round < ROUNDS; round++) {
    const state = program.exports.init(FRAMES_AT - (1 << 20));
    const began = performance.now();
    const accepted = program.exports.ingestAll(FRAMES_AT, count, round);
    seconds.push((performance.now() - began) / 1000);
    const expected = flip ? 0 : count;
    const totals = new GatewayState(program.buffer, state, 0, []).totals();
    if (accepted !== expected || totals.accepted !== expected || totals.received !== count) {
      throw new Error(`${accepted} of ${count} frames accepted, ${expected} expected`);
    }
  }
  const kept = seconds.slice(ROUNDS / 2);
  return {
    name,
    framesPerSecond: spread(kept.map((time) => count / time)),
    megabytesPerSecond: spread(kept.map((time) => bytes / time / 1e6)),
    frameSize: bytes / count,
  };
}

function format({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await benchGateway();
