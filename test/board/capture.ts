// Runs one program on a target over one recording and brings back its frames: the ground of every
// comparison.
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runOrThrow } from "../../host/base/process.ts";
import type { Board } from "../../host/board/schema.ts";
import type { BuildResult } from "../../host/build/build.ts";
import { type BoardExit, BoardProcess } from "../../host/sim/board-process.ts";
import type { SimulatedFlash } from "../../host/sim/simulated-flash.ts";
import { loadNodeModule, WasmNode } from "../../host/sim/wasm-node.ts";

export interface Feed {
  config: Uint8Array;
  samples: Int16Array;
  /** On an emulated board: BoardProcessOptions.flashPath. */
  flashPath?: string;
  /** In Node: WasmNodeOptions.flash. */
  flash?: SimulatedFlash;
}

/** Frames of the Wasm in Node; the configuration's window limit ends the run. */
export function captureWasm(image: BuildResult, board: Board, feed: Feed): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const node = new WasmNode({
    ...feed,
    module: loadNodeModule(image.wasm),
    memorySizeBytes: board.wasmMemorySizeBytes,
    onFrame: (frame) => {
      frames.push(frame.slice());
      return 0;
    },
  });
  while (node.tick());
  return frames;
}

/** Frames of the native build. */
export async function captureNative(image: BuildResult, feed: Feed): Promise<Uint8Array[]> {
  const folder = mkdtempSync(join(tmpdir(), "latch-native-"));
  const [config, samples, output] = ["config.bin", "adc.i16", "frames.bin"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(config, feed.config);
  writeFileSync(
    samples,
    new Uint8Array(feed.samples.buffer, feed.samples.byteOffset, feed.samples.byteLength),
  );
  let bytes: Buffer;
  try {
    await runOrThrow(image.elf, [config, samples, output]);
    bytes = readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return splitFrames(bytes);
}

/** Frames of a file in which each stands behind its size, as firmware/port/native.c writes it. */
export function splitFrames(bytes: Buffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32LE(at);
    frames.push(bytes.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return frames;
}

/** Frames of an emulated board, unpaced, and how it ended; it is stopped at `deadlineMs`. */
export async function captureBoard(
  image: BuildResult,
  board: Board,
  feed: Feed,
  isInstructionCounted = false,
  deadlineMs?: number,
): Promise<{ frames: Uint8Array[]; exit: BoardExit }> {
  const frames: Uint8Array[] = [];
  const receiver = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  const spare = createSocket("udp4");
  receiver.on("message", (message) => frames.push(new Uint8Array(message)));
  await Promise.all(
    [receiver, spare].map(
      (socket) => new Promise<void>((done) => socket.bind(0, "127.0.0.1", done)),
    ),
  );
  const boardPort = (spare.address() as AddressInfo).port;
  await new Promise<void>((done) => spare.close(() => done()));
  const running = new BoardProcess({
    ...feed,
    board,
    image,
    wire: { gatewayPort: (receiver.address() as AddressInfo).port, boardPort },
    speed: "max",
    isInstructionCounted,
  });
  const timer = deadlineMs && setTimeout(() => running.stop(), deadlineMs);
  const exit = await running.exited();
  if (timer) clearTimeout(timer);
  await new Promise((done) => setTimeout(done, 100));
  await new Promise<void>((done) => receiver.close(() => done()));
  return { frames, exit };
}

/** SHA-256 over frames and their sizes. */
export function hashFrames(frames: Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const frame of frames) {
    hash.update(String(frame.length));
    hash.update(frame);
  }
  return hash.digest("hex");
}
