// WebAssembly to C for one static program: wasm2c's function bodies under our own prelude.
//
// wasm2c (npm wabt) translates the module; its prelude (memory in a struct, 64-bit checks) is cut
// off and firmware/port/wasm-c.h takes its place. Since a board runs exactly one instance, the
// instance parameter and the memory argument vanish too. Every rewriting below must match or the
// translation fails: a new wasm2c that writes something else is noticed here and not on a board.
import { readFileSync, writeFileSync } from "node:fs";
import { packageFile } from "../base/package.ts";
import { runOrThrow } from "../base/process.ts";
import { type FunctionLandmarks, readLandmarks, type SourceLine } from "./source-lines.ts";

export interface Translation {
  /** Functions in the C whose statements carry TypeScript lines. */
  mappedFunctions: number;
  functions: number;
}

/** Translates `wasmPath` to `${outputStem}.c` and `${outputStem}.h`. */
export async function translateToC(wasmPath: string, outputStem: string): Promise<Translation> {
  const generated = `${outputStem}.wasm2c.c`;
  await runOrThrow(process.execPath, [
    packageFile("wabt", "bin/wasm2c"),
    "--enable-threads",
    "-n",
    "program",
    wasmPath,
    "-o",
    generated,
  ]);
  const source = readFileSync(generated, "utf8");
  const head = source.indexOf("\n", source.indexOf("#define atomic_fence()"));
  if (head < 0) throw new Error("wasm2c's prelude has changed: no atomic_fence");
  const header = readFileSync(generated.replace(/\.c$/, ".h"), "utf8");
  const { text, translation } = addLines(
    rewriteBody(source.slice(head)),
    await readLandmarks(wasmPath),
  );
  writeFileSync(`${outputStem}.c`, `#include "program.h"\n${globals(header)}${text}`);
  writeFileSync(`${outputStem}.h`, programHeader(header));
  return translation;
}

/**
 * Name in the module's own language: `w2c_program_assembly0x2Fdsp0x2Ffft0x2Ff` ->
 * `assembly/dsp/fft/f`.
 */
export function demangle(symbol: string): string {
  return symbol
    .replace(/^\S*:/, "")
    .replace(/^w2c_program_/, "")
    .replace(/0x([0-9A-F]{2})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
}

/** The module's mutable globals, which wasm2c keeps in the instance, as static variables. */
function globals(header: string): string {
  const struct = /typedef struct w2c_program \{([^}]*)\} w2c_program;/.exec(header);
  if (!struct) throw new Error("wasm2c's header has changed: no instance struct");
  return (struct[1] as string)
    .split("\n")
    .filter((line) => line.trim() !== "" && !/w2c_port_instance|w2c_memory/.test(line))
    .map((line) => `static ${line.trim()}\n`)
    .join("");
}

/** Prototypes of imports and exports. */
function programHeader(header: string): string {
  const imports = [
    ...header.matchAll(/^(\w+) w2c_port_(\w+)\(struct w2c_port\*(?:, )?(.*)\);$/gm),
  ].map((match) => `${match[1]} import_port_${match[2]}(${match[3] || "void"});`);
  const exports = [
    ...header.matchAll(/^(\w+) w2c_program_(\w+)\(w2c_program\*(?:, )?(.*)\);$/gm),
  ].map((match) => `${match[1]} program_${match[2]}(${match[3] || "void"});`);
  return [
    "// Generated from the node program; do not edit.",
    "#ifndef LATCH_PROGRAM_H",
    "#define LATCH_PROGRAM_H",
    '#include "wasm-c.h"',
    "void program_instantiate(void);",
    ...imports,
    ...exports,
    "#endif",
    "",
  ].join("\n");
}

/** Calls of a start function, global and data initialisers; a module has only those it needs. */
function initialCalls(body: string): string {
  return body
    .split("\n")
    .filter((line) => !/wasm_rt_is_initialized|init_instance_import/.test(line))
    .map((line) => `${line}\n`)
    .join("");
}

