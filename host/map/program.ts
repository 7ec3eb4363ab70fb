// The map's module (assembly/entry-map.ts): built when its sources changed, one instance a thread.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../base/package.ts";
import { STATUS_DEVICE } from "../base/spec.ts";
import { cached, hashInputs } from "../build/cache.ts";
import { compileWasm } from "../build/wasm.ts";
import { closed } from "./map-error.ts";
import type { BatchCore } from "./page-file.ts";

/** What assembly/entry-map.ts exports. */
export interface MapCore extends BatchCore {
  heapBase(): number;
  mapSize(capacity: number, arenaSize: number, agents: number): number;
  mapInit(map: number, capacity: number, arenaSize: number, agents: number): number;
  pagesSize(count: number): number;
  pagesInit(map: number, pages: number, count: number): number;
  pagesClean(map: number): void;
  attach(map: number, agent: number, scratch: number): void;
  leave(): void;
  pin(): void;
  unpin(): void;
  find(low: number, high: number): number;
  findBytes(keySize: number): number;
  read(keySize: number, low: number, high: number): number;
  put(keySize: number, low: number, high: number, size: number): number;
  swap(keySize: number, low: number, high: number, size: number): number;
  loadOrStore(keySize: number, low: number, high: number, size: number): number;
  loadAndDelete(keySize: number, low: number, high: number): number;
  remove(keySize: number, low: number, high: number): number;
  compareAndSwap(keySize: number, low: number, high: number, oldSize: number, size: number): number;
  compareAndDelete(keySize: number, low: number, high: number, oldSize: number): number;
  clear(): number;
  length(): number;
  arenaUsed(): number;
  reclaim(): number;
  recover(dead: number): number;
  cutOpen(): number;
  cutClose(): void;
  cutFind(keySize: number, low: number, high: number): number;
  walkBegin(cursor: number, isCut: number): void;
  walkOn(cursor: number): number;
  pass(nowMs: number, buffer: number, size: number): number;
  flush(nowMs: number, buffer: number, size: number, ageMs: number): number;
  dirty(): number;
  markWhole(): void;
}

/**
 * The compiled program, from build/ if that is still good. `isChecked`: with MAP_CHECKED, which
 * refuses reads without a pin. Errors: COMPILE.
 */
export async function ensureMapProgram(isChecked: boolean): Promise<WebAssembly.Module> {
  const name = isChecked ? "entry-map.checked.wasm" : "entry-map.wasm";
  // In the packed package this file is part of build/map/entry-map.mjs, and the modules are there.
  const packed = fileURLToPath(new URL(name, import.meta.url));
  const path = existsSync(packed) ? packed : await buildMapProgram(isChecked, name);
  return await WebAssembly.compile(await readFile(path));
}

/** Builds it into build/core; its path. */
export async function buildMapProgram(isChecked: boolean, name: string): Promise<string> {
  const output = join(packageRoot, "build/core", name);
  const sources = ["assembly", "asconfig.json", "host/build/wasm.ts"];
  const key = hashInputs(sources.map((path) => join(packageRoot, path)));
  await cached(`${output}.json`, key, [output], async () => {
    await compileWasm({
      entry: join(packageRoot, "assembly/entry-map.ts"),
      target: "gateway",
      output,
      // Of any size: one page for the static data is the least, what Wasm can have the most.
      pages: 1,
      pagesMax: 65536,
      defines: isChecked ? ["MAP_CHECKED"] : [],
    });
    return { output };
  });
  return output;
}

/** Puts a batch at `offset` where it is kept: 0, or a status. */
export type PageWriter = (offset: number, size: number) => number;

/**
 * An instance over the memory. A failed assert of the core is a bug and throws an Error with its
 * line. Only the thread that keeps the pages has a `pageWrite`.
 */
export function instantiateMap(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  pageWrite: PageWriter = () => STATUS_DEVICE,
): MapCore {
  const fault = (kind: number, _file: number, line: number, column: number): never => {
    throw new Error(`core: fault ${kind} at line ${line}:${column}`);
  };
  const imports = { env: { memory }, port: { fault, pageWrite } };
  return new WebAssembly.Instance(module, imports).exports as unknown as MapCore;
}

const rulers = new WeakMap<WebAssembly.Module, MapCore>();

/** An instance over a memory of its own, for what only computes: sizes and the heap's base. */
export function rulerOf(module: WebAssembly.Module): MapCore {
  let ruler = rulers.get(module);
  if (!ruler) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    ruler = instantiateMap(module, memory);
    rulers.set(module, ruler);
  }
  return ruler;
}

/**
 * What takes an instance's place when its map has been closed: whatever is called throws CLOSED.
 */
export const closedCore = new Proxy({} as MapCore, {
  get: () => () => {
    throw closed("map");
  },
});
