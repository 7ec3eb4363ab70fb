// The figures of npm run bench:map: a line each, as the README shows them.
import { ratioOf, type Samples, type Spread, spreadOf } from "./race.ts";

/** One line: a figure of ours, what it is held against, and what the target says. */
export interface Line {
  row: string;
  what: string;
  ours: string;
  peer: string;
  /** Ours against the peer, in the target's direction. */
  ratio?: Spread;
  target: string;
  /** Undefined: no target, or not measured. */
  isReached?: boolean;
}

/** A bound on a ratio: `least: 1.5` is written ">= 1.5 x". */
export type Target = { least: number } | { most: number };

export interface Comparison {
  row: string;
  what: string;
  ours: string;
  peer: string;
  target?: Target;
  /** How the peer is called in the table, if not by its own name. */
  peerName?: string;
}

/**
 * A line for ours against a peer of the same race, from ns per operation. With `least` the ratio is
 * peer / ours, how many times as fast ours is; with `most` it is ours / peer.
 */
export function compare(samples: Samples, comparison: Comparison): Line {
  const { row, what, target } = comparison;
  const ours = samples.get(comparison.ours);
  const peer = samples.get(comparison.peer);
  if (!ours || !peer) throw new Error(`no samples of ${comparison.ours} or ${comparison.peer}`);
  const isTime = target !== undefined && "most" in target;
  const ratio = isTime ? ratioOf(ours, peer) : ratioOf(peer, ours);
  const named = comparison.peerName ?? comparison.peer;
  return {
    row,
    what,
    ours: `${comparison.ours}: ${formatNs(spreadOf(ours))}`,
    peer: `${named}: ${formatNs(spreadOf(peer))}`,
    ratio,
    ...judge(ratio.median, target),
  };
}

/** The target in words and whether a figure reaches it. */
export function judge(value: number, target?: Target): Pick<Line, "target" | "isReached"> {
  if (!target) return { target: "" };
  if ("least" in target) {
    return { target: `≥ ${target.least} x`, isReached: value >= target.least };
  }
  return { target: `≤ ${target.most} x`, isReached: value <= target.most };
}

/** A line that could not be measured. */
export function skipped(row: string, what: string, reason: string): Line {
  return { row, what, ours: "", peer: "", target: `skipped: ${reason}` };
}

export function formatNs({ median, low, high }: Spread): string {
  if (median >= 10_000) return formatSpread({ median, low, high }, 1000, "µs");
  return formatSpread({ median, low, high }, 1, "ns");
}

/** Median (low to high), divided by `unit`, in three figures or so. */
export function formatSpread(spread: Spread, unit: number, name: string): string {
  const [median, low, high] = [spread.median, spread.low, spread.high].map((value) => {
    const scaled = value / unit;
    return scaled.toFixed(scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2);
  });
  return `${median} (${low} to ${high}) ${name}`;
}

/** The Markdown table. */
export function formatLines(lines: Line[]): string {
  const cells = lines.map((line) => [
    line.what,
    line.ours,
    line.peer,
    line.ratio ? formatSpread(line.ratio, 1, "x") : "",
    line.target,
    line.isReached === undefined ? "" : line.isReached ? "yes" : "no",
  ]);
  const head = ["", "latchwork", "peer", "ratio", "target", "reached"];
  const rule = head.map(() => "---");
  return [head, rule, ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
