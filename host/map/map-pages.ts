// Write-back of a map on a gateway: the one thread that keeps its pages in a file.
//
// Which pages a pass writes is the core's rule (spec/page.md); here are the clock, the file and who
// does it when: the keeper's thread, every `passMs` a pass, every `flushMs` a flush, so that no
// change waits longer than that. The queue between the core and the file holds one batch: `write`
// returns when the system has it, and the thread does nothing else meanwhile, so write-back goes
// before all other work of its thread. A batch that the system refuses (disk full) is cut off
// again, its pages stay dirty and are written by a later pass; nothing is dropped. Other threads
// never wait for it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { ToolError } from "../base/error.ts";
import {
  MAP_HEAD_KEEPER,
  PAGE_VALUE_AGE_MS,
  PAGES_AGE_MS,
  PAGES_BATCH_PAGES,
  PAGES_BYTES_WRITTEN,
  PAGES_DIRTY_PERCENT,
  PAGES_PAGES_WRITTEN,
  PAGES_PASSES,
  PAGES_REFUSED,
  PAGES_THRESHOLD,
  STATUS_DEVICE,
  STATUS_OK,
} from "../base/spec.ts";
import { MapError, statusError } from "./map-error.ts";
import { PageFile, type RestoreReport } from "./page-file.ts";
import type { MapCore, PageWriter } from "./program.ts";
import type { Region } from "./region.ts";

export interface PageOptions {
  /** The file; made if it is not there. FILE.lock beside it names the process that writes it. */
  file: string;
  /** Pages that the keys are divided among, a power of two up to 4,096; 64 if not given. */
  count?: number;
  /** Each batch is on the disk before it counts, not only with the operating system. */
  sync?: boolean;
  /** Bytes of the batch buffer; a page must fit. If not given, what the arena makes likely. */
  bufferSize?: number;
  /**
   * Between two passes; 1,000 if not given. 0: no timer, the thread calls pass and flush itself.
   */
  passMs?: number;
  /** After so long a change is written whatever the pass says; 5,000 if not given, 0: never. */
  flushMs?: number;
  /** Milliseconds from any start; performance.now if not given. */
  nowMs?: () => number;
}

export interface PageStatus {
  /** Pages with changes that are not in the file. */
  dirty: number;
  passes: number;
  pagesWritten: number;
  /** Modulo 2^32. */
  bytesWritten: number;
  /** Batches that the system refused; their pages are dirty. */
  refused: number;
  fileBytes: number;
  /** What the system said last, if it has not accepted a batch since. */
  failure: Error | undefined;
}

const COUNT = 64;
const PASS_MS = 1000;
const FLUSH_MS = PAGE_VALUE_AGE_MS;
const BUFFER_SIZE_MIN = 1 << 20;
/** Pages are not equally full: room for so many times the mean. */
const BUFFER_SHARE = 8;
const BUFFER_SLACK = 4096;
/**
 * A file is written anew when it is so many times what the arena holds, and above so many bytes.
 */
const REWRITE_SHARE = 4;
const REWRITE_MIN = 1 << 20;

export class MapPages {
  /** What the file held; all zero after taking over from another keeper. */
  restored: RestoreReport = { batches: 0, entries: 0, droppedBytes: 0 };
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #memory: WebAssembly.Memory;
  readonly #region: Region;
  readonly #options: PageOptions;
  readonly #file: PageFile;
  readonly #thread: number;
  #target: PageFile;
  #core: MapCore | undefined;
  #timer: NodeJS.Timeout | undefined;
  #nowMs = 0;
  #flushedMs = 0;
  #failure: Error | undefined;

