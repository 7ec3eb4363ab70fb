// The node in Node: what it refuses, how it ends, what it counts; no node knows of another.
//
// The expected values come from the samples put in and from the frames that a link took, never from
// another run of the same code, except where two runs are to be alike.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { packageRoot } from "../../../host/base/package.ts";
import {
  ETHERNET_PAYLOAD,
  FAULT_DIVIDE_BY_ZERO,
  FAULT_EXHAUSTION,
  FAULT_INIT,
  FAULT_INTEGER_OVERFLOW,
  FAULT_MEMORY,
  FAULT_NAMES,
  FAULT_NONE,
  FAULT_UNREACHABLE,
  LIMIT_NODE_ENTRIES_MAX,
  LIMIT_WINDOW_SIZE,
  NODE_CONFIG_BAND_HIGH_HZ,
  NODE_CONFIG_FLAGS,
  NODE_CONFIG_SAMPLE_RATE_HZ,
  NODE_CONFIG_SIZE,
  NODE_CONFIG_VERSION,
  NODE_CONFIG_WRITER_GROUP_ID,
  PICTURE_WAVEFORM_COUNT,
  STATUS_BUSY,
  UADP_HEADER_VALUE_ENCODED_SIZE,
  WRITER_ENVELOPE,
  WRITER_FEATURES,
  WRITER_SPECTRUM,
  WRITER_WAVEFORM,
} from "../../../host/base/spec.ts";
import { buildWasm } from "../../../host/build/build.ts";
import { sourceLineAt } from "../../../host/build/source-lines.ts";
import { DirectGateway } from "../../../host/gateway/direct.ts";
import { configForSource, encodeNodeConfig } from "../../../host/recording/config.ts";
import { openSource } from "../../../host/recording/source.ts";
import { loadNodeModule, NodeFault, WasmNode } from "../../../host/sim/wasm-node.ts";

const MEMORY_SIZE = 147_456;
/** First DataSetWriterId of a user's program, firmware/node/entries.ts. */
const USER_WRITER = 16;
/** Entries of the plain node: two for each of three pictures, four of the features. */
const OWN_ENTRIES = 10;

// Places in a node's frame, spec/uadp.md with the fields that spec/frame.md names.
const SEQUENCE_AT = ETHERNET_PAYLOAD + 15;
const WRITER_AT = ETHERNET_PAYLOAD + 18;
const VALUE_AT = ETHERNET_PAYLOAD + UADP_HEADER_VALUE_ENCODED_SIZE;
/** An array's elements stand behind its type and length. */
const ARRAY_AT = VALUE_AT + 5;
/** Field 2 of the features: behind 22 words and 5 words, each behind 5 bytes. */
const COUNTERS_AT = ARRAY_AT + 22 * 4 + 5 + 5 * 4 + 5;

let plain: WebAssembly.Module;
let user: WebAssembly.Module;

before(async () => {
  const programs = [undefined, join(packageRoot, "test/core/programs/user-entry.ts")];
  const paths = await Promise.all(
    programs.map((program) =>
      buildWasm({ memorySizeBytes: MEMORY_SIZE, ...(program ? { program } : {}) }),
    ),
  );
  plain = loadNodeModule(paths[0] as string);
  user = loadNodeModule(paths[1] as string);
});

const model = openSource("model:outer:3");

function configOf(windowLimit: number, publisherId = 5): Uint8Array {
  return encodeNodeConfig(configForSource(model, { publisherId, windowLimit }));
}

interface Run {
  node: WasmNode;
  frames: Uint8Array[];
}

function startNode(own: {
  module?: WebAssembly.Module;
  memorySizeBytes?: number;
  config?: Uint8Array;
  samples?: Int16Array;
  firstSample?: number;
  link?: (frame: Uint8Array) => number;
}): Run {
  const frames: Uint8Array[] = [];
  const { link = () => 0, ...rest } = own;
  const node = new WasmNode({
    module: plain,
    memorySizeBytes: MEMORY_SIZE,
    config: configOf(3),
    samples: model.samples,
    ...rest,
    onFrame: (frame) => {
      const status = link(frame);
      if (status === 0) frames.push(frame.slice());
      return status;
    },
  });
  return { node, frames };
}

