// The map's counters of the last five minutes, as rates over time, ready to be drawn.
import type { MapStatus, StatusMessage } from "../../gateway/messages.ts";
import type { Column } from "./trend.ts";

const COUNTERS = ["hits", "misses", "promotions", "migrations"] as const;
type Counter = (typeof COUNTERS)[number];

/** Loads, promotions and migrations a second; kB that wait for readers. */
export type MapRates = Record<Counter | "unreclaimedKb", number>;

/** At two statuses a second, one row each second: five minutes. */
const CAPACITY = 300;
const STEP_MS = 1_000;
/** The counters wrap here. */
const WRAP = 2 ** 32;

export class MapTrend {
  /** Seconds since 1970, by this machine's clock. */
  readonly seconds: number[] = [];
  readonly columns: Record<keyof MapRates, Column> = {
    ...{ hits: [], misses: [], promotions: [], migrations: [], unreclaimedKb: [] },
  };
  private from: { uptimeMs: number; map: MapStatus } | undefined;

  /** Takes a status; whether a row has come of it. */
  add({ uptimeMs, map }: StatusMessage): boolean {
    const { from } = this;
    if (from !== undefined && uptimeMs >= from.uptimeMs && uptimeMs < from.uptimeMs + STEP_MS) {
      return false;
    }
    this.from = { uptimeMs, map };
    // The first status, or the gateway began again: nothing to compare with.
    if (from === undefined || uptimeMs < from.uptimeMs) return true;
    this.seconds.push(Date.now() / 1000);
    for (const name of COUNTERS) {
      const count = (map[name] - from.map[name] + WRAP) % WRAP;
      this.columns[name].push((count * 1000) / (uptimeMs - from.uptimeMs));
    }
    this.columns.unreclaimedKb.push(map.unreclaimed / 1000);
    if (this.seconds.length <= CAPACITY) return true;
    this.seconds.shift();
    for (const column of Object.values(this.columns)) column.shift();
    return true;
  }

  /** The newest value; 0 if there is none. */
  last(name: keyof MapRates): number {
    return this.columns[name].at(-1) ?? 0;
  }
}
