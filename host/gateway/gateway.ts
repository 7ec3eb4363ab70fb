// The gateway: link -> frame ring -> decode worker (the core) -> web worker -> pages.
//
// The main thread only receives and queues. A worker that dies ends the gateway: its memory may be
// half written, and a supervisor that starts it anew loses nothing that is not on the wire.
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { messageOf, ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";
import { startWorker } from "../base/worker.ts";
import { systemClock, type Transport } from "../link/transport.ts";
import { createMemory, ensureCore } from "./core.ts";
import type { DecodeReady, DecodeTask } from "./decode.worker.ts";
import { FrameRing } from "./frame-ring.ts";
import type { KeepCommand, KeepMessage, KeepTask } from "./keep.worker.ts";
import type { KeptShare } from "./kept.ts";
import type { StatusMessage } from "./messages.ts";
import { GatewayState } from "./state.ts";
import type { WebCommand, WebReady, WebTask } from "./web.worker.ts";

export interface GatewayOptions {
  /** Not yet open; the gateway opens and closes it. */
  transport: Pick<Transport, "open" | "close">;
  /** Port of the page; 0 lets the system choose. */
  httpPort: number;
  /** Address to listen on; 127.0.0.1 if not given. */
  host?: string;
  /** What in this run is simulated, in words for people. */
  simulated?: string[];
  /** Keeps the nodes' last values; they are shown again, as restored, at the next start. */
  keepFile?: string;
  /** Told when the file refuses what it should keep, and when it takes it again. */
  onNote?: (note: string) => void;
  /** Folder of the built page; build/page if not given. */
  pageFolder?: string;
  /** Closes the gateway when it fires. */
  signal?: AbortSignal;
  /**
   * Told once when a worker has died and the gateway has closed; if not given, the process ends
   * with the error.
   */
  onFailure?: (error: Error) => void;
}

export interface Gateway {
  /** Of the page: http://127.0.0.1:8080/ */
  readonly address: string;
  status(): StatusMessage;
  /** Stops receiving, decodes what is queued, ends the workers. May be called twice. */
  close(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 5_000;

/**
 * Starts to receive and to serve. Errors: PORT_IN_USE, NO_PERMISSION (the port), TIMEOUT (a worker
 * does not start), what the transport throws, COMPILE; nothing is left running then.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const startedAtMs = systemClock.nowMs();
  const module = await ensureCore();
  const memory = createMemory();
  const buffer = memory.buffer as unknown as SharedArrayBuffer;
  const parts = new Parts(options);
  try {
    const decode = parts.start("decode", { module, memory } satisfies DecodeTask);
    const { state: offset } = await firstMessage<DecodeReady>(decode, "decode");
    const simulated = options.simulated ?? [];
    const kept = await parts.keep(buffer, offset);
    const state = new GatewayState(buffer, offset, startedAtMs, simulated, kept);
    const ring = new FrameRing(buffer, state.ring);
    parts.ring = ring;
    const host = options.host ?? "127.0.0.1";
    const web = parts.start("web", {
      buffer,
      state: offset,
      startedAtMs,
      simulated,
      host,
      port: options.httpPort,
      pageFolder: options.pageFolder ?? join(packageRoot, "build/page"),
      kept,
    } satisfies WebTask);
    const ready = await firstMessage<WebReady>(web, "web");
    if (!ready.ok) throw listenError(ready.code, host, options.httpPort);
    await options.transport.open((frame) => {
      ring.push(frame, Math.round(systemClock.nowMs() - startedAtMs));
    });
    parts.isOpen = true;
    parts.watch();
    const gateway: Gateway = {
      address: `http://${host.includes(":") ? `[${host}]` : host}:${ready.port}/`,
      status: () => state.status(),
      close: () => parts.close(),
    };
    options.signal?.addEventListener("abort", () => void gateway.close(), { once: true });
    return gateway;
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/** The workers and the link, and how they end. */
class Parts {
  readonly #options: GatewayOptions;
  readonly #workers = new Map<string, Worker>();
  #closing: Promise<void> | undefined;
  ring: FrameRing | undefined;
  isOpen = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** Starts the keeper, if there is a file; what it restored. Errors: BAD_INPUT, NO_PERMISSION. */
  async keep(buffer: SharedArrayBuffer, state: number): Promise<KeptShare | undefined> {
    const { keepFile, onNote } = this.#options;
    if (keepFile === undefined) return undefined;
    const words = new Int32Array(new SharedArrayBuffer(8));
    const worker = this.start("keep", { buffer, state, file: keepFile, words } satisfies KeepTask);
    const ready = await firstMessage<KeepMessage>(worker, "keep");
    if (ready.kind === "refused") throw new ToolError(ready.code, `gateway: ${ready.message}`);
    worker.on("message", (message: KeepMessage) => {
      if (message.kind === "note") onNote?.(message.text);
    });
    return { words, restored: ready.kind === "ready" ? ready.restored : [] };
  }

  start(name: "decode" | "web" | "keep", task: DecodeTask | WebTask | KeepTask): Worker {
    const worker = startWorker(new URL(`./${name}.worker.ts`, import.meta.url), task);
    this.#workers.set(name, worker);
    return worker;
  }

  /** From now on a worker that ends, ends the gateway. */
  watch(): void {
    for (const [name, worker] of this.#workers) {
      worker.on("error", (error) => this.#fail(name, messageOf(error)));
      worker.on("exit", (code) => this.#fail(name, `it ended with exit code ${code}`));
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.isOpen) await this.#options.transport.close();
    this.ring?.stop();
    this.#workers.get("web")?.postMessage("close" satisfies WebCommand);
    const keep = this.#workers.get("keep");
    await Promise.all([...this.#workers.values()].filter((worker) => worker !== keep).map(endOf));
    // Behind the decoder: what it published last is kept too.
    keep?.postMessage("close" satisfies KeepCommand);
    if (keep) await endOf(keep);
  }

  #fail(name: string, reason: string): void {
    if (this.#closing) return;
    const error = new Error(`gateway: the ${name} worker died: ${reason}`);
    const report =
      this.#options.onFailure ??
      ((failure: Error) => {
        throw failure;
      });
    void this.close().then(() => setImmediate(report, error));
  }
}

/** Resolves when the worker has ended by itself, or was ended after CLOSE_TIMEOUT_MS. */
async function endOf(worker: Worker): Promise<void> {
  if (worker.threadId < 0) return;
  const timer = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
  await new Promise((resolve) => worker.once("exit", resolve));
  clearTimeout(timer);
}

function firstMessage<T>(worker: Worker, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const seconds = START_TIMEOUT_MS / 1000;
      reject(new ToolError("TIMEOUT", `gateway: the ${name} worker did not start in ${seconds} s`));
    }, START_TIMEOUT_MS);
    const stop = (reason: unknown) => {
      clearTimeout(timer);
      reject(reason);
    };
    worker.once("error", stop);
    worker.once("exit", (code) =>
      stop(new Error(`gateway: the ${name} worker ended with ${code}`)),
    );
    worker.once("message", (message: T) => {
      clearTimeout(timer);
      resolve(message);
    });
  });
}

function listenError(code: string, host: string, port: number): ToolError {
  const place = `${host}:${port}`;
  if (code === "EADDRINUSE") {
    return new ToolError("PORT_IN_USE", `gateway: ${place} is taken; choose another with --http`);
  }
  if (code === "EACCES") {
    return new ToolError(
      "NO_PERMISSION",
      `gateway: may not listen on ${place}; use a port above 1023`,
    );
  }
  return new ToolError("BAD_INPUT", `gateway: cannot listen on ${place}: ${code}`);
}
