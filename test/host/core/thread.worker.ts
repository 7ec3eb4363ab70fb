// One thread of a ThreadPool: an instance of the core over the shared memory, an agent at a time.
import { parentPort, workerData } from "node:worker_threads";
import { MapClient } from "./map-client.ts";
import { instantiate } from "./program.ts";
import { playRole } from "./roles.ts";
import {
  type Cue,
  LEFT_WORD,
  NEVER_WORD,
  type Outcome,
  READY_WORD,
  type ThreadData,
} from "./thread-pool.ts";

const { module, memory }: ThreadData = workerData;
const words = new Int32Array(memory.buffer);
let stepsLeft = -1;

/** Stops this thread for good at the access it was told, in a build with MAP_HOOKS. */
const core = instantiate(module, memory, () => {
  if (stepsLeft-- !== 0) return;
  parentPort?.postMessage({ died: true } satisfies Outcome);
  Atomics.wait(words, NEVER_WORD, 0);
});

/** Waits until all parts of the play have come so far. */
function meet(parts: number): void {
  if (Atomics.add(words, READY_WORD, 1) + 1 === parts) Atomics.notify(words, READY_WORD);
  for (;;) {
    const there = Atomics.load(words, READY_WORD);
    if (there === parts) return;
    Atomics.wait(words, READY_WORD, there, 10);
  }
}

function play({ part, agent, parts }: Cue): Outcome {
  const map = new MapClient(core, memory, agent);
  meet(parts);
  stepsLeft = part.diesAt ?? -1;
  try {
    const isOver = () => Atomics.load(words, LEFT_WORD) === 0;
    return { answer: playRole(part, { map, isOver }) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    stepsLeft = -1;
    if (!part.isBackground) Atomics.sub(words, LEFT_WORD, 1);
  }
}

parentPort?.on("message", (cue: Cue) => parentPort?.postMessage(play(cue)));
parentPort?.postMessage("ready");
