// What a thread's JavaScript heap grew by, and how long its collector ran, between two moments.
//
// The growth is what was allocated only if the collector did not run in between: for that the loop
// is short. Its time is measured over a long one.
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";

export class HeapMeter {
  #usedBefore = 0;
  #collections = 0;
  #collectedMs = 0;

  constructor() {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        this.#collections++;
        this.#collectedMs += entry.duration;
      }
    }).observe({ entryTypes: ["gc"] });
  }

  async begin(): Promise<number> {
    await settled();
    this.#collections = 0;
    this.#collectedMs = 0;
    this.#usedBefore = getHeapStatistics().used_heap_size;
    return 0;
  }

  /** {bytes, collections, ms in the collector}. */
  async end(): Promise<number[]> {
    const bytes = getHeapStatistics().used_heap_size - this.#usedBefore;
    await settled();
    return [bytes, this.#collections, this.#collectedMs];
  }
}

/** Until the observer has been told. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
