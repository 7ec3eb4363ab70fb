// The codec under test, compiled for the test file, with TypeScript around its linear memory.
//
// A trap (an out-of-bounds access, a failed assert) throws, so every test here also proves that
// there was none.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../../host/base/package.ts";
import * as spec from "../../../host/base/spec.ts";
import { compileWasm } from "../../../host/build/wasm.ts";

interface Exports {
  memory: WebAssembly.Memory;
  scratch(): number;
  crc32(source: number, size: number): number;
  writeEthernetHeader(target: number, publisherId: number): number;
  padFrame(frame: number, messageSize: number): number;
  parseEthernet(frame: number, size: number): number;
  encodeDataSet(
    target: number,
    capacity: number,
    header: number,
    fields: number,
    fieldCount: number,
  ): number;
  decodeNetworkMessage(source: number, size: number, out: number): number;
  fieldsBegin(message: number, index: number, cursor: number): number;
  nextField(cursor: number, target: number, capacity: number): number;
  skipField(cursor: number): number;
  verifyCheck(message: number, cursor: number): number;
}

export interface Field {
  type: number;
  isArray: boolean;
  quality?: number;
  count: number;
  /** The elements, little-endian. */
  data: Buffer;
}

export interface Header {
  publisherId: number;
  writerGroupId: number;
  groupVersion: number;
  networkMessageNumber: number;
  sequenceNumber: number;
  dataSetWriterId: number;
  dataSetSequence: number;
  status: number;
  timestamp: bigint;
}

export interface DecodedField extends Field {
  index: number;
  statusCode: number;
  sourceTimestamp: bigint;
}

/** One answer of nextField: a field, or a status below zero. */
export type FieldAnswer = DecodedField | number;

const MESSAGE_ROOM = 2048;
const FIELD_ROOM = 8192;

export class Codec {
  readonly exports: Exports;
  readonly memory: Buffer;
  /** Where messages are put so that they end with the memory: one byte too far is a trap. */
  readonly memoryEnd: number;
  readonly #record: number;
  readonly #cursor: number;
  readonly #field: number;
  readonly #work: number;

  constructor(exports: Exports) {
    this.exports = exports;
    this.memory = Buffer.from(exports.memory.buffer);
    this.memoryEnd = this.memory.length;
    this.#record = exports.scratch();
    this.#cursor = this.#record + spec.UADP_RECORD_MESSAGE_SIZE;
    this.#field = this.#cursor + spec.UADP_RECORD_CURSOR_SIZE;
    this.#work = this.#field + FIELD_ROOM;
  }