/** Ticks until the program ends; how many ticks that were. */
function finish(node: WasmNode): number {
  for (let ticks = 1; ; ticks++) {
    assert.ok(ticks < 10_000, "the node ends");
    if (!node.tick()) return ticks;
  }
}

const view = (frame: Uint8Array) => new DataView(frame.buffer, frame.byteOffset, frame.length);
const writerOf = (frame: Uint8Array) => view(frame).getUint16(WRITER_AT, true);
const sequenceOf = (frame: Uint8Array) => view(frame).getUint16(SEQUENCE_AT, true);

const refusals: { what: string; status: string; change: (config: DataView) => void }[] = [
  [NODE_CONFIG_SIZE, 87, "a size that is not the record's"],
  [NODE_CONFIG_VERSION, 2, "another version"],
  [NODE_CONFIG_WRITER_GROUP_ID, 0, "writer group 0"],
  [NODE_CONFIG_WRITER_GROUP_ID, 65_536, "a writer group of 17 bits"],
  [NODE_CONFIG_SAMPLE_RATE_HZ, 999, "a sample rate below 1,000 Hz"],
  [NODE_CONFIG_SAMPLE_RATE_HZ, 200_001, "a sample rate above 200,000 Hz"],
  [NODE_CONFIG_BAND_HIGH_HZ, 6000, "a band that ends at half the sample rate"],
].map(([offset, value, what]) => ({
  what: String(what),
  status: "BAD_CONFIG",
  change: (config) => config.setUint32(Number(offset), Number(value), true),
}));

for (const { what, status, change } of refusals) {
  test(`${what} is refused at the start with ${status}`, () => {
    const config = configOf(3);
    change(view(config));
    assert.throws(
      () => startNode({ config }),
      (error) =>
        error instanceof NodeFault &&
        error.kind === FAULT_INIT &&
        error.message === `INIT init() answered ${status}`,
    );
  });
}

test("a record one byte short or long is refused, the right one is taken", () => {
  const config = configOf(3);
  const long = new Uint8Array(config.length + 1);
  long.set(config);
  assert.throws(() => startNode({ config: config.subarray(1) }), /INIT.* BAD_CONFIG/);
  assert.throws(() => startNode({ config: config.subarray(0, -1) }), /INIT.* BAD_CONFIG/);
  assert.throws(() => startNode({ config: long }), /INIT.* TOO_LONG/);
  assert.equal(startNode({ config }).node.sampleRateHz, model.sampleRateHz);
});

test("a memory too small for the node's regions is refused with FULL", () => {
  assert.throws(() => startNode({ memorySizeBytes: 65_536 }), /INIT init\(\) answered FULL/);
});

test("a source below one ADC block, or a start outside it, is a bug of the caller", () => {
  const samples = model.samples.subarray(0, 127);
  assert.throws(() => startNode({ samples }), /at least one ADC block/);
  for (const firstSample of [-1, model.samples.length, 0.5]) {
    assert.throws(() => startNode({ firstSample }), /first sample/, String(firstSample));
  }
});

test("the node ends after its windows, and stays ended", () => {
  for (const windowLimit of [1, 3]) {
    const { node, frames } = startNode({ config: configOf(windowLimit) });
    // Sixteen blocks are one window; the end is told in the tick that closes the last.
    assert.equal(finish(node), 16 * windowLimit);
    assert.equal(node.seconds, (windowLimit * LIMIT_WINDOW_SIZE) / model.sampleRateHz);
    assert.equal(frames.length, 4 * windowLimit);
    assert.equal(node.tick(), false);
    assert.equal(frames.length, 4 * windowLimit);
  }
});

for (const [length, firstSample] of [
  [128, 0],
  [300, 299],
  [2049, 1000],
  [4096, 2048],
] as const) {
  test(`a source of ${length} samples begins again at its end, from sample ${firstSample} on`, () => {
    const samples = Int16Array.from({ length }, (_, i) => i * 7 - 900);
    const { node, frames } = startNode({ config: configOf(5), samples, firstSample });
    finish(node);
    const waveforms = frames.filter((frame) => writerOf(frame) === WRITER_WAVEFORM);
    assert.equal(waveforms.length, 5);
    waveforms.forEach((frame, window) => {
      for (let i = 0; i < PICTURE_WAVEFORM_COUNT; i++) {
        const at = (firstSample + window * LIMIT_WINDOW_SIZE + i) % length;
        assert.equal(view(frame).getInt16(ARRAY_AT + 2 * i, true), samples[at], `${window}:${i}`);
      }
    });
  });
}

