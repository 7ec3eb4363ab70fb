// Numbers for people: always with their unit, with as many digits as carry meaning.

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const NO_VALUE = "–";

/** 1,234,567 */
export function formatCount(count: number): string {
  return WHOLE.format(count);
}

/** Three significant digits and no exponent: 0.0727, 0.583, 12.4, 310. */
export function formatDigits(value: number): string {
  if (!Number.isFinite(value)) return NO_VALUE;
  if (value === 0) return "0";
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toFixed(digits);
}

/** An acceleration in g: 0.583 g, 0.0727 g, 4.06 mg, 340 µg. */
export function formatG(g: number): string {
  const size = Math.abs(g);
  if (size >= 0.01 || size === 0) return `${formatDigits(g)} g`;
  if (size >= 0.0001) return `${formatDigits(g * 1e3)} mg`;
  return `${formatDigits(g * 1e6)} µg`;
}

/** A frequency: 107.4 Hz, 4.50 kHz. */
export function formatHz(hz: number): string {
  return hz >= 1000 ? `${formatDigits(hz / 1000)} kHz` : `${hz.toFixed(1)} Hz`;
}

/** A span: 4 s, 3 min, 2 h 05 min. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A rate of bytes: 812 B/s, 34.2 kB/s, 1.20 MB/s. */
export function formatByteRate(bytesPerSecond: number): string {
  if (bytesPerSecond < 1000) return `${Math.round(bytesPerSecond)} B/s`;
  if (bytesPerSecond < 1e6) return `${formatDigits(bytesPerSecond / 1e3)} kB/s`;
  return `${formatDigits(bytesPerSecond / 1e6)} MB/s`;
}

/** An amount: 812 B, 34.2 kB, 1.20 MB. */
export function formatBytes(bytes: number): string {
  return formatByteRate(bytes).replace("/s", "");
}

/** Time of day: 14:03:09. */
export function formatClock(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toTimeString().slice(0, 8);
}
