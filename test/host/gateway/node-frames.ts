// A node for tests: frames as firmware/node sends them, encoded by the core from given contents.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../../host/base/package.ts";
import * as spec from "../../../host/base/spec.ts";
import { compileWasm } from "../../../host/build/wasm.ts";
import { createMemory } from "../../../host/gateway/core.ts";

interface ProgramExports {
  init(size: number): number;
  frameIngest(frame: number, size: number, nowMs: number): number;
  ingestAll(frames: number, count: number, nowMs: number): number;
  sequenceAdmit(node: number, sequence: number, time: bigint, nowMs: number): number;
  encodeDataSet(
    target: number,
    capacity: number,
    header: number,
    fields: number,
    fieldCount: number,
  ): number;
  padFrame(frame: number, messageSize: number): number;
  writeEthernetHeader(target: number, publisherId: number): number;
  scratch(): number;
}

export interface GatewayProgram {
  exports: ProgramExports;
  bytes: Uint8Array;
  view: DataView;
  buffer: SharedArrayBuffer;
  /** Offset of the GATEWAY state. */
  state: number;
}

/** Compiles test/core/gateway/program.ts; `again` gives a fresh memory without compiling. */
export async function loadGatewayProgram(): Promise<{ again: () => GatewayProgram }> {
  const folder = mkdtempSync(join(tmpdir(), "latch-gateway-"));
  const output = join(folder, "program.wasm");
  try {
    const entry = join(packageRoot, "test/core/gateway/program.ts");
    await compileWasm({ entry, target: "gateway", output });
    const module = new WebAssembly.Module(readFileSync(output));
    return { again: () => instantiate(module) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function instantiate(module: WebAssembly.Module): GatewayProgram {
  const memory = createMemory();
  const fault = (kind: number, _file: number, line: number): never => {
    throw new Error(`core fault ${kind} at line ${line}`);
  };
  const instance = new WebAssembly.Instance(module, { env: { memory }, port: { fault } });
  const exports = instance.exports as unknown as ProgramExports;
  const state = exports.init(memory.buffer.byteLength);
  return {
    exports,
    bytes: new Uint8Array(memory.buffer),
    view: new DataView(memory.buffer),
    buffer: memory.buffer as unknown as SharedArrayBuffer,
    state,
  };
}

/** 2026-01-01 as an OPC UA DateTime. */
export const EPOCH = 134_116_992_000_000_000n;
/** 2,048 samples at 12 kHz. */
const WINDOW_TICKS = 1_706_666n;

type Elements = { type: number; size: 1 | 2 | 4; isArray: boolean; values: number[] };

const words = (values: number[]): Elements => ({
  type: spec.FIELD_TYPE_UINT32,
  size: 4,
  isArray: true,
  values,
});
const scalar = (value: number): Elements => ({ ...words([value]), isArray: false });
const halves = (type: number, values: number[]): Elements => ({
  type,
  size: 2,
  isArray: true,
  values,
});

/** Four frames a window, in the order of spec/frame.md; begins again with restart(). */
export class NodeFrames {
  readonly #program: GatewayProgram;
  readonly publisherId: number;
  #epoch: bigint;
  windowIndex = 0;
  sequence = 0;

  constructor(program: GatewayProgram, publisherId: number, epoch = EPOCH) {
    this.#program = program;
    this.publisherId = publisherId;
    this.#epoch = epoch;
  }

  restart(epoch: bigint): void {
    this.#epoch = epoch;
    this.windowIndex = 0;
    this.sequence = 0;
  }

  /** Timestamp of window `index`. */
  timeOf(index: number): bigint {
    return this.#epoch + BigInt(index) * WINDOW_TICKS;
  }

  /** The frames of the next window: waveform, spectrum, envelope, features. */
  nextWindow(): Uint8Array[] {
    const index = this.windowIndex;
    const fill = (count: number, from: number) =>
      Array.from({ length: count }, (_, i) => (from + index * 7 + i) & 0x7fff);
    const pictures: [number, Elements][] = [
      [spec.WRITER_WAVEFORM, halves(spec.FIELD_TYPE_INT16, fill(spec.PICTURE_WAVEFORM_COUNT, 1))],
      [spec.WRITER_SPECTRUM, halves(spec.FIELD_TYPE_UINT16, fill(spec.PICTURE_SPECTRUM_COUNT, 2))],
      [spec.WRITER_ENVELOPE, halves(spec.FIELD_TYPE_UINT16, fill(spec.PICTURE_ENVELOPE_COUNT, 3))],
    ];
    const frames = pictures.map(([writer, picture]) =>
      this.frame(writer, [picture, scalar(index)]),
    );
    const features = Array.from({ length: spec.FEATURE_VALUE_COUNT }, (_, i) => index * 100 + i);
    features[spec.FEATURE_WINDOW_INDEX / 4] = index;
    const source = Array.from({ length: 16 }, (_, i) => "test signal".charCodeAt(i) || 0);
    frames.push(
      this.frame(spec.WRITER_FEATURES, [
        words(features),
        words([12000, 500000, 29950, 4, spec.NODE_FLAG_SIMULATED_SIGNAL]),
        words([this.sequence, 0, 0, 0]),
        { type: spec.FIELD_TYPE_BYTE, size: 1, isArray: true, values: source },
      ]),
    );
    this.windowIndex++;
    return frames;
  }

  /** The next message of one writer, as a frame of its own. */
  frame(writer: number, fields: Elements[]): Uint8Array {
    const { exports, view, bytes } = this.#program;
    const header = exports.scratch();
    const list = header + 64;
    const frame = header + 512;
    let value = header + 4096;
    fields.forEach((field, i) => {
      view.setUint32(list + 4 * i, value, true);
      value = writeField(view, value, field);
    });
    view.setUint32(header + spec.UADP_HEADER_PUBLISHER_ID, this.publisherId, true);
    view.setUint32(header + spec.UADP_HEADER_GROUP_VERSION, spec.UADP_VALUE_GROUP_VERSION, true);
    view.setUint16(header + spec.UADP_HEADER_WRITER_GROUP_ID, 1, true);
    view.setUint16(header + spec.UADP_HEADER_NETWORK_MESSAGE_NUMBER, 1, true);
    view.setUint16(header + spec.UADP_HEADER_SEQUENCE_NUMBER, this.sequence & 0xffff, true);
    view.setUint16(header + spec.UADP_HEADER_DATA_SET_WRITER_ID, writer, true);
    view.setUint16(header + spec.UADP_HEADER_DATA_SET_SEQUENCE, this.windowIndex & 0xffff, true);
    view.setUint16(header + spec.UADP_HEADER_STATUS, 0, true);
    view.setBigInt64(header + spec.UADP_HEADER_TIMESTAMP, this.timeOf(this.windowIndex), true);
    const payload = frame + exports.writeEthernetHeader(frame, this.publisherId);
    const size = exports.encodeDataSet(payload, 1500, header, list, fields.length);
    if (size < 0) throw new Error(`encodeDataSet: ${spec.STATUS_NAMES[size]}`);
    this.sequence++;
    return bytes.slice(frame, frame + exports.padFrame(frame, size));
  }
}

/** Writes a FIELD at an offset; the offset behind it, a multiple of 8. */
function writeField(view: DataView, at: number, field: Elements): number {
  view.setUint8(at + spec.FIELD_TYPE, field.type);
  view.setUint8(at + spec.FIELD_IS_ARRAY, field.isArray ? 1 : 0);
  view.setUint16(at + spec.FIELD_QUALITY, 0, true);
  view.setUint32(at + spec.FIELD_COUNT, field.values.length, true);
  field.values.forEach((value, i) => {
    const place = at + spec.FIELD_DATA + i * field.size;
    if (field.size === 1) view.setUint8(place, value);
    else if (field.size === 2) view.setInt16(place, value, true);
    else view.setUint32(place, value, true);
  });
  return (at + spec.FIELD_DATA + field.values.length * field.size + 7) & ~7;
}
