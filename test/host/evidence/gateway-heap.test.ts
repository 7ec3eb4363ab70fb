// A running gateway answers with the heap profile of its nodes' maps, to this machine only.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { packageRoot } from "../../../host/base/package.ts";
import { type RunResult, run } from "../../../host/base/process.ts";
import * as spec from "../../../host/base/spec.ts";
import { sumByState } from "../../../host/evidence/heap-profile.ts";
import { type Gateway, startGateway } from "../../../host/gateway/gateway.ts";
import { TestLink, until } from "../gateway/ends.ts";
import { loadGatewayProgram, NodeFrames } from "../gateway/node-frames.ts";

const latchPath = join(packageRoot, "host/cli/latch.mjs");
const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === "IPv4" && !address.internal)?.address;
let folder = "";
let gateway: Gateway;
const link = new TestLink();

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "latch-heap-"));
  const program = (await loadGatewayProgram()).again();
  // On all addresses, so that a stranger's can be tried: by default it listens on loopback only.
  gateway = await startGateway({ transport: link, httpPort: 0, host: "0.0.0.0" });
  for (const publisherId of [21, 22]) link.send(new NodeFrames(program, publisherId).nextWindow());
  await until(() => gateway.status().nodes.filter((node) => node.windows === 1).length === 2);
});
after(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

const address = (host: string) => `http://${host}:${new URL(gateway.address).port}`;

function latch(...words: string[]): Promise<RunResult> {
  return run(process.execPath, [latchPath, "evidence", "heap", "--out", folder, ...words], {
    cwd: folder,
  });
}

test("the profile has the entries of every node", async () => {
  const ran = await latch("--gateway", address("127.0.0.1"), "--json");
  assert.equal(ran.code, spec.EXIT_OK, ran.stderr);
  const { artefacts, states } = JSON.parse(ran.stdout);
  assert.deepEqual(sumByState(readFileSync(artefacts[0].file)), states);
  const sizes = Object.fromEntries(
    states.map((sum: { state: string; bytes: number }) => [sum.state, sum.bytes]),
  );
  // The pictures and the features of one window, twice.
  const window =
    2 * (spec.PICTURE_WAVEFORM_COUNT + spec.PICTURE_SPECTRUM_COUNT + spec.PICTURE_ENVELOPE_COUNT);
  assert.ok(sizes.ready > 2 * window, `${sizes.ready} bytes of two nodes`);
  const arena = spec.GATEWAY_VALUE_NODE_ARENA_SIZE;
  const { header, ...blocks } = sizes;
  const all = Object.values(blocks as Record<string, number>).reduce((a, b) => a + b, 0);
  assert.equal(all, 2 * arena, "every granule of both arenas");
  assert.ok(header > 0);
  assert.match(artefacts[0].open, /go tool pprof -top/);
});

test("an address that is not of this machine gets no evidence", {
  skip: outside === undefined && "this machine has no address but loopback",
}, async () => {
  const status = await fetch(`${address(outside as string)}/status`);
  assert.equal(status.status, 200, "the rest is open to it");
  const evidence = await fetch(`${address(outside as string)}/evidence/heap`);
  assert.equal(evidence.status, 403);
});

test("each wrong source is refused in one line with its code", async () => {
  const file = join(folder, "noise.bin");
  writeFileSync(file, new Uint8Array(1000).fill(7));
  const refusals: [string[], number, RegExp][] = [
    [[], spec.EXIT_USAGE, /expected one of --gateway/],
    [["--gateway", "nonsense"], spec.EXIT_USAGE, /no URL: nonsense/],
    [["--gateway", "http://127.0.0.1:1"], spec.EXIT_NO_NETWORK, /no answer from/],
    [["--gateway", address("127.0.0.1"), "--file", file], spec.EXIT_USAGE, /expected one of/],
    [["--file", file], spec.EXIT_BAD_INPUT, /1000 bytes without an entry map/],
    [["--file", `${file}.not`], spec.EXIT_MISSING_INPUT, /cannot read/],
  ];
  for (const [words, code, text] of refusals) {
    const ran = await latch(...words);
    assert.equal(ran.code, code, `${words.join(" ")}: ${ran.stderr}`);
    assert.match(ran.stderr, text);
    assert.equal(ran.stdout, "");
  }
});
