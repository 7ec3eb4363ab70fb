// What the page keeps of the gateway's messages, and the words it makes of a window's features.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as spec from "../../host/base/spec.ts";
import { NO_MAPS, type NodeStatus, type StatusMessage } from "../../host/gateway/messages.ts";
import { decodeFeatures, nearestDefect } from "../../host/page/client/features.ts";
import { Fleet } from "../../host/page/client/fleet.ts";
import { formatG, formatHz, formatSpan } from "../../host/page/client/format.ts";
import { simulatedWords, stateOf } from "../../host/page/client/state.ts";
import { Trend } from "../../host/page/client/trend.ts";
import { opcDateTime } from "../../host/recording/config.ts";

const Q16 = 65_536;

/** Feature words of a window whose strongest envelope line is `peakHz` at `snr` x median. */
function featureWords(windowIndex: number, peakHz: number, snr: number): number[] {
  const words = new Array<number>(spec.FEATURE_VALUE_COUNT).fill(0);
  const set = (offset: number, value: number) => {
    words[offset / 4] = Math.round(value);
  };
  set(spec.FEATURE_RMS_Q8, 1000 * 256);
  set(spec.FEATURE_KURTOSIS_Q16, 3.5 * Q16);
  set(spec.FEATURE_ENVELOPE_PEAK_MILLI_HZ, peakHz * 1000);
  set(spec.FEATURE_ENVELOPE_PEAK_SNR_Q16, snr * Q16);
  set(spec.FEATURE_BPFO_MILLI_HZ, 107_364);
  set(spec.FEATURE_BPFI_MILLI_HZ, 162_186);
  set(spec.FEATURE_BSF_MILLI_HZ, 141_169);
  set(spec.FEATURE_FTF_MILLI_HZ, 11_929);
  set(spec.FEATURE_BPFO_SNR_Q16, snr * Q16);
  set(spec.FEATURE_WINDOW_INDEX, windowIndex);
  set(spec.FEATURE_ENVELOPE_FILL, spec.LIMIT_ENVELOPE_SIZE);
  return words;
}

/** A snapshot of one node, as spec/snapshot.md draws it. */
function encodeSnapshot(
  publisherId: number,
  fields: [writer: number, field: number, values: FieldArray][],
): ArrayBuffer {
  const sizes = fields.map(([, , values]) => 8 + Math.ceil(values.byteLength / 8) * 8);
  const dataStart = spec.SNAPSHOT_DIRECTORY + fields.length * 16;
  const dataSize = sizes.reduce((sum, size) => sum + size, 0);
  const buffer = new ArrayBuffer(dataStart + dataSize + 8);
  const view = new DataView(buffer);
  view.setUint32(spec.SNAPSHOT_LENGTH, buffer.byteLength, true);
  view.setUint32(spec.SNAPSHOT_MAGIC, spec.SNAPSHOT_VALUE_MAGIC, true);
  view.setUint32(spec.SNAPSHOT_SEQUENCE, 5, true);
  view.setUint32(spec.SNAPSHOT_COUNT, fields.length, true);
  view.setBigInt64(spec.SNAPSHOT_TIME, opcDateTime(Date.UTC(2024, 0, 1)), true);
  view.setUint32(spec.SNAPSHOT_DATA_SIZE, dataSize, true);
  view.setUint32(buffer.byteLength - 8, 5, true);
  let offset = dataStart;
  fields.forEach(([writer, field, values], i) => {
    const entry = spec.SNAPSHOT_DIRECTORY + i * 16;
    view.setUint32(entry, (writer << 16) | field, true);
    view.setUint32(entry + 4, publisherId, true);
    view.setUint32(entry + 8, offset, true);
    view.setUint32(entry + 12, sizes[i]!, true);
    view.setUint8(offset, FIELD_TYPES.get(values.constructor)!);
    view.setUint8(offset + 1, 1);
    view.setUint32(offset + 4, values.length, true);
    new Uint8Array(buffer, offset + 8).set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
    offset += sizes[i]!;
  });
  return buffer;
}

type FieldArray = Uint8Array | Int16Array | Uint16Array | Uint32Array;
const FIELD_TYPES = new Map<unknown, number>([
  [Uint8Array, spec.FIELD_TYPE_BYTE],
  [Int16Array, spec.FIELD_TYPE_INT16],
  [Uint16Array, spec.FIELD_TYPE_UINT16],
  [Uint32Array, spec.FIELD_TYPE_UINT32],
]);

