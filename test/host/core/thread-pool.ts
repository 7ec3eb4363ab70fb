// Threads over one map: each is an agent, and plays the part it is given.
//
// A part is a role of roles.ts by name, with its arguments. All parts of a play begin together;
// background parts (readers, walkers) go on until the last of the others is done. Threads are
// started once a file and play many parts.
import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { startWorker } from "../../../host/base/worker.ts";
import { SHARED_START } from "./map-client.ts";
import type { CoreProgram } from "./program.ts";
import type { RoleArguments, RoleName } from "./roles.ts";

/** What one thread does in a play. */
export type Part = {
  [Name in RoleName]: {
    role: Name;
    with: RoleArguments<Name>;
    isBackground?: boolean;
    /** Shared access at which the thread stops for good, and is terminated; answers undefined. */
    diesAt?: number;
  };
}[RoleName];

/** What a thread is told; its answer is an Outcome. */
export interface Cue {
  part: Part;
  agent: number;
  /** Parts of this play: all begin when so many threads are there. */
  parts: number;
}

export type Outcome = { answer: unknown } | { error: string } | { died: true };

export interface ThreadData {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
}

/** Words of the shared area: threads that are there; parts in the foreground, not yet done. */
export const READY_WORD = SHARED_START / 4;
export const LEFT_WORD = READY_WORD + 1;
/** Stays 0: whoever waits for it waits for good. */
export const NEVER_WORD = READY_WORD + 2;

/** No play takes long; this is for one that would never end. */
const DEADLINE_MS = 120_000;

export class ThreadPool {
  readonly #data: ThreadData;
  readonly #words: Int32Array;
  readonly #workers: Worker[];

  private constructor(program: CoreProgram, workers: Worker[]) {
    const { module, memory } = program;
    this.#data = { module, memory };
    this.#words = new Int32Array(memory.buffer);
    this.#workers = workers;
  }

  /** Starts `count` threads; thread n is agent n + 1, the caller is agent 0. */
  static async open(program: CoreProgram, count: number): Promise<ThreadPool> {
    const pool = new ThreadPool(program, []);
    const workers = Array.from({ length: count }, () => pool.#start());
    pool.#workers.push(...(await Promise.all(workers)));
    return pool;
  }

  /** Plays all parts at once; the answers in their order. Throws what a part threw first. */
  async play<Answer = unknown>(...parts: Part[]): Promise<Answer[]> {
    if (parts.length > this.#workers.length) throw new Error(`${parts.length} parts`);
    Atomics.store(this.#words, READY_WORD, 0);
    Atomics.store(this.#words, LEFT_WORD, parts.filter((part) => !part.isBackground).length);
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const outcomes = await Promise.all(
      parts.map(async (part, n): Promise<Outcome> => {
        const worker = this.#workers[n] as Worker;
        const outcome = once(worker, "message", { signal });
        worker.postMessage({ part, agent: n + 1, parts: parts.length } satisfies Cue);
        const [ended]: Outcome[] = await outcome;
        if (ended === undefined) throw new Error("no outcome");
        if ("died" in ended) await this.#replace(n);
        return ended;
      }),
    );
    return outcomes.map((outcome, n) => {
      if ("error" in outcome)
        throw new Error(`${parts[n]?.role} of agent ${n + 1}: ${outcome.error}`);
      return ("died" in outcome ? undefined : outcome.answer) as Answer;
    });
  }

  async #start(): Promise<Worker> {
    const worker = startWorker(new URL("./thread.worker.ts", import.meta.url), this.#data);
    await once(worker, "message");
    return worker;
  }

  /** Ends a thread wherever it is, and starts another one for the same agent. */
  async #replace(n: number): Promise<void> {
    await this.#workers[n]?.terminate();
    this.#workers[n] = await this.#start();
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
