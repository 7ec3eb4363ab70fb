// Which TypeScript line each instruction of a WebAssembly module comes from.
//
// wasm2c writes one C statement per instruction, in order, but no positions. Reading the module's
// disassembly beside its source map gives, per function, the sequence of instructions that can trap
// or call, each with its line; translate.ts finds the same sequence in the C and writes #line
// directives. So an address on a board leads to a TypeScript line, in fault records and in gdb.
import { readFileSync } from "node:fs";
import { decode } from "@jridgewell/sourcemap-codec";
import { packageFile } from "../base/package.ts";
import { runOrThrow } from "../base/process.ts";

export interface SourceLine {
  file: string;
  /** From 1. */
  line: number;
}

export interface WasmFunction {
  /** As in the name section: `assembly/dsp/fft/fftReal`. */
  name: string;
  /** `offset`: bytes from the module's begin, ascending. */
  instructions: { offset: number; text: string; at: SourceLine | undefined }[];
}

export interface Landmark {
  /**
   * `i32_load8_u`, `call`, `unreachable`, `I32_DIV_S`, ...: the word that stands for it in the C.
   */
  word: string;
  at: SourceLine | undefined;
}

export interface FunctionLandmarks {
  /** As in the name section: `assembly/dsp/fft/fftReal`. */
  name: string;
  landmarks: Landmark[];
}

const DIVISIONS: Readonly<Record<string, string>> = {
  "i32.div_s": "I32_DIV_S",
  "i64.div_s": "I64_DIV_S",
  "i32.rem_s": "I32_REM_S",
  "i64.rem_s": "I64_REM_S",
  "i32.div_u": "DIV_U",
  "i64.div_u": "DIV_U",
  "i32.rem_u": "REM_U",
  "i64.rem_u": "REM_U",
};

/** The word of an instruction that can be recognised in the C, or undefined for the others. */
function landmarkWord(instruction: string): string | undefined {
  const name = instruction.split(" ")[0] ?? "";
  if (name === "call") return "call";
  if (name === "unreachable") return "unreachable";
  if (/^[if](32|64)\.(atomic\.)?(load|store|rmw)/.test(name)) return name.replaceAll(".", "_");
  if (name === "memory.copy" || name === "memory.fill") return name.replace(".", "_");
  return DIVISIONS[name];
}

/**
 * Byte offset in the module -> line, from the source map beside it. asc leaves some instructions
 * (calls, drops) without a place; they take that of their last operand, which stands before them.
 */
function readSourceMap(
  wasmPath: string,
): (offset: number, functionStart: number) => SourceLine | undefined {
  const map: { sources: string[]; mappings: string } = JSON.parse(
    readFileSync(`${wasmPath}.map`, "utf8"),
  );
  const segments = decode(map.mappings)[0] ?? [];
  return (offset, functionStart) => {
    let low = 0;
    let high = segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((segments[middle]?.[0] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    let index = low - 1;
    while (index > 0 && segments[index]?.length === 1) index--;
    const segment = segments[index];
    if (segment === undefined || segment.length < 4) return undefined;
    // A segment before the function's own speaks of another function.
    if (segment[0] < functionStart) return undefined;
    const file = map.sources[segment[1] as number];
    return file === undefined ? undefined : { file, line: (segment[2] as number) + 1 };
  };
}

/**
 * Every function of the module's code section, in order, with its instructions and their places.
 */
export async function readFunctions(wasmPath: string): Promise<WasmFunction[]> {
  const lineAt = readSourceMap(wasmPath);
  const listing = await runOrThrow(process.execPath, [
    packageFile("wabt", "bin/wasm-objdump"),
    "-d",
    wasmPath,
  ]);
  const functions: WasmFunction[] = [];
  let start = 0;
  for (const row of listing.split("\n")) {
    const head = /^([0-9a-f]+) func\[\d+\](?: <(.*)>)?:$/.exec(row);
    if (head) {
      start = Number.parseInt(head[1] as string, 16);
      functions.push({ name: head[2] ?? "", instructions: [] });
      continue;
    }
    const instruction = /^ ([0-9a-f]+): [^|]*\|\s*(\S.*)$/.exec(row);
    if (!instruction) continue;
    const offset = Number.parseInt(instruction[1] as string, 16);
    const at = lineAt(offset, start);
    functions.at(-1)?.instructions.push({ offset, text: instruction[2] as string, at });
  }
  return functions;
}

/**
 * Line of the instruction at that byte offset of the module, the 0x1a2b of V8's
 * `wasm-function[3]:0x1a2b`; undefined where no instruction begins or none has a line.
 */
export async function sourceLineAt(
  wasmPath: string,
  offset: number,
): Promise<SourceLine | undefined> {
  for (const { instructions } of await readFunctions(wasmPath)) {
    const found = instructions.find((instruction) => instruction.offset === offset);
    if (found) return found.at;
  }
  return undefined;
}

/** Landmarks of every function of the module's code section, in order. */
export async function readLandmarks(wasmPath: string): Promise<FunctionLandmarks[]> {
  return (await readFunctions(wasmPath)).map(({ name, instructions }) => ({
    name,
    landmarks: instructions.flatMap(({ text, at }) => {
      const word = landmarkWord(text);
      return word === undefined ? [] : [{ word, at }];
    }),
  }));
}
