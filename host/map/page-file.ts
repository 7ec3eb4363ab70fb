// The file behind a map's write-back: batches of pages, one after the other, only ever appended.
//
// A batch is acknowledged when the operating system has it, so it outlives the process (kill -9);
// with `sync` it is on the disk, so it outlives the machine. A process that dies while it appends
// leaves a batch that is cut short: opening drops it. Reading all batches in their order gives the
// map as it was written last; when the file has grown to several times what is in it, it is written
// anew beside the old one and takes its place. Layout of a batch: spec/page.md.
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { ToolError } from "../base/error.ts";
import { PAGE_BATCH_IMAGES, PAGE_BATCH_LENGTH } from "../base/spec.ts";

/** What the file needs of the core, at offsets of `memory`; assembly/page/batch.ts. */
export interface BatchCore {
  batchCheck(batch: number, size: number): number;
  batchRestore(map: number, agent: number, batch: number): number;
}

/** Where a batch is put to be checked and read: 8-aligned, as large as the largest batch. */
export interface BatchBuffer {
  memory: WebAssembly.Memory;
  offset: number;
  size: number;
}

export interface RestoreReport {
  batches: number;
  /** Entries stored, those that a later batch replaced included. */
  entries: number;
  /** Bytes behind the last whole batch, cut off. */
  droppedBytes: number;
}

export class PageFile {
  readonly path: string;
  private file: number;
  private size: number;
  /** Bytes of a batch that failed may stand behind the last whole one. */
  private isTorn = false;
  private readonly isSynced: boolean;

  private constructor(path: string, file: number, isSynced: boolean) {
    this.path = path;
    this.file = file;
    this.size = fstatSync(file).size;
    this.isSynced = isSynced;
  }

  /** Opens or makes the file. `sync`: each batch is on the disk before it counts. */
  static open(path: string, options: { sync?: boolean } = {}): PageFile {
    return new PageFile(path, openSync(path, "a+"), options.sync ?? false);
  }

  /** Bytes of whole batches. */
  get bytes(): number {
    return this.size;
  }

  /**
   * Puts all batches into an empty map and cuts a torn end off. Once, before the first append.
   * Errors: BAD_INPUT if the arena is too small for what the file holds, or the file is none of
   * ours.
   */
  restore(core: BatchCore, map: number, agent: number, buffer: BatchBuffer): RestoreReport {
    const report: RestoreReport = { batches: 0, entries: 0, droppedBytes: 0 };
    const target = new Uint8Array(buffer.memory.buffer, buffer.offset, buffer.size);
    const view = new DataView(buffer.memory.buffer, buffer.offset, buffer.size);
    let at = 0;
    while (at < this.size) {
      const head = readSync(this.file, target, 0, PAGE_BATCH_IMAGES, at);
      const length = head === PAGE_BATCH_IMAGES ? view.getUint32(PAGE_BATCH_LENGTH, true) : 0;
      if (length > this.size - at) break; // torn
      if (length > buffer.size) {
        throw new ToolError(
          "BAD_INPUT",
          `${this.path}: a batch of ${length} bytes, but only ${buffer.size} bytes of buffer`,
        );
      }
      const got = readSync(this.file, target, 0, Math.max(length, PAGE_BATCH_IMAGES), at);
      if (core.batchCheck(buffer.offset, got) !== length || length === 0) break;
      const entries = core.batchRestore(map, agent, buffer.offset);
      if (entries < 0) {
        throw new ToolError(
          "BAD_INPUT",
          `${this.path}: batch ${report.batches + 1} does not fit the map (status ${entries})`,
        );
      }
      report.batches++;
      report.entries += entries;
      at += length;
    }
    if (at === 0 && this.size > 0) {
      throw new ToolError(
        "BAD_INPUT",
        `${this.path}: not a file of map pages; nothing was changed`,
      );
    }
    report.droppedBytes = this.size - at;
    if (report.droppedBytes > 0) ftruncateSync(this.file, at);
    this.size = at;
    return report;
  }

  /**
   * Appends one batch; it is acknowledged when this returns. Throws what the system says; what was
   * written of the batch is then cut off again, else nothing behind it would be found.
   */
  append(batch: Uint8Array): void {
    if (this.isTorn) this.cut();
    try {
      this.isTorn = true;
      for (let done = 0; done < batch.length; ) {
        const at = this.size + done;
        done += writeSync(this.file, batch, done, batch.length - done, at);
      }
      this.isTorn = false;
    } catch (error) {
      this.cut();
      throw error;
    }
    this.size += batch.length;
    if (this.isSynced) fdatasyncSync(this.file);
  }

  private cut(): void {
    ftruncateSync(this.file, this.size);
    this.isTorn = false;
  }

  /**
   * Writes the file anew: `write` hands all pages to the file it is given; that one then takes this
   * one's place at once. If anything fails, the old file stays.
   */
  rewrite(write: (file: PageFile) => void): void {
    const path = `${this.path}.new`;
    const file = new PageFile(path, openSync(path, "w+"), this.isSynced);
    try {
      write(file);
      fdatasyncSync(file.file);
      renameSync(path, this.path);
    } catch (error) {
      file.close();
      throw error;
    }
    closeSync(this.file);
    this.file = file.file;
    this.size = file.size;
  }

  close(): void {
    closeSync(this.file);
  }
}
