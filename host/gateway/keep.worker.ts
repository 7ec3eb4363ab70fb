// Keep worker: every two seconds the nodes' newest snapshots go into the file that keeps them.
//
// It reads the gateway's memory like a page does, under a pin of its own, so a slow disk holds
// nobody up. What a full disk refuses is tried again two seconds later.
import { parentPort, workerData } from "node:worker_threads";
import { type ExitCode, messageOf, ToolError } from "../base/error.ts";
import { SnapshotRegion } from "../base/snapshot.ts";
import { systemClock } from "../link/transport.ts";
import { MapError } from "../map/entry-map.ts";
import { KEPT_FLUSHES, KEPT_REFUSED, KeptNodes, type RestoredNode } from "./kept.ts";
import { GatewayState } from "./state.ts";

export interface KeepTask {
  buffer: SharedArrayBuffer;
  state: number;
  file: string;
  words: Int32Array;
}

export type KeepMessage =
  | { kind: "ready"; restored: RestoredNode[] }
  | { kind: "refused"; code: ExitCode; message: string }
  | { kind: "note"; text: string };

/** The main thread's word to end. */
export type KeepCommand = "close";

/** So much of the newest values a killed gateway loses at most. */
const KEEP_MS = 2000;
/** This worker's number among the readers of each snapshot region; the web worker is 0. */
const READER = 1;

const task: KeepTask = workerData;
const state = new GatewayState(task.buffer, task.state, 0, []);
const regions: SnapshotRegion[] = [];
const sequences: (number | undefined)[] = [];
let isRefused = false;

const post = (message: KeepMessage) => parentPort?.postMessage(message);

try {
  const kept = await KeptNodes.open(task.file);
  const timer = setInterval(() => keep(kept), KEEP_MS);
  parentPort?.on("message", (command: KeepCommand) => {
    if (command !== "close") return;
    clearInterval(timer);
    keep(kept);
    try {
      kept.close();
    } catch (error) {
      post({ kind: "note", text: `${task.file}: ${messageOf(error)}` });
    }
    parentPort?.close();
  });
  post({ kind: "ready", restored: kept.restored() });
} catch (error) {
  const code = error instanceof ToolError ? error.code : "NO_PERMISSION";
  if (!(error instanceof ToolError) && !(error as NodeJS.ErrnoException).syscall) throw error;
  post({ kind: "refused", code, message: messageOf(error) });
}

/** Takes in what is new and writes it. */
function keep(kept: KeptNodes): void {
  try {
    const { nodes } = state.status();
    let isNew = isRefused;
    for (let i = 0; i < state.nodeCount && i < nodes.length; i++) {
      regions[i] ??= new SnapshotRegion(task.buffer, state.node(i).region, READER);
      regions[i]?.read((snapshot) => {
        if (snapshot.sequence === sequences[i]) return;
        kept.put(snapshot, nodes[i]?.source ?? "", nodes[i]?.flags ?? 0, systemClock.nowMs());
        sequences[i] = snapshot.sequence;
        isNew = true;
      });
    }
    if (!isNew) return;
    kept.flush();
    Atomics.add(task.words, KEPT_FLUSHES, 1);
    if (isRefused) post({ kind: "note", text: `${task.file}: keeps again` });
    isRefused = false;
  } catch (error) {
    if (!(error instanceof MapError)) throw error;
    Atomics.add(task.words, KEPT_REFUSED, 1);
    if (isRefused) return;
    isRefused = true;
    const reason = messageOf(error.cause ?? error);
    post({ kind: "note", text: `${task.file}: not kept, tried again every 2 s: ${reason}` });
  }
}
