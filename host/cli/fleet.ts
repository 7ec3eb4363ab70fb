// A simulated fleet before the gateway: in virtual time with exact books, or in real time with the
// page.

import { DirectGateway } from "../gateway/direct.ts";
import { Wire, WiredTransport, type WireLedger } from "../link/wire.ts";
import { ensurePage } from "../page/build.ts";
import { type FleetOptions, type FleetResult, runFleet } from "../sim/fleet.ts";
import { MemoryTransport } from "../sim/memory-transport.ts";
import { VirtualClock } from "../sim/virtual-clock.ts";
import { type Check, FrameBook } from "./account.ts";
import { endOfRun } from "./gateway.ts";
import { parseWire } from "./link.ts";
import { say } from "./words.ts";

type Fleet = Omit<FleetOptions, "onFrame" | "onStep">;

export interface FleetAccount extends FleetResult {
  seed: number;
  wire?: WireLedger;
  accepted: number;
  duplicates: number;
  refused: Record<string, number>;
  lost: number;
  reordered: number;
  checks: Check[];
  /** Every check holds: each frame is accounted for. */
  isBalanced: boolean;
}

const PROGRESS_MS = 2000;

/** Runs the fleet to its end and closes the books. `wireText`: faults, as parseWire reads them. */
export async function accountFleet(fleet: Fleet, wireText?: string): Promise<FleetAccount> {
  const gateway = await DirectGateway.create();
  const book = new FrameBook();
  const clock = new VirtualClock();
  const wire = wireText
    ? new Wire({ ...parseWire(wireText), clock }, (frame, atMs, original) => {
        book.delivered(frame, original);
        gateway.ingest(frame, atMs);
      })
    : undefined;
  let saidAt = performance.now();
  const result = await runFleet({
    ...fleet,
    onFrame: (frame, atUs, publisherId) => {
      const atMs = atUs / 1000;
      clock.advance(atMs);
      book.sent(frame, publisherId);
      if (wire) {
        wire.offer(frame, atMs);
      } else {
        book.delivered(frame, frame);
        gateway.ingest(frame, atMs);
      }
    },
    onStep: (virtualMs, frames) => {
      if (performance.now() - saidAt < PROGRESS_MS) return;
      saidAt = performance.now();
      const share = (100 * virtualMs) / fleet.durationMs;
      say(
        `${share.toFixed(0).padStart(3)} %  ${virtualMs / 1000} s of virtual time, ${frames} frames`,
      );
    },
  });
  wire?.flush();
  const status = gateway.status();
  const checks = book.checks(wire?.ledger, status);
  return {
    ...result,
    seed: fleet.seed,
    ...(wire ? { wire: wire.ledger } : {}),
    accepted: status.totals.accepted,
    duplicates: status.totals.duplicates,
    refused: status.totals.refused,
    lost: status.nodes.reduce((sum, node) => sum + node.lost, 0),
    reordered: status.nodes.reduce((sum, node) => sum + node.reordered, 0),
    checks,
    isBalanced: checks.every((check) => check.expected === check.found),
  };
}

/** Summary for people. */
export function formatAccount(account: FleetAccount): string {
  const seconds = account.virtualMs / 1000;
  const perCore = (account.nodes * account.speed) / account.workers;
  const lines = [
    `${account.nodes} ${account.nodes === 1 ? "node" : "nodes"}, ${seconds} s of virtual time in ${(account.wallMs / 1000).toFixed(1)} s ` +
      `(${account.speed.toFixed(1)} virtual seconds a second, ${perCore.toFixed(0)} real-time nodes a thread)`,
    `frames ${account.frames}, ${(account.bytes / 1e6).toFixed(1)} MB; log SHA-256 ${account.logHash}`,
    `accepted ${account.accepted}, lost ${account.lost}, duplicates ${account.duplicates}, ` +
      `reordered ${account.reordered}, refused ${JSON.stringify(account.refused)}`,
    ...(account.wire ? [`wire ${JSON.stringify(account.wire)}`] : []),
    `simulated: nodes${account.wire ? ", wire" : ""}${account.isSimulatedSignal ? ", signal (bearing model)" : ""}`,
  ];
  for (const { what, expected, found } of account.checks) {
    lines.push(
      `  ${expected === found ? "ok " : "NOT"} ${what}: ${found}${expected === found ? "" : `, expected ${expected}`}`,
    );
  }
  return lines.join("\n");
}

/** Runs the fleet in real time before a gateway with its page, until its end or Ctrl-C. */
export async function liveFleet(
  fleet: Fleet,
  wireText: string | undefined,
  httpPort: number,
): Promise<void> {
  const { startGateway } = await import("../gateway/gateway.ts");
  await ensurePage();
  const memory = new MemoryTransport();
  const transport = wireText ? new WiredTransport(memory, parseWire(wireText)) : memory;
  const simulated = ["nodes (Wasm in Node)", "link (in memory)"];
  if (wireText) simulated.push("faults of the wire");
  const gateway = await startGateway({ transport, httpPort, simulated });
  const controller = new AbortController();
  const ended = endOfRun(Number.isFinite(fleet.durationMs) ? fleet.durationMs : undefined);
  say(`page: ${gateway.address}   (Ctrl-C ends everything)`);
  const running = runFleet({
    ...fleet,
    pace: "realtime",
    signal: controller.signal,
    onFrame: (frame) => memory.deliver(frame.slice()),
  }).catch((error: unknown) => {
    if (!controller.signal.aborted) throw error;
    return undefined;
  });
  await Promise.race([ended, running]);
  controller.abort();
  await running;
  await gateway.close();
}
