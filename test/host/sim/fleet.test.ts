// A fleet on threads: one order of frames, an end to every worker, a fault that reaches the caller.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { packageRoot } from "../../../host/base/package.ts";
import { Random } from "../../../host/base/random.ts";
import { LIMIT_ADC_BLOCK_SIZE } from "../../../host/base/spec.ts";
import { buildWasm } from "../../../host/build/build.ts";
import { type FleetOptions, runFleet } from "../../../host/sim/fleet.ts";

const MEMORY_SIZE = 147_456;
let wasm: string;

before(async () => {
  wasm = await buildWasm({ memorySizeBytes: MEMORY_SIZE });
});

function options(own: Partial<FleetOptions>): FleetOptions {
  return {
    wasm,
    memorySizeBytes: MEMORY_SIZE,
    nodes: 6,
    durationMs: 2500,
    seed: 21,
    sources: ["model:healthy:1", "model:inner:2"],
    onFrame: () => {},
    ...own,
  };
}

const started: Worker[] = [];
process.on("worker", (worker) => started.push(worker));

/** Worker threads of this process that have not ended. */
function workers(): number {
  return started.filter((worker) => worker.threadId !== -1).length;
}

interface Seen {
  atUs: number;
  publisherId: number;
  frame: Uint8Array;
}

async function record(own: Partial<FleetOptions>) {
  const seen: Seen[] = [];
  const result = await runFleet(
    options({
      ...own,
      onFrame: (frame, atUs, publisherId) => seen.push({ atUs, publisherId, frame: frame.slice() }),
    }),
  );
  return { seen, result };
}

test("frames come by time, then node; a node's own stay in order", async () => {
  const { seen } = await record({ nodes: 12, workers: 2 });
  assert.ok(seen.length > 12 * 4 * 10);
  const next = new Map<number, number>();
  seen.forEach(({ atUs, publisherId, frame }, i) => {
    const last = seen[i - 1];
    if (last) {
      const isLater = atUs > last.atUs;
      assert.ok(isLater || (atUs === last.atUs && publisherId >= last.publisherId), `frame ${i}`);
    }
    const view = new DataView(frame.buffer);
    // PublisherId and SequenceNumber of the message itself.
    assert.equal(view.getUint32(18 + 2, true), publisherId);
    assert.equal(view.getUint16(18 + 15, true), next.get(publisherId) ?? 0);
    next.set(publisherId, (next.get(publisherId) ?? 0) + 1);
  });
  assert.equal(next.size, 12);
});

