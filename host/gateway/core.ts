// The core's module for the gateway: built when its sources changed, run over shared memory.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../base/package.ts";
import { cached, hashInputs } from "../build/cache.ts";
import { compileWasm } from "../build/wasm.ts";

/** What assembly/index.ts exports. */
export interface GatewayCore {
  init(size: number): number;
  frameIngest(frame: number, size: number, nowMs: number): number;
}

/** Pages of 64 KiB that target gateway of asconfig.json asks for. */
const MEMORY_PAGES = 1024;

/** The compiled core, from build/core if that is still good. Errors: COMPILE. */
export async function ensureCore(): Promise<WebAssembly.Module> {
  const output = join(packageRoot, "build/core/gateway.wasm");
  const sources = ["assembly", "asconfig.json", "host/build/wasm.ts"];
  const key = hashInputs(sources.map((path) => join(packageRoot, path)));
  await cached(`${output}.json`, key, [output], async () => {
    await compileWasm({ entry: join(packageRoot, "assembly/index.ts"), target: "gateway", output });
    return { output };
  });
  return await WebAssembly.compile(await readFile(output));
}

export function createMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true });
}

/** An instance over the memory; a failed assert in the core throws an Error with its line. */
export function instantiateCore(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): GatewayCore {
  const fault = (kind: number, _file: number, line: number, column: number): never => {
    throw new Error(`core: fault ${kind} at line ${line}:${column}`);
  };
  const instance = new WebAssembly.Instance(module, { env: { memory }, port: { fault } });
  return instance.exports as unknown as GatewayCore;
}
