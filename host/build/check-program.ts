// What a node program may not be: checked on its WebAssembly, before any target sees it.
//
// A board has no allocator, no tables of functions and only 32-bit atomics, and runtime.c calls
// three exports. Each complaint names the line of the user's own file that leads there, also when
// the instruction itself stands in AssemblyScript's library.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ToolError } from "../base/error.ts";
import { packageFile, packageRoot } from "../base/package.ts";
import { runOrThrow } from "../base/process.ts";
import { readFunctions, type SourceLine, type WasmFunction } from "./source-lines.ts";

/** Exports that runtime.c and the simulator call; see firmware/node/main.ts. */
const EXPORTS: Readonly<Record<string, string>> = {
  init: "() -> i32",
  tick: "() -> nil",
  step: "() -> i32",
};

/** Instruction -> why a node program may not have it, and what to do. */
const REFUSED: [RegExp, string][] = [
  [
    /^memory\.grow/,
    "allocates memory; a node program works on fixed offsets (no new, no Array, Map or string)",
  ],
  [/^memory\.size/, "memory.size(): whole pages only; call memorySize() of firmware/node/port"],
  [/^call_indirect/, "calls a function through a value; call it by name or with a switch"],
  [/^(i64\.atomic|i32\.atomic\.\w+(8|16))/, "atomics are 32 bits wide on every target: use i32"],
  [/^(memory\.atomic|atomic\.(wait|notify))/, "a node has one thread: nobody to wait for or wake"],
  [/^[vif]\d+x?\d*\.?(v128|splat|extract_lane)|^v128/, "SIMD: boards have none"],
  [/^(memory\.init|data\.drop|table\.|ref\.)/, "tables and passive segments: boards have none"],
];

/** Errors: COMPILE with `file:line: why`, or the export or import that is missing or wrong. */
export async function checkProgram(wasmPath: string, entry: string): Promise<void> {
  const listing = await runOrThrow(process.execPath, [
    packageFile("wabt", "bin/wasm-objdump"),
    "-x",
    wasmPath,
  ]);
  const complaint =
    checkImports(listing) ??
    checkExports(listing) ??
    checkInstructions(await readFunctions(wasmPath));
  if (complaint) throw new ToolError("COMPILE", `${complaint.at ?? entry}: ${complaint.why}`);
}

interface Complaint {
  /** `file:line` or `file: function()`; the program's entry if neither is known. */
  at?: string;
  why: string;
}

/** Functions that the port answers: the declarations of the node's port.ts. */
function portFunctions(): Set<string> {
  const text = ["firmware/node/port.ts", "assembly/base/port.ts", "assembly/flash/port.ts"]
    .map((path) => readFileSync(join(packageRoot, path), "utf8"))
    .join("\n");
  return new Set(
    [...text.matchAll(/^export declare function (\w+)\(/gm)].map((match) => match[1] as string),
  );
}

function checkImports(listing: string): Complaint | undefined {
  const known = portFunctions();
  for (const match of listing.matchAll(/^ - \S+ .*<- (.*)\.(\w+)$/gm)) {
    const [, module, name = ""] = match;
    if (module === "port" && known.has(name)) continue;
    return {
      why: `imports ${module}.${name}, which no board has; there are: ${[...known].sort().join(", ")}`,
    };
  }
  return undefined;
}

function checkExports(listing: string): Complaint | undefined {
  const types = new Map(
    [...listing.matchAll(/^ - type\[(\d+)\] (.*)$/gm)].map((match) => [match[1], match[2]]),
  );
  const signatures = new Map(
    [...listing.matchAll(/^ - func\[(\d+)\] sig=(\d+)/gm)].map((match) => [match[1], match[2]]),
  );
  const exported = new Map(
    [...listing.matchAll(/^ - func\[(\d+)\] .*-> "(\w+)"$/gm)].map((match) => [
      match[2],
      types.get(signatures.get(match[1])),
    ]),
  );
  for (const [name, wanted] of Object.entries(EXPORTS)) {
    const form = `export function ${name}(): ${wanted.endsWith("nil") ? "void" : "i32"}`;
    const found = exported.get(name);
    if (found === undefined) return { why: `does not export ${name}; expected ${form}` };
    if (found !== wanted) return { why: `${name} is ${found}; expected ${form}` };
  }
  return undefined;
}

function checkInstructions(functions: WasmFunction[]): Complaint | undefined {
  for (const [pattern, why] of REFUSED) {
    for (const found of functions) {
      const index = found.instructions.findIndex(({ text }) => pattern.test(text));
      if (index < 0) continue;
      const at = ownPlace(functions, found, index);
      return at === undefined ? { why } : { at, why };
    }
  }
  return undefined;
}

const isLibrary = (place: SourceLine) =>
  place.file.startsWith("~lib/") && !place.file.startsWith("~lib/latchwork/");

/**
 * The nearest place of the user's own from which an instruction is reached: in its function, best
 * at or before it (the library may be inlined there), else where that function is called, breadth
 * first.
 */
function ownPlace(
  functions: WasmFunction[],
  start: WasmFunction,
  index: number,
): string | undefined {
  const seen = new Set([start]);
  const queue: { inside: WasmFunction; index: number }[] = [{ inside: start, index }];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const { instructions } = next.inside;
    const isOwn = ({ at }: { at: SourceLine | undefined }) => at !== undefined && !isLibrary(at);
    const own = instructions.slice(0, next.index + 1).findLast(isOwn) ?? instructions.find(isOwn);
    if (own?.at) return `${own.at.file}:${own.at.line}`;
    // asc gives no place to a call whose operands have none.
    const [, file, name] = /^([^~].*)\/(\w+)$/.exec(next.inside.name) ?? [];
    if (file !== undefined) return `${file}.ts: ${name}()`;
    const callee = ` <${next.inside.name}>`;
    for (const caller of functions) {
      if (seen.has(caller)) continue;
      const call = caller.instructions.findIndex(
        ({ text }) => text.startsWith("call ") && text.endsWith(callee),
      );
      if (call < 0) continue;
      seen.add(caller);
      queue.push({ inside: caller, index: call });
    }
  }
  return undefined;
}
