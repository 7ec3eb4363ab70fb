// A flame graph of the gateway's core: workers contend on one shared map, each with its profiler.
//
// The loop is assembly/evidence/contention.ts, the map the one the gateway runs. What a profile is
// to show as a function is not inlined in this build: times are longer than the gateway's, and the
// shares hold roughly.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { ToolError } from "../base/error.ts";
import { packageRoot } from "../base/package.ts";
import * as spec from "../base/spec.ts";
import { startWorker } from "../base/worker.ts";
import { cached, hashInputs } from "../build/cache.ts";
import { compileWasm } from "../build/wasm.ts";
import type { ContentionResult, ContentionTask } from "./contention.worker.ts";
import type { FlameGraph } from "./flame-graph.ts";

/** Pages that target gateway of asconfig.json asks for. */
const MEMORY_PAGES = 1024;
/** Functions that a profile shows. */
const APART = [
  "assembly/evidence/contention/contend*",
  "assembly/map/map/*",
  "assembly/map/operations/*",
  ...["change", "promote", "growth", "search", "pin", "arena", "blocks"].map(
    (name) => `assembly/map/${name}/*`,
  ),
  "assembly/map/bucket/bucket*",
];
/** Beyond its time a worker has so long to hand its profile over. */
const HAND_OVER_MS = 20_000;

export interface ContentionOptions {
  workers: number;
  keys: number;
  durationMs: number;
  onProgress?: (line: string) => void;
}

export interface ContentionFigures {
  rounds: number;
  hits: number;
  misses: number;
  promotions: number;
}

/** Errors: COMPILE, TIMEOUT, FAILED if a worker saw half a value. */
export async function profileContention(
  options: ContentionOptions,
): Promise<{ graph: FlameGraph; figures: ContentionFigures }> {
  const { workers, keys, durationMs } = options;
  const module = await ensureModule(options.onProgress ?? (() => {}));
  const pages = { initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true };
  const memory = new WebAssembly.Memory(pages);
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const running: Worker[] = [];
  try {
    const results: ContentionResult[] = [];
    const tasks = Array.from({ length: workers }, (_, agent): ContentionTask => {
      return { module, memory, gate, agent, workers, keys, durationMs };
    });
    await Promise.all(
      tasks.map(async (task) => {
        const worker = startWorker(new URL("./contention.worker.ts", import.meta.url), task);
        running.push(worker);
        results[task.agent] = await resultOf(worker, durationMs + HAND_OVER_MS);
      }),
    );
    if (results.some(({ torn }) => torn > 0)) {
      throw new ToolError("FAILED", "a worker read half a value; the map is broken");
    }
    const threads = results.map(({ stacks }, i) => ({ name: `worker ${i}`, stacks }));
    const title = `misses and promotion: ${workers} workers on one map, ${keys} keys`;
    return {
      graph: { title, unit: "microseconds", threads },
      figures: figuresOf(memory, results, workers),
    };
  } finally {
    await Promise.all(running.map((worker) => worker.terminate()));
  }
}

function figuresOf(
  memory: WebAssembly.Memory,
  results: ContentionResult[],
  workers: number,
): ContentionFigures {
  const view = new DataView(memory.buffer);
  const map = results[0]?.map ?? 0;
  const sum = (field: number) =>
    Array.from({ length: workers }, (_, agent) => {
      const record = map + spec.MAP_AGENTS + agent * spec.MAP_VALUE_AGENT_SIZE;
      return view.getUint32(record + field, true);
    }).reduce((a, b) => a + b, 0);
  return {
    rounds: results.reduce((rounds, result) => rounds + result.rounds, 0),
    hits: sum(spec.MAP_AGENT_HITS),
    misses: sum(spec.MAP_AGENT_MISS_TOTAL),
    promotions: sum(spec.MAP_AGENT_PROMOTIONS),
  };
}

async function ensureModule(onProgress: (line: string) => void): Promise<WebAssembly.Module> {
  const output = join(packageRoot, "build/core/contention.wasm");
  const sources = [
    "assembly",
    "asconfig.json",
    "host/build/wasm.ts",
    "host/evidence/contention.ts",
  ];
  const key = hashInputs(sources.map((path) => join(packageRoot, path)));
  await cached(`${output}.json`, key, [output], async () => {
    onProgress("contention: AssemblyScript -> WebAssembly");
    const entry = join(packageRoot, "assembly/evidence/gateway.ts");
    await compileWasm({ entry, target: "gateway", output, apart: APART });
    return { output };
  });
  return WebAssembly.compile(readFileSync(output));
}

function resultOf(worker: Worker, timeoutMs: number): Promise<ContentionResult> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new ToolError("TIMEOUT", `a worker gave no profile in ${timeoutMs / 1000} s`));
    }, timeoutMs);
    worker.once("message", (result: ContentionResult) => {
      clearTimeout(timer);
      resolve(result);
    });
    worker.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
