// A worker in TypeScript: it runs, shares memory, and its failure arrives; with and without a
// loader given on the command line.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { packageFile } from "../../../host/base/package.ts";
import { run } from "../../../host/base/process.ts";
import { Random } from "../../../host/base/random.ts";
import { startWorker } from "../../../host/base/worker.ts";
import type { EchoData } from "./echo.worker.ts";

const program = new URL("echo.worker.ts", import.meta.url);

test("a TypeScript worker gets its data, shares memory and answers", async () => {
  const shared = new SharedArrayBuffer(4);
  const worker = startWorker(program, { seed: 9, shared } satisfies EchoData);
  try {
    worker.postMessage("answer");
    const [value] = await once(worker, "message");
    assert.equal(value, new Random(9).uint32());
    assert.equal(new Uint32Array(shared)[0], value);
  } finally {
    await worker.terminate();
  }
});

test("what a worker throws arrives as its error, with kind and words", async () => {
  const worker = startWorker(program, { seed: 9, shared: new SharedArrayBuffer(4) });
  worker.postMessage("break");
  const [error] = await new Promise<unknown[]>((resolve) =>
    worker.once("error", (...words) => resolve(words)),
  );
  assert.ok(error instanceof RangeError);
  assert.equal(error.message, "asked to break");
});

test("a process that registered its loader by itself starts workers as well", async () => {
  const api = pathToFileURL(packageFile("tsx", "dist/esm/api/index.mjs")).href;
  const module = new URL("../../../host/base/worker.ts", import.meta.url).href;
  const code = `
    import { register } from ${JSON.stringify(api)};
    register();
    const { startWorker } = await import(${JSON.stringify(module)});
    const data = { seed: 9, shared: new SharedArrayBuffer(4) };
    const worker = startWorker(new URL(${JSON.stringify(program.href)}), data);
    worker.postMessage("answer");
    worker.once("message", (value) => {
      process.stdout.write(String(value));
      worker.terminate();
    });`;
  const { NODE_OPTIONS: _, ...env } = process.env;
  const words = ["--input-type=module", "--eval", code];
  const result = await run(process.execPath, words, { env, timeoutMs: 15_000 });
  assert.equal(result.stdout, String(new Random(9).uint32()), result.stderr);
  assert.equal(result.code, 0);
});
