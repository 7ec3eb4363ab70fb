// A gateway that keeps its nodes' last values: closed, killed in the middle, refused by the disk.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { packageRoot } from "../../../host/base/package.ts";
import type { Snapshot } from "../../../host/base/snapshot.ts";
import * as spec from "../../../host/base/spec.ts";
import { type Gateway, startGateway } from "../../../host/gateway/gateway.ts";
import { type StatusMessage, statusMessageSchema } from "../../../host/gateway/messages.ts";
import { freeUdpPort } from "../../../host/sim/board-crew.ts";
import { randomFrom } from "../core/map-client.ts";
import { TestLink, TestPage, until } from "./ends.ts";
import { type GatewayProgram, loadGatewayProgram, NodeFrames } from "./node-frames.ts";

let program: GatewayProgram;
let folder = "";
let files = 0;

before(async () => {
  program = (await loadGatewayProgram()).again();
  folder = mkdtempSync(join(tmpdir(), "latch-kept-"));
});
after(() => rmSync(folder, { recursive: true }));

const newFile = () => join(folder, `${files++}.kept`);
const stateOf = (status: StatusMessage | undefined, publisherId: number) =>
  status?.nodes.find((node) => node.publisherId === publisherId)?.state;
const publisherOf = (snapshot: Snapshot) => snapshot.entry(0).keyHigh;

/** The window that all of a snapshot's messages are of; fails if they are of several. */
function windowOf(snapshot: Snapshot): number {
  const publisherId = publisherOf(snapshot);
  const value = (writer: number, field: number, index: number) =>
    Number(snapshot.field(publisherId, writer, field)?.values[index]);
  const index = value(spec.WRITER_FEATURES, 0, spec.FEATURE_WINDOW_INDEX / 4);
  for (const writer of [spec.WRITER_WAVEFORM, spec.WRITER_SPECTRUM, spec.WRITER_ENVELOPE]) {
    assert.equal(value(writer, 1, 0), index, `writer ${writer} of window ${index}`);
  }
  assert.equal(value(spec.WRITER_SPECTRUM, 0, 5), 7 + index * 7);
  return index;
}

describe("a gateway that was closed", () => {
  it("shows its nodes again, as restored, until each is heard", async () => {
    const keepFile = newFile();
    const nodes = [new NodeFrames(program, 5), new NodeFrames(program, 0x90000001)];
    const link = new TestLink();
    const first = await startGateway({ transport: link, httpPort: 0, keepFile });
    for (let i = 0; i < 3; i++) for (const node of nodes) link.send(node.nextWindow());
    await until(() => first.status().totals.accepted === 24);
    assert.equal(stateOf(first.status(), 5), "live");
    await first.close();

    const again = new TestLink();
    const second = await startGateway({ transport: again, httpPort: 0, keepFile });
    const page = new TestPage(second);
    await until(() => page.snapshots.length === 2);
    for (const snapshot of page.snapshots) assert.equal(windowOf(snapshot), 2);
    assert.equal(page.snapshots[0]?.time, nodes[0]?.timeOf(2));
    const status = page.messages.find((message) => message.type === "status");
    for (const { publisherId } of nodes) assert.equal(stateOf(status, publisherId), "restored");
    assert.equal(status?.nodes[0]?.source, "test signal");
    assert.equal(status?.nodes[0]?.flags, spec.NODE_FLAG_SIMULATED_SIGNAL);
    assert.equal(status?.nodes[0]?.frames, 0);
    again.send(nodes[1]?.nextWindow() ?? []);
    await until(() => page.snapshots.length === 3);
    assert.equal(windowOf(page.snapshots[2] as Snapshot), 3);
    const now = second.status();
    assert.equal(now.nodes.length, 2);
    assert.equal(stateOf(now, 5), "restored");
    assert.equal(stateOf(now, 0x90000001), "live");
    const late = new TestPage(second);
    await until(() => late.snapshots.length === 2);
    assert.deepEqual(
      new Map(late.snapshots.map((snapshot) => [publisherOf(snapshot), windowOf(snapshot)])),
      new Map([
        [0x90000001, 3],
        [5, 2],
      ]),
    );
    page.close();
    late.close();
    await second.close();
    assert.equal(existsSync(`${keepFile}.lock`), false);
  });

  it("forgets a field that a node no longer sends", async () => {
    const keepFile = newFile();
    const node = new NodeFrames(program, 9);
    const withGateway = async (use: (link: TestLink, gateway: Gateway) => Promise<void>) => {
      const link = new TestLink();
      const gateway = await startGateway({ transport: link, httpPort: 0, keepFile });
      await use(link, gateway);
      await gateway.close();
    };
    await withGateway(async (link, gateway) => {
      link.send(node.nextWindow());
      await until(() => gateway.status().totals.accepted === 4);
    });
    await withGateway(async (link, gateway) => {
      link.send(node.nextWindow().slice(3)); // the features alone: the map began empty
      await until(() => gateway.status().totals.accepted === 1);
    });
    await withGateway(async (_, gateway) => {
      const page = new TestPage(gateway);
      await until(() => page.snapshots.length === 1);
      const snapshot = page.snapshots[0] as Snapshot;
      assert.equal(snapshot.field(9, spec.WRITER_FEATURES, 0)?.values[0], 100);
      assert.equal(snapshot.field(9, spec.WRITER_SPECTRUM, 0), undefined);
      page.close();
    });
  });
});

