// QEMU's wire on loopback: whole frames from many senders, each way, and loss that is counted.
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, test } from "node:test";
import { ToolError } from "../../../host/base/error.ts";
import { LIMIT_FRAME_SIZE_MAX } from "../../../host/base/spec.ts";
import { DgramTransport, parseDropped } from "../../../host/link/dgram.ts";

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const item of opened.splice(0)) await item.close();
});

/** A board's end of the wire, as QEMU has it. */
async function board(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  opened.push(socket);
  return { socket, port: socket.address().port };
}

function send(socket: Socket, frame: Uint8Array, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(frame, port, "127.0.0.1", (error) => (error ? reject(error) : resolve()));
  });
}

async function gateway(boardPorts: number[] = []) {
  const transport = new DgramTransport({ port: 0, boardPorts });
  const frames: Uint8Array[] = [];
  let wake = () => {};
  await transport.open((frame) => {
    frames.push(frame);
    wake();
  });
  opened.push(transport);
  const receive = async (count: number) => {
    while (frames.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return frames;
  };
  return { transport, receive };
}

describe("dgram transport", () => {
  test("receives frames of all sizes from many boards on one port", async () => {
    const { transport, receive } = await gateway();
    const boards = await Promise.all([board(), board(), board()]);
    const sent: string[] = [];
    for (const [i, size] of [60, 73, 512, 1200, LIMIT_FRAME_SIZE_MAX].entries()) {
      for (const [j, { socket }] of boards.entries()) {
        const frame = Buffer.alloc(size, 16 * i + j);
        sent.push(frame.toString("hex"));
        await send(socket, frame, transport.port);
      }
    }
    const frames = await receive(sent.length);
    assert.deepEqual(frames.map((frame) => Buffer.from(frame).toString("hex")).sort(), sent.sort());
    assert.equal(transport.counters().received, sent.length);
    assert.equal(transport.counters().dropped, 0);
  });

  test("writes to one board or to all of them", async () => {
    const [one, other] = await Promise.all([board(), board()]);
    const { transport } = await gateway([one.port, other.port]);
    const arrivals = [once(one.socket, "message"), once(other.socket, "message")];
    await transport.write(Buffer.from("to both boards"));
    for (const [frame] of await Promise.all(arrivals)) {
      assert.equal(String(frame), "to both boards");
    }
    const single = once(other.socket, "message");
    await transport.writeTo(other.port, Buffer.from("to one of them"));
    assert.equal(String((await single)[0]), "to one of them");
    assert.equal(transport.counters().sent, 3);
  });

  test("a board that is off takes nothing from the others", async () => {
    const { port, socket } = await board();
    socket.close();
    opened.pop();
    const { transport, receive } = await gateway([port]);
    await transport.write(Buffer.alloc(60));
    const live = await board();
    await send(live.socket, Buffer.alloc(60, 1), transport.port);
    assert.equal((await receive(1)).length, 1);
  });

  test("datagrams that are no frames are counted and not handed on", async () => {
    const { transport, receive } = await gateway();
    const { socket } = await board();
    await send(socket, Buffer.alloc(13), transport.port);
    await send(socket, Buffer.alloc(LIMIT_FRAME_SIZE_MAX + 1), transport.port);
    await send(socket, Buffer.alloc(14), transport.port);
    assert.equal((await receive(1))[0]?.length, 14);
    assert.equal(transport.counters().badSize, 2);
  });

  test("a port that is taken is reported with what to do", async () => {
    const { transport } = await gateway();
    const second = new DgramTransport({ port: transport.port });
    await assert.rejects(
      second.open(() => {}),
      (error) =>
        error instanceof ToolError &&
        error.code === "PORT_IN_USE" &&
        error.message.includes(`${transport.port}`) &&
        error.message.includes("choose another port"),
    );
  });

  test("after close nothing is delivered and writes are refused", async () => {
    const { transport } = await gateway();
    const { socket } = await board();
    await transport.close();
    await transport.close();
    await send(socket, Buffer.alloc(60), transport.port);
    await transport.writeTo(9, Buffer.alloc(60));
    assert.equal(transport.counters().refused, 1);
    assert.equal(transport.counters().received, 0);
  });

  test("what did not fit into the receive buffer is counted", async (t) => {
    if (process.platform !== "linux") return t.skip("skipped: only Linux counts drops");
    const { transport } = await gateway();
    const { socket } = await board();
    // The event loop does not run in between, so nobody reads: the kernel must drop what does not
    // fit.
    const frames = Math.ceil(transport.receiveBufferSize / 1518) + 100;
    const results: Promise<void>[] = [];
    for (let i = 0; i < frames; i++) results.push(send(socket, Buffer.alloc(1518), transport.port));
    await Promise.all(results);
    let { received, dropped } = transport.counters();
    // All datagrams are either in the buffer or dropped by now; reading takes a few turns of the
    // loop.
    for (let turn = 0; turn < 1000 && received + dropped < frames; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      ({ received, dropped } = transport.counters());
    }
    assert.equal(received + dropped, frames);
    assert.ok(dropped > 0 && received > 0, `${received} received, ${dropped} dropped`);
  });

  test("the drop count is read from the row of the right address and port", () => {
    // The columns between the addresses and the count are of no interest here.
    const between = "00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 1 2 0000";
    const table = [
      "  sl  local_address rem_address   st tx_queue rx_queue ... drops",
      `   10: 0100007F:B798 ${between} 17`,
      `   11: 00000000:B798 ${between} 99`,
    ].join("\n");
    assert.equal(parseDropped(table, 0xb798), 17);
    assert.equal(parseDropped(table, 0xb799), 0);
  });
});
