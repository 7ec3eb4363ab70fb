// The whole gateway: frames into a transport, snapshots and status out of a real WebSocket.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Snapshot } from "../../../host/base/snapshot.ts";
import * as spec from "../../../host/base/spec.ts";
import { type Gateway, type GatewayOptions, startGateway } from "../../../host/gateway/gateway.ts";
import { pageMessageSchema } from "../../../host/gateway/messages.ts";
import { TestLink, TestPage, until } from "./ends.ts";
import { EPOCH, type GatewayProgram, loadGatewayProgram, NodeFrames } from "./node-frames.ts";

let program: GatewayProgram;
let folder = "";

before(async () => {
  program = (await loadGatewayProgram()).again();
  folder = mkdtempSync(join(tmpdir(), "latch-page-"));
});

after(() => rmSync(folder, { recursive: true }));

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

  it("counts what the nodes' maps do, and stores a setting that has not changed once", async () => {
    await withGateway(async (gateway, link) => {
      const node = new NodeFrames(program, 9);
      link.send(node.nextWindow());
      await until(() => gateway.status().nodes[0]?.windows === 1);
      const first = gateway.status().map;
      assert.ok(first.length > 0 && first.arenaUsed > 0 && first.arenaUsed < first.arenaSize);
      assert.equal(first.hits, 0);
      assert.ok(first.misses > 0 && first.promotions > 0);
      link.send(node.nextWindow());
      await until(() => gateway.status().nodes[0]?.windows === 2);
      const second = gateway.status().map;
      assert.equal(second.length, first.length);
      assert.equal(second.misses, first.misses, "each key is there");
      assert.ok(second.hits > 0);
      // What was replaced is waiting or has come back; settings and name were not replaced.
      const settings = 2 * 64;
      assert.ok(second.unreclaimed <= first.arenaUsed - settings, `${second.unreclaimed} bytes`);
      assert.equal(second.refusedFull, 0);
    });
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
