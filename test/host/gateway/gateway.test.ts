// The whole gateway: frames into a transport, snapshots and status out of a real WebSocket.
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
import { WebSocket } from "ws";
import { ToolError } from "../../../host/base/error.ts";
import { openSnapshot, type Snapshot } from "../../../host/base/snapshot.ts";
import * as spec from "../../../host/base/spec.ts";
import { FrameRing } from "../../../host/gateway/frame-ring.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../../../host/gateway/gateway.ts";
import { type PageMessage, pageMessageSchema } from "../../../host/gateway/messages.ts";
import type { FrameListener } from "../../../host/link/transport.ts";
import { EPOCH, type GatewayProgram, loadGatewayProgram, NodeFrames } from "./node-frames.ts";

let program: GatewayProgram;
let folder = "";

before(async () => {
  program = (await loadGatewayProgram()).again();
  folder = mkdtempSync(join(tmpdir(), "latch-page-"));
});

after(() => rmSync(folder, { recursive: true }));

/** A link whose other end is the test. */
class TestLink {
  #onFrame: FrameListener | undefined;
  isOpen = false;

  async open(onFrame: FrameListener): Promise<void> {
    this.#onFrame = onFrame;
    this.isOpen = true;
  }

  async close(): Promise<void> {
    this.isOpen = false;
  }

  send(frames: Uint8Array[]): void {
    for (const frame of frames) this.#onFrame?.(frame, Date.now());
  }
}

/** A page: what came over /live so far. */
class TestPage {
  readonly #socket: WebSocket;
  readonly messages: PageMessage[] = [];
  readonly snapshots: Snapshot[] = [];

  constructor(gateway: Gateway) {
    this.#socket = new WebSocket(`${gateway.address.replace("http", "ws")}live`);
    this.#socket.on("message", (data: Buffer, isBinary) => {
      if (!isBinary) {
        this.messages.push(pageMessageSchema.parse(JSON.parse(data.toString())));
        return;
      }
      const opened = openSnapshot(data);
      assert.ok(opened.ok, "a snapshot on the wire is valid");
      this.snapshots.push(opened.value);
    });
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** Waits until the condition holds; fails with its text after 10 s. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `within 10 s: ${condition}`);
    await sleep(10);
  }
}

async function withGateway(
  use: (gateway: Gateway, link: TestLink) => Promise<void>,
  options: Partial<GatewayOptions> = {},
): Promise<void> {
  const link = new TestLink();
  const gateway = await startGateway({ transport: link, httpPort: 0, ...options });
  try {
    await use(gateway, link);
  } finally {
    await gateway.close();
  }
  assert.equal(link.isOpen, false);
}

const indexOf = (snapshot: Snapshot, publisherId: number) =>
  Number(
    snapshot.field(publisherId, spec.WRITER_FEATURES, 0)?.values[spec.FEATURE_WINDOW_INDEX / 4],
  );

