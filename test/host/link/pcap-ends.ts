// Child of pcap.test.ts in a network namespace of its own: one veth pair, frames both ways.
//
// Prints one JSON object. The namespace and its interfaces go with the process.

import { ToolError } from "../../../host/base/error.ts";
import { runOrThrow } from "../../../host/base/process.ts";
import { PcapTransport } from "../../../host/link/pcap.ts";

const TIMEOUT_MS = 10_000;

/** A frame of spec/frame.md; `tag` is empty or the four bytes of an 802.1Q tag. */
function frame(tag: string, type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`01005e7f0001024c57000001${tag}${type}`, "hex"), payload]);
}

async function main(): Promise<void> {
  await runOrThrow("ip", ["link", "add", "end0", "type", "veth", "peer", "name", "end1"]);
  for (const end of ["end0", "end1"]) await runOrThrow("ip", ["link", "set", end, "up"]);

  const received: string[][] = [[], []];
  const ends = ["end0", "end1"].map((device) => new PcapTransport({ device }));
  for (const [i, end] of ends.entries()) {
    await end.open((bytes) => received[i]!.push(Buffer.from(bytes).toString("hex")));
  }
  const sent = [0, 1].map((from) => [
    frame("8100a005", "b62c", Buffer.alloc(200, 0x10 + from)),
    frame("", "b62c", Buffer.alloc(46, 0x20 + from)),
    frame("81000001", "b62c", Buffer.alloc(1500, 0x30 + from)),
  ]);
  // Neither of these may come through: another EtherType, with the tag and without.
  const foreign = [
    frame("8100a005", "0800", Buffer.alloc(100)),
    frame("", "88f7", Buffer.alloc(100)),
  ];
  for (const [i, end] of ends.entries()) {
    for (const bytes of [...foreign, ...sent[i]!]) await end.write(bytes);
  }
  const short = frame("8100a005", "b62c", Buffer.alloc(10, 0x77));
  await ends[0]!.write(short);
  const endAtMs = Date.now() + TIMEOUT_MS;
  while ((received[0]!.length < 3 || received[1]!.length < 4) && Date.now() < endAtMs) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const counters = ends.map((end) => end.counters());
  for (const end of ends) await end.close();
  await ends[0]!.write(short);

  const absent = new PcapTransport({ device: "end9" });
  let code = "none";
  let message = "";
  try {
    await absent.open(() => {});
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    ({ code, message } = error);
  }
  const hex = sent.map((frames) => frames.map((bytes) => bytes.toString("hex")));
  const result = {
    sent: hex,
    short: short.toString("hex"),
    received,
    counters,
    refusedAfterClose: ends[0]!.counters().refused,
    absent: { code, message },
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

await main();
