// Writes the archives that recordings arrive in, byte by byte from their specifications.
import { crc32, deflateRawSync, deflateSync } from "node:zlib";

/** A version 1.0 .npy of one float64 column. */
export function encodeNpy(values: number[], type = "<f8", shape = `(${values.length}, 1)`): Buffer {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const header = `${text.padEnd(117)}\n`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x00\x00${header}`, "latin1");
  head.writeUInt16LE(header.length, 8);
  const data = Buffer.alloc(values.length * 8);
  for (const [i, value] of values.entries()) data.writeDoubleLE(value, i * 8);
  return Buffer.concat([head, data]);
}

/** A zip archive of the members, stored or deflated. */
export function encodeZip(members: Record<string, Buffer>, deflated: boolean): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of Object.entries(members)) {
    const stored = deflated ? deflateRawSync(data) : data;
    // The 26 bytes that local header and directory entry share: version to extra size.
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(deflated ? 8 : 0, 4);
    shared.writeUInt32LE(crc32(data), 10);
    shared.writeUInt32LE(stored.length, 14);
    shared.writeUInt32LE(data.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, Buffer.from(name), stored]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    const version = Buffer.from([20, 0]);
    directory.push(
      Buffer.concat([Buffer.from("PK\x01\x02"), version, shared, tail, Buffer.from(name)]),
    );
    bodies.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, list, end]);
}

/**
 * A level 5 MAT-file holding one struct `variable` with the scalar field `sr` and the column
 * `field`.
 */
export function encodeMat(variable: string, field: string, values: number[]): Buffer {
  const int32 = (...words: number[]) => Buffer.from(Int32Array.from(words).buffer);
  const element = (type: number, data: Buffer) =>
    Buffer.concat([int32(type, data.length), data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
  const doubles = (column: number[]) =>
    element(
      14,
      Buffer.concat([
        element(6, int32(6, 0)),
        element(5, int32(column.length, 1)),
        element(1, Buffer.alloc(0)),
        element(9, Buffer.from(Float64Array.from(column).buffer)),
      ]),
    );
  const nameSize = Buffer.from([5, 0, 4, 0, 8, 0, 0, 0]); // the small form: type 5, size 4, value 8
  const names = Buffer.concat(["sr", field].map((name) => Buffer.from(name.padEnd(8, "\0"))));
  const struct = element(
    14,
    Buffer.concat([
      element(6, int32(2, 0)),
      element(5, int32(1, 1)),
      element(1, Buffer.from(variable)),
      nameSize,
      element(1, names),
      doubles([48828]),
      doubles(values),
    ]),
  );
  const header = Buffer.alloc(128, " ");
  header.writeUInt16LE(0x0100, 124);
  header.write("IM", 126, "latin1");
  const packed = deflateSync(struct);
  return Buffer.concat([header, int32(15, packed.length), packed]);
}
