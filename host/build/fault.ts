// A board's fault record, made readable: kind, file, line, and the words beside a failed assert.
import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { packageRoot } from "../base/package.ts";
import { run } from "../base/process.ts";
import {
  FAULT_ASSERT,
  FAULT_INIT,
  FAULT_NAMES,
  FAULT_RECORD_BUILD_ID,
  FAULT_RECORD_FILE,
  FAULT_RECORD_KIND,
  FAULT_RECORD_LINE,
  FAULT_RECORD_MAGIC,
  FAULT_RECORD_PROGRAM_COUNTER,
  FAULT_RECORD_SIZE,
  FAULT_RECORD_UPTIME_MS,
  STATUS_NAMES,
} from "../base/spec.ts";
import { demangle } from "./translate.ts";

const MAGIC = 0x4c574652;

export interface Fault {
  /** Name of the kind in spec/status.md. */
  kind: string;
  buildId: string;
  programCounter: number;
  uptimeMs: number;
  /** Where it happened, as far as it can be told. */
  file?: string;
  line?: number;
  /** TypeScript function, `assembly/dsp/fft/fftReal`. */
  function?: string;
  /** Source text of the line. */
  source?: string;
}

/** Finds out what a record means with the image it came from; undefined if it is no record. */
export async function decodeFault(
  hex: string,
  image: { elf: string; wasm: string; toolPrefix: string; project?: string },
): Promise<Fault | undefined> {
  const words = Array.from({ length: FAULT_RECORD_SIZE / 4 }, (_, i) =>
    Number.parseInt(hex.slice(8 * i, 8 * i + 8), 16),
  );
  const word = (offset: number) => words[offset / 4] ?? Number.NaN;
  if (word(FAULT_RECORD_MAGIC) !== MAGIC || words.some(Number.isNaN)) return undefined;
  const kind = word(FAULT_RECORD_KIND);
  const fault: Fault = {
    kind: FAULT_NAMES[kind] ?? String(kind),
    buildId: word(FAULT_RECORD_BUILD_ID).toString(16).padStart(8, "0"),
    programCounter: word(FAULT_RECORD_PROGRAM_COUNTER),
    uptimeMs: word(FAULT_RECORD_UPTIME_MS),
  };
  if (kind === FAULT_ASSERT) {
    const file = readString(image.wasm, word(FAULT_RECORD_FILE));
    if (file !== undefined) fault.file = file;
    fault.line = word(FAULT_RECORD_LINE);
  } else if (kind === FAULT_INIT) {
    const status = word(FAULT_RECORD_LINE) | 0;
    fault.source = `init() answered ${STATUS_NAMES[status] ?? status}`;
  } else if (fault.programCounter !== 0) {
    await locate(fault, image);
  }
  const text = fault.file ? sourceLine(fault.file, fault.line ?? 0, image.project) : undefined;
  if (text !== undefined) fault.source = text;
  return fault;
}

/** One line for people. */
export function formatFault(fault: Fault): string {
  const place = fault.file ? ` at ${fault.file}:${fault.line}` : "";
  const inside = fault.function ? ` in ${fault.function}` : "";
  const source = fault.source ? `: ${fault.source}` : "";
  return `${fault.kind}${place}${inside}${source} (build ${fault.buildId}, after ${fault.uptimeMs} ms)`;
}

/** File, line and function of the address through the image's debug information. */
async function locate(fault: Fault, image: { elf: string; toolPrefix: string }): Promise<void> {
  const address = fault.programCounter;
  const result = await run(`${image.toolPrefix}addr2line`, [
    "-f",
    "-i",
    "-e",
    image.elf,
    `0x${address.toString(16)}`,
  ]);
  const rows = result.stdout.trim().split("\n");
  for (let i = 0; i + 1 < rows.length; i += 2) {
    const place = /^(.*):(\d+)/.exec(rows[i + 1] as string);
    if (!place || place[1] === "??" || /wasm-c\.h$/.test(place[1] as string)) continue;
    fault.file = (place[1] as string).replace(/^\.\//, "");
    fault.line = Number(place[2]);
    fault.function = demangle(rows[i] as string);
    return;
  }
}

/** A UTF-16 string of AssemblyScript's static data: its byte length stands 4 bytes before it. */
function readString(wasmPath: string, offset: number): string | undefined {
  const memory = staticData(readFileSync(wasmPath));
  const size = memory.getUint32(offset - 4);
  if (size === undefined || size > 1024) return undefined;
  let text = "";
  for (let i = 0; i < size; i += 2) {
    const unit = memory.getUint16(offset + i);
    if (unit === undefined) return undefined;
    text += String.fromCharCode(unit);
  }
  return text;
}

/** Reads little-endian numbers out of a module's active data segments. */
function staticData(wasm: Uint8Array) {
  let at = 8;
  const leb = (): number => {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++] ?? 0;
      result |= (byte & 127) << shift;
      if (byte < 128) return result >>> 0;
    }
  };
  const segments: { offset: number; data: Uint8Array }[] = [];
  while (at < wasm.length) {
    const id = wasm[at++];
    const size = leb();
    const end = at + size;
    if (id === 11) {
      for (let count = leb(); count > 0; count--) {
        leb(); // active segment of memory 0
        at++; // i32.const
        const offset = leb();
        at++; // end
        const length = leb();
        segments.push({ offset, data: wasm.subarray(at, at + length) });
        at += length;
      }
    }
    at = end;
  }
  const byte = (address: number): number | undefined => {
    const segment = segments.find((s) => address >= s.offset && address < s.offset + s.data.length);
    return segment?.data[address - segment.offset];
  };
  const read = (address: number, size: number): number | undefined => {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) {
      const next = byte(address + i);
      if (next === undefined) return undefined;
      value = value * 256 + next;
    }
    return value;
  };
  return {
    getUint16: (address: number) => read(address, 2),
    getUint32: (address: number) => read(address, 4),
  };
}

/** Text of a source line, from the project or the package. */
function sourceLine(file: string, line: number, project: string | undefined): string | undefined {
  const inPackage = file.replace(/^~lib\/latchwork\//, "");
  const candidates = isAbsolute(file)
    ? [file]
    : [...(project ? [join(project, file)] : []), join(packageRoot, inPackage)];
  const path = candidates.find((candidate) => existsSync(candidate));
  return path ? readFileSync(path, "utf8").split("\n")[line - 1]?.trim() : undefined;
}
