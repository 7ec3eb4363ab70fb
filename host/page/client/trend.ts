// The features of the last minutes as columns, ready to be drawn; a pause breaks the line.
import { decodeFeatures, type Features } from "./features.ts";

/** At 12 kHz a window lasts 171 ms: this is five minutes. */
const CAPACITY = 1800;
/** Windows further apart than this are not joined by a line. */
const PAUSE_SECONDS = 3;

/** A value, or null where the line breaks. */
export type Column = (number | null)[];

export class Trend {
  /** Seconds since 1970. */
  readonly seconds: number[] = [];
  readonly rmsCounts: Column = [];
  readonly kurtosis: Column = [];
  readonly bpfo: Column = [];
  readonly bpfi: Column = [];
  readonly ball: Column = [];
  readonly ftf: Column = [];

  /**
   * Appends a window; drops the oldest tenth when full. A window that comes late is left out; one
   * that is far back in time is of a node whose clock began again, and so does the trend.
   */
  add(unixMs: number, features: Features): void {
    const seconds = unixMs / 1000;
    const last = this.seconds.at(-1);
    if (last !== undefined && seconds < last - PAUSE_SECONDS) this.clear();
    else if (last !== undefined && seconds <= last) return;
    else if (last !== undefined && seconds - last > PAUSE_SECONDS) {
      this.push(last + 0.001, undefined);
    }
    this.push(seconds, features);
    if (this.seconds.length > CAPACITY) {
      for (const column of this.columns()) column.splice(0, CAPACITY / 10);
    }
  }

  /** Starts again from the gateway's history: rows of [milliseconds, feature words...]. */
  replace(rows: number[][]): void {
    this.clear();
    for (const row of rows.slice(-CAPACITY)) {
      const features = decodeFeatures(row, 1);
      if (features !== undefined) this.add(row[0]!, features);
    }
  }

  private clear(): void {
    for (const column of this.columns()) column.length = 0;
  }

  private push(seconds: number, features: Features | undefined): void {
    this.seconds.push(seconds);
    this.rmsCounts.push(features?.rmsCounts ?? null);
    this.kurtosis.push(features?.kurtosis ?? null);
    // While the envelope is being gathered there is no line to speak of.
    const defects = features?.envelopeFill === 1 ? features.defects : undefined;
    this.bpfo.push(defects?.bpfo.snr ?? null);
    this.bpfi.push(defects?.bpfi.snr ?? null);
    this.ball.push(defects?.ball.snr ?? null);
    this.ftf.push(defects?.ftf.snr ?? null);
  }

  private columns(): Column[] {
    const { seconds, rmsCounts, kurtosis, bpfo, bpfi, ball, ftf } = this;
    return [seconds as Column, rmsCounts, kurtosis, bpfo, bpfi, ball, ftf];
  }
}
