// QEMU's `-netdev dgram` wire on loopback: each UDP datagram is one Ethernet frame.
//
// All boards send to one port, this one, each from a port of its own; a frame written here goes to
// every board, as on a shared cable. Linux counts what did not fit into the receive buffer, so that
// loss is seen, not guessed.
import { createSocket, type Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import { messageOf, ToolError } from "../base/error.ts";
import { ETHERNET_VALUE_UNTAGGED_SIZE, LIMIT_FRAME_SIZE_MAX } from "../base/spec.ts";
import {
  type Clock,
  type FrameListener,
  systemClock,
  type Transport,
  type TransportCounters,
  zeroCounters,
} from "./transport.ts";

const HOST = "127.0.0.1";

/**
 * Asked of the operating system, which may give less (Linux: net.core.rmem_max). 4 MiB hold some
 * 2,000 frames with the kernel's bookkeeping: the time to start a decoder, at any load that
 * loopback can bring.
 */
const RECEIVE_BUFFER_SIZE = 4 * 1024 * 1024;

export interface DgramOptions {
  /** Port to receive on; 0 lets the operating system choose one, see DgramTransport.port. */
  port: number;
  /** Ports of the boards, where write() sends to. */
  boardPorts?: readonly number[];
  clock?: Clock;
}

export class DgramTransport implements Transport {
  readonly isSimulated = true;
  readonly #boardPorts: readonly number[];
  readonly #clock: Clock;
  readonly #counters = zeroCounters();
  #port: number;
  #socket: Socket | undefined;
  #droppedAtClose = 0;

  constructor(options: DgramOptions) {
    this.#port = options.port;
    this.#boardPorts = options.boardPorts ?? [];
    this.#clock = options.clock ?? systemClock;
  }

  get name(): string {
    return `udp ${HOST}:${this.#port}`;
  }

  /** Where the boards must send to; final once open() has resolved. */
  get port(): number {
    return this.#port;
  }

  /** Bytes the operating system really gave, its own bookkeeping included; 0 if not open. */
  get receiveBufferSize(): number {
    return this.#socket?.getRecvBufferSize() ?? 0;
  }

  /** Errors: PORT_IN_USE, NO_PERMISSION (a port below 1024). */
  open(onFrame: FrameListener): Promise<void> {
    const socket = createSocket("udp4");
    return new Promise((resolve, reject) => {
      socket.once("error", (error: NodeJS.ErrnoException) => {
        socket.close();
        reject(this.#openError(error));
      });
      socket.bind({ address: HOST, port: this.#port, exclusive: true }, () => {
        socket.removeAllListeners("error");
        // Later errors are answers to sends (a board is gone): they reach the callback of send.
        socket.on("error", () => this.#counters.refused++);
        socket.setRecvBufferSize(RECEIVE_BUFFER_SIZE);
        socket.on("message", (frame) => this.#receive(frame, onFrame));
        this.#port = socket.address().port;
        this.#socket = socket;
        resolve();
      });
    });
  }

  async write(frame: Uint8Array): Promise<void> {
    await Promise.all(this.#boardPorts.map((port) => this.writeTo(port, frame)));
  }

  /** Sends to one board. A port that nobody listens on is no error: a board may be off. */
  writeTo(boardPort: number, frame: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const socket = this.#socket;
      if (!socket) {
        this.#counters.refused++;
        resolve();
        return;
      }
      socket.send(frame, boardPort, HOST, (error) => {
        if (error) this.#counters.refused++;
        else {
          this.#counters.sent++;
          this.#counters.sentBytes += frame.length;
        }
        resolve();
      });
    });
  }

  close(): Promise<void> {
    const socket = this.#socket;
    if (!socket) return Promise.resolve();
    this.#droppedAtClose = droppedByKernel(this.#port);
    this.#socket = undefined;
    return new Promise((resolve) => socket.close(() => resolve()));
  }

  counters(): TransportCounters {
    const dropped = this.#socket ? droppedByKernel(this.#port) : this.#droppedAtClose;
    return { ...this.#counters, dropped };
  }

  #receive(frame: Buffer, onFrame: FrameListener): void {
    if (!this.#socket) return;
    if (frame.length < ETHERNET_VALUE_UNTAGGED_SIZE || frame.length > LIMIT_FRAME_SIZE_MAX) {
      this.#counters.badSize++;
      return;
    }
    this.#counters.received++;
    this.#counters.receivedBytes += frame.length;
    onFrame(frame, this.#clock.nowMs());
  }

  #openError(error: NodeJS.ErrnoException): Error {
    if (error.code === "EADDRINUSE") {
      const who = `find its owner with: ss -ulnp 'sport = :${this.#port}'`;
      return new ToolError(
        "PORT_IN_USE",
        `link: UDP port ${this.#port} on ${HOST} is taken; choose another port or ${who}`,
        { cause: error },
      );
    }
    if (error.code === "EACCES") {
      return new ToolError(
        "NO_PERMISSION",
        `link: UDP port ${this.#port} needs root; choose one from 1024 to 65535`,
        { cause: error },
      );
    }
    return new Error(`link: cannot bind UDP port ${this.#port}: ${messageOf(error)}`);
  }
}

/**
 * Datagrams for 127.0.0.1:port that found the receive buffer full, as Linux counts them; 0
 * elsewhere.
 */
function droppedByKernel(port: number): number {
  let table: string;
  try {
    table = readFileSync("/proc/net/udp", "utf8");
  } catch {
    return 0;
  }
  return parseDropped(table, port);
}

/**
 * The last column of the row of 127.0.0.1:port in the text of /proc/net/udp; 0 if there is none.
 */
export function parseDropped(table: string, port: number): number {
  // The address is the hexadecimal of a big-endian number as the processor reads it: 127.0.0.1 on
  // little-endian.
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of table.split("\n")) {
    const columns = line.trim().split(/\s+/);
    if (columns[1] === local) return Number(columns.at(-1));
  }
  return 0;
}
