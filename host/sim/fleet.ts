// Hundreds of nodes in one process: virtual time, one seed, every frame in one order that does not
// depend on threads.
//
// ```
//  fleet.worker 0 ─┐ batch of one step           ┌─ hash of the log
//  fleet.worker 1 ─┼─► sorted by (time, node) ──►┤
//  ...             ┘                             └─ onFrame: wire, then the gateway's core
// ```
// Workers run one step of virtual time ahead of the consumer and no more, so memory stays bounded.
import { createHash, type Hash } from "node:crypto";
import type { Worker } from "node:worker_threads";
import { assert, ToolError } from "../base/error.ts";
import { Random } from "../base/random.ts";
import { LIMIT_ADC_BLOCK_SIZE, LIMIT_WINDOW_SIZE } from "../base/spec.ts";
import { startWorker } from "../base/worker.ts";
import { sourceLineAt } from "../build/source-lines.ts";
import { configForSource, encodeNodeConfig, opcDateTime } from "../recording/config.ts";
import { openSource, type SampleSource, type SourceOptions } from "../recording/source.ts";
import {
  BATCH_HEAD_SIZE,
  type FleetBatch,
  type FleetFault,
  type FleetMember,
  type FleetShare,
  TURN_COUNT,
  TURN_MOVES,
  TURN_PUBLISHER_ID,
} from "./fleet.worker.ts";
import { loadNodeModule } from "./wasm-node.ts";

export interface FleetOptions {
  /** The node program and the linear memory it may use. */
  wasm: string;
  memorySizeBytes: number;
  nodes: number;
  durationMs: number;
  seed: number;
  /** Sources in turn; a set of bearing models if empty. */
  sources: string[];
  /** What files of the user's own do not tell. */
  sourceOptions?: SourceOptions;
  /** Threads; 2 if not given. The result does not depend on it. */
  workers?: number;
  /** realtime: virtual time follows this machine's clock; max if not given. */
  pace?: "realtime" | "max";
  /** Takes every frame in order; the bytes are valid during the call only. */
  onFrame: (frame: Uint8Array, atUs: number, publisherId: number) => void;
  /** Called after each step of virtual time. */
  onStep?: (virtualMs: number, frames: number) => void;
  signal?: AbortSignal;
  /** The longest that a node may take for its init() or one tick; 60,000 if not given. */
  tickTimeoutMs?: number;
}

export interface FleetResult {
  nodes: number;
  workers: number;
  virtualMs: number;
  frames: number;
  bytes: number;
  /** SHA-256 of the log: time, node, size and bytes of every frame in order. */
  logHash: string;
  wallMs: number;
  /** Virtual seconds of the whole fleet per second of this machine. */
  speed: number;
  sources: string[];
  isSimulatedSignal: boolean;
}

const STEP_US = 1_000_000;
/** Short enough that a page moves smoothly. */
const REALTIME_STEP_US = 50_000;
const TICK_TIMEOUT_MS = 60_000;
/** The start of virtual time: 2026-01-01, fixed so that one seed gives one log. */
const EPOCH = opcDateTime(Date.UTC(2026, 0, 1));
const MODELS = ["outer", "inner", "ball", "healthy"];
const MODEL_SEEDS = 4;

/** Sources of a fleet for which nobody named any. */
function modelSources(random: Random): string[] {
  return Array.from(
    { length: MODELS.length * MODEL_SEEDS },
    (_, i) => `model:${MODELS[i % MODELS.length]}:${random.below(1_000_000)}`,
  );
}

/**
 * Runs the fleet to the end of its virtual time. Errors: those of openSource; BOARD_FAULT with the
 * node, the fault's kind and its line; TIMEOUT with the node that did not come back.
 */
export async function runFleet(options: FleetOptions): Promise<FleetResult> {
  const random = new Random(options.seed);
  const names = options.sources.length > 0 ? options.sources : modelSources(random);
  const sources = names.map((name) => openSource(name, options.sourceOptions));
  const members = fleetMembers(options.nodes, sources, random);
  const signals = sources.map(({ samples }) => {
    const shared = new SharedArrayBuffer(samples.byteLength);
    new Int16Array(shared).set(samples);
    return shared;
  });
  const workerCount = Math.min(options.workers ?? 2, options.nodes);
  const module = loadNodeModule(options.wasm);
  const threads = Array.from({ length: workerCount }, (_, w): Thread => {
    const turn = new SharedArrayBuffer(TURN_COUNT * Int32Array.BYTES_PER_ELEMENT);
    const share: FleetShare = {
      module,
      memorySizeBytes: options.memorySizeBytes,
      members: members.filter((_, i) => i % workerCount === w),
      signals,
      turn,
    };
    const worker = startWorker(new URL("./fleet.worker.ts", import.meta.url), share);
    return { worker, turn: new Int32Array(turn) };
  });
  const began = performance.now();
  const log = createHash("sha256");
  let frames = 0;
  let bytes = 0;
  const endUs = Math.round(options.durationMs * 1000);
  const stepUs = options.pace === "realtime" ? REALTIME_STEP_US : STEP_US;
  const step = (untilUs: number) =>
    Promise.all(threads.map((thread) => stepThread(thread, untilUs, options)));
  let next = step(Math.min(stepUs, endUs));
  try {
    for (let untilUs = Math.min(stepUs, endUs); ; ) {
      const batches = await next;
      options.signal?.throwIfAborted();
      const reachedUs = untilUs;
      if (options.pace === "realtime") await until(began + reachedUs / 1000);
      untilUs = Math.min(untilUs + stepUs, endUs);
      if (reachedUs < endUs) next = step(untilUs);
      for (const { at, frame } of inOrder(batches, log)) {
        frames++;
        bytes += frame.length;
        options.onFrame(frame, at.timeUs, at.publisherId);
      }
      options.onStep?.(reachedUs / 1000, frames);
      if (reachedUs >= endUs) break;
    }
  } finally {
    // Of a step that nobody awaits any more: the consumer failed first.
    next.catch(() => {});
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }
  const wallMs = performance.now() - began;
  return {
    nodes: options.nodes,
    workers: workerCount,
    virtualMs: options.durationMs,
    frames,
    bytes,
    logHash: log.digest("hex"),
    wallMs,
    speed: options.durationMs / wallMs,
    sources: names,
    isSimulatedSignal: sources.some((source) => source.isSimulated),
  };
}

