// A map that one thread owns and others ask by messages: a JavaScript Map behind postMessage.
import type { MessagePort } from "node:worker_threads";
import { next } from "./javascript-loops.ts";

interface Request {
  id: number;
  kind: "load" | "store" | "delete";
  key: number;
  value?: Float64Array;
}

interface Reply {
  id: number;
  value?: Float64Array | undefined;
}

export interface Mix {
  keyBase: number;
  mask: number;
  count: number;
  share: number;
  /** Requests under way at a time. */
  window: number;
  seed: number;
}

/** Owns a map and answers from now on. */
export function serveMap(port: MessagePort): void {
  const map = new Map<number, Float64Array>();
  port.on("message", ({ id, kind, key, value }: Request) => {
    const reply: Reply = { id };
    if (kind === "load") reply.value = map.get(key);
    else if (kind === "store") map.set(key, value!);
    else map.delete(key);
    port.postMessage(reply);
  });
}

/** The side that asks. */
export class OwnedMap {
  readonly #port: MessagePort;
  #onReply: (reply: Reply) => void = () => {};

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", (reply: Reply) => this.#onReply(reply));
  }

  /** Asks `count` times, `window` at once; resolves when the last is answered. */
  mix({ keyBase, mask, count, share, window, seed }: Mix): Promise<number> {
    let x = seed | 0;
    let sum = 0;
    let sent = 0;
    let answered = 0;
    const send = () => {
      x = next(x);
      const roll = (x >>> 16) % 200;
      const request: Request = { id: sent++, kind: "load", key: keyBase + (x & mask) };
      if (roll < share) {
        request.kind = "store";
        request.value = new Float64Array(8).fill(x);
      } else if (roll < 2 * share) request.kind = "delete";
      this.#port.postMessage(request);
    };
    return new Promise((resolve) => {
      this.#onReply = ({ value }) => {
        if (value !== undefined) sum += value[0]!;
        answered++;
        if (sent < count) send();
        else if (answered === count) resolve(Math.abs(sum));
      };
      for (let i = 0; i < window && sent < count; i++) send();
    });
  }
}
