// Web worker: the page's files, GET /status, GET /evidence/heap and the WebSocket /live, all on one
// port.
//
// It only reads the shared memory, so it may be slow or die without a frame being lost.
import { existsSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { type HttpBindings, serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { WebSocketServer } from "ws";
import { encodeHeap, type NamedCensus } from "../evidence/heap-profile.ts";
import { censusOfMemory } from "../evidence/shared-map.ts";
import { systemClock } from "../link/transport.ts";
import { History } from "./history.ts";
import type { KeptShare } from "./kept.ts";
import { Live, TICK_MS } from "./live.ts";
import { GatewayState } from "./state.ts";

export interface WebTask {
  buffer: SharedArrayBuffer;
  state: number;
  startedAtMs: number;
  simulated: string[];
  host: string;
  port: number;
  /** Folder of the built page. */
  pageFolder: string;
  kept?: KeptShare | undefined;
}

/** First message: the port it listens on, or why it does not (an error code of Node). */
export type WebReady = { ok: true; port: number } | { ok: false; code: string };

/** The main thread's word to end. */
export type WebCommand = "close";

/** A page may be slow to read, not to answer: bytes of one message that a client may send. */
const MESSAGE_SIZE_MAX = 1024;

const task: WebTask = workerData;
const state = new GatewayState(
  task.buffer,
  task.state,
  task.startedAtMs,
  task.simulated,
  task.kept,
);
const live = new Live(state, new History(task.buffer, state.log), task.kept?.restored);

const app = new Hono<{ Bindings: HttpBindings }>();
app.get("/status", (context) => {
  context.header("cache-control", "no-store");
  return context.json(state.status());
});
app.get("/evidence/heap", (context) => {
  if (!isLoopback(context.env.incoming.socket.remoteAddress)) {
    return context.text("evidence is for this machine only\n", 403);
  }
  const profile = encodeHeap(censuses(), "fields", systemClock.nowMs());
  context.header("cache-control", "no-store");
  context.header("content-type", "application/octet-stream");
  return context.body(new Uint8Array(profile));
});
if (existsSync(join(task.pageFolder, "index.html"))) {
  app.use("*", serveStatic({ root: task.pageFolder }));
} else {
  app.get("/", (context) =>
    context.text("latchwork: the page is not built; npm start builds it\nCounters: /status\n", 503),
  );
}

const server = serve(
  { fetch: app.fetch, hostname: task.host, port: task.port },
  onListening,
) as Server;
const sockets = new WebSocketServer({
  server,
  path: "/live",
  perMessageDeflate: false,
  maxPayload: MESSAGE_SIZE_MAX,
});
// The server's errors come up here too; they are answered where the server is.
sockets.on("error", () => {});
sockets.on("connection", (socket) => live.add(socket));
server.on("error", (error: NodeJS.ErrnoException) => {
  parentPort?.postMessage({ ok: false, code: error.code ?? error.message } satisfies WebReady);
  clearInterval(timer);
  parentPort?.close();
});
const timer = setInterval(() => live.tick(systemClock.nowMs()), TICK_MS);

parentPort?.on("message", (command: WebCommand) => {
  if (command !== "close") return;
  clearInterval(timer);
  for (const client of sockets.clients) client.terminate();
  sockets.close();
  server.closeAllConnections();
  server.close();
  parentPort?.close();
});

/** The maps of all nodes. */
function censuses(): NamedCensus[] {
  return Array.from({ length: state.nodeCount }, (_, i) => {
    const { publisherId, map } = state.node(i);
    return { ...censusOfMemory(task.buffer, map), name: `node ${publisherId}` };
  });
}

function isLoopback(address = ""): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(address);
}

function onListening(info: AddressInfo): void {
  parentPort?.postMessage({ ok: true, port: info.port } satisfies WebReady);
}