function nodeSnapshot(publisherId: number, windowIndex: number): ArrayBuffer {
  return encodeSnapshot(publisherId, [
    [spec.WRITER_FEATURES, 0, Uint32Array.from(featureWords(windowIndex, 107.4, 40))],
    [spec.WRITER_FEATURES, 1, Uint32Array.of(12_000, 406_088, 29_950, 8, 3)],
    [spec.WRITER_FEATURES, 2, Uint32Array.of(44, 1, 2, 0)],
    [spec.WRITER_FEATURES, 3, Uint8Array.from(Buffer.from("outer\0\0\0"))],
    [spec.WRITER_WAVEFORM, 0, Int16Array.of(-3, 0, 3)],
    [spec.WRITER_WAVEFORM, 1, Uint32Array.of(windowIndex)],
    [spec.WRITER_SPECTRUM, 0, Uint16Array.of(1, 2)],
    [spec.WRITER_ENVELOPE, 0, Uint16Array.of(65_535)],
  ]);
}

function status(nodes: Partial<NodeStatus>[], uptimeMs = 1000, bytes = 0): StatusMessage {
  const zero = {
    frames: 0,
    lost: 0,
    duplicates: 0,
    reordered: 0,
    restarts: 0,
    notStored: 0,
    windows: 0,
  };
  return {
    type: "status",
    uptimeMs,
    simulated: [],
    map: NO_MAPS,
    nodes: nodes.map((node) => ({
      ...zero,
      publisherId: 1,
      source: "outer",
      state: "live",
      silentMs: 0,
      sentByNode: 0,
      flags: 0,
      ...node,
    })),
    totals: { received: 0, accepted: 0, duplicates: 0, refused: {}, queueDropped: 0, bytes },
  };
}

test("a snapshot is read in place", () => {
  const fleet = new Fleet();
  const bytes = nodeSnapshot(0x80000007, 9);
  fleet.takeSnapshot(bytes);
  const node = fleet.nodes.get(0x80000007)!;
  assert.equal(node.source, "outer");
  assert.deepEqual([...node.waveform!], [-3, 0, 3]);
  assert.equal(node.waveform!.buffer, bytes);
  assert.equal(node.envelope![0], 65_535);
  assert.equal(node.setup?.gPerCount, 406_088e-9);
  assert.deepEqual(node.counters, { sent: 44, overrun: 1, refused: 2, illegalSteps: 0 });
  assert.equal(node.features?.rmsCounts, 1000);
});

test("a message that is no whole snapshot is counted and changes nothing", () => {
  const fleet = new Fleet();
  fleet.takeSnapshot(nodeSnapshot(1, 9));
  const { version } = fleet.nodes.get(1)!;
  const torn = nodeSnapshot(1, 10);
  new DataView(torn).setUint32(torn.byteLength - 8, 6, true);
  fleet.takeSnapshot(torn);
  fleet.takeSnapshot(nodeSnapshot(1, 10).slice(0, -8));
  fleet.takeSnapshot(new ArrayBuffer(0));
  assert.equal(fleet.refused, 3);
  assert.equal(fleet.nodes.get(1)!.version, version);
  assert.equal(fleet.nodes.get(1)!.features?.windowIndex, 9);
});

test("a window enters the trend once, however often its snapshot comes", () => {
  const fleet = new Fleet();
  fleet.takeSnapshot(nodeSnapshot(1, 0));
  fleet.takeSnapshot(nodeSnapshot(1, 0));
  assert.deepEqual(fleet.nodes.get(1)!.trend.seconds, [1_704_067_200], "at the snapshot's time");
});

test("a node's state is the gateway's, and its silence goes on by itself", () => {
  const fleet = new Fleet();
  fleet.takeMessage(status([{ state: "live", silentMs: 100 }]), 5000);
  const node = fleet.nodes.get(1)!;
  assert.equal(stateOf(fleet, node, true, 5000).words, "live");
  fleet.takeMessage(status([{ state: "gone", silentMs: 2000 }], 3000), 7000);
  assert.deepEqual(stateOf(fleet, node, true, 8500), { name: "gone", words: "gone since 3 s" });
  assert.equal(stateOf(fleet, node, false, 8500).name, "unknown");
  fleet.takeMessage(status([{ state: "restored", silentMs: 60_000 }], 3500), 8600);
  const restored = { name: "restored", words: "restored, 60 s old" };
  assert.deepEqual(stateOf(fleet, node, true, 8600), restored);
  fleet.takeMessage(status([{ state: "live" }], 4000), 9000);
  assert.equal(stateOf(fleet, node, true, 9000).name, "live");
});

