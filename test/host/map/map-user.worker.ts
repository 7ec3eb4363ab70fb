// A thread that uses a map by its handle: counts up shared keys, or changes for ever until killed.
import { parentPort, workerData } from "node:worker_threads";
import { EntryMap, type MapHandle } from "../../../host/map/entry-map.ts";
import { randomFrom } from "../core/map-client.ts";

export interface UserTask {
  handle: MapHandle;
  job: "count" | "churn";
  seed: number;
}

const { handle, job, seed }: UserTask = workerData;
const map = EntryMap.open(handle);
const random = randomFrom(seed);

if (job === "count") {
  // Each of 50 counters goes up by 200, by compare-and-swap, whoever else counts.
  for (let i = 0; i < 10_000; i++) {
    const key = i % 2 ? i % 50 : `counter ${i % 50}`;
    for (;;) {
      const old = map.load(key) as Uint8Array;
      const next = new Uint8Array(BigUint64Array.of(asNumber(old) + 1n).buffer);
      if (map.compareAndSwap(key, old, next)) break;
    }
  }
  map.close();
  parentPort?.postMessage("done");
} else {
  parentPort?.postMessage(map.agent);
  for (let i = 0; ; i++) {
    const value = new Uint8Array(16 + random(200)).fill(random(256));
    const key = random(2) ? random(400) : `name ${random(400)}`;
    if (random(3)) map.store(key, value);
    else map.delete(key);
    if (i % 50 === 0) checkCut(map);
  }
}

function asNumber(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
}

/** Every value is one byte over and over: no value is torn. */
function checkCut(target: EntryMap): void {
  using cut = target.cut();
  cut.forEachOffset((key, offset) => {
    const value = target.view(offset);
    if (value.some((byte) => byte !== value[0])) throw new Error(`${key} is torn`);
  });
}
