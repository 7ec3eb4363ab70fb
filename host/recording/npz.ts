// NumPy's .npz: a zip archive of .npy arrays, as far as the recordings need it.
//
// Sources: PKWARE APPNOTE 6.3 sections 4.3.7 to 4.3.16 (stored and deflated members, no zip64, no
// encryption); numpy.lib.format versions 1 to 3. Anything else is answered with BAD_INPUT, never
// guessed at.
import { inflateRawSync } from "node:zlib";
import { ToolError } from "../base/error.ts";

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
/** More than any recording has; a member that claims more is refused before it is inflated. */
const MEMBER_SIZE_MAX = 256 * 1024 * 1024;

/** The float64 values of one array, flattened. Errors: BAD_INPUT naming `label`. */
export function decodeNpzArray(bytes: Uint8Array, arrayName: string, label: string): Float64Array {
  const archive = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return decodeNpy(readMember(archive, `${arrayName}.npy`));
  } catch (error) {
    if (error instanceof NpzError) throw new ToolError("BAD_INPUT", `${label}: ${error.message}`);
    // A read past the end of a truncated archive.
    if (error instanceof RangeError) {
      throw new ToolError("BAD_INPUT", `${label}: the archive is truncated`, { cause: error });
    }
    throw error;
  }
}

class NpzError extends Error {}

/** Uncompressed bytes of a zip member. */
function readMember(archive: Buffer, name: string): Buffer {
  const end = findEndOfDirectory(archive);
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    if (archive.readUInt32LE(at) !== DIRECTORY_ENTRY) {
      throw new NpzError(`no zip directory entry at offset ${at}`);
    }
    const nameSize = archive.readUInt16LE(at + 28);
    const entryName = archive.toString("latin1", at + 46, at + 46 + nameSize);
    if (entryName === name) return inflateMember(archive, at);
    names.push(entryName);
    at += 46 + nameSize + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new NpzError(`no member ${name}; it has ${names.join(", ") || "none"}`);
}

function inflateMember(archive: Buffer, entry: number): Buffer {
  const flags = archive.readUInt16LE(entry + 8);
  const method = archive.readUInt16LE(entry + 10);
  const storedSize = archive.readUInt32LE(entry + 20);
  const size = archive.readUInt32LE(entry + 24);
  const local = archive.readUInt32LE(entry + 42);
  if ((flags & 1) !== 0) throw new NpzError("the member is encrypted");
  if (size > MEMBER_SIZE_MAX) throw new NpzError(`the member has ${size} bytes`);
  if (archive.readUInt32LE(local) !== LOCAL_HEADER) {
    throw new NpzError(`no zip local header at offset ${local}`);
  }
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  if (start + storedSize > archive.length) throw new NpzError("the archive is truncated");
  const stored = archive.subarray(start, start + storedSize);
  if (method === 0) return stored;
  if (method !== 8) throw new NpzError(`zip method ${method}, expected 0 (stored) or 8 (deflated)`);
  let inflated: Buffer;
  try {
    inflated = inflateRawSync(stored, { maxOutputLength: size });
  } catch (error) {
    throw new NpzError(`the deflated member is damaged: ${(error as Error).message}`);
  }
  if (inflated.length !== size) throw new NpzError(`${inflated.length} bytes, expected ${size}`);
  return inflated;
}

/** The end record lies in the last 22 to 65,557 bytes: it may carry a comment. */
function findEndOfDirectory(archive: Buffer): number {
  const lowest = Math.max(0, archive.length - 22 - 0xffff);
  for (let at = archive.length - 22; at >= lowest; at--) {
    if (archive.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new NpzError("not a zip archive");
}

function decodeNpy(npy: Buffer): Float64Array {
  if (npy.toString("latin1", 0, 6) !== "\x93NUMPY") throw new NpzError("not a .npy array");
  const major = npy.readUInt8(6);
  const headerStart = major === 1 ? 10 : 12;
  const headerSize = major === 1 ? npy.readUInt16LE(8) : npy.readUInt32LE(8);
  const header = npy.toString("latin1", headerStart, headerStart + headerSize);
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  if (type !== "<f8") throw new NpzError(`elements of type ${type}, expected <f8`);
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? "";
  const sizes = shape.split(",").filter((part) => part.trim() !== "");
  const count = sizes.reduce((product, part) => product * Number(part), 1);
  // One column: C and Fortran order are the same, so fortran_order need not be looked at.
  if (sizes.length === 0 || sizes.slice(1).some((part) => Number(part) !== 1)) {
    throw new NpzError(`shape (${shape}), expected one column`);
  }
  const data = headerStart + headerSize;
  if (npy.length - data < count * 8) throw new NpzError("the .npy array is truncated");
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = npy.readDoubleLE(data + i * 8);
  return values;
}