describe("a gateway does not start", () => {
  it("with a file that is something else, and leaves it, or in a folder that is not there", async () => {
    const other = newFile();
    writeFileSync(other, "measurements of 1998, do not delete");
    const start = (keepFile: string) =>
      startGateway({ transport: new TestLink(), httpPort: 0, keepFile });
    await assert.rejects(start(other), { code: "BAD_INPUT", message: /not a file of map pages/ });
    await assert.rejects(start(join(folder, "no/where")), { code: "NO_PERMISSION" });
  });

  it("with a file that another gateway keeps", async () => {
    const keepFile = newFile();
    const first = await startGateway({ transport: new TestLink(), httpPort: 0, keepFile });
    const second = startGateway({ transport: new TestLink(), httpPort: 0, keepFile });
    await assert.rejects(second, { code: "BAD_INPUT", message: /keeps a map there/ });
    await first.close();
  });
});

/** `latch gateway --keep`, as a process of its own. */
class GatewayProcess {
  readonly child: ChildProcess;
  #said = "";

  constructor(keepFile: string, linkPort: number) {
    const words = ["gateway", "--http", "0", "--link", `udp:${linkPort}`, "--keep", keepFile];
    const latch = join(packageRoot, "host/cli/latch.mjs");
    this.child = spawn(process.execPath, [latch, ...words], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.child.stderr?.on("data", (chunk) => (this.#said += chunk));
  }

  async address(): Promise<string> {
    for (let i = 0; i < 600; i++) {
      const found = /page at (\S+?),/.exec(this.#said)?.[1];
      if (found) return found;
      assert.equal(this.child.exitCode, null, this.#said);
      await sleep(50);
    }
    throw new Error(`no page: ${this.#said}`);
  }

  async kill(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
}

async function statusAt(address: string): Promise<StatusMessage> {
  return statusMessageSchema.parse(await (await fetch(`${address}status`)).json());
}

it("a gateway killed at random moments shows whole windows, none older than acknowledged", {
  timeout: 120_000,
}, async () => {
  const keepFile = newFile();
  const linkPort = await freeUdpPort();
  const socket = createSocket("udp4");
  const seed = 3;
  const random = randomFrom(seed);
  const nodes = [1, 2, 3].map((id) => new NodeFrames(program, id));
  let acknowledged = -1;
  for (let life = 0; life < 4; life++) {
    const what = `seed ${seed}, life ${life}`;
    const gateway = new GatewayProcess(keepFile, linkPort);
    try {
      const address = await gateway.address();
      const page = new TestPage({ address } as Gateway);
      if (life > 0) {
        await until(() => page.snapshots.length === 3);
        for (const snapshot of page.snapshots) {
          const window = windowOf(snapshot);
          assert.ok(window >= acknowledged, `${what}: window ${window} of ${acknowledged}`);
          assert.ok(window < (nodes[0]?.windowIndex ?? 0), what);
        }
        const { nodes: shown } = await statusAt(address);
        assert.deepEqual(
          shown.map((node) => node.state),
          ["restored", "restored", "restored"],
          what,
        );
      }
      if (life === 3) break;
      // Flushes see some windows whole; after the second one the first's are surely in the file.
      let flushes = 0;
      const sendWindow = async () => {
        for (const node of nodes) {
          for (const frame of node.nextWindow()) socket.send(frame, linkPort, "127.0.0.1");
        }
        await sleep(20);
      };
      await sendWindow();
      for (let i = 0; flushes === 0 && i < 500; i++) {
        const last = (nodes[0]?.windowIndex ?? 0) - 1;
        await until(() => page.snapshots.some((snapshot) => windowOf(snapshot) === last));
        const before = (await statusAt(address)).kept?.flushes ?? 0;
        await sendWindow();
        flushes = ((await statusAt(address)).kept?.flushes ?? 0) - before;
        // What was published before that flush began is in it.
        if (flushes > 0) acknowledged = last;
      }
      assert.ok(flushes > 0, what);
      const end = performance.now() + random(2500);
      while (performance.now() < end) await sendWindow();
      page.close();
    } finally {
      await gateway.kill();
    }
  }
  socket.close();
});
