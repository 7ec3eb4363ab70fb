// A worker whose syntax and imports only a TypeScript loader understands: answers, or breaks.
import { parentPort, workerData } from "node:worker_threads";
import { Random } from "../../../host/base/random.ts";

export interface EchoData {
  seed: number;
  shared: SharedArrayBuffer;
}

const { seed, shared }: EchoData = workerData as EchoData;
parentPort?.on("message", (words: "answer" | "break") => {
  if (words === "break") throw new RangeError("asked to break");
  const value: number = new Random(seed).uint32();
  Atomics.store(new Uint32Array(shared), 0, value);
  parentPort?.postMessage(value satisfies number);
});