test("a gateway that started again forgets nodes, and so does the page", () => {
  const fleet = new Fleet();
  fleet.takeMessage(status([{ publisherId: 1 }, { publisherId: 2 }]), 0);
  fleet.takeSnapshot(nodeSnapshot(3, 0));
  fleet.takeMessage(status([{ publisherId: 2 }]), 500);
  assert.deepEqual([...fleet.nodes.keys()], [2, 3], "3 has been heard and is not yet in a status");
});

test("the byte rate spans two seconds and begins again with the gateway", () => {
  const fleet = new Fleet();
  fleet.takeMessage(status([], 1000, 500), 0);
  fleet.takeMessage(status([], 2000, 5_500), 1000);
  assert.equal(fleet.byteRate, undefined);
  fleet.takeMessage(status([], 3000, 10_500), 2000);
  assert.equal(fleet.byteRate, 5000);
  fleet.takeMessage(status([], 100, 0), 3000);
  assert.equal(fleet.byteRate, undefined);
});

test("history replaces the trend, and a pause breaks its lines", () => {
  const trend = new Trend();
  const row = (ms: number, index: number) => [ms, ...featureWords(index, 107, 30)];
  trend.replace([row(1000, 0), row(1200, 1), row(9000, 2), row(9000, 3), [9100, 1]]);
  assert.deepEqual(
    trend.seconds.map((seconds) => Math.floor(seconds)),
    [1, 1, 1, 9],
  );
  assert.deepEqual(trend.rmsCounts, [1000, 1000, null, 1000]);
  assert.deepEqual(trend.bpfo, [30, 30, null, 30]);
  trend.replace([row(1000, 0)]);
  assert.deepEqual(trend.seconds, [1]);
});

test("a node whose clock begins again begins a new trend; a late window does not", () => {
  const trend = new Trend();
  const features = decodeFeatures(featureWords(0, 107, 30))!;
  for (const ms of [100_000, 100_200, 100_100]) trend.add(ms, features);
  assert.deepEqual(trend.seconds, [100, 100.2]);
  trend.add(500, features);
  assert.deepEqual(trend.seconds, [0.5]);
});

test("the trend is bounded", () => {
  const trend = new Trend();
  const features = decodeFeatures(featureWords(0, 107, 30))!;
  for (let i = 0; i < 5000; i++) trend.add(i * 100, features);
  assert.ok(trend.seconds.length > 1500 && trend.seconds.length <= 1800);
  assert.equal(trend.seconds.at(-1), 499.9);
  assert.equal(trend.ftf.length, trend.seconds.length);
});

test("a line is named only within 2 % of a defect frequency and above the noise", () => {
  const nearest = (hz: number, snr: number) =>
    nearestDefect(decodeFeatures(featureWords(0, hz, snr))!);
  assert.deepEqual(nearest(109.4, 20)?.name, "bpfo");
  assert.equal(nearest(109.4, 20)?.isNear, true);
  assert.equal(nearest(109.6, 20)?.isNear, false);
  assert.equal(nearest(162, 5)?.isNear, true);
  assert.equal(nearest(162, 4.9)?.isNear, false);
  assert.equal(nearest(162, 4.9)?.isWeak, true);
  assert.equal(nearest(141, 9)?.name, "ball");
  assert.equal(nearest(0, 0), undefined, "while the envelope is gathered");
});

test("numbers carry their unit", () => {
  assert.deepEqual([0.583, 0.0727, 0.00406, 12.34, 0, -2.5e-5].map(formatG), [
    "0.583 g",
    "0.0727 g",
    "4.06 mg",
    "12.3 g",
    "0 g",
    "-25.0 µg",
  ]);
  assert.deepEqual([107.36, 4500].map(formatHz), ["107.4 Hz", "4.50 kHz"]);
  assert.deepEqual([900, 61_000, 7_500_000].map(formatSpan), ["0 s", "61 s", "2 h 05 min"]);
});

test("what is simulated is said", () => {
  const { SIGNAL, BOARD } = {
    SIGNAL: spec.NODE_FLAG_SIMULATED_SIGNAL,
    BOARD: spec.NODE_FLAG_EMULATED_BOARD,
  };
  assert.equal(simulatedWords(SIGNAL | BOARD), "emulated board, simulated signal");
  assert.equal(simulatedWords(BOARD), "emulated board");
  assert.equal(simulatedWords(0), "");
});
