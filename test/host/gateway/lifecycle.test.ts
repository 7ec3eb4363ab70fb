// How a gateway ends: closed, by signal, by the death of a worker, or before it began.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { ToolError } from "../../../host/base/error.ts";
import { startGateway } from "../../../host/gateway/gateway.ts";
import { TestLink, until } from "./ends.ts";

let folder = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "latch-end-"));
});

after(() => rmSync(folder, { recursive: true }));

describe("the end", () => {
  it("is clean: a process that closed its gateway, with a page open, ends by itself", async () => {
    const url = new URL("../../../host/gateway/gateway.ts", import.meta.url).href;
    const script = join(folder, "clean.mts");
    writeFileSync(
      script,
      `import { startGateway } from ${JSON.stringify(url)};
       const transport = { open: async () => {}, close: async () => {} };
       const gateway = await startGateway({ transport, httpPort: 0 });
       const socket = new WebSocket(gateway.address.replace("http", "ws") + "live");
       await new Promise((resolve) => (socket.onmessage = resolve));
       await gateway.close();
       await gateway.close();
       console.log("closed");`,
    );
    const tsx = import.meta.resolve("tsx");
    const flags = ["--experimental-websocket", "--import", tsx, script];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 20_000 });
    assert.equal(stdout.trim(), "closed");
  });

  for (const name of ["decode", "web"]) {
    it(`comes with one clear error when the ${name} worker dies`, async () => {
      const workers: Worker[] = [];
      const collect = (worker: Worker) => workers.push(worker);
      process.on("worker", collect);
      const link = new TestLink();
      const failures: Error[] = [];
      const onFailure = (error: Error) => failures.push(error);
      await startGateway({ transport: link, httpPort: 0, onFailure });
      process.off("worker", collect);
      await workers[name === "decode" ? 0 : 1]?.terminate();
      await until(() => failures.length > 0);
      assert.equal(
        failures[0]?.message,
        `gateway: the ${name} worker died: it ended with exit code 1`,
      );
      assert.equal(link.isOpen, false);
      assert.ok(
        workers.every((worker) => worker.threadId === -1),
        "the other worker has ended too",
      );
      await sleep(50);
      assert.equal(failures.length, 1);
    });
  }

  it("comes with the signal", async () => {
    const abort = new AbortController();
    const link = new TestLink();
    await startGateway({ transport: link, httpPort: 0, signal: abort.signal });
    abort.abort();
    await until(() => !link.isOpen);
  });

  it("is PORT_IN_USE before anything is received if the port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const link = new TestLink();
    await assert.rejects(startGateway({ transport: link, httpPort: port }), (error) => {
      assert.ok(error instanceof ToolError);
      assert.equal(error.code, "PORT_IN_USE");
      assert.match(error.message, new RegExp(`127.0.0.1:${port} is taken`));
      return true;
    });
    assert.equal(link.isOpen, false);
    server.close();
  });

  it("hands on what the transport throws and leaves nothing running", async () => {
    const transport = {
      open: () => Promise.reject(new ToolError("NO_PERMISSION", "link: eth0: not permitted")),
      close: async () => {},
    };
    await assert.rejects(startGateway({ transport, httpPort: 0 }), /eth0/);
  });
});
