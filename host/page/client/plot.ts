// One plot: title, unit, value under the pointer, and a uPlot canvas that fills its place.
//
// uPlot does the axes and the lines; what is ours is the theme, the size and the defect markers.
import uPlot from "uplot";
import { element, setAttribute, setText } from "./dom.ts";
import { readTheme, type Theme } from "./theme.ts";

export interface PlotSeries {
  label: string;
  colour: keyof Theme;
  /** The right-hand axis instead of the left-hand one. */
  isRight?: boolean;
  isFilled?: boolean;
}

export interface PlotOptions {
  title: string;
  /** Unit and quantity of the vertical axis, for the title line. */
  unit: string;
  series: PlotSeries[];
  formatX(value: number): string;
  formatY(value: number): string;
  /** Of the right-hand axis. */
  formatRight?(value: number): string;
  /** Tick labels; formatX and formatY if not given. */
  tickX?(value: number): string;
  tickY?(value: number): string;
  /** Vertical range for data from min to max. */
  rangeY?(min: number, max: number): [number, number];
  rangeRight?(min: number, max: number): [number, number];
  /** Ticks no closer than this many pixels; 72 if not given. */
  tickSpaceX?: number;
  /** Distances that the vertical axis may have between two ticks; uPlot's own if not given. */
  stepsY?: number[];
  /** Where the horizontal axis starts; at the first value if not given. */
  startX?: number;
  /** Keeps room above the plot for the labels of markers. */
  hasMarkers?: boolean;
}

/** A vertical line with a label at the top. */
export interface PlotMarker {
  x: number;
  label: string;
  colour: keyof Theme;
}

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
/** CSS pixels; style.css keeps the same place before the plot is there. */
const HEIGHT = 150;

export class Plot {
  readonly root: HTMLElement;
  private readonly place: HTMLElement;
  private readonly readout: HTMLElement;
  private readonly options: PlotOptions;
  private readonly observer: ResizeObserver;
  private theme = readTheme();
  private chart: uPlot | undefined;
  private data: uPlot.AlignedData = [[], []];
  private markers: PlotMarker[] = [];

  constructor(options: PlotOptions) {
    this.options = options;
    this.readout = element("span", { class: "plot-readout" });
    this.place = element("div", { class: "plot-place", role: "img" });
    const head = element(
      "div",
      { class: "plot-head" },
      element("h3", {}, options.title),
      element("span", { class: "plot-unit" }, options.unit),
      this.readout,
    );
    if (options.series.length > 1) head.append(legendOf(options.series));
    this.root = element("figure", { class: "plot" }, head, this.place);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(this.place);
  }

  /**
   * Draws columns of equal length, the horizontal one first; `words` describe them to who cannot
   * see.
   */
  draw(data: uPlot.AlignedData, markers: PlotMarker[], words: string): void {
    this.data = data;
    this.markers = markers;
    setAttribute(this.place, "aria-label", `${this.options.title}: ${words}`);
    if (this.chart === undefined) this.fit();
    else this.chart.setData(data);
  }

  /** Takes the colours of the new scheme. */
  recolour(): void {
    this.theme = readTheme();
    this.chart?.destroy();
    this.chart = undefined;
    this.fit();
  }

  destroy(): void {
    this.observer.disconnect();
    this.chart?.destroy();
  }

  private fit(): void {
    const width = Math.floor(this.place.clientWidth);
    if (width < 40) return;
    if (this.chart === undefined) {
      this.chart = new uPlot(this.chartOptions(width), this.data, this.place);
    } else if (this.chart.width !== width) {
      this.chart.setSize({ width, height: HEIGHT });
    }
  }