/** The bodies without instance, memory argument and 64-bit addresses. */
function rewriteBody(body: string): string {
  const text = body
    .replace(/^FUNC_TYPE_T\(.*\n/gm, "")
    .replace(/\/\* export: 'memory' \*\/\n.*\n.*\n\}\n/, "")
    .replace(/static void init_instance_import[\s\S]*?\n\}\n/, "")
    .replace(/wasm_rt_func_type_t wasm2c_program_get_func_type[\s\S]*?\n\}\n/, "")
    .replace(/void wasm2c_program_free[\s\S]*?\n\}\n/, "")
    .replace(
      /void wasm2c_program_instantiate\([^)]*\) \{\n([\s\S]*?)\n\}\n/,
      (_, calls: string) => `void program_instantiate(void) {\n${initialCalls(calls)}}\n`,
    )
    .replace(/^\s*wasm_rt_allocate_memory(_shared)?\(.*\n/gm, "")
    .replace(/instance->w2c_port_instance(, )?/g, "")
    .replace(/\bw2c_port_(\w+)\(/g, "import_port_$1(")
    .replace(
      /\b([if](?:32|64)_\w+?)(?:_shared)?_default32\(&instance->w2c_memory, \(u64\)\(([^()]*)\)(?: \+ (\d+)u)?/g,
      (_, name: string, address: string, offset?: string) =>
        `${name}(${address}, ${offset ?? "0"}u`,
    )
    .replace(/\bmemory_fill\w*\(&instance->w2c_memory, /g, "memory_fill(")
    .replace(/\bmemory_copy\w*\(&instance->w2c_memory, &instance->w2c_memory, /g, "memory_copy(")
    .replace(/LOAD_DATA\(instance->w2c_memory, /g, "LOAD_DATA(latch_memory, ")
    .replace(/\(w2c_program ?\* ?instance\)/g, "(void)")
    .replace(/\(w2c_program ?\* ?instance, /g, "(")
    .replace(/\(w2c_program\*\)/g, "(void)")
    .replace(/\(w2c_program\*, /g, "(")
    .replace(/\(instance\)/g, "()")
    .replace(/\(instance, /g, "(")
    .replace(/instance->/g, "")
    // A head of many parameters goes on in the next line.
    .replace(/^\w[^;{}()]*\bw2c_program_\w+\([^;{}()]*\) \{$/gm, (head) =>
      head.replace(/\s*\n\s+/g, " "),
    )
    .replace(/\bw2c_program_(init|tick|step|onAbort|[a-z]\w*)\(/g, (whole, name: string) =>
      name.includes("0x2F") || name.startsWith("0x7E") ? whole : `program_${name}(`,
    );
  const left = /\binstance\b|_default32|wasm_rt_|w2c_memory/.exec(text);
  if (left) {
    const line = text.slice(text.lastIndexOf("\n", left.index) + 1, text.indexOf("\n", left.index));
    throw new Error(`the translator does not know this form of wasm2c's: ${line.trim()}`);
  }
  return text;
}

/** The landmark words of one C line; mostly none or one. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(
    /\b(?:([if](?:32|64)_(?:atomic_)?(?:load|store|rmw)\w*)|(memory_copy|memory_fill)|(UNREACHABLE)|((?:I32|I64)_(?:DIV|REM)_S|DIV_U|REM_U)|(w2c_program_\w+|import_port_\w+))\b/g,
  )) {
    words.push(match[1] ?? match[2] ?? (match[3] ? "unreachable" : (match[4] ?? "call")));
  }
  return words;
}

/** Writes #line directives where the landmarks of a C function agree with those of the module. */
function addLines(
  text: string,
  functions: FunctionLandmarks[],
): { text: string; translation: Translation } {
  const lines = text.split("\n");
  const output: string[] = [];
  let index = 0;
  let mapped = 0;
  let inBodies = false;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    inBodies ||= line.startsWith("void program_instantiate");
    if (!inBodies || !/^\w.*\bw2c_program_\w+\(.*\{$/.test(line)) {
      output.push(line);
      continue;
    }
    const end = lines.indexOf("}", i);
    const wanted = functions[index++]?.landmarks ?? [];
    const body = lines.slice(i + 1, end);
    const agrees =
      body.flatMap(wordsOf).join() === wanted.map((landmark) => landmark.word).join() &&
      wanted.some((landmark) => landmark.at);
    output.push(`static ${line}`);
    if (agrees || wanted.length === 0) mapped++;
    output.push(...(agrees ? withLines(body, wanted) : body));
    output.push("}");
    i = end;
  }
  return { text: output.join("\n"), translation: { mappedFunctions: mapped, functions: index } };
}

function withLines(body: string[], landmarks: FunctionLandmarks["landmarks"]): string[] {
  const output: string[] = [];
  let place: SourceLine | undefined = landmarks.find((landmark) => landmark.at)?.at;
  let next = 0;
  for (const line of body) {
    for (const _ of wordsOf(line)) place = landmarks[next++]?.at ?? place;
    if (place) output.push(`#line ${place.line} "${place.file}"`);
    output.push(line);
  }
  return output;
}
