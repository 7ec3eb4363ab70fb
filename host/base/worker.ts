// Starts a worker thread whose program is TypeScript, whatever loader this process has.
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { packageFile } from "./package.ts";

/**
 * A worker running the TypeScript file at `url`, with `data` as its workerData. A worker inherits
 * no loader from this process, and `--import tsx` registers itself in main threads only (Node 20),
 * so tsx is registered by its API first.
 */
export function startWorker(url: URL, data: unknown): Worker {
  const api = pathToFileURL(packageFile("tsx", "dist/esm/api/index.mjs")).href;
  const loader = `import { register } from ${JSON.stringify(api)}; register();`;
  const preload = `data:text/javascript,${encodeURIComponent(loader)}`;
  return new Worker(url, { workerData: data, execArgv: ["--import", preload] });
}
