// Every node in one line each: for three boards a row of keys, for two hundred a list to search.
//
// A click or Enter shows a node in full or hides it again. Order by id, or the worst first.
import { element, setAttribute, setText } from "./dom.ts";
import { DEFECT_LABELS, nearestDefect } from "./features.ts";
import type { Fleet, FleetNode } from "./fleet.ts";
import { formatDigits, formatG } from "./format.ts";
import { type NodeState, stateOf } from "./state.ts";

/** With more nodes than this the list gets a search field and an order. */
const FEW_NODES = 6;

const ORDERS: Record<string, { label: string; rank: (node: FleetNode) => number }> = {
  id: { label: "by node", rank: (node) => node.publisherId },
  gone: { label: "gone first", rank: (node) => (node.status?.state === "live" ? 1 : 0) },
  rms: { label: "highest RMS", rank: (node) => -rmsOf(node) },
  kurtosis: { label: "highest kurtosis", rank: (node) => -(node.features?.kurtosis ?? 0) },
  line: { label: "strongest line", rank: (node) => -(node.features?.envelopePeakSnr ?? 0) },
};

/** Tiles change places no more often than this, so that they can be hit. */
const ORDER_INTERVAL_MS = 3_000;

interface Tile {
  root: HTMLButtonElement;
  source: HTMLElement;
  rms: HTMLElement;
  line: HTMLElement;
}

export class Overview {
  readonly root: HTMLElement;
  private readonly tools: HTMLElement;
  private readonly list = element("div", { class: "tiles" });
  private readonly empty = element("p", { class: "empty" });
  private readonly search: HTMLInputElement;
  private readonly order: HTMLSelectElement;
  private readonly tiles = new Map<number, Tile>();
  private arrangedBy = "";
  private arrangedAtMs = 0;
  private readonly onToggle: (publisherId: number) => void;

  constructor(onToggle: (publisherId: number) => void) {
    this.onToggle = onToggle;
    this.search = element("input", {
      type: "search",
      placeholder: "Node or source",
      "aria-label": "Show only nodes whose number or source contains",
    });
    const choices = Object.entries(ORDERS).map(([value, { label }]) =>
      element("option", { value }, label),
    );
    this.order = element("select", { "aria-label": "Order of the nodes" }, ...choices);
    this.tools = element("div", { class: "overview-tools" }, this.search, this.order);
    this.root = element(
      "nav",
      { class: "overview", "aria-label": "Nodes" },
      this.tools,
      this.list,
      this.empty,
    );
  }

  draw(fleet: Fleet, selected: Set<number>, isConnected: boolean, nowMs: number): void {
    const nodes = [...fleet.nodes.values()];
    this.tools.hidden = nodes.length <= FEW_NODES;
    this.list.classList.toggle("many", nodes.length > FEW_NODES);
    for (const [publisherId, tile] of this.tiles) {
      if (fleet.nodes.has(publisherId)) continue;
      tile.root.remove();
      this.tiles.delete(publisherId);
    }
    this.arrange(nodes, nowMs);
    for (const node of nodes) {
      const tile = this.tileOf(node.publisherId);
      this.drawTile(tile, fleet, node, selected, isConnected, nowMs);
    }
    const shown = nodes.filter((node) => this.matches(node)).length;
    this.empty.hidden = shown > 0;
    setText(this.empty, nodes.length > 0 ? "No node matches." : "No node has been heard yet.");
  }

  /** Brings the tiles into the chosen order. */
  private arrange(nodes: FleetNode[], nowMs: number): void {
    const key = `${this.order.value} ${nodes.length}`;
    if (key === this.arrangedBy && nowMs - this.arrangedAtMs < ORDER_INTERVAL_MS) return;
    this.arrangedBy = key;
    this.arrangedAtMs = nowMs;
    const { rank } = ORDERS[this.order.value]!;
    nodes.sort((a, b) => rank(a) - rank(b) || a.publisherId - b.publisherId);
    nodes.forEach((node, index) => {
      const { root } = this.tileOf(node.publisherId);
      // Moving an element takes the focus away: only where the order has really changed.
      const there = this.list.children[index];
      if (there !== root) this.list.insertBefore(root, there ?? null);
    });
  }

  private drawTile(
    tile: Tile,
    fleet: Fleet,
    node: FleetNode,
    selected: Set<number>,
    isConnected: boolean,
    nowMs: number,
  ): void {
    const state = stateOf(fleet, node, isConnected, nowMs);
    tile.root.hidden = !this.matches(node);
    setAttribute(tile.root, "data-state", state.name);
    setAttribute(tile.root, "aria-pressed", String(selected.has(node.publisherId)));
    setText(tile.source, node.source || "unnamed source");
    setText(tile.rms, node.setup ? formatG(rmsOf(node)) : "–");
    setText(tile.line, tileWords(node, state));
    setAttribute(tile.root, "title", `Node ${node.publisherId}, ${node.source}: ${state.words}`);
  }

  private tileOf(publisherId: number): Tile {
    let tile = this.tiles.get(publisherId);
    if (tile === undefined) {
      const source = element("span", { class: "tile-source" });
      const id = element("span", { class: "tile-id" }, String(publisherId));
      const name = element("span", { class: "tile-name" }, id, source);
      const rms = element("span", { class: "tile-rms" });
      const line = element("span", { class: "tile-line" });
      const root = element("button", { class: "tile", type: "button" }, name, rms, line);
      root.addEventListener("click", () => this.onToggle(publisherId));
      tile = { root, source, rms, line };
      this.tiles.set(publisherId, tile);
    }
    return tile;
  }

  private matches(node: FleetNode): boolean {
    const wanted = this.tools.hidden ? "" : this.search.value.trim().toLowerCase();
    return `${node.publisherId} ${node.source}`.toLowerCase().includes(wanted);
  }
}

function rmsOf(node: FleetNode): number {
  return (node.features?.rmsCounts ?? 0) * (node.setup?.gPerCount ?? 0);
}

/** The strongest line of a live node, else how it stands. */
function tileWords({ features }: FleetNode, state: NodeState): string {
  if (state.name === "unknown") return "unknown";
  if (state.name === "gone" || state.name === "restored") return state.words;
  const near = features && nearestDefect(features);
  if (features === undefined || near === undefined || features.envelopeFill < 1) return "gathering";
  const strength = `${formatDigits(features.envelopePeakSnr)} ×`;
  if (near.isWeak) return "no line";
  return near.isNear ? `${DEFECT_LABELS[near.name]} ${strength}` : `other line ${strength}`;
}