/** Who is in the fleet: source in turn, start and place in the recording from the seed. */
function fleetMembers(nodes: number, sources: SampleSource[], random: Random): FleetMember[] {
  return Array.from({ length: nodes }, (_, i) => {
    const signal = i % sources.length;
    const source = sources[signal] as SampleSource;
    const windowUs = (LIMIT_WINDOW_SIZE / source.sampleRateHz) * 1e6;
    const blocks = Math.floor(source.samples.length / LIMIT_ADC_BLOCK_SIZE);
    return {
      publisherId: i + 1,
      config: encodeNodeConfig(configForSource(source, { publisherId: i + 1, epoch: EPOCH })),
      signal,
      firstSample: random.below(blocks) * LIMIT_ADC_BLOCK_SIZE,
      startUs: random.below(Math.max(1, Math.floor(windowUs))),
    };
  });
}

/** Resolves at that time of performance.now(). */
function until(atMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));
}

interface Thread {
  worker: Worker;
  /** As FleetShare's. */
  turn: Int32Array;
}

/** Lets one worker run to `untilUs`; its batch. Errors: BOARD_FAULT, TIMEOUT. */
function stepThread(
  { worker, turn }: Thread,
  untilUs: number,
  { wasm, tickTimeoutMs = TICK_TIMEOUT_MS }: FleetOptions,
): Promise<FleetBatch> {
  return new Promise((resolve, reject) => {
    let moves = Atomics.load(turn, TURN_MOVES);
    // Not the step's own time: one of many nodes may take long, and a thread may start slowly.
    const deadline = setInterval(() => {
      const before = moves;
      moves = Atomics.load(turn, TURN_MOVES);
      if (moves === 0 || moves !== before) return;
      stop();
      const publisherId = Atomics.load(turn, TURN_PUBLISHER_ID);
      const seconds = tickTimeoutMs / 1000;
      const what = `node program did not come back within ${seconds} s`;
      reject(new ToolError("TIMEOUT", `node ${publisherId}: ${what}; an endless loop?`));
    }, tickTimeoutMs);
    const stop = () => {
      clearInterval(deadline);
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
    };
    const onMessage = (batch: FleetBatch | FleetFault) => {
      stop();
      if ("fault" in batch) {
        placed(batch, wasm).then((text) => reject(new ToolError("BOARD_FAULT", text)), reject);
        return;
      }
      assert(batch.untilUs === untilUs, "workers answer in step");
      resolve(batch);
    };
    const onError = (error: Error) => {
      stop();
      reject(error);
    };
    const onExit = (code: number) => onError(new Error(`a fleet's worker ended with ${code}`));
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.on("exit", onExit);
    worker.postMessage(untilUs);
  });
}

/** The fault's text, with `file:line` if its offset leads to one. */
async function placed({ fault, offset }: FleetFault, wasm: string): Promise<string> {
  if (offset === undefined) return fault;
  const at = await sourceLineAt(wasm, offset).catch(() => undefined);
  return at === undefined ? fault : `${fault} at ${at.file}:${at.line}`;
}

interface FramePlace {
  timeUs: number;
  publisherId: number;
  order: number;
  bytes: Uint8Array;
}

/**
 * All frames of a step by time, then node, then the node's own order; each goes into the log's
 * hash.
 */
function* inOrder(
  batches: FleetBatch[],
  log: Hash,
): Generator<{ at: FramePlace; frame: Uint8Array }> {
  const places: FramePlace[] = [];
  let total = 0;
  for (const { buffer, size } of batches) {
    const view = new DataView(buffer);
    for (let at = 0; at < size; ) {
      const length = view.getUint32(at + 12, true);
      places.push({
        timeUs: view.getFloat64(at, true),
        publisherId: view.getUint32(at + 8, true),
        order: view.getUint32(at + 16, true),
        bytes: new Uint8Array(buffer, at + BATCH_HEAD_SIZE, length),
      });
      at += BATCH_HEAD_SIZE + ((length + 7) & ~7);
      total += 16 + length;
    }
  }
  places.sort((a, b) => a.timeUs - b.timeUs || a.publisherId - b.publisherId || a.order - b.order);
  const image = Buffer.allocUnsafe(total);
  let end = 0;
  for (const place of places) {
    image.writeDoubleLE(place.timeUs, end);
    image.writeUInt32LE(place.publisherId, end + 8);
    image.writeUInt32LE(place.bytes.length, end + 12);
    image.set(place.bytes, end + 16);
    end += 16 + place.bytes.length;
  }
  log.update(image);
  for (const at of places) yield { at, frame: at.bytes };
}
