// The top of the page: is the gateway there, how many nodes, what is lost, what is not real.
import type { ConnectionState } from "./connection.ts";
import { element, setAttribute, setText } from "./dom.ts";
import type { Fleet } from "./fleet.ts";
import { formatByteRate, formatCount, formatSpan } from "./format.ts";

export class Header {
  readonly root: HTMLElement;
  private readonly connection = element("span", { class: "state", role: "status" });
  private readonly simulated = element("p", { class: "simulated" });
  private readonly totals = new Map<string, HTMLElement>();
  private readonly list = element("dl", { class: "totals" });
  private readonly refused = element("p", { class: "refused" });

  constructor() {
    for (const name of [
      "nodes",
      "frames",
      "lost",
      "duplicates",
      "refused",
      "dropped",
      "rate",
      "up",
    ]) {
      const value = element("dd", {}, "–");
      this.totals.set(name, value);
      this.list.append(element("div", {}, element("dt", {}, name), value));
    }
    const title = element(
      "h1",
      {},
      element("span", { class: "brand" }, "latchwork"),
      element("span", { class: "brand-part" }, "gateway"),
    );
    const bar = element("div", { class: "bar" }, title, this.connection, this.list);
    this.root = element("header", { class: "top" }, bar, this.simulated, this.refused);
  }

  draw(fleet: Fleet, connection: ConnectionState, nowMs: number): void {
    this.drawConnection(connection, nowMs);
    const { status } = fleet;
    const words = status?.simulated ?? [];
    this.simulated.hidden = words.length === 0;
    setText(this.simulated, `Simulated here: ${words.join(", ")}`);
    if (status === undefined) return;
    const { nodes, totals } = status;
    const gone = nodes.filter((node) => node.state === "gone").length;
    const lost = nodes.reduce((sum, node) => sum + node.lost, 0);
    const reasons = Object.entries(totals.refused).filter(([, count]) => count > 0);
    const refused = reasons.reduce((sum, [, count]) => sum + count, 0);
    const restored = nodes.filter((node) => node.state === "restored").length;
    const counts = [`${nodes.length - gone - restored} live`];
    if (gone > 0) counts.push(`${gone} gone`);
    if (restored > 0) counts.push(`${restored} restored`);
    this.set("nodes", counts.join(", "), counts.length > 1);
    this.set("frames", formatCount(totals.accepted), false);
    this.set("lost", formatCount(lost), lost > 0);
    this.set("duplicates", formatCount(totals.duplicates), false);
    this.set("refused", formatCount(refused), refused > 0);
    this.set("dropped", formatCount(totals.queueDropped), totals.queueDropped > 0);
    this.set("rate", fleet.byteRate === undefined ? "–" : formatByteRate(fleet.byteRate), false);
    this.set("up", formatSpan(status.uptimeMs), false);
    this.refused.hidden = reasons.length === 0;
    const each = reasons.map(([name, count]) => `${formatCount(count)} ${name}`).join(", ");
    setText(this.refused, `Frames refused: ${each}`);
  }

  private drawConnection(connection: ConnectionState, nowMs: number): void {
    setAttribute(this.connection, "data-state", connection.name === "open" ? "live" : "gone");
    setText(this.connection, connectionWords(connection, nowMs));
    // Without the gateway these are yesterday's news.
    this.list.classList.toggle("stale", connection.name !== "open");
  }

  private set(name: string, text: string, isWarning: boolean): void {
    const target = this.totals.get(name)!;
    setText(target, text);
    target.classList.toggle("warn", isWarning);
  }
}

function connectionWords(connection: ConnectionState, nowMs: number): string {
  switch (connection.name) {
    case "open":
      return "connected";
    case "connecting":
      return "connecting …";
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((connection.retryAtMs - nowMs) / 1000));
      const lost = formatSpan(nowMs - connection.lostAtMs);
      return `no gateway for ${lost}, trying again in ${seconds} s`;
    }
  }
}
