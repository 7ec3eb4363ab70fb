// Writes frames to a pcap file that Wireshark and tcpdump open (draft-ietf-opsawg-pcap).
//
//   file    │ magic a1b23c4d │ version 2.4 │ 0 │ 0 │ snapshot length │ link type 1, Ethernet │
//   packet  │ seconds │ nanoseconds │ captured size │ original size │ bytes
// Frames go to the file through a queue of stated capacity; what does not fit is counted, never
// waited for.
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { messageOf, ToolError } from "../base/error.ts";

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const LINKTYPE_ETHERNET = 1;
const SNAPSHOT_LENGTH = 65535;
const FILE_HEADER_SIZE = 24;
const PACKET_HEADER_SIZE = 16;

/**
 * Above this many bytes waiting for the disk, frames are dropped: a capture must not take the
 * gateway's memory.
 */
const QUEUE_SIZE_MAX = 16 * 1024 * 1024;

export class Capture {
  readonly #stream: WriteStream;
  #written = 0;
  #dropped = 0;
  #failure: Error | undefined;

  private constructor(stream: WriteStream) {
    this.#stream = stream;
    stream.on("error", (error) => (this.#failure = error));
  }

  /** Creates or replaces the file. Errors: BAD_INPUT (it cannot be written). */
  static async create(path: string): Promise<Capture> {
    const stream = createWriteStream(path);
    try {
      await once(stream, "open");
    } catch (error) {
      throw new ToolError("BAD_INPUT", `link: cannot write ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    const capture = new Capture(stream);
    const header = Buffer.alloc(FILE_HEADER_SIZE);
    header.writeUInt32LE(MAGIC_NANOSECONDS, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(SNAPSHOT_LENGTH, 16);
    header.writeUInt32LE(LINKTYPE_ETHERNET, 20);
    stream.write(header);
    return capture;
  }

  /** Frames in the file or on the way to it. */
  get written(): number {
    return this.#written;
  }

  /** Frames that were not written: the queue was full or the disk has failed. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Takes one frame, atMs in milliseconds since 1970; fractions are kept. The bytes must not change
   * afterwards.
   */
  write(frame: Uint8Array, atMs: number): void {
    const size = PACKET_HEADER_SIZE + frame.length;
    if (this.#failure || this.#stream.writableLength + size > QUEUE_SIZE_MAX) {
      this.#dropped++;
      return;
    }
    const seconds = Math.floor(atMs / 1000);
    const header = Buffer.alloc(PACKET_HEADER_SIZE);
    header.writeUInt32LE(seconds, 0);
    header.writeUInt32LE(Math.floor((atMs - seconds * 1000) * 1e6), 4);
    header.writeUInt32LE(frame.length, 8);
    header.writeUInt32LE(frame.length, 12);
    this.#stream.write(header);
    this.#stream.write(frame);
    this.#written++;
  }

  /** Resolves when all is in the file. Errors: BAD_INPUT if the disk failed on the way. */
  async close(): Promise<void> {
    try {
      this.#stream.end();
      await finished(this.#stream);
    } catch (error) {
      this.#failure ??= error as Error;
    }
    if (this.#failure) {
      const message = `link: capture ${this.#stream.path} is incomplete: ${this.#failure.message}`;
      throw new ToolError("BAD_INPUT", message, { cause: this.#failure });
    }
  }
}
