// Values of command-line options, parsed once: durations, ports, rates; each refuses with what
// would be right.
import { InvalidArgumentError } from "commander";

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of "500ms", "20s", "5m", "1h"; a bare number is seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const value = match ? Number(match[1]) * (UNIT_MS[match[2] ?? "s"] as number) : Number.NaN;
  if (!(value > 0))
    throw new InvalidArgumentError('expected a duration such as "20s", "5m" or "1h".');
  return value;
}

/** A whole number, decimal or 0x hexadecimal; NaN for anything else, empty text among it. */
export function parseWhole(text: string): number {
  return /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
}

/** A TCP or UDP port; 0 lets the system choose. */
export function parsePort(text: string): number {
  const port = parseWhole(text);
  if (!(port <= 65535)) {
    throw new InvalidArgumentError("expected a port from 0 to 65535.");
  }
  return port;
}

/** A whole number from 1 to `max`. */
export function parseCount(max: number): (text: string) => number {
  return (text) => {
    const count = parseWhole(text);
    if (!(count >= 1 && count <= max)) {
      throw new InvalidArgumentError(`expected a whole number from 1 to ${max}.`);
    }
    return count;
  };
}

/** A whole number from 0. */
export function parseWholeFromZero(text: string): number {
  const number = parseWhole(text);
  if (!(number <= 0xffffffff)) throw new InvalidArgumentError("expected a whole number from 0.");
  return number;
}

/** A seed: a whole number from 0 to 2^32 - 1, decimal or 0x hexadecimal. */
export function parseSeed(text: string): number {
  const seed = parseWhole(text);
  if (!(seed <= 0xffffffff)) {
    throw new InvalidArgumentError("expected a whole number from 0 to 4294967295.");
  }
  return seed;
}

/** Collects a repeatable option. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** One JSON value on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Talk, on standard error. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
