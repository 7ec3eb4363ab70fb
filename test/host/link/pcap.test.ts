// Real frames through libpcap, on a veth pair in a network namespace that nothing else can see.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run } from "../../../host/base/process.ts";

interface Result {
  sent: string[][];
  short: string;
  received: string[][];
  counters: { received: number; sent: number; refused: number; badSize: number }[];
  refusedAfterClose: number;
  absent: { code: string; message: string };
}

/** Why the kernel lets us have no namespace with interfaces of our own, or nothing if it does. */
async function obstacle(): Promise<string | undefined> {
  if (process.platform !== "linux") return "network namespaces are Linux only";
  const probe = ["--net", "ip", "link", "add", "end0", "type", "veth", "peer", "name", "end1"];
  try {
    const { code, stderr } = await run("unshare", probe);
    return code === 0 ? undefined : `no network namespace: ${stderr.trim()}`;
  } catch (error) {
    return String(error);
  }
}

const reason = await obstacle();

describe("pcap transport", { skip: reason ? `skipped: ${reason}` : false }, () => {
  let result: Result;

  before(async () => {
    const child = fileURLToPath(new URL("pcap-ends.ts", import.meta.url));
    const command = ["--net", process.execPath, "--import", "tsx", child];
    const { code, stdout, stderr } = await run("unshare", command, { timeoutMs: 30_000 });
    assert.equal(code, 0, stderr);
    result = JSON.parse(stdout) as Result;
  });

  test("delivers tagged and untagged frames both ways, bytes and tag as they were sent", () => {
    assert.deepEqual(result.received[0], result.sent[1]);
    assert.deepEqual(result.received[1]?.slice(0, 3), result.sent[0]);
  });

  test("fills a frame below the Ethernet minimum with zeros", () => {
    assert.equal(result.received[1]?.[3], result.short.padEnd(120, "0"));
  });

  test("delivers neither other EtherTypes nor what this end has sent", () => {
    assert.deepEqual(
      result.counters.map(({ received, sent }) => [received, sent]),
      [
        [3, 6],
        [4, 5],
      ],
    );
  });

  test("refuses to write after close, and counts it", () => {
    assert.equal(result.refusedAfterClose, 1);
  });

  test("names the interfaces that are there if the one asked for is not", () => {
    assert.equal(result.absent.code, "MISSING_INPUT");
    assert.match(result.absent.message, /end9.*end0/);
  });
});

test("capturing without the right to is reported with what to do", async (t) => {
  const module = new URL("../../../host/link/pcap.ts", import.meta.url).href;
  const program = `
    const { PcapTransport } = await import(${JSON.stringify(module)});
    await new PcapTransport({ device: "lo" }).open(() => {}).catch((error) => {
      console.log(error.code + ": " + error.message);
    });
    process.exit(0);`;
  const nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", program];
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return t.skip("skipped: giving up root needs root");
  }
  const { stdout, stderr } = await run("setpriv", [...nobody, "--inh-caps=-all", ...node]);
  if (/EACCES|ERR_MODULE_NOT_FOUND/.test(stderr)) {
    return t.skip("skipped: this checkout is closed to other users");
  }
  assert.match(stdout, /^NO_PERMISSION: link: capturing on lo .* run as root or: setcap /, stderr);
});
