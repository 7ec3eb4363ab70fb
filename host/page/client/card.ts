// One node in full: who it is, how it stands, what it measures, and what its link has lost.
import { element, setAttribute, setText } from "./dom.ts";
import { Figures } from "./figures.ts";
import type { Fleet, FleetNode } from "./fleet.ts";
import { formatCount, formatG } from "./format.ts";
import { createPictures } from "./pictures.ts";
import { simulatedWords, stateOf } from "./state.ts";

const COUNTERS = [
  "frames",
  "lost",
  "duplicates",
  "reordered",
  "restarts",
  "not stored",
  "windows",
  "sent by node",
  "samples overrun",
  "refused by device",
  "illegal steps",
] as const;
type CounterName = (typeof COUNTERS)[number];

/** Counters that should stay at 0. */
const LOSSES = new Set<CounterName>([
  "lost",
  "not stored",
  "samples overrun",
  "refused by device",
  "illegal steps",
]);

export class Card {
  readonly root: HTMLElement;
  readonly publisherId: number;
  /** Set by the observer of visible cards. */
  isVisible = false;
  private drawnVersion = -1;
  private readonly name = element("h2");
  private readonly id = element("span", { class: "card-id" });
  private readonly state = element("span", { class: "state" });
  private readonly simulated = element("span", { class: "badge" });
  private readonly setup = element("p", { class: "card-setup" });
  private readonly figures = new Figures();
  private readonly pictures = createPictures();
  private readonly counters = new Map(
    COUNTERS.map((name) => [name, element("dd", {}, "0")] as const),
  );

  constructor(publisherId: number, onClose: () => void) {
    this.publisherId = publisherId;
    const close = element("button", { class: "close", type: "button" }, "×");
    setAttribute(close, "aria-label", `Hide node ${publisherId}`);
    setAttribute(close, "title", "Hide this node");
    close.addEventListener("click", onClose);
    const title = element("div", { class: "card-title" }, this.id, this.name);
    const head = element("header", { class: "card-head" }, title, this.state, close);
    const line = element("div", { class: "card-line" }, this.simulated, this.setup);
    const plots = element("div", { class: "plots" }, ...this.pictures.map(({ plot }) => plot.root));
    const list = element("dl", { class: "counters" });
    for (const [name, value] of this.counters) {
      list.append(element("div", {}, element("dt", {}, name), value));
    }
    this.root = element("article", { class: "card" }, head, line, this.figures.root, plots, list);
    this.root.dataset.publisherId = String(publisherId);
  }

  /** Whether it has ever been drawn whole: a card is not left blank where nobody looks. */
  get isBlank(): boolean {
    return this.drawnVersion < 0;
  }

  /** Draws what has changed; the state's seconds go on by themselves. */
  draw(fleet: Fleet, node: FleetNode, isConnected: boolean, nowMs: number): void {
    const state = stateOf(fleet, node, isConnected, nowMs);
    setText(this.state, state.words);
    setAttribute(this.state, "data-state", state.name);
    setAttribute(this.root, "data-state", state.name);
    if (node.version === this.drawnVersion) return;
    this.drawHead(node);
    this.drawCounters(node);
    if (node.setup === undefined) return;
    this.drawnVersion = node.version;
    this.figures.draw(node, node.setup);
    for (const picture of this.pictures) picture.draw(node, node.setup);
  }

  recolour(): void {
    for (const { plot } of this.pictures) plot.recolour();
  }

  destroy(): void {
    for (const { plot } of this.pictures) plot.destroy();
    this.root.remove();
  }

  private drawHead(node: FleetNode): void {
    setText(this.id, `Node ${node.publisherId}`);
    setText(this.name, node.source || "unnamed source");
    setAttribute(this.root, "aria-label", `Node ${node.publisherId}, ${node.source}`);
    const words = simulatedWords(node.setup?.flags ?? node.status?.flags ?? 0);
    setText(this.simulated, words);
    this.simulated.hidden = words === "";
    if (node.setup === undefined) return;
    const { sampleRateHz, shaftHz, gPerCount } = node.setup;
    const rate = `${formatCount(sampleRateHz)} Hz sample rate`;
    const shaft = `shaft ${formatCount(shaftHz * 60)} rpm`;
    setText(this.setup, `${rate} · ${shaft} · ${formatG(gPerCount)} a count`);
  }

  private drawCounters({ status, counters }: FleetNode): void {
    this.count("frames", status?.frames);
    this.count("lost", status?.lost);
    this.count("duplicates", status?.duplicates);
    this.count("reordered", status?.reordered);
    this.count("restarts", status?.restarts);
    this.count("not stored", status?.notStored);
    this.count("windows", status?.windows);
    this.count("sent by node", status?.sentByNode);
    this.count("samples overrun", counters?.overrun);
    this.count("refused by device", counters?.refused);
    this.count("illegal steps", counters?.illegalSteps);
  }

  private count(name: CounterName, value: number | undefined): void {
    const target = this.counters.get(name)!;
    setText(target, value === undefined ? "–" : formatCount(value));
    target.classList.toggle("warn", LOSSES.has(name) && (value ?? 0) > 0);
  }
}
