// A map with write-back to a file, for the tests of pages: from JavaScript, without host/map's API.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../../host/base/package.ts";
import { STATUS_DEVICE } from "../../../host/base/spec.ts";
import { compileWasm } from "../../../host/build/wasm.ts";
import { type BatchCore, PageFile } from "../../../host/map/page-file.ts";

const BUFFER_SIZE = 1 << 20;
const PAGES = 1024; // of 64 KiB

interface PageExports extends BatchCore {
  heapBase(): number;
  regionsInit(start: number, end: number): void;
  regionTake(size: number, alignment: number): number;
  mapSize(capacity: number, arenaSize: number, agents: number): number;
  mapInit(map: number, capacity: number, arenaSize: number, agents: number): number;
  mapStore(map: number, agent: number, key: bigint, source: number, size: number): number;
  mapStoreBytes(
    map: number,
    agent: number,
    key: number,
    keySize: number,
    source: number,
    size: number,
  ): number;
  mapDelete(map: number, agent: number, key: bigint): number;
  mapLoad(map: number, agent: number, key: bigint): number;
  mapLoadBytes(map: number, agent: number, key: number, keySize: number): number;
  mapPin(map: number, agent: number): void;
  mapUnpin(map: number, agent: number): void;
  mapLen(map: number): number;
  mapClear(map: number, agent: number): number;
  valueSize(offset: number): number;
  pagesSize(count: number): number;
  pagesInit(map: number, pages: number, count: number): number;
  pagesPass(map: number, agent: number, nowMs: number, buffer: number, size: number): number;
  pagesFlush(
    map: number,
    agent: number,
    nowMs: number,
    buffer: number,
    size: number,
    ageMs: number,
  ): number;
  pagesDirty(map: number): number;
  pagesClean(map: number): void;
}

/** Compiles the program; the folder with it is the caller's to remove. */
export async function compilePageProgram(): Promise<{ module: Buffer; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "latch-page-"));
  const output = join(folder, "program.wasm");
  const entry = join(packageRoot, "test/core/page/program.ts");
  await compileWasm({ entry, target: "gateway", output, pages: PAGES });
  const module = readFileSync(output);
  return { module, remove: () => rmSync(folder, { recursive: true }) };
}

export class PageMap {
  readonly core: PageExports;
  readonly memory: WebAssembly.Memory;
  readonly map: number;
  readonly pages: number;
  readonly file: PageFile;
  /** What the port was handed, newest last. */
  readonly batches: Uint8Array[] = [];
  /** Called with each batch that the port accepts, before the core goes on. */
  onBatch = () => {};
  /** Set: the port refuses. */
  isRefusing = false;
  private readonly buffer: number;
  private readonly scratch: number;
  #lastMs = -1;

  constructor(bytes: Buffer, path: string, pageCount = 64, arenaSize = 1 << 23) {
    this.memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true });
    this.file = PageFile.open(path);
    const port = {
      fault: (kind: number, _file: number, line: number) => {
        throw new Error(`core fault ${kind} at line ${line}`);
      },
      pageWrite: (offset: number, size: number) => {
        if (this.isRefusing) return STATUS_DEVICE;
        const batch = new Uint8Array(this.memory.buffer, offset, size).slice();
        this.file.append(batch);
        this.batches.push(batch);
        this.onBatch();
        return 0;
      },
    };
    const imports = { env: { memory: this.memory }, port };
    const instance = new WebAssembly.Instance(
      new WebAssembly.Module(Uint8Array.from(bytes)),
      imports,
    );
    this.core = instance.exports as unknown as PageExports;
    this.core.regionsInit(this.core.heapBase(), PAGES * 65536);
    this.map = this.core.regionTake(this.core.mapSize(10_000, arenaSize, 2), 64);
    if (this.core.mapInit(this.map, 10_000, arenaSize, 2) !== 0) throw new Error("no map");
    this.pages = this.core.regionTake(this.core.pagesSize(pageCount), 64);
    if (this.core.pagesInit(this.map, this.pages, pageCount) !== 0) throw new Error("no pages");
    this.buffer = this.core.regionTake(BUFFER_SIZE, 8);
    this.scratch = this.core.regionTake(8192, 8);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  store(key: bigint | string, value: string): number {
    const source = this.write(this.scratch, value.padEnd(8));
    if (typeof key === "bigint") {
      return this.core.mapStore(this.map, 0, key, this.scratch, source);
    }
    const size = this.write(this.scratch + 4096, key);
    return this.core.mapStoreBytes(this.map, 0, this.scratch + 4096, size, this.scratch, source);
  }

  load(key: bigint | string): string | undefined {
    this.core.mapPin(this.map, 1);
    const offset =
      typeof key === "bigint"
        ? this.core.mapLoad(this.map, 1, key)
        : this.core.mapLoadBytes(
            this.map,
            1,
            this.scratch + 4096,
            this.write(this.scratch + 4096, key),
          );
    const size = offset === 0 ? 0 : this.core.valueSize(offset);
    const bytes = new Uint8Array(this.memory.buffer, offset, size).slice();
    this.core.mapUnpin(this.map, 1);
    return offset === 0 ? undefined : Buffer.from(bytes).toString().trimEnd();
  }

  delete(key: bigint): number {
    return this.core.mapDelete(this.map, 0, key);
  }

  pass(nowMs: number): number {
    return this.core.pagesPass(this.map, 0, nowMs, this.buffer, BUFFER_SIZE);
  }

  flush(nowMs: number): void {
    const start = Math.max(nowMs, this.#lastMs + 1);
    for (let ageMs = 1; ; ageMs++) {
      this.#lastMs = start + ageMs;
      const written = this.core.pagesFlush(
        ...([this.map, 0, this.#lastMs, this.buffer, BUFFER_SIZE, ageMs] as const),
      );
      if (written < 0) throw new Error(`flush: status ${written}`);
      if (written === 0) return;
    }
  }

  restore() {
    const buffer = { memory: this.memory, offset: this.buffer, size: BUFFER_SIZE };
    const report = this.file.restore(this.core, this.map, 0, buffer);
    this.core.pagesClean(this.map);
    return report;
  }

  /** `count` loads of a key that is not there. */
  miss(count: number): void {
    for (let i = 0; i < count; i++) this.load(0xffff_ffff_ffffn);
  }

  private write(offset: number, text: string): number {
    const bytes = Buffer.from(text);
    new Uint8Array(this.memory.buffer).set(bytes, offset);
    return bytes.length;
  }
}