  private chartOptions(width: number): uPlot.Options {
    const { options, theme } = this;
    const hasRight = options.series.some((series) => series.isRight);
    const axis = {
      stroke: theme.muted,
      font: FONT,
      ticks: { show: false },
      border: { show: false },
    };
    const grid = { stroke: theme.grid, width: 1 };
    const ticks = (format: (value: number) => string) => (_: uPlot, splits: number[]) =>
      splits.map(format);
    const axes: uPlot.Axis[] = [
      {
        ...axis,
        grid,
        size: 22,
        gap: 4,
        space: options.tickSpaceX ?? 72,
        values: ticks(options.tickX ?? options.formatX),
      },
      {
        ...axis,
        grid,
        size: 44,
        gap: 6,
        space: 24,
        values: ticks(options.tickY ?? options.formatY),
        ...(options.stepsY && { incrs: options.stepsY }),
      },
    ];
    if (hasRight) {
      const values = ticks(options.formatRight ?? options.formatY);
      axes.push({
        ...axis,
        grid: { show: false },
        scale: "right",
        side: 1,
        size: 40,
        gap: 6,
        space: 28,
        values,
      });
    }
    return {
      width,
      height: HEIGHT,
      padding: [options.hasMarkers ? 28 : 8, hasRight ? 0 : 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 5 }, drag: { x: false, y: false } },
      scales: {
        x: {
          time: false,
          range: (_, min, max) => [options.startX ?? min, max > min ? max : min + 1],
        },
        y: { range: rangeOf(options.rangeY) },
        right: { range: rangeOf(options.rangeRight) },
      },
      axes,
      series: [{}, ...options.series.map((series) => this.seriesOptions(series))],
      hooks: {
        draw: [(chart) => this.drawMarkers(chart)],
        setCursor: [(chart) => this.showValue(chart)],
      },
    };
  }

  private seriesOptions(series: PlotSeries): uPlot.Series {
    return {
      label: series.label,
      scale: series.isRight ? "right" : "y",
      stroke: this.theme[series.colour],
      ...(series.isFilled && {
        fill: this.theme.traceFill,
        fillTo: (chart: uPlot) => chart.scales.y?.min ?? 0,
      }),
      width: 1.25,
      points: { show: false },
    };
  }

  /** Dashed lines, and labels in two rows where they would touch. */
  private drawMarkers(chart: uPlot): void {
    const { ctx, bbox } = chart;
    const scale = devicePixelRatio;
    const rowEnds = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    ctx.save();
    ctx.font = FONT.replace("11px", `${11 * scale}px`);
    ctx.textBaseline = "alphabetic";
    ctx.textAlign = "left";
    for (const marker of [...this.markers].sort((a, b) => a.x - b.x)) {
      const x = Math.round(chart.valToPos(marker.x, "x", true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.strokeStyle = ctx.fillStyle = this.theme[marker.colour];
      ctx.lineWidth = scale;
      ctx.setLineDash([3 * scale, 3 * scale]);
      ctx.beginPath();
      ctx.moveTo(x + 0.5, bbox.top);
      ctx.lineTo(x + 0.5, bbox.top + bbox.height);
      ctx.stroke();
      const half = ctx.measureText(marker.label).width / 2;
      const left = Math.max(bbox.left, x - half);
      const row = left > rowEnds[0]! + 5 * scale ? 0 : 1;
      rowEnds[row] = left + 2 * half;
      ctx.fillText(marker.label, left, bbox.top - (row === 0 ? 4 : 16) * scale);
    }
    ctx.restore();
  }

  private showValue(chart: uPlot): void {
    const { options } = this;
    const index = chart.cursor.idx;
    const x = index === null || index === undefined ? undefined : chart.data[0][index];
    if (x === undefined || index === null || index === undefined) {
      setText(this.readout, "");
      return;
    }
    const values = options.series.map((series, i) => {
      const value = chart.data[i + 1]?.[index];
      if (value === null || value === undefined) return "–";
      return (series.isRight && options.formatRight ? options.formatRight : options.formatY)(value);
    });
    setText(this.readout, `${options.formatX(x)} · ${values.join(" / ")}`);
  }
}

function legendOf(series: PlotSeries[]): HTMLElement {
  const keys = series.map(({ label, colour }) =>
    element("span", { class: `key key-${colour}` }, label),
  );
  return element("span", { class: "plot-legend" }, ...keys);
}

/** uPlot hands over null where there is no data yet. */
function rangeOf(range: PlotOptions["rangeY"]): uPlot.Range.Function {
  return (_, min, max) => {
    if (min === null || max === null) return [0, 1];
    if (range !== undefined) return range(min, max);
    const margin = (max - min) * 0.08 || Math.abs(max) * 0.1 || 1;
    return [min - margin, max + margin];
  };
}
