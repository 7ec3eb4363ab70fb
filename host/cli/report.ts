// What a run of boards came to: per board what it sent, what arrived, and what its bearing says.
import { DEFECT_LABELS, DEFECTS, type DefectName } from "../page/client/features.ts";
import type { BoardCrew, CrewMember } from "../sim/board-crew.ts";
import { type LiveFeed, median } from "./live.ts";

/** As wide as the core looks around a defect frequency (spec/features.md). */
const DEFECT_TOLERANCE = 0.02;

export interface BoardReport {
  board: string;
  publisherId: number;
  source: string;
  isSimulatedSignal: boolean;
  state: "live" | "gone" | "unseen";
  /** Frames the board says it has sent, in its present run. */
  framesSent: number;
  framesReceived: number;
  lost: number;
  duplicates: number;
  reordered: number;
  windows: number;
  deaths: number;
  rmsG: number;
  crest: number;
  kurtosis: number;
  /** Median over the run of the strongest line of the envelope spectrum. */
  envelopePeakHz: number;
  shaftHz: number;
  defectsHz: Record<DefectName, number>;
  /**
   * The defect frequency nearest to the peak and peak / that frequency; they agree within 2 % or
   * mean nothing.
   */
  nearest: { defect: string; ratio: number };
}

export interface RunReport {
  page: string;
  uptimeMs: number;
  simulated: string[];
  boards: BoardReport[];
  refused: Record<string, number>;
  queueDropped: number;
}

export function boardReport(
  feed: LiveFeed,
  members: CrewMember[],
  crew: BoardCrew | undefined,
  page: string,
): RunReport {
  const { status } = feed;
  const boards = members.map((member): BoardReport => {
    const { publisherId } = member;
    const counters = status?.nodes.find((node) => node.publisherId === publisherId);
    const live = feed.nodes.get(publisherId);
    const features = live?.features;
    const peakHz = median(live?.envelopePeaksHz ?? []);
    const defectsHz = Object.fromEntries(
      DEFECTS.map((name) => [name, features?.defects[name].hz ?? Number.NaN]),
    ) as Record<DefectName, number>;
    const nearest = DEFECTS.map((name) => ({
      defect: DEFECT_LABELS[name],
      ratio: peakHz / defectsHz[name],
    }))
      .filter(({ ratio }) => Number.isFinite(ratio))
      .sort((a, b) => Math.abs(Math.log(a.ratio)) - Math.abs(Math.log(b.ratio)))[0];
    return {
      board: member.board.name,
      publisherId,
      source: member.source.name,
      isSimulatedSignal: member.source.isSimulated,
      state: counters === undefined || counters.state === "restored" ? "unseen" : counters.state,
      framesSent: counters?.sentByNode ?? 0,
      framesReceived: counters?.frames ?? 0,
      lost: counters?.lost ?? 0,
      duplicates: counters?.duplicates ?? 0,
      reordered: counters?.reordered ?? 0,
      windows: counters?.windows ?? 0,
      deaths: crew?.deaths(publisherId) ?? 0,
      rmsG: ((features?.rmsCounts ?? 0) * (live?.nanoGPerCount ?? 0)) / 1e9,
      crest: features?.crest ?? 0,
      kurtosis: features?.kurtosis ?? 0,
      envelopePeakHz: peakHz,
      shaftHz: live?.shaftHz ?? Number.NaN,
      defectsHz,
      nearest: nearest ?? { defect: "none", ratio: Number.NaN },
    };
  });
  return {
    page,
    uptimeMs: status?.uptimeMs ?? 0,
    simulated: status?.simulated ?? [],
    boards,
    refused: status?.totals.refused ?? {},
    queueDropped: status?.totals.queueDropped ?? 0,
  };
}

/**
 * What the strongest line stands at: a defect frequency, a multiple of the shaft's, or nothing
 * known.
 */
function meaningOf(board: BoardReport): string {
  const { nearest, envelopePeakHz, shaftHz } = board;
  if (Math.abs(nearest.ratio - 1) <= DEFECT_TOLERANCE) {
    return ` = ${nearest.defect} x ${nearest.ratio.toFixed(3)}`;
  }
  const turns = envelopePeakHz / shaftHz;
  const whole = Math.round(turns);
  const isHarmonic = whole >= 1 && whole <= 10 && Math.abs(turns / whole - 1) <= DEFECT_TOLERANCE;
  return isHarmonic
    ? ` = shaft x ${turns.toFixed(2)}, no defect frequency`
    : ", no defect frequency";
}

/** The table of the terminal view. */
export function formatReport(report: RunReport): string {
  const rows = report.boards.map((board) => {
    const peak = Number.isFinite(board.envelopePeakHz)
      ? `${board.envelopePeakHz.toFixed(1)} Hz${meaningOf(board)}`
      : "gathering";
    return [
      board.board,
      board.source,
      board.state,
      String(board.framesReceived),
      String(board.lost),
      board.rmsG.toFixed(3),
      board.crest.toFixed(1),
      board.kurtosis.toFixed(1),
      peak,
    ];
  });
  const head = [
    "board",
    "source",
    "state",
    "frames",
    "lost",
    "RMS g",
    "crest",
    "kurtosis",
    "strongest envelope line",
  ];
  const widths = head.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)),
  );
  const format = (row: string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const refused = Object.entries(report.refused).filter(([, count]) => count > 0);
  const footer = [
    `page ${report.page}   up ${(report.uptimeMs / 1000).toFixed(0)} s`,
    `simulated: ${report.simulated.join(", ") || "nothing"}`,
    ...(refused.length > 0
      ? [`refused: ${refused.map(([why, count]) => `${why} ${count}`).join(", ")}`]
      : []),
  ];
  return [format(head), ...rows.map(format), ...footer].join("\n");
}