  /** For EntryMap alone. Errors: BAD_CONFIG, EXISTS; BAD_INPUT and what the system says. */
  constructor(
    memory: WebAssembly.Memory,
    region: Region,
    thread: number,
    options: PageOptions & { isTakeover: boolean },
  ) {
    if (region.pages === 0) throw new MapError("BAD_CONFIG", "the map was made without pages");
    this.#memory = memory;
    this.#words = new Uint32Array(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#region = region;
    this.#options = options;
    this.#thread = thread + 1;
    const keeper = Atomics.compareExchange(this.#words, this.#keeperWord, 0, this.#thread);
    if (keeper !== 0) {
      throw new MapError(
        "EXISTS",
        `thread ${keeper - 1} keeps the pages; recover it if it is gone`,
      );
    }
    try {
      lock(options.file, options.isTakeover);
      this.#file = PageFile.open(options.file, { sync: options.sync ?? false });
    } catch (error) {
      Atomics.store(this.#words, this.#keeperWord, 0);
      throw error;
    }
    this.#target = this.#file;
  }

  /** Sizes for a region with these pages. */
  static sizes(arenaSize: number, options: PageOptions): { pageCount: number; bufferSize: number } {
    const pageCount = options.count ?? COUNT;
    const likely = Math.max(BUFFER_SIZE_MIN, Math.ceil((arenaSize / pageCount) * BUFFER_SHARE));
    // A batch of all the arena holds is never larger than the arena.
    const bufferSize = options.bufferSize ?? Math.min(likely, arenaSize + BUFFER_SLACK);
    return { pageCount, bufferSize: Math.ceil(bufferSize / 8) * 8 };
  }

  /** The core's port: appends the batch at `offset` to the file. */
  readonly write: PageWriter = (offset, size) => {
    try {
      this.#target.append(this.#bytes.subarray(offset, offset + size));
      this.#failure = undefined;
      return STATUS_OK;
    } catch (error) {
      this.#failure = error as Error;
      return STATUS_DEVICE;
    }
  };

  /** For EntryMap alone, once: restores (or, taking over, marks all) and starts the timer. */
  begin(core: MapCore, agent: number, isTakeover: boolean): void {
    const { map, buffer: offset, bufferSize: size } = this.#region;
    const buffer = { memory: this.#memory, offset, size };
    this.#core = core;
    try {
      if (isTakeover) {
        // The map is newer than the file; only the file's torn end goes.
        const batchCheck = (batch: number, length: number) => core.batchCheck(batch, length);
        this.#file.restore({ batchCheck, batchRestore: () => 0 }, map, agent, buffer);
        core.markWhole();
      } else {
        this.restored = this.#file.restore(core, map, agent, buffer);
        core.pagesClean(map);
      }
    } catch (error) {
      this.#release();
      throw error;
    }
    this.#flushedMs = this.#now();
    const passMs = this.#options.passMs ?? PASS_MS;
    if (passMs > 0) this.#timer = setInterval(() => this.#tick(), passMs).unref();
  }

  /**
   * A pass, if one is due by the core's rule: pages written. Errors: DEVICE with the system's error
   * as cause, TOO_LONG (a page does not fit the buffer), BUSY (this object holds a cut).
   */
  pass(): number {
    const core = this.#live();
    const { buffer, bufferSize } = this.#region;
    const written = this.#check(core.pass(this.#now(), buffer, bufferSize));
    if (written > 0) this.#rewriteIfDue(core);
    return written;
  }

  /**
   * Writes all that is dirty now. What any thread stored before the call is acknowledged when it
   * returns: it is in the map again after kill -9, with `sync` after a power cut. Errors: as pass.
   */
  flush(): void {
    const core = this.#live();
    this.#flushAll(core);
    this.#rewriteIfDue(core);
  }

  status(): PageStatus {
    return {
      dirty: this.#live().dirty(),
      passes: this.#word(PAGES_PASSES),
      pagesWritten: this.#word(PAGES_PAGES_WRITTEN),
      bytesWritten: this.#word(PAGES_BYTES_WRITTEN),
      refused: this.#word(PAGES_REFUSED),
      fileBytes: this.#file.bytes,
      failure: this.#failure,
    };
  }

  /** The rule's figures of spec/page.md; each may be changed at any time. */
  get rule(): { threshold: number; dirtyPercent: number; ageMs: number; batchPages: number } {
    return {
      threshold: this.#word(PAGES_THRESHOLD),
      dirtyPercent: this.#word(PAGES_DIRTY_PERCENT),
      ageMs: this.#word(PAGES_AGE_MS),
      batchPages: this.#word(PAGES_BATCH_PAGES),
    };
  }

  /** Changes some of them. */
  setRule(rule: Partial<MapPages["rule"]>): void {
    const set = (field: number, value: number | undefined) => {
      if (value !== undefined) Atomics.store(this.#words, (this.#region.pages + field) / 4, value);
    };
    if (rule.batchPages !== undefined && !(rule.batchPages >= 1 && rule.batchPages <= 16)) {
      throw new MapError("BAD_CONFIG", `batchPages ${rule.batchPages}: 1 to 16`);
    }
    set(PAGES_THRESHOLD, rule.threshold);
    set(PAGES_DIRTY_PERCENT, rule.dirtyPercent);
    set(PAGES_AGE_MS, rule.ageMs);
    set(PAGES_BATCH_PAGES, rule.batchPages);
  }

  /** Flushes and gives the file up. EntryMap.close does it. May be called twice. */
  close(): void {
    const core = this.#core;
    if (!core) return;
    clearInterval(this.#timer);
    try {
      this.#flushAll(core);
    } finally {
      this.#release();
    }
  }

  #tick(): void {
    try {
      this.pass();
      const flushMs = this.#options.flushMs ?? FLUSH_MS;
      if (flushMs > 0 && this.#now() - this.#flushedMs >= flushMs) this.flush();
    } catch (error) {
      // The pages stay dirty and the next tick tries again; status() tells.
      if (!(error instanceof MapError || error instanceof ToolError)) throw error;
    }
  }

  /** Each page that was dirty at the beginning is written once, whatever others do meanwhile. */
  #flushAll(core: MapCore): void {
    const { buffer, bufferSize } = this.#region;
    const start = this.#now();
    for (;;) {
      const now = this.#now();
      if (this.#check(core.flush(now, buffer, bufferSize, now - start)) === 0) break;
    }
    this.#flushedMs = start;
  }

  #rewriteIfDue(core: MapCore): void {
    const limit = Math.max(REWRITE_MIN, REWRITE_SHARE * core.arenaUsed());
    if (this.#file.bytes < limit) return;
    this.#flushAll(core);
    core.markWhole();
    try {
      this.#file.rewrite((fresh) => {
        this.#target = fresh;
        this.#flushAll(core);
      });
    } catch (error) {
      // What the new file took off the marks is not in the old one.
      core.markWhole();
      throw error;
    } finally {
      this.#target = this.#file;
    }
  }

  /** Grows with each call, so that what is marked in a flush is told from what was before it. */
  #now(): number {
    const clock = Math.round((this.#options.nowMs ?? (() => performance.now()))());
    this.#nowMs = Math.max(clock, this.#nowMs + 1);
    return this.#nowMs;
  }

  #check(answer: number): number {
    if (answer === STATUS_DEVICE) throw statusError(answer, { cause: this.#failure });
    if (answer < 0) throw statusError(answer);
    return answer;
  }

  #live(): MapCore {
    if (!this.#core) throw new MapError("CLOSED", "the pages are closed");
    return this.#core;
  }

  #release(): void {
    this.#core = undefined;
    this.#file.close();
    rmSync(lockPath(this.#options.file), { force: true });
    Atomics.store(this.#words, this.#keeperWord, 0);
  }

  get #keeperWord(): number {
    return (this.#region.offset + MAP_HEAD_KEEPER) / 4;
  }

  #word(field: number): number {
    return Atomics.load(this.#words, (this.#region.pages + field) / 4);
  }
}

const lockPath = (file: string) => `${file}.lock`;

/**
 * Makes the lock file; one whose process is gone, or whose keeper was in this one, is taken over.
 */
function lock(file: string, isTakeover: boolean): void {
  const path = lockPath(file);
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = Number(readFileSync(path, "utf8"));
    if (isRunning(holder) && !(isTakeover && holder === process.pid)) {
      throw new ToolError("BAD_INPUT", `${file}: process ${holder} keeps a map there; see ${path}`);
    }
    rmSync(path, { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
