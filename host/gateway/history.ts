// Trends: the features of each node's last windows, from the core's feature log.
import {
  FEATURE_LOG_ENTRIES,
  FEATURE_LOG_ENTRY_FEATURES,
  FEATURE_LOG_ENTRY_PUBLISHER_ID,
  FEATURE_LOG_ENTRY_TIME,
  FEATURE_LOG_HEAD,
  FEATURE_LOG_TAIL,
  FEATURE_MEAN_Q8,
  FEATURE_VALUE_COUNT,
  GATEWAY_VALUE_LOG_COUNT,
  GATEWAY_VALUE_LOG_ENTRY_SIZE,
} from "../base/spec.ts";
import type { HistoryMessage } from "./messages.ts";

/** Windows kept of each node. */
export const HISTORY_COUNT = 3600;

/** Milliseconds from 1601-01-01, where an OPC UA DateTime counts from, to 1970-01-01. */
const UNIX_EPOCH_MS = 11_644_473_600_000;
const TICKS_PER_MS = 10_000n;

/** Milliseconds since 1970 of an OPC UA DateTime. */
export function dateTimeToMs(time: bigint): number {
  return Number(time / TICKS_PER_MS) - UNIX_EPOCH_MS;
}

export class History {
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #log: number;
  readonly #rows = new Map<number, number[][]>();

  /** `log`: offset of the feature log. There is one History to a log. */
  constructor(buffer: SharedArrayBuffer, log: number) {
    this.#view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
    this.#log = log;
  }

  get publisherIds(): number[] {
    return [...this.#rows.keys()];
  }

  /** Takes what is new out of the log. */
  collect(): void {
    const tailWord = (this.#log + FEATURE_LOG_TAIL) / 4;
    let tail = Atomics.load(this.#words, tailWord);
    // Order: acquire; pairs with featureLogAppend of the core.
    const head = Atomics.load(this.#words, (this.#log + FEATURE_LOG_HEAD) / 4);
    for (; tail !== head; tail = (tail + 1) | 0) {
      const place = tail & (GATEWAY_VALUE_LOG_COUNT - 1);
      this.#add(this.#log + FEATURE_LOG_ENTRIES + place * GATEWAY_VALUE_LOG_ENTRY_SIZE);
    }
    // Order: release; the entries have been read before their places are given back.
    Atomics.store(this.#words, tailWord, tail);
  }

  /** The trend of one node so far, oldest first. */
  message(publisherId: number): HistoryMessage {
    return { type: "history", publisherId, rows: this.#rows.get(publisherId) ?? [] };
  }

  #add(entry: number): void {
    const publisherId = this.#view.getUint32(entry + FEATURE_LOG_ENTRY_PUBLISHER_ID, true);
    const row = [dateTimeToMs(this.#view.getBigInt64(entry + FEATURE_LOG_ENTRY_TIME, true))];
    for (let i = 0; i < FEATURE_VALUE_COUNT; i++) {
      const at = entry + FEATURE_LOG_ENTRY_FEATURES + 4 * i;
      const isSigned = 4 * i === FEATURE_MEAN_Q8;
      row.push(isSigned ? this.#view.getInt32(at, true) : this.#view.getUint32(at, true));
    }
    let rows = this.#rows.get(publisherId);
    if (!rows) {
      rows = [];
      this.#rows.set(publisherId, rows);
    }
    // Frames may come late: the row goes where its time belongs, a few places before the end at
    // most.
    let place = rows.length;
    while (place > 0 && (rows[place - 1]?.[0] ?? 0) > (row[0] ?? 0)) place--;
    rows.splice(place, 0, row);
    if (rows.length > HISTORY_COUNT) rows.shift();
  }
}
