// Compiles test/core/memory/program.ts once a run and gives typed access to it and to its memory.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../../host/base/package.ts";
import { compileWasm, type WasmOptions } from "../../../host/build/wasm.ts";

export interface CoreExports {
  alignUp(offset: number, alignment: number): number;
  regionsInit(start: number, end: number): void;
  regionTake(size: number, alignment: number): number;
  regionsUsed(): number;
  entryLoad(place: number): number;
  entryStep(place: number, from: number, to: number): number;
  entryReplace(place: number, from: number, to: number): number;
  mapSize(capacity: number, arenaSize: number, agents: number): number;
  mapValueCost(size: number): number;
  mapInit(map: number, capacity: number, arenaSize: number, agents: number): number;
  mapCheck(map: number, limit: number): number;
  mapLoad(map: number, agent: number, key: bigint): number;
  mapLoadBytes(map: number, agent: number, key: number, keySize: number): number;
  valueSize(offset: number): number;
  mapStore(map: number, agent: number, key: bigint, source: number, size: number): number;
  mapSwap(map: number, agent: number, key: bigint, source: number, size: number): number;
  mapLoadOrStore(map: number, agent: number, key: bigint, source: number, size: number): number;
  mapLoadAndDelete(map: number, agent: number, key: bigint): number;
  mapDelete(map: number, agent: number, key: bigint): number;
  mapCompareAndSwap(
    map: number,
    agent: number,
    key: bigint,
    old: number,
    oldSize: number,
    source: number,
    size: number,
  ): number;
  mapCompareAndDelete(
    map: number,
    agent: number,
    key: bigint,
    old: number,
    oldSize: number,
  ): number;
  mapStoreBytes(
    map: number,
    agent: number,
    key: number,
    keySize: number,
    source: number,
    size: number,
  ): number;
  mapSwapBytes(
    map: number,
    agent: number,
    key: number,
    keySize: number,
    source: number,
    size: number,
  ): number;
  mapLoadOrStoreBytes(
    map: number,
    agent: number,
    key: number,
    keySize: number,
    source: number,
    size: number,
  ): number;
  mapLoadAndDeleteBytes(map: number, agent: number, key: number, keySize: number): number;
  mapDeleteBytes(map: number, agent: number, key: number, keySize: number): number;
  mapCompareAndSwapBytes(
    map: number,
    agent: number,
    key: number,
    keySize: number,
    old: number,
    oldSize: number,
    source: number,
    size: number,
  ): number;
  mapCompareAndDeleteBytes(
    map: number,
    agent: number,
    key: number,
    keySize: number,
    old: number,
    oldSize: number,
  ): number;
  mapReserve(map: number, agent: number, size: number): number;
  mapPublish(map: number, agent: number, key: bigint, value: number): number;
  mapPublishBytes(map: number, agent: number, key: number, keySize: number, value: number): number;
  mapDiscard(map: number, agent: number, value: number): number;
  mapClear(map: number, agent: number): number;
  mapLen(map: number): number;
  mapArenaUsed(map: number): number;
  mapReclaim(map: number, agent: number): number;
  mapRecover(map: number, agent: number, dead: number): number;
  mapPin(map: number, agent: number): void;
  mapUnpin(map: number, agent: number): void;
  rangeBegin(cursor: number): void;
  cutBegin(cursor: number, taker: number): void;
  walkNext(map: number, cursor: number): number;
  cutTake(map: number, agent: number): number;
  cutEnd(map: number, agent: number): void;
  cutLoad(map: number, taker: number, key: bigint): number;
  cutLoadBytes(map: number, taker: number, key: number, keySize: number): number;
  mapSnapshot(
    map: number,
    agent: number,
    region: number,
    keyLow: bigint,
    keyHigh: bigint,
    time: bigint,
    schema: number,
  ): number;
  snapshotInit(region: number, slotSize: number): number;
  snapshotLimit(region: number): number;
  snapshotPin(region: number, reader: number): number;
  snapshotUnpin(region: number, reader: number): void;
  snapshotRegionSize(slotSize: number): number;
  snapshotSize(count: number, dataSize: number): number;
  snapshotValidate(base: number, limit: number): number;
  snapshotFind(base: number, key: bigint): number;
  snapshotFindSize(base: number, key: bigint): number;
  heapBase(): number;
  valueFill(target: number, size: number, key: bigint, seed: number): void;
  valueIsWhole(value: number, size: number, key: bigint): number;
  writeLoop(
    map: number,
    agent: number,
    scratch: number,
    count: number,
    keys: number,
    seed: number,
  ): number;
  readLoop(map: number, agent: number, scratch: number, count: number, keys: number): number;
  publishLoop(map: number, agent: number, region: number, count: number): number;
  snapshotLoop(region: number, reader: number, count: number, keys: number): number;
}

export interface CoreProgram {
  core: CoreExports;
  memory: WebAssembly.Memory;
  module: WebAssembly.Module;
}

/** The memory that instances share: 1,024 pages, as target gateway asks for. */
export function sharedMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1024, maximum: 1024, shared: true });
}

/**
 * An instance over `memory`; a failed assert in the core throws here. `hook` is called before each
 * shared access of a build with MAP_HOOKS.
 */
export function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  hook: () => void = () => {},
): CoreExports {
  const fault = (kind: number, _file: number, line: number, column: number): never => {
    throw new Error(`core fault ${kind} at line ${line}:${column}`);
  };
  const instance = new WebAssembly.Instance(module, { env: { memory }, port: { fault, hook } });
  return instance.exports as unknown as CoreExports;
}

/** Compiles (some seconds) and instantiates; 4 MiB from heapBase on are free for regionsInit. */
export async function loadProgram(
  options: Pick<WasmOptions, "defines"> & { hook?: () => void } = {},
): Promise<CoreProgram> {
  const folder = mkdtempSync(join(tmpdir(), "latch-core-"));
  const output = join(folder, "program.wasm");
  try {
    const entry = join(packageRoot, "test/core/memory/program.ts");
    const defines = ["MAP_HASH_MASKED", ...(options.defines ?? [])];
    await compileWasm({ entry, target: "gateway", output, defines });
    if (!existsSync(output)) throw new Error("compileWasm wrote nothing");
    const module = new WebAssembly.Module(readFileSync(output));
    const memory = sharedMemory();
    const core = instantiate(module, memory, options.hook);
    core.regionsInit(core.heapBase(), core.heapBase() + 4 * 1024 * 1024);
    return { core, memory, module };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