  static async compile(): Promise<Codec> {
    const folder = mkdtempSync(join(tmpdir(), "latchwork-uadp-"));
    try {
      const output = join(folder, "codec.wasm");
      const entry = join(packageRoot, "test/core/uadp/codec.ts");
      await compileWasm({ entry, target: "test", output });
      const port = {
        fault: (kind: number, _file: number, line: number) => {
          throw new Error(`fault ${kind} in line ${line}`);
        },
      };
      const { instance } = await WebAssembly.instantiate(readFileSync(output), { port });
      return new Codec(instance.exports as unknown as Exports);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  crc32(bytes: Uint8Array): number {
    const at = this.#putAtEnd(bytes);
    return this.exports.crc32(at, bytes.length) >>> 0;
  }

  /** The message, or the status. */
  encode(header: Header, fields: Field[], capacity = MESSAGE_ROOM): Buffer | number {
    const at = this.#work;
    const list = at + spec.UADP_HEADER_VALUE_SIZE;
    this.#putHeader(at, header);
    let value = (list + fields.length * 4 + 7) & ~7;
    for (const [i, field] of fields.entries()) {
      this.memory.writeUInt32LE(value, list + i * 4);
      value = this.#putField(value, field);
    }
    const target = this.memoryEnd - capacity;
    const size = this.exports.encodeDataSet(target, capacity, at, list, fields.length);
    return size < 0 ? size : Buffer.from(this.memory.subarray(target, target + size));
  }

  /** Status of decodeNetworkMessage; what it found is then in message(), dataSet() and fields(). */
  decode(bytes: Uint8Array): number {
    return this.exports.decodeNetworkMessage(this.#putAtEnd(bytes), bytes.length, this.#record);
  }

  verify(): number {
    return this.exports.verifyCheck(this.#record, this.#cursor);
  }

  message() {
    const { memory } = this;
    const at = this.#record;
    const nonce = memory.readUInt32LE(at + spec.UADP_MESSAGE_NONCE);
    return {
      present: memory.readUInt32LE(at + spec.UADP_MESSAGE_PRESENT),
      dataSetCount: memory.readUInt32LE(at + spec.UADP_MESSAGE_DATA_SET_COUNT),
      publisherId: memory.readBigUInt64LE(at + spec.UADP_MESSAGE_PUBLISHER_ID),
      timestamp: memory.readBigInt64LE(at + spec.UADP_MESSAGE_TIMESTAMP),
      writerGroupId: memory.readUInt16LE(at + spec.UADP_MESSAGE_WRITER_GROUP_ID),
      networkMessageNumber: memory.readUInt16LE(at + spec.UADP_MESSAGE_NETWORK_MESSAGE_NUMBER),
      sequenceNumber: memory.readUInt16LE(at + spec.UADP_MESSAGE_SEQUENCE_NUMBER),
      picoseconds: memory.readUInt16LE(at + spec.UADP_MESSAGE_PICOSECONDS),
      groupVersion: memory.readUInt32LE(at + spec.UADP_MESSAGE_GROUP_VERSION),
      classId: memory.readUInt32LE(at + spec.UADP_MESSAGE_CLASS_ID),
      securityTokenId: memory.readUInt32LE(at + spec.UADP_MESSAGE_SECURITY_TOKEN_ID),
      securityFlags: memory[at + spec.UADP_MESSAGE_SECURITY_FLAGS]!,
      footerSize: memory.readUInt16LE(at + spec.UADP_MESSAGE_FOOTER_SIZE),
      nonce: this.bytesAt(nonce, memory[at + spec.UADP_MESSAGE_NONCE_SIZE]!),
    };
  }

  dataSet(index: number) {
    const { memory } = this;
    const at = this.#record + spec.UADP_MESSAGE_DATA_SETS + index * spec.UADP_RECORD_DATA_SET_SIZE;
    return {
      size: memory.readUInt32LE(at + spec.UADP_DATA_SET_SIZE),
      writerId: memory.readUInt16LE(at + spec.UADP_DATA_SET_WRITER_ID),
      flags1: memory[at + spec.UADP_DATA_SET_FLAGS1]!,
      flags2: memory[at + spec.UADP_DATA_SET_FLAGS2]!,
      sequence: memory.readUInt16LE(at + spec.UADP_DATA_SET_SEQUENCE),
      status: memory.readUInt16LE(at + spec.UADP_DATA_SET_STATUS),
      timestamp: memory.readBigInt64LE(at + spec.UADP_DATA_SET_TIMESTAMP),
      majorVersion: memory.readUInt32LE(at + spec.UADP_DATA_SET_MAJOR_VERSION),
      minorVersion: memory.readUInt32LE(at + spec.UADP_DATA_SET_MINOR_VERSION),
      fieldCount: memory.readUInt16LE(at + spec.UADP_DATA_SET_FIELD_COUNT),
      picoseconds: memory.readUInt16LE(at + spec.UADP_DATA_SET_PICOSECONDS),
    };
  }

  /** Walks one DataSetMessage: its fields, the last element a status if the walk ended with one. */
  fields(index: number): FieldAnswer[] {
    const count = this.exports.fieldsBegin(this.#record, index, this.#cursor);
    if (count < 0) return [count];
    const answers: FieldAnswer[] = [];
    for (;;) {
      this.memory.fill(0xa5, this.#field, this.#field + FIELD_ROOM);
      const size = this.exports.nextField(this.#cursor, this.#field, FIELD_ROOM);
      if (size === 0) return answers;
      answers.push(size < 0 ? size : this.#fieldAt(this.#field, size));
      // UNSUPPORTED has moved on; every other status would only come again.
      if (size < 0 && size !== spec.STATUS_UNSUPPORTED) return answers;
    }
  }

  bytesAt(offset: number, size: number): Buffer {
    return Buffer.from(this.memory.subarray(offset, offset + size));
  }

  #putAtEnd(bytes: Uint8Array): number {
    this.memory.set(bytes, this.memoryEnd - bytes.length);
    return this.memoryEnd - bytes.length;
  }

  #putHeader(at: number, header: Header): void {
    const { memory } = this;
    memory.writeUInt32LE(header.publisherId, at + spec.UADP_HEADER_PUBLISHER_ID);
    memory.writeUInt32LE(header.groupVersion, at + spec.UADP_HEADER_GROUP_VERSION);
    memory.writeUInt16LE(header.writerGroupId, at + spec.UADP_HEADER_WRITER_GROUP_ID);
    memory.writeUInt16LE(header.networkMessageNumber, at + spec.UADP_HEADER_NETWORK_MESSAGE_NUMBER);
    memory.writeUInt16LE(header.sequenceNumber, at + spec.UADP_HEADER_SEQUENCE_NUMBER);
    memory.writeUInt16LE(header.dataSetWriterId, at + spec.UADP_HEADER_DATA_SET_WRITER_ID);
    memory.writeUInt16LE(header.dataSetSequence, at + spec.UADP_HEADER_DATA_SET_SEQUENCE);
    memory.writeUInt16LE(header.status, at + spec.UADP_HEADER_STATUS);
    memory.writeBigInt64LE(header.timestamp, at + spec.UADP_HEADER_TIMESTAMP);
  }

  /** Puts a FIELD and gives the next multiple of 8. */
  #putField(at: number, field: Field): number {
    this.memory[at + spec.FIELD_TYPE] = field.type;
    this.memory[at + spec.FIELD_IS_ARRAY] = field.isArray ? 1 : 0;
    this.memory.writeUInt16LE(field.quality ?? 0, at + spec.FIELD_QUALITY);
    this.memory.writeUInt32LE(field.count, at + spec.FIELD_COUNT);
    this.memory.set(field.data, at + spec.FIELD_DATA);
    return (at + spec.FIELD_DATA + field.data.length + 7) & ~7;
  }

  /** Reads a FIELD back; throws unless size and padding are as spec/snapshot.md says. */
  #fieldAt(at: number, size: number): DecodedField {
    const { memory } = this;
    const type = memory[at + spec.FIELD_TYPE]!;
    const count = memory.readUInt32LE(at + spec.FIELD_COUNT);
    const dataSize = count * elementSize(type);
    const end = spec.FIELD_DATA + dataSize;
    if (size !== ((end + 7) & ~7)) throw new Error(`field of ${end} bytes has size ${size}`);
    if (this.bytesAt(at + end, size - end).some((byte) => byte !== 0)) {
      throw new Error("padding is not zero");
    }
    if (memory[at + size] !== 0xa5) throw new Error("written past the stated size");
    return {
      type,
      isArray: memory[at + spec.FIELD_IS_ARRAY] === 1,
      quality: memory.readUInt16LE(at + spec.FIELD_QUALITY),
      count,
      data: this.bytesAt(at + spec.FIELD_DATA, dataSize),
      index: memory.readUInt32LE(this.#cursor + spec.UADP_CURSOR_INDEX),
      statusCode: memory.readUInt32LE(this.#cursor + spec.UADP_CURSOR_STATUS),
      sourceTimestamp: memory.readBigInt64LE(this.#cursor + spec.UADP_CURSOR_SOURCE_TIMESTAMP),
    };
  }
}

/** Bytes of one element, by OPC UA built-in type (OPC 10000-6, table 1). */
export function elementSize(type: number): number {
  const sizes: Record<number, number> = {
    [spec.UADP_TYPE_BOOLEAN]: 1,
    [spec.FIELD_TYPE_SBYTE]: 1,
    [spec.FIELD_TYPE_BYTE]: 1,
    [spec.FIELD_TYPE_INT16]: 2,
    [spec.FIELD_TYPE_UINT16]: 2,
    [spec.FIELD_TYPE_INT32]: 4,
    [spec.FIELD_TYPE_UINT32]: 4,
    [spec.FIELD_TYPE_INT64]: 8,
    [spec.FIELD_TYPE_UINT64]: 8,
    [spec.FIELD_TYPE_FLOAT]: 4,
    [spec.FIELD_TYPE_DOUBLE]: 8,
    [spec.UADP_TYPE_DATE_TIME]: 8,
  };
  const size = sizes[type];
  if (size === undefined) throw new Error(`type ${type} is none that a FIELD may hold`);
  return size;
}
