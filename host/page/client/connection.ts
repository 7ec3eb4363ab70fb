// The WebSocket to the gateway: opens it, opens it again after a loss, and says how it stands.
//
// Waits 0.5 s, 1 s, 2 s ... at most 8 s between attempts, each up to a quarter longer by chance so
// that many pages do not return in step. Coming back online or to the foreground tries at once.
import { type PageMessage, pageMessageSchema } from "../../gateway/messages.ts";

export type ConnectionState =
  | { name: "connecting" }
  | { name: "open"; sinceMs: number }
  /** Lost or never there; the next attempt is at retryAtMs. */
  | { name: "waiting"; retryAtMs: number; lostAtMs: number };

export interface ConnectionHandlers {
  onSnapshot(buffer: ArrayBuffer): void;
  onMessage(message: PageMessage): void;
  /** A text that is no message of ours. */
  onRefused(): void;
  onState(state: ConnectionState): void;
}

const WAIT_MIN_MS = 500;
const WAIT_MAX_MS = 8_000;
/** An attempt that has not opened by then is given up. */
const OPEN_TIMEOUT_MS = 4_000;
/**
 * The gateway sends its status every second or faster; this long without a word means the line is
 * dead.
 */
const SILENCE_MS = 6_000;

export class Connection {
  private readonly url: string;
  private readonly handlers: ConnectionHandlers;
  private socket: WebSocket | undefined;
  private timer = 0;
  private attempts = 0;
  private heardAtMs = 0;
  private lostAtMs = performance.now();

  constructor(url: string, handlers: ConnectionHandlers) {
    this.url = url;
    this.handlers = handlers;
    const hurry = () => {
      if (this.socket === undefined && !document.hidden) this.open();
    };
    window.addEventListener("online", hurry);
    document.addEventListener("visibilitychange", hurry);
    window.setInterval(() => this.checkSilence(), 1000);
    this.open();
  }

  private open(): void {
    window.clearTimeout(this.timer);
    this.handlers.onState({ name: "connecting" });
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.timer = window.setTimeout(() => this.lose(socket), OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      window.clearTimeout(this.timer);
      this.attempts = 0;
      this.heardAtMs = performance.now();
      this.handlers.onState({ name: "open", sinceMs: this.heardAtMs });
    };
    socket.onmessage = (event) => this.take(event.data);
    socket.onclose = () => this.lose(socket);
  }

  private take(data: unknown): void {
    this.heardAtMs = performance.now();
    if (data instanceof ArrayBuffer) {
      this.handlers.onSnapshot(data);
      return;
    }
    const message = parseMessage(String(data));
    if (message === undefined) this.handlers.onRefused();
    else this.handlers.onMessage(message);
  }

  /** Gives a socket up and waits for the next attempt. */
  private lose(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    window.clearTimeout(this.timer);
    const nowMs = performance.now();
    if (this.attempts === 0) this.lostAtMs = nowMs;
    const waitMs = Math.min(WAIT_MAX_MS, WAIT_MIN_MS * 2 ** this.attempts++);
    const jitteredMs = waitMs * (1 + Math.random() / 4);
    this.timer = window.setTimeout(() => this.open(), jitteredMs);
    const { lostAtMs } = this;
    this.handlers.onState({ name: "waiting", retryAtMs: nowMs + jitteredMs, lostAtMs });
  }

  /** A gateway whose machine vanished sends no close. */
  private checkSilence(): void {
    const socket = this.socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (performance.now() - this.heardAtMs > SILENCE_MS) this.lose(socket);
  }
}

function parseMessage(text: string): PageMessage | undefined {
  try {
    return pageMessageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
