// The gateway's entry maps at work: what they hold, and how often they do what, over five minutes.
//
// The gateway counts from its start; what is drawn is the difference of two statuses a second.
import { element, setAttribute, setText } from "./dom.ts";
import type { Fleet } from "./fleet.ts";
import { formatBytes, formatClock, formatCount, formatDigits } from "./format.ts";
import { type MapRates, MapTrend } from "./map-trend.ts";
import { Plot, type PlotOptions } from "./plot.ts";

interface MapPicture {
  plot: Plot;
  columns: (keyof MapRates)[];
  /** What screen readers hear. */
  words(trend: MapTrend): string;
}

/** Three digits at most, and none that is 0 behind the point. */
const formatTick = (value: number) => String(Number(value.toPrecision(3)));
const rateOf = (perSecond: number) => `${formatDigits(perSecond)}/s`;

export class MapView {
  readonly root: HTMLElement;
  private readonly trend = new MapTrend();
  private readonly figures = new Map<string, HTMLElement>();
  private readonly pictures: MapPicture[];

  constructor() {
    const list = element("dl", { class: "figure-row" });
    for (const name of ["entries", "arena in use", "waiting for readers", "refused, full"]) {
      const value = element("span", { class: "figure-value" }, "–");
      this.figures.set(name, value);
      list.append(
        element("div", { class: "figure" }, element("dt", {}, name), element("dd", {}, value)),
      );
    }
    this.pictures = [loadsPicture(), changesPicture(), bytesPicture()];
    const plots = element("div", { class: "plots" }, ...this.pictures.map(({ plot }) => plot.root));
    const head = element(
      "header",
      { class: "card-head" },
      element("div", { class: "card-title" }, element("h2", {}, "Entry map")),
    );
    const note = "All nodes together; counted by the decoder as it stores what arrives.";
    const line = element(
      "div",
      { class: "card-line" },
      element("p", { class: "card-setup" }, note),
    );
    const card = element("section", { class: "card map" }, head, line, list, plots);
    setAttribute(card, "aria-label", "Entry map");
    this.root = element("div", { class: "cards" }, card);
    this.root.hidden = true;
  }

  draw(fleet: Fleet, isConnected: boolean): void {
    const { status } = fleet;
    this.root.classList.toggle("stale", !isConnected);
    if (status === undefined) return;
    this.root.hidden = false;
    if (!this.trend.add(status)) return;
    const { map } = status;
    const share = map.arenaSize === 0 ? 0 : (100 * map.arenaUsed) / map.arenaSize;
    this.set("entries", formatCount(map.length));
    this.set("arena in use", `${formatBytes(map.arenaUsed)}, ${formatDigits(share)} %`);
    this.set("waiting for readers", formatBytes(map.unreclaimed));
    this.set("refused, full", formatCount(map.refusedFull));
    this.figures.get("refused, full")!.classList.toggle("warn", map.refusedFull > 0);
    for (const { plot, columns, words } of this.pictures) {
      const data = columns.map((name) => this.trend.columns[name]);
      plot.draw([this.trend.seconds, ...data], [], words(this.trend));
    }
  }

  recolour(): void {
    for (const { plot } of this.pictures) plot.recolour();
  }

  private set(name: string, text: string): void {
    setText(this.figures.get(name)!, text);
  }
}

/** What all three have in common: time below, nothing under zero. */
const OVER_TIME: Pick<PlotOptions, "formatX" | "tickX" | "tickSpaceX" | "rangeY"> = {
  formatX: formatClock,
  tickX: formatClock,
  tickSpaceX: 96,
  rangeY: (_, max) => [0, max > 0 ? 1.1 * max : 1],
};

function loadsPicture(): MapPicture {
  const plot = new Plot({
    ...OVER_TIME,
    title: "Loads",
    unit: "per second",
    series: [
      { label: "hits", colour: "trace" },
      { label: "misses", colour: "bpfo" },
    ],
    formatY: rateOf,
    tickY: formatTick,
  });
  const words = (trend: MapTrend) =>
    `${rateOf(trend.last("hits"))}, ${rateOf(trend.last("misses"))}`;
  return { plot, columns: ["hits", "misses"], words };
}

function changesPicture(): MapPicture {
  const plot = new Plot({
    ...OVER_TIME,
    title: "Read buckets replaced",
    unit: "per second",
    series: [
      { label: "promotions", colour: "ball" },
      { label: "migrations", colour: "ftf" },
    ],
    formatY: rateOf,
    tickY: formatTick,
  });
  const words = (trend: MapTrend) =>
    `${rateOf(trend.last("promotions"))}, ${rateOf(trend.last("migrations"))}`;
  return { plot, columns: ["promotions", "migrations"], words };
}

function bytesPicture(): MapPicture {
  const plot = new Plot({
    ...OVER_TIME,
    title: "Replaced, waiting for readers",
    unit: "kB",
    series: [{ label: "unreclaimed", colour: "trace", isFilled: true }],
    formatY: (kilobytes) => formatBytes(1000 * kilobytes),
    tickY: formatTick,
  });
  const words = (trend: MapTrend) => formatBytes(1000 * trend.last("unreclaimedKb"));
  return { plot, columns: ["unreclaimedKb"], words };
}
