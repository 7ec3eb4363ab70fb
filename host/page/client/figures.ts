// The headline figures of a node: what an engineer looks at first, in numbers with their units.
import { element, setAttribute, setText } from "./dom.ts";
import { DEFECT_LABELS, DEFECT_WORDS, DEFECTS, type Features, nearestDefect } from "./features.ts";
import type { FleetNode, NodeSetup } from "./fleet.ts";
import { formatDigits, formatG, formatHz } from "./format.ts";

interface Figure {
  root: HTMLElement;
  value: HTMLElement;
  note: HTMLElement;
}

export class Figures {
  readonly root: HTMLElement;
  private readonly rms = figure("RMS", "Root mean square about the mean");
  private readonly crest = figure("Crest factor", "Peak over RMS");
  private readonly kurtosis = figure("Kurtosis", "Fourth moment over variance squared");
  private readonly peak = figure("Strongest envelope line", "Above 1.5 × shaft speed");
  private readonly defects = DEFECTS.map((name) => {
    const hz = element("td");
    const snr = element("td");
    const head = element("th", { scope: "row", class: `key key-${name}` }, DEFECT_LABELS[name]);
    const part = element("td", { class: "defect-part" }, DEFECT_WORDS[name]);
    return { name, hz, snr, row: element("tr", {}, head, part, hz, snr) };
  });

  constructor() {
    this.peak.root.classList.add("figure-wide");
    const head = element(
      "tr",
      {},
      element("th", { scope: "col" }, "Defect"),
      element("th", { scope: "col", class: "defect-part" }, "Part"),
      element("th", { scope: "col" }, "Frequency"),
      element("th", { scope: "col" }, "Line / median"),
    );
    const table = element(
      "table",
      { class: "defects" },
      element("caption", { class: "unseen" }, "Lines at the bearing's defect frequencies"),
      element("thead", {}, head),
      element("tbody", {}, ...this.defects.map(({ row }) => row)),
    );
    const row = element(
      "dl",
      { class: "figure-row" },
      this.rms.root,
      this.crest.root,
      this.kurtosis.root,
      this.peak.root,
    );
    this.root = element("div", { class: "figures" }, row, table);
  }

  draw({ features }: FleetNode, setup: NodeSetup): void {
    if (features === undefined) return;
    setText(this.rms.value, formatG(features.rmsCounts * setup.gPerCount));
    setText(this.rms.note, `peak ${formatG(features.peakCounts * setup.gPerCount)}`);
    setText(this.crest.value, formatDigits(features.crest));
    setText(
      this.crest.note,
      features.clipped === 0 ? "no clipping" : `${features.clipped} clipped`,
    );
    this.crest.note.classList.toggle("warn", features.clipped > 0);
    setText(this.kurtosis.value, formatDigits(features.kurtosis));
    setText(this.kurtosis.note, "Gaussian: 3.00");
    this.drawPeak(features);
    for (const { name, hz, snr, row } of this.defects) {
      const line = features.defects[name];
      setText(hz, formatHz(line.hz));
      setText(snr, features.envelopeFill < 1 ? "–" : `${formatDigits(line.snr)} ×`);
      // The bar behind the row: full at 50 times the median.
      const share = Math.min(1, Math.max(0, line.snr) / 50);
      setAttribute(row, "style", `--share: ${(share * 100).toFixed(0)}%`);
    }
  }

  private drawPeak(features: Features): void {
    const near = nearestDefect(features);
    if (features.envelopeFill < 1 || near === undefined) {
      setText(this.peak.value, "–");
      setText(this.peak.note, `gathering, ${Math.floor(features.envelopeFill * 100)} %`);
      return;
    }
    const label = DEFECT_LABELS[near.name];
    const relation = near.isNear
      ? `${formatHz(features.envelopePeakHz)} = ${label} × ${near.ratio.toFixed(2)}`
      : formatHz(features.envelopePeakHz);
    setText(this.peak.value, relation);
    const strength = `${formatDigits(features.envelopePeakSnr)} × median`;
    const missed = near.isWeak
      ? "within the noise"
      : `no defect frequency within 2 %, nearest ${label} × ${near.ratio.toFixed(2)}`;
    setText(this.peak.note, near.isNear ? strength : `${strength}: ${missed}`);
  }
}

function figure(name: string, title: string): Figure {
  const value = element("span", { class: "figure-value" }, "–");
  const note = element("span", { class: "figure-note" });
  const root = element(
    "div",
    { class: "figure", title },
    element("dt", {}, name),
    element("dd", {}, value, note),
  );
  return { root, value, note };
}