test("frames the link refuses are counted by the node and seen as lost by the gateway", async () => {
  let offered = 0;
  const refused: number[] = [];
  // The first and the last frame pass, so that every loss lies between two arrivals.
  const { node, frames } = startNode({
    config: configOf(12),
    link: (frame) => {
      if (offered++ % 3 !== 1) return 0;
      refused.push(sequenceOf(frame));
      return STATUS_BUSY;
    },
  });
  finish(node);
  assert.equal(offered, 48);
  assert.equal(refused.length, 16);
  const missing = Array.from({ length: 48 }, (_, i) => i).filter(
    (sequence) => !frames.some((frame) => sequenceOf(frame) === sequence),
  );
  assert.deepEqual(missing, refused);
  for (const frame of frames.filter((frame) => writerOf(frame) === WRITER_FEATURES)) {
    // The counters are those from before the window whose four frames end with this one.
    const first = sequenceOf(frame) - 3;
    const refusedBefore = refused.filter((sequence) => sequence < first).length;
    assert.equal(view(frame).getUint32(COUNTERS_AT, true), first - refusedBefore, "sent");
    assert.equal(view(frame).getUint32(COUNTERS_AT + 8, true), refusedBefore, "refused");
  }
  const gateway = await DirectGateway.create();
  for (const frame of frames) assert.equal(gateway.ingest(frame, 0), 0);
  assert.equal(gateway.status().nodes[0]?.lost, refused.length);
});

test("two nodes of one module do not share state", () => {
  const alone = [1, 2].map((id) => {
    const run = startNode({ config: configOf(4, id), firstSample: 512 * id });
    finish(run.node);
    return run.frames;
  });
  const together = [1, 2].map((id) =>
    startNode({ config: configOf(4, id), firstSample: 512 * id }),
  );
  const [first, second] = together as [Run, Run];
  // The second begins in the middle of the first one's window.
  for (let i = 0; i < 23; i++) first.node.tick();
  for (let i = 0; i < 64; i++) {
    second.node.tick();
    first.node.tick();
  }
  assert.deepEqual(first.frames, alone[0]);
  assert.deepEqual(second.frames, alone[1]);
  assert.notDeepEqual(alone[0], alone[1]);
});

/** A configuration that asks the user's program for so many entries. */
function userConfig(entries: number): Uint8Array {
  const config = configOf(2);
  view(config).setUint32(NODE_CONFIG_FLAGS, entries << 8, true);
  return config;
}

test("a user's entries arrive as a message of their own, before the features", async () => {
  const { node, frames } = startNode({ module: user, config: userConfig(3) });
  finish(node);
  const order = [WRITER_WAVEFORM, WRITER_SPECTRUM, WRITER_ENVELOPE, USER_WRITER, WRITER_FEATURES];
  assert.deepEqual(frames.map(writerOf), [...order, ...order]);
  const messages = frames.filter((frame) => writerOf(frame) === USER_WRITER).map(view);
  messages.forEach((message, window) => {
    const values = [0, 1, 2].map((i) => message.getUint32(VALUE_AT + 5 * i + 1, true));
    const base = 1000 * (window + 1);
    assert.deepEqual(values, [base, base + 1, base + 2]);
  });
  const gateway = await DirectGateway.create();
  for (const frame of frames) assert.equal(gateway.ingest(frame, 0), 0);
  assert.equal(gateway.status().nodes[0]?.windows, 2);
});

test("the map takes as many entries as it says; one more ends the node with FULL", () => {
  const most = LIMIT_NODE_ENTRIES_MAX - OWN_ENTRIES;
  const { node, frames } = startNode({ module: user, config: userConfig(most) });
  finish(node);
  assert.equal(frames.length, 10);
  const over = startNode({ module: user, config: userConfig(most + 1) });
  assert.throws(
    () => finish(over.node),
    (error) =>
      error instanceof NodeFault &&
      error.kind === FAULT_NONE &&
      error.message === "step() answered FULL",
  );
  assert.equal(over.frames.length, 0);
});