test("nodes that send at one time come in the order of their numbers, whatever their thread", async () => {
  // At 200 kHz a window lasts 10,240 us: among 300 starts some are the same microsecond.
  const folder = mkdtempSync(join(tmpdir(), "latch-fleet-"));
  const path = join(folder, "noise.i16");
  const random = new Random(4);
  writeFileSync(
    path,
    Int16Array.from({ length: 4096 }, () => random.below(2000) - 1000),
  );
  try {
    const { seen } = await record({
      nodes: 300,
      durationMs: 25,
      workers: 3,
      sources: [path],
      sourceOptions: { sampleRateHz: 200_000, gPerUnit: 0.001, shaftMilliHz: 29_950 },
    });
    assert.ok(seen.length >= 300 * 4);
    const times = new Map<number, number[]>();
    for (const { atUs, publisherId } of seen) {
      times.set(atUs, [...(times.get(atUs) ?? []), publisherId]);
    }
    const meetings = [...times.values()].filter((ids) => new Set(ids).size > 1);
    assert.ok(meetings.length > 0, "two nodes met at one microsecond");
    for (const ids of meetings) {
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      );
    }
    // Threads take nodes in turn; some meetings are between threads.
    assert.ok(meetings.some((ids) => new Set(ids.map((id) => id % 3)).size > 1));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("result and hash are those of the frames handed out, whatever the threads and the steps", async () => {
  const { seen, result } = await record({ workers: 1 });
  const log = createHash("sha256");
  for (const { atUs, publisherId, frame } of seen) {
    const head = Buffer.alloc(16);
    head.writeDoubleLE(atUs, 0);
    head.writeUInt32LE(publisherId, 8);
    head.writeUInt32LE(frame.length, 12);
    log.update(head).update(frame);
  }
  assert.equal(result.logHash, log.digest("hex"));
  assert.equal(result.frames, seen.length);
  assert.equal(
    result.bytes,
    seen.reduce((sum, { frame }) => sum + frame.length, 0),
  );
  assert.equal(result.isSimulatedSignal, true);
  const paced = await record({ workers: 2, pace: "realtime", durationMs: 2500 });
  assert.equal(paced.result.logHash, result.logHash);
});

test("no more threads than nodes are started, and none is left", async () => {
  const before = workers();
  const { result } = await record({ nodes: 1, workers: 4, durationMs: 500 });
  assert.equal(result.workers, 1);
  assert.equal(workers(), before);
});

test("an abort ends the run with its reason and ends the workers", async () => {
  const before = workers();
  const controller = new AbortController();
  const steps: number[] = [];
  let during = 0;
  await assert.rejects(
    runFleet(
      options({
        durationMs: Number.POSITIVE_INFINITY,
        signal: controller.signal,
        onStep: (virtualMs) => {
          steps.push(virtualMs);
          during = workers();
          if (steps.length === 3) controller.abort(new Error("enough"));
        },
      }),
    ),
    /^Error: enough$/,
  );
  assert.deepEqual(steps, [1000, 2000, 3000]);
  assert.equal(during, before + 2);
  assert.equal(workers(), before);
});

test("a node that faults ends the run with its fault, and the workers with it", async () => {
  const before = workers();
  // The model sets flag 1 of the record, on which this program fails an assert in step().
  const program = join(packageRoot, "test/core/programs/faults.ts");
  const broken = await buildWasm({ program, memorySizeBytes: MEMORY_SIZE });
  for (const count of [1, 2]) {
    await assert.rejects(
      runFleet(options({ wasm: broken, workers: count })),
      /ASSERT at test\/core\/programs\/faults\.ts:\d+:\d+/,
    );
    assert.equal(workers(), before);
  }
});

test("a node that refuses to start ends the run with the status", async () => {
  await assert.rejects(runFleet(options({ memorySizeBytes: 65_536 })), {
    code: "BOARD_FAULT",
    message: /^node \d+: INIT init\(\) answered FULL$/,
  });
});

test("an error of the consumer ends the workers too", async () => {
  const before = workers();
  await assert.rejects(
    runFleet(
      options({
        onFrame: () => {
          throw new Error("the consumer fails");
        },
      }),
    ),
    /the consumer fails/,
  );
  assert.equal(workers(), before);
});

test("in real time no frame is handed out before its time", async () => {
  const handed: { atMs: number; nowMs: number }[] = [];
  const result = await runFleet(
    options({
      nodes: 3,
      durationMs: 1500,
      pace: "realtime",
      onFrame: (_, atUs) => handed.push({ atMs: atUs / 1000, nowMs: performance.now() }),
    }),
  );
  // Virtual time 0 on this machine's clock; a timer may ring a millisecond early.
  const zeroMs = performance.now() - result.wallMs;
  assert.ok(handed.length > 3 * 4 * 6);
  for (const { atMs, nowMs } of handed) assert.ok(nowMs - zeroMs >= atMs - 5, `${atMs} ms`);
  assert.ok(handed.at(-1)!.atMs > 1500 - (2 * 2048 * 1000) / 12_000, "up to the end");
  assert.ok(
    handed.every(({ atMs }) => atMs * 12 >= LIMIT_ADC_BLOCK_SIZE),
    "a block comes first",
  );
});

// test/core/programs/breaks.ts: publisher k runs into the line that is marked `// k`.
const breaksFile = "test/core/programs/breaks.ts";
const buildBreaks = () =>
  buildWasm({ program: join(packageRoot, breaksFile), memorySizeBytes: MEMORY_SIZE });
const rowOf = (mark: string) =>
  1 +
  readFileSync(join(packageRoot, breaksFile), "utf8")
    .split("\n")
    .findIndex((row) => row.endsWith(mark));

test("a node's trap ends the run in one line: node, kind, file and line", async () => {
  const before = workers();
  await assert.rejects(runFleet(options({ wasm: await buildBreaks(), nodes: 1 })), {
    code: "BOARD_FAULT",
    message: `node 1: MEMORY at ${breaksFile}:${rowOf(" // 1")}`,
  });
  assert.equal(workers(), before);
});

test("a trap whose place cannot be looked up is still told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "latch-fleet-"));
  try {
    const alone = join(folder, "program.wasm");
    copyFileSync(await buildBreaks(), alone); // without its map
    await assert.rejects(runFleet(options({ wasm: alone, nodes: 1 })), {
      code: "BOARD_FAULT",
      message: "node 1: MEMORY",
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a node that never comes back ends the run at its deadline, and the workers with it", async () => {
  const program = join(packageRoot, "test/core/programs/hangs.ts");
  const wasm = await buildWasm({ program, memorySizeBytes: MEMORY_SIZE });
  const before = workers();
  for (const count of [1, 2]) {
    await assert.rejects(
      runFleet(options({ wasm, nodes: 2, workers: count, tickTimeoutMs: 500 })),
      {
        code: "TIMEOUT",
        message: "node 2: node program did not come back within 0.5 s; an endless loop?",
      },
    );
    assert.equal(workers(), before);
  }
});
