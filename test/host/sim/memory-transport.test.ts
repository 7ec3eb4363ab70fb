// Frames handed over in memory: the same bytes at the clock's time, counted; closed means closed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock, zeroCounters } from "../../../host/link/transport.ts";
import { MemoryTransport } from "../../../host/sim/memory-transport.ts";
import { VirtualClock } from "../../../host/sim/virtual-clock.ts";

test("a frame arrives as it is, at the time of the clock", async () => {
  const clock = new VirtualClock();
  const transport = new MemoryTransport(clock);
  const seen: [Uint8Array, number][] = [];
  await transport.open((frame, atMs) => seen.push([frame, atMs]));
  const frames = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(1518)];
  frames.forEach((frame, i) => {
    clock.advance(10 * (i + 1));
    transport.deliver(frame);
  });
  assert.deepEqual(
    seen.map(([, atMs]) => atMs),
    [10, 20, 30],
  );
  // The very arrays: they belong to the receiver now.
  seen.forEach(([frame], i) => {
    assert.equal(frame, frames[i]);
  });
  assert.deepEqual(transport.counters(), { ...zeroCounters(), received: 3, receivedBytes: 1521 });
});

test("before open and after close frames are lost and not counted as received", async () => {
  const transport = new MemoryTransport();
  let count = 0;
  transport.deliver(new Uint8Array(60));
  await transport.open(() => count++);
  transport.deliver(new Uint8Array(60));
  await transport.close();
  await transport.close();
  transport.deliver(new Uint8Array(60));
  assert.equal(count, 1);
  assert.equal(transport.counters().received, 1);
});

test("nobody listens to what is written: it is refused and counted", async () => {
  const transport = new MemoryTransport();
  await transport.open(() => assert.fail("a written frame does not come back"));
  await transport.write(new Uint8Array(60));
  await transport.write(new Uint8Array(60));
  assert.deepEqual(transport.counters(), { ...zeroCounters(), refused: 2 });
});

test("counters handed out do not change afterwards, and the transport says it is simulated", async () => {
  const transport = new MemoryTransport();
  const before = transport.counters();
  await transport.open((_, atMs) => assert.ok(atMs <= systemClock.nowMs()));
  transport.deliver(new Uint8Array(60));
  assert.deepEqual(before, zeroCounters());
  assert.equal(transport.isSimulated, true);
});
