// The gateway's page: connects, keeps the fleet, and draws what can be seen.
import "uplot/dist/uPlot.min.css";
import { Card } from "./card.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import { element, setText } from "./dom.ts";
import { Fleet } from "./fleet.ts";
import { Header } from "./header.ts";
import { MapView } from "./map-view.ts";
import { Overview } from "./overview.ts";
import { Selection } from "./selection.ts";
import { onThemeChange } from "./theme.ts";

const DRAW_INTERVAL_MS = 100;
/** The overview and the header hold figures to read, not to watch. */
const READ_INTERVAL_MS = 400;

const fleet = new Fleet();
const header = new Header();
const selection = new Selection();
const overview = new Overview(toggle);
const cards = new Map<number, Card>();
const mapView = new MapView();
const grid = element("main", { class: "cards" });
const announcer = element("p", { class: "unseen", role: "status" });
let connection: ConnectionState = { name: "connecting" };
let drawnAtMs = 0;
/** When header and overview were drawn; 0 has them drawn with the next frame. */
let readAtMs = 0;

const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const id = Number((entry.target as HTMLElement).dataset.publisherId);
      const card = cards.get(id);
      if (card !== undefined) card.isVisible = entry.isIntersecting;
    }
  },
  { rootMargin: "120px" },
);

/** Shows or hides a node; the overview follows in the same frame. */
function toggle(publisherId: number): void {
  selection.toggle(publisherId);
  readAtMs = 0;
}

/** Makes the cards those of the selected nodes, in order of their numbers. */
function arrangeCards(): void {
  for (const [publisherId, card] of cards) {
    if (selection.has(publisherId) && fleet.nodes.has(publisherId)) continue;
    observer.unobserve(card.root);
    card.destroy();
    cards.delete(publisherId);
  }
  for (const publisherId of [...fleet.nodes.keys()].sort((a, b) => a - b)) {
    if (!selection.has(publisherId) || cards.has(publisherId)) continue;
    const card = new Card(publisherId, () => toggle(publisherId));
    cards.set(publisherId, card);
    const next = [...cards.values()]
      .filter((other) => other.publisherId > publisherId)
      .sort((a, b) => a.publisherId - b.publisherId)[0];
    grid.insertBefore(card.root, next?.root ?? null);
    observer.observe(card.root);
  }
}

/** Tells screen readers which nodes have gone or come back since the last time. */
const announced = new Map<number, string>();
function announce(): void {
  const words: string[] = [];
  for (const { publisherId, status } of fleet.nodes.values()) {
    if (status === undefined) continue;
    const before = announced.get(publisherId);
    if (before !== undefined && before !== status.state) {
      const what = { live: "is back", gone: "is gone", restored: "is restored" }[status.state];
      words.push(`Node ${publisherId} ${what}.`);
    }
    announced.set(publisherId, status.state);
  }
  if (words.length > 0) setText(announcer, words.join(" "));
}

function frame(nowMs: number): void {
  requestAnimationFrame(frame);
  if (nowMs - drawnAtMs < DRAW_INTERVAL_MS - 4) return;
  drawnAtMs = nowMs;
  const isConnected = connection.name === "open";
  selection.offer([...fleet.nodes.keys()]);
  arrangeCards();
  for (const card of cards.values()) {
    const node = fleet.nodes.get(card.publisherId);
    if (node === undefined || !(card.isVisible || card.isBlank)) continue;
    card.draw(fleet, node, isConnected, nowMs);
  }
  if (nowMs - readAtMs < READ_INTERVAL_MS) return;
  readAtMs = nowMs;
  header.draw(fleet, connection, nowMs);
  overview.draw(fleet, selection.ids, isConnected, nowMs);
  mapView.draw(fleet, isConnected);
  announce();
}

document.body.append(header.root, overview.root, grid, mapView.root, announcer);
onThemeChange(() => {
  for (const card of cards.values()) card.recolour();
  mapView.recolour();
});
new Connection(`${location.origin.replace(/^http/, "ws")}/live`, {
  onSnapshot: (buffer) => fleet.takeSnapshot(buffer),
  onMessage: (message) => fleet.takeMessage(message, performance.now()),
  onRefused: () => fleet.refused++,
  onState: (state) => {
    connection = state;
    readAtMs = 0;
  },
});
requestAnimationFrame(frame);
