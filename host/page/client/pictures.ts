// The five plots of a node: waveform, two spectra, and two trends over time.
//
// Counts become g here, once per drawing; frequencies follow from the sample rate as
// spec/features.md says: line i of the spectrum stands for bins 2i and 2i+1 of 2,048 points, line i
// of the envelope for bin i of 2,048 points at the decimated rate.
import * as spec from "../../base/spec.ts";
import { DEFECT_LABELS, DEFECTS, nearestDefect } from "./features.ts";
import type { FleetNode, NodeSetup } from "./fleet.ts";
import { formatClock, formatDigits, formatG, formatHz } from "./format.ts";
import { Plot, type PlotMarker } from "./plot.ts";

/** Pictures carry amplitudes in 1/16 count. */
const PICTURE_STEP = 1 / 16;

export interface Picture {
  plot: Plot;
  draw(node: FleetNode, setup: NodeSetup): void;
}

export function createPictures(): Picture[] {
  return [
    waveformPicture(),
    envelopePicture(),
    spectrumPicture(),
    defectTrendPicture(),
    levelTrendPicture(),
  ];
}

function waveformPicture(): Picture {
  const plot = new Plot({
    title: "Waveform",
    unit: "g over ms",
    series: [{ label: "acceleration", colour: "trace" }],
    formatX: (ms) => `${ms.toFixed(2)} ms`,
    formatY: formatG,
    tickX: (ms) => `${formatTick(ms)} ms`,
    tickY: formatTick,
    startX: 0,
    rangeY: (min, max) => {
      const reach = 1.08 * niceReach(Math.max(-min, max));
      return [-reach, reach];
    },
  });
  return {
    plot,
    draw(node, setup) {
      if (node.waveform === undefined) return;
      const ms = Float64Array.from(node.waveform, (_, i) => (i * 1000) / setup.sampleRateHz);
      const g = Float64Array.from(node.waveform, (count) => count * setup.gPerCount);
      const reach = g.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      plot.draw([ms, g], [], `${formatDigits(ms.at(-1) ?? 0)} ms, up to ${formatG(reach)}`);
    },
  };
}

function spectrumPicture(): Picture {
  const plot = new Plot({
    title: "Spectrum",
    unit: "dB re 1 g",
    series: [{ label: "amplitude", colour: "trace", isFilled: true }],
    formatX: formatHz,
    formatY: (db) => `${db.toFixed(1)} dB`,
    tickX: formatTickHz,
    tickY: (db) => db.toFixed(0),
    stepsY: [10, 20, 40, 60],
    startX: 0,
    rangeY: (min, max) => [Math.floor(min / 20) * 20, Math.ceil((max + 1) / 20) * 20],
  });
  return {
    plot,
    draw(node, setup) {
      if (node.spectrum === undefined) return;
      const binHz = setup.sampleRateHz / spec.LIMIT_WINDOW_SIZE;
      const hz = Float64Array.from(node.spectrum, (_, i) => (2 * i + 0.5) * binHz);
      // A line of 0 is below 1/16 count; it is drawn at that.
      const db = Float64Array.from(
        node.spectrum,
        (value) => 20 * Math.log10(Math.max(1, value) * PICTURE_STEP * setup.gPerCount),
      );
      const peak = node.spectrum.reduce((best, v, i, all) => (v > all[best]! ? i : best), 0);
      const words = `0 to ${formatHz(setup.sampleRateHz / 2)}, strongest ${formatHz(hz[peak]!)}`;
      plot.draw([hz, db], [], words);
    },
  };
}

function envelopePicture(): Picture {
  const plot = new Plot({
    title: "Envelope spectrum",
    unit: "mg over Hz",
    series: [{ label: "amplitude", colour: "trace", isFilled: true }],
    formatX: formatHz,
    formatY: (mg) => formatG(mg / 1000),
    tickX: formatTickHz,
    tickY: formatTick,
    startX: 0,
    hasMarkers: true,
    rangeY: (_, max) => [0, max > 0 ? max * 1.08 : 1],
  });
  return {
    plot,
    draw(node, setup) {
      const { envelope, features } = node;
      if (envelope === undefined || features === undefined) return;
      const binHz = setup.sampleRateHz / setup.envelopeDecimation / spec.LIMIT_ENVELOPE_SIZE;
      const hz = Float64Array.from(envelope, (_, i) => i * binHz);
      const scale = PICTURE_STEP * setup.gPerCount * 1000;
      const mg = Float64Array.from(envelope, (value) => value * scale);
      const markers: PlotMarker[] = DEFECTS.map((name) => ({
        x: features.defects[name].hz,
        label: DEFECT_LABELS[name],
        colour: name,
      }));
      const near = nearestDefect(features);
      const words =
        near === undefined
          ? "not enough samples yet"
          : `strongest line ${formatHz(features.envelopePeakHz)}, ` +
            `${near.ratio.toFixed(2)} times ${DEFECT_LABELS[near.name]}`;
      plot.draw([hz, mg], markers, words);
    },
  };
}

function levelTrendPicture(): Picture {
  const plot = new Plot({
    title: "Level over time",
    unit: "RMS in g, kurtosis",
    series: [
      { label: "RMS", colour: "trace" },
      { label: "kurtosis", colour: "second", isRight: true },
    ],
    formatX: formatClock,
    formatY: formatG,
    formatRight: formatTick,
    tickY: formatTick,
    tickSpaceX: 96,
    rangeY: (_, max) => [0, max * 1.15 || 1],
    rangeRight: (_, max) => [0, Math.max(4, max * 1.15)],
  });
  return {
    plot,
    draw({ trend }, setup) {
      const g = trend.rmsCounts.map((value) => value && value * setup.gPerCount);
      const kurtosis = formatDigits(trend.kurtosis.at(-1) ?? 0);
      const words = `RMS ${formatG(g.at(-1) ?? 0)}, kurtosis ${kurtosis}`;
      plot.draw([trend.seconds, g, trend.kurtosis], [], words);
    },
  };
}

function defectTrendPicture(): Picture {
  const plot = new Plot({
    title: "Defect lines over time",
    unit: "line / median",
    series: DEFECTS.map((name) => ({ label: DEFECT_LABELS[name], colour: name })),
    formatX: formatClock,
    formatY: (ratio) => formatDigits(ratio),
    tickY: formatTick,
    tickSpaceX: 96,
    rangeY: (_, max) => [0, Math.max(5, max * 1.15)],
  });
  return {
    plot,
    draw({ trend, features }) {
      const words = DEFECTS.map(
        (name) => `${DEFECT_LABELS[name]} ${formatDigits(features?.defects[name].snr ?? 0)}`,
      ).join(", ");
      plot.draw([trend.seconds, ...DEFECTS.map((name) => trend[name])], [], words);
    },
  };
}

/** 0, 0.5, 20, 1500: as short as a tick allows. */
function formatTick(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function formatTickHz(hz: number): string {
  return hz >= 1000 ? `${formatTick(hz / 1000)} kHz` : `${formatTick(hz)} Hz`;
}

/** The next 1, 2 or 5 times a power of ten, so that the axis does not breathe with each window. */
function niceReach(reach: number): number {
  const power = 10 ** Math.floor(Math.log10(reach || 1e-6));
  const step = [1, 2, 3, 4, 5, 6, 8, 10].find((digit) => digit * power >= reach) ?? 10;
  return step * power;
}
