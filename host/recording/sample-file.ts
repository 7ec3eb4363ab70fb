// A user's own samples: .csv, .wav, .i16 (raw int16) and .f32 (raw float32), both little-endian.
//
// Sources: RFC 4180 (one column of it; quotes are allowed around names), RIFF WAVE with PCM (format
// 1) or IEEE float (format 3), and WAVE_FORMAT_EXTENSIBLE naming one of the two. Nothing is
// resampled and nothing is filtered.
import { readFileSync, statSync } from "node:fs";
import { basename, extname } from "node:path";
import { messageOf, ToolError } from "../base/error.ts";

const FILE_SIZE_MAX = 256 * 1024 * 1024;

/** One channel, as the file has it. */
export interface SampleFile {
  /** Int16Array where the file holds 16-bit integers, so that they stay exact. */
  values: Int16Array | Float64Array;
  /** From the file, where it says. */
  sampleRateHz: number | undefined;
  /** What one unit of `values` is, for messages. */
  unit: "count" | "value";
}

export interface SampleFileOptions {
  /** CSV: name of the column, or its number from 1; the first if not given. */
  column?: string;
  /** WAV: channel from 1; 1 if not given. */
  channel?: number;
}

/** Errors: MISSING_INPUT, BAD_INPUT with line or offset, USAGE for another extension. */
export function readSampleFile(path: string, options: SampleFileOptions = {}): SampleFile {
  const extension = extname(path).toLowerCase();
  const bytes = readWhole(path);
  const label = basename(path);
  if (extension === ".csv") return parseCsv(bytes.toString("utf8"), label, options.column);
  if (extension === ".wav") return decodeWav(bytes, label, options.channel ?? 1);
  if (extension === ".i16" || extension === ".i16le") return decodeRaw(bytes, label, 2);
  if (extension === ".f32" || extension === ".f32le") return decodeRaw(bytes, label, 4);
  throw new ToolError("USAGE", `${path}: "${extension}" is not one of .csv, .wav, .i16, .f32`);
}

function readWhole(path: string): Buffer {
  try {
    const size = statSync(path).size;
    if (size > FILE_SIZE_MAX) {
      throw new ToolError("BAD_INPUT", `${path}: ${size} bytes, expected at most ${FILE_SIZE_MAX}`);
    }
    return readFileSync(path);
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError("MISSING_INPUT", `cannot read ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function parseCsv(text: string, label: string, column: string | undefined): SampleFile {
  const lines = text.split(/\r?\n/);
  const first = lines[0] ?? "";
  const separator = [";", "\t", ","].find((mark) => first.includes(mark)) ?? ",";
  const names = cells(first, separator);
  const hasHeader = names.some((name) => name !== "" && Number.isNaN(Number(name)));
  const index = columnIndex(names, hasHeader, column, label);
  const values: number[] = [];
  for (let i = hasHeader ? 1 : 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.trim() === "" || line.startsWith("#")) continue;
    const cell = cells(line, separator)[index];
    const value = Number(cell);
    if (cell === undefined || cell === "" || !Number.isFinite(value)) {
      throw new ToolError("BAD_INPUT", `${label}:${i + 1}: "${cell ?? ""}" is not a number`);
    }
    values.push(value);
  }
  return { values: Float64Array.from(values), sampleRateHz: undefined, unit: "value" };
}

function cells(line: string, separator: string): string[] {
  return line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
}

function columnIndex(
  names: string[],
  hasHeader: boolean,
  column: string | undefined,
  label: string,
): number {
  if (column === undefined) return 0;
  const named = hasHeader ? names.indexOf(column) : -1;
  const index = named >= 0 ? named : Number(column) - 1;
  if (Number.isInteger(index) && index >= 0 && index < names.length) return index;
  const known = hasHeader ? names.join(", ") : `1 to ${names.length}`;
  throw new ToolError("BAD_INPUT", `${label}: no column "${column}"; it has ${known}`);
}

function decodeRaw(bytes: Buffer, label: string, size: 2 | 4): SampleFile {
  const count = bytes.length / size;
  if (!Number.isInteger(count)) {
    throw new ToolError(
      "BAD_INPUT",
      `${label}: ${bytes.length} bytes, expected a multiple of ${size}`,
    );
  }
  if (size === 2) {
    const values = Int16Array.from({ length: count }, (_, i) => bytes.readInt16LE(i * 2));
    return { values, sampleRateHz: undefined, unit: "count" };
  }
  const values = Float64Array.from({ length: count }, (_, i) => bytes.readFloatLE(i * 4));
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new ToolError("BAD_INPUT", `${label}: offset ${bad * 4}: ${values[bad]} is not a number`);
  }
  return { values, sampleRateHz: undefined, unit: "value" };
}

/** The chunks of a RIFF file that matter. */
function decodeWav(bytes: Buffer, label: string, channel: number): SampleFile {
  const fail = (at: number, words: string): never => {
    throw new ToolError("BAD_INPUT", `${label}: offset ${at}: ${words}`);
  };
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WAVE") {
    fail(0, "not a RIFF WAVE file");
  }
  let format: { kind: number; channels: number; rateHz: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString("latin1", at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (body.length < size) fail(at, `chunk "${name}" of ${size} bytes is truncated`);
    if (name === "fmt ") {
      if (size < 16) fail(at, `a format of ${size} bytes, expected 16 or more`);
      const stated = body.readUInt16LE(0);
      format = {
        // In WAVE_FORMAT_EXTENSIBLE the GUID's first two bytes are the format.
        kind: stated === 0xfffe && size >= 26 ? body.readUInt16LE(24) : stated,
        channels: body.readUInt16LE(2),
        rateHz: body.readUInt32LE(4),
        bits: body.readUInt16LE(14),
      };
    } else if (name === "data") {
      if (format === undefined) return fail(at, "samples before their format");
      if (channel < 1 || channel > format.channels) {
        fail(at, `no channel ${channel}; it has ${format.channels}`);
      }
      const isPcm = format.kind === 1 && format.bits === 16;
      if (!isPcm && !(format.kind === 3 && format.bits === 32)) {
        fail(
          at,
          `format ${format.kind} with ${format.bits} bits, expected 16-bit PCM or 32-bit float`,
        );
      }
      const stride = (format.channels * format.bits) / 8;
      const start = ((channel - 1) * format.bits) / 8;
      const length = Math.floor(size / stride);
      const values = isPcm
        ? Int16Array.from({ length }, (_, i) => body.readInt16LE(i * stride + start))
        : Float64Array.from({ length }, (_, i) => body.readFloatLE(i * stride + start));
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) fail(at + 8 + bad * stride, "a sample is not a number");
      return { values, sampleRateHz: format.rateHz, unit: isPcm ? "count" : "value" };
    }
    at += 8 + size + (size % 2);
  }
  return fail(bytes.length, "no samples");
}