// test/core/programs/traps.ts is built for a memory of two pages; on a board these are MEMORY too.
const beyond = [
  [308, "a frame one byte past the memory's end"],
  [309, "a frame of almost 2^32 bytes"],
  [310, "samples one byte past the memory's end"],
  [311, "2^31 samples and a few"],
  [312, "a record one byte past the memory's end"],
] as const;

test("what the port is asked to touch past the memory's end is a MEMORY fault", async () => {
  const program = join(packageRoot, "test/core/programs/traps.ts");
  const module = loadNodeModule(await buildWasm({ program, memorySizeBytes: 131_072 }));
  const run = (flags: number) => {
    const config = configOf(1);
    view(config).setUint32(NODE_CONFIG_FLAGS, flags, true);
    const started = startNode({ module, memorySizeBytes: 131_072, config });
    finish(started.node);
    return started.frames;
  };
  assert.equal(run(0).length, 1);
  for (const [flags, what] of beyond) {
    assert.throws(
      () => run(flags),
      (error) => error instanceof NodeFault && error.kind === FAULT_MEMORY,
      what,
    );
  }
});

// test/core/programs/breaks.ts: publisher k runs into the line that is marked `// k`.
const breaks = [
  [1, FAULT_MEMORY, "a load past the memory"],
  [2, FAULT_DIVIDE_BY_ZERO, "a division by zero"],
  [3, FAULT_DIVIDE_BY_ZERO, "a remainder by zero"],
  [4, FAULT_INTEGER_OVERFLOW, "the least integer divided by -1"],
  [5, FAULT_UNREACHABLE, "unreachable"],
  [6, FAULT_EXHAUSTION, "a recursion without end"],
  [7, FAULT_MEMORY, "a copy from past the memory"],
  [8, FAULT_MEMORY, "an atomic at an odd place"],
  [9, FAULT_MEMORY, "a frame past the memory"],
  [10, FAULT_EXHAUSTION, "a recursion that sends frames"],
  [11, FAULT_UNREACHABLE, "unreachable in init()"],
  [12, FAULT_MEMORY, "a store past the memory in tick()"],
] as const;
const breaksFile = "test/core/programs/breaks.ts";
const buildBreaks = () =>
  buildWasm({ program: join(packageRoot, breaksFile), memorySizeBytes: MEMORY_SIZE });

for (const [publisherId, kind, what] of breaks) {
  test(`${what} is a fault of the node, ${FAULT_NAMES[kind]}, at its line`, async () => {
    const wasm = await buildBreaks();
    const run = () =>
      startNode({ module: loadNodeModule(wasm), config: configOf(1, publisherId) }).node.tick();
    const fault = thrown(run);
    assert.ok(fault instanceof NodeFault, String(fault));
    assert.equal(fault.kind, kind);
    assert.match(fault.message, new RegExp(`^${FAULT_NAMES[kind]}( port: .*)?$`));
    const at = await sourceLineAt(wasm, fault.offset ?? -1);
    assert.equal(at?.file, breaksFile);
    const rows = readFileSync(join(packageRoot, breaksFile), "utf8").split("\n");
    assert.match(rows[(at?.line ?? 0) - 1] ?? "", new RegExp(` // ${publisherId}$`));
  });
}

function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

test("what the link's taker throws stays its own, be it the trap of another module", () => {
  // (module (func (export "f") unreachable))
  const bytes = "0061736d0100000001040160000003020100070501016600000a05010300000b";
  const other = new WebAssembly.Module(Buffer.from(bytes, "hex"));
  const trap = new WebAssembly.Instance(other).exports["f"] as () => void;
  for (const taker of [
    trap,
    () => {
      throw new RangeError("an offset");
    },
  ]) {
    const { node } = startNode({
      link: () => {
        taker();
        return 0;
      },
    });
    const error = thrown(() => finish(node));
    assert.ok(error instanceof Error && !(error instanceof NodeFault), String(error));
  }
});

test("an offset at which no instruction begins has no line", async () => {
  assert.equal(await sourceLineAt(await buildBreaks(), 3), undefined);
});
