// What a map's operations throw: one class, whose code is a name of spec/status.md or one of few.
import { STATUS_NAMES } from "../base/spec.ts";

/**
 * FULL no room in the arena, nothing changed · TOO_LONG key or value above 4,096 bytes · TRUNCATED
 * value below 8 bytes, or a memory that ends too early · BAD_KEY no whole number from 0 to 2^64 - 1
 * · BUSY the agent holds a cut already, or is inside another operation · UNPINNED, CLOSED an offset
 * asked for behind the end of its pin, cut or map · NO_AGENT all agent numbers are in use, or the
 * one named is not · BAD_CONFIG, EXISTS, NOT_SHARED, MISALIGNED, BAD_MAGIC, WRONG_SIZE the memory
 * or what is asked of it is wrong, and untouched · DEVICE the file of pages refused a batch.
 */
export type MapErrorCode =
  | "BAD_CONFIG"
  | "BAD_KEY"
  | "BAD_MAGIC"
  | "BUSY"
  | "CLOSED"
  | "DEVICE"
  | "EXISTS"
  | "FULL"
  | "MISALIGNED"
  | "NOT_SHARED"
  | "NO_AGENT"
  | "TOO_LONG"
  | "TRUNCATED"
  | "UNPINNED"
  | "WRONG_SIZE";

/** A refusal: the map is as it was, and goes on. */
export class MapError extends Error {
  readonly code: MapErrorCode;

  constructor(code: MapErrorCode, message: string, options?: ErrorOptions) {
    super(`map: ${message}`, options);
    this.name = "MapError";
    this.code = code;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  FULL: "no room in the arena; reclaim() after pins and cuts are closed, or a larger arenaSize",
  TOO_LONG: "key or value above 4096 bytes, or a page larger than the batch buffer",
  TRUNCATED: "a value has 8 bytes at least",
  BUSY: "the agent holds a cut already, or is inside another operation",
  UNPINNED: "offsets are read under a pin; using pin = map.pin()",
  BAD_CONFIG: "capacity 1 to 4194304, arenaSize a multiple of 16 from 1024, agents 1 to 64",
  DEVICE: "the file of pages refused a batch",
};

/** The error that a status below 0 is. */
export function statusError(status: number, options?: ErrorOptions): MapError {
  const name = STATUS_NAMES[status] ?? String(status);
  return new MapError(name as MapErrorCode, WORDS[name] ?? `status ${name}`, options);
}

/** The error of whoever goes on with what has ended. */
export function closed(what: string): MapError {
  return new MapError("CLOSED", `the ${what} is closed`);
}
