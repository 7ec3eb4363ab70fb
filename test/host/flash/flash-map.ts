// A map with its log in a simulated flash, started again as often as a test cuts the power.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../../host/base/package.ts";
import * as spec from "../../../host/base/spec.ts";
import { compileWasm } from "../../../host/build/wasm.ts";
import { flashPort, type SimulatedFlash } from "../../../host/sim/simulated-flash.ts";

const MEMORY_PAGES = 64; // of 64 KiB
const CAPACITY = 64;
const ARENA_SIZE = 8192;

interface FlashExports {
  memory: WebAssembly.Memory;
  heapBase(): number;
  regionsInit(start: number, end: number): void;
  regionTake(size: number, alignment: number): number;
  mapSize(capacity: number, arenaSize: number, agents: number): number;
  mapInit(map: number, capacity: number, arenaSize: number, agents: number): number;
  mapStore(map: number, agent: number, key: bigint, source: number, size: number): number;
  mapDelete(map: number, agent: number, key: bigint): number;
  mapClear(map: number, agent: number): number;
  mapPin(map: number, agent: number): void;
  mapUnpin(map: number, agent: number): void;
  valueSize(offset: number): number;
  rangeBegin(cursor: number): void;
  walkNext(map: number, cursor: number): number;
  pagesSize(count: number): number;
  pagesInit(map: number, pages: number, count: number): number;
  logOpen(map: number, agent: number, buffer: number, size: number): number;
  logPass(
    map: number,
    agent: number,
    nowMs: number,
    buffer: number,
    size: number,
    isFlush: number,
  ): number;
}

/** Compiles the program once. */
export async function compileFlashProgram(): Promise<WebAssembly.Module> {
  const folder = mkdtempSync(join(tmpdir(), "latch-flash-"));
  try {
    const output = join(folder, "program.wasm");
    const entry = join(packageRoot, "test/core/flash/program.ts");
    await compileWasm({ entry, target: "test", output, pages: MEMORY_PAGES });
    return new WebAssembly.Module(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One program that keeps its map in a flash; `start` is its power coming on. */
export class FlashMap {
  flash: SimulatedFlash;
  readonly #core: FlashExports;
  readonly #bytes: Buffer;
  #map = 0;
  #pages = 0;
  #buffer = 0;
  #bufferSize = 0;
  #scratch = 0;

  constructor(module: WebAssembly.Module, flash: SimulatedFlash) {
    this.flash = flash;
    const region = (offset: number, size: number) =>
      this.#bytes.subarray(offset >>> 0, (offset >>> 0) + size);
    const port = {
      fault: (kind: number, _file: number, line: number) => {
        throw new Error(`core fault ${kind} at line ${line}`);
      },
      // The flash is looked up at each call: start() may have put another one in.
      ...Object.fromEntries(
        Object.keys(flashPort(undefined, region)).map((name) => [
          name,
          (...words: number[]) => flashPort(this.flash, region)[name]?.(...words),
        ]),
      ),
    };
    this.#core = new WebAssembly.Instance(module, { port }).exports as unknown as FlashExports;
    this.#bytes = Buffer.from(this.#core.memory.buffer);
  }

  /** Begins anew with that flash: entries restored, or a status. */
  start(flash: SimulatedFlash, pageCount = 8): number {
    const core = this.#core;
    this.flash = flash;
    core.regionsInit(core.heapBase(), MEMORY_PAGES * 65536);
    this.#map = core.regionTake(core.mapSize(CAPACITY, ARENA_SIZE, 2), 64);
    assert.equal(core.mapInit(this.#map, CAPACITY, ARENA_SIZE, 2), spec.STATUS_OK);
    this.#pages = core.regionTake(core.pagesSize(pageCount), 8);
    assert.equal(core.pagesInit(this.#map, this.#pages, pageCount), spec.STATUS_OK);
    this.#bufferSize = flash.blockSize + spec.MAP_VALUE_CURSOR_SIZE;
    this.#buffer = core.regionTake(this.#bufferSize, 8);
    this.#scratch = core.regionTake(4096 + spec.MAP_VALUE_CURSOR_SIZE, 8);
    return core.logOpen(this.#map, 0, this.#buffer, this.#bufferSize);
  }

  store(key: bigint, text: string): void {
    const size = this.#bytes.write(text.padEnd(8, "."), this.#scratch, "latin1");
    assert.equal(this.#core.mapStore(this.#map, 0, key, this.#scratch, size), spec.STATUS_OK);
  }

  delete(key: bigint): void {
    this.#core.mapDelete(this.#map, 0, key);
  }

  clear(): void {
    assert.equal(this.#core.mapClear(this.#map, 0), spec.STATUS_OK);
  }

  /** Pages written, or a status. */
  flush(): number {
    return this.#core.logPass(this.#map, 0, 0, this.#buffer, this.#bufferSize, 1);
  }

  /** As flush, but only what is due. */
  pass(nowMs: number): number {
    return this.#core.logPass(this.#map, 0, nowMs, this.#buffer, this.#bufferSize, 0);
  }

  /** All keys and values, in the order of the keys, as one text. */
  content(): string {
    const cursor = this.#scratch + 4096;
    const found: string[] = [];
    this.#core.mapPin(this.#map, 0);
    this.#core.rangeBegin(cursor);
    while (this.#core.walkNext(this.#map, cursor) === 1) {
      const key = this.#bytes.readBigUInt64LE(cursor + spec.MAP_CURSOR_KEY);
      const value = this.#bytes.readUInt32LE(cursor + spec.MAP_CURSOR_VALUE);
      const text = this.#bytes.toString("latin1", value, value + this.#core.valueSize(value));
      found.push(`${String(key).padStart(4, "0")}=${text}`);
    }
    this.#core.mapUnpin(this.#map, 0);
    return found.sort().join("\n");
  }

  /** A field of the table of pages. */
  pagesField(field: number): number {
    return this.#bytes.readUInt32LE(this.#pages + field);
  }

  setPagesField(field: number, value: number): void {
    this.#bytes.writeUInt32LE(value, this.#pages + field);
  }
}