describe("gateway", () => {
  it("brings a node's window to the page as the bytes of its snapshot", async () => {
    await withGateway(
      async (gateway, link) => {
        const page = new TestPage(gateway);
        await until(() => page.messages.length > 0);
        const node = new NodeFrames(program, 77);
        link.send(node.nextWindow());
        await until(() => page.snapshots.length === 1);
        const snapshot = page.snapshots[0] as Snapshot;
        assert.equal(indexOf(snapshot, 77), 0);
        assert.equal(snapshot.field(77, spec.WRITER_SPECTRUM, 0)?.values[9], 11);
        link.send(node.nextWindow());
        await until(() => page.snapshots.length === 2);
        assert.equal(indexOf(page.snapshots[1] as Snapshot, 77), 1);
        const last = () => page.messages.findLast((message) => message.type === "status");
        await until(() => last()?.nodes[0]?.windows === 2);
        assert.deepEqual(last()?.simulated, ["test link"]);
        assert.equal(last()?.nodes[0]?.source, "test signal");
        await sleep(300);
        assert.equal(page.snapshots.length, 2, "nothing is sent when nothing is new");
        page.close();
      },
      { simulated: ["test link"] },
    );
  });

  it("gives a page that comes later the trend and the newest snapshot", async () => {
    await withGateway(async (gateway, link) => {
      const nodes = [new NodeFrames(program, 1), new NodeFrames(program, 2)];
      for (let i = 0; i < 25; i++) for (const node of nodes) link.send(node.nextWindow());
      await until(() => gateway.status().totals.accepted === 200);
      await sleep(200);
      const page = new TestPage(gateway);
      await until(() => page.snapshots.length === 2);
      const history = page.messages.filter((message) => message.type === "history");
      assert.deepEqual(history.map((message) => message.publisherId).sort(), [1, 2]);
      for (const { rows } of history) {
        assert.deepEqual(
          rows.map((row) => row[1 + spec.FEATURE_WINDOW_INDEX / 4]),
          Array.from({ length: 25 }, (_, i) => i),
        );
      }
      for (const snapshot of page.snapshots) {
        assert.equal(indexOf(snapshot, snapshot.entry(0).keyHigh), 24);
      }
      page.close();
    });
  });

  it("sends a node's snapshots ten times a second at most, and the last one always", async () => {
    await withGateway(async (gateway, link) => {
      const page = new TestPage(gateway);
      await until(() => page.messages.length > 0);
      const node = new NodeFrames(program, 5);
      const began = performance.now();
      for (let i = 0; i < 100; i++) {
        link.send(node.nextWindow());
        await sleep(5);
      }
      await until(() => page.snapshots.some((snapshot) => indexOf(snapshot, 5) === 99));
      const tenths = (performance.now() - began) / 100;
      assert.ok(
        page.snapshots.length <= tenths + 2,
        `${page.snapshots.length} in ${tenths} x 100 ms`,
      );
      page.close();
    });
  });

  it("counts bad frames by reason over its queue, and keeps the sum exact", async () => {
    await withGateway(async (gateway, link) => {
      const frames = new NodeFrames(program, 5).nextWindow();
      const flipped = (frames[0] as Uint8Array).slice();
      flipped[300] = (flipped[300] as number) ^ 1;
      link.send([
        ...frames,
        frames[1] as Uint8Array,
        flipped,
        new Uint8Array(60),
        new Uint8Array(9),
      ]);
      link.send([new Uint8Array(3000)]);
      await until(() => gateway.status().totals.received === 9);
      const { totals } = gateway.status();
      assert.equal(totals.accepted, 4);
      assert.equal(totals.duplicates, 1);
      assert.equal(totals.queueDropped, 0);
      assert.deepEqual(totals.refused, { TOO_LONG: 1, TRUNCATED: 1, BAD_CHECK: 1, UNSUPPORTED: 1 });
      const answer = await fetch(`${gateway.address}status`);
      const status = pageMessageSchema.parse(await answer.json());
      assert.ok(status.type === "status");
      assert.deepEqual(status.totals, totals);
    });
  });

  it("drops the newest frames when a burst is longer than its queue, and counts each", async () => {
    await withGateway(async (gateway, link) => {
      const node = new NodeFrames(program, 5);
      const frames: Uint8Array[] = [];
      while (frames.length < 3000) frames.push(...node.nextWindow());
      const burst = 5 * frames.length;
      // One turn of the event loop: the decoder works meanwhile, so how many are dropped is not
      // certain, the sum is.
      for (let i = 0; i < 5; i++) link.send(frames);
      await until(() => gateway.status().totals.received === burst);
      const { totals } = gateway.status();
      assert.equal(
        totals.accepted + totals.duplicates + (totals.refused.STALE ?? 0) + totals.queueDropped,
        burst,
      );
      assert.ok(totals.accepted >= 3000, "the first frames have all been taken");
    });
  });

  it("shows a silent node as gone, and live again when it begins anew", async () => {
    await withGateway(async (gateway, link) => {
      const node = new NodeFrames(program, 5);
      const status = () => gateway.status().nodes[0];
      link.send(node.nextWindow());
      await until(() => status()?.state === "live");
      await until(() => status()?.state === "gone");
      assert.ok((status()?.silentMs ?? 0) > 2000);
      // The same bytes as before: a board that began again with the same recording and clock.
      node.restart(EPOCH);
      link.send(node.nextWindow());
      await until(() => status()?.windows === 2);
      assert.equal(status()?.state, "live");
      assert.equal(status()?.restarts, 1);
      assert.equal(status()?.duplicates, 0);
      // At once, with a later clock.
      node.restart(EPOCH + 10_000_000_000n);
      link.send(node.nextWindow());
      await until(() => status()?.restarts === 2);
      assert.equal(status()?.lost, 0);
    });
  });

  it("serves the page's files and nothing above their folder", async () => {
    writeFileSync(join(folder, "index.html"), "<p>the page");
    await withGateway(
      async (gateway) => {
        const answer = await fetch(gateway.address);
        assert.match(answer.headers.get("content-type") ?? "", /text\/html/);
        assert.equal(await answer.text(), "<p>the page");
        for (const path of ["../package.json", "%2e%2e/%2e%2e/etc/passwd", "absent.js"]) {
          assert.equal((await fetch(gateway.address + path)).status, 404, path);
        }
      },
      { pageFolder: folder },
    );
  });

  it("says what to do when the page is not built", async () => {
    await withGateway(
      async (gateway) => {
        const answer = await fetch(gateway.address);
        assert.equal(answer.status, 503);
        assert.match(await answer.text(), /npm start/);
      },
      { pageFolder: join(folder, "absent") },
    );
  });
});

describe("frame ring", () => {
  it("takes exactly its capacity, then drops the newest and counts", () => {
    const buffer = new SharedArrayBuffer(8 << 20);
    const ring = new FrameRing(buffer, 64);
    const frame = new Uint8Array(100).fill(7);
    for (let i = 0; i < spec.GATEWAY_VALUE_RING_COUNT; i++) assert.equal(ring.push(frame, i), true);
    for (let i = 1; i <= 10; i++) {
      assert.equal(ring.push(frame, 0), false);
      assert.equal(ring.dropped, i);
    }
    assert.equal(ring.length, spec.GATEWAY_VALUE_RING_COUNT);
    ring.stop();
    let next = 0;
    ring.drain((offset, size, timeMs) => {
      assert.equal(timeMs, next++);
      assert.equal(size, 100);
      assert.equal(new Uint8Array(buffer, offset, 100)[99], 7);
    });
    assert.equal(next, spec.GATEWAY_VALUE_RING_COUNT);
    assert.equal(ring.length, 0);
  });
});

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
