// Time that moves only when told to: the clock of everything that runs in virtual time.
import type { Clock } from "../link/transport.ts";

interface Alarm {
  atMs: number;
  action: () => void;
}

export class VirtualClock implements Clock {
  #nowMs = 0;
  #alarms: Alarm[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  schedule(action: () => void, delayMs: number): () => void {
    const alarm = { atMs: this.#nowMs + delayMs, action };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  /** Moves on to `atMs`; what is due on the way runs at its own time, earliest first. */
  advance(atMs: number): void {
    while (this.#alarms.length > 0) {
      const next = this.#alarms.reduce((first, alarm) => (alarm.atMs < first.atMs ? alarm : first));
      if (next.atMs > atMs) break;
      this.#alarms = this.#alarms.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.action();
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }
}
