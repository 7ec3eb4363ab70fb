// MATLAB level 5 MAT-files, as far as recordings need them: one double field of one struct.
//
// Source: MathWorks, "MAT-File Format" (R2019b), chapter 1: 128-byte header, then elements of
// {type, size, data} padded to 8 bytes; a size above 65,535 in the type word's upper half marks the
// 4-byte "small" form; type 15 is a zlib stream holding one element. Big-endian files and level 7.3
// (HDF5) are refused.
import { inflateSync } from "node:zlib";
import { ToolError } from "../base/error.ts";

const INT8 = 1;
const DOUBLE = 9;
const MATRIX = 14;
const COMPRESSED = 15;
const CLASS_STRUCT = 2;
const INFLATED_SIZE_MAX = 256 * 1024 * 1024;

/** An element of the file: its type and its data, in place. */
interface Element {
  type: number;
  data: Buffer;
}

class MatError extends Error {}

/** Values of `variable.field`, for example bearing.gs. Errors: BAD_INPUT naming `label`. */
export function decodeMatField(
  bytes: Uint8Array,
  variable: string,
  field: string,
  label: string,
): Float64Array {
  try {
    return findField(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      variable,
      field,
    );
  } catch (error) {
    if (error instanceof MatError) throw new ToolError("BAD_INPUT", `${label}: ${error.message}`);
    if (error instanceof RangeError) {
      throw new ToolError("BAD_INPUT", `${label}: the file is truncated`, { cause: error });
    }
    throw error;
  }
}

function findField(file: Buffer, variable: string, field: string): Float64Array {
  if (file.length < 128 || file.toString("latin1", 126, 128) !== "IM") {
    throw new MatError("not a little-endian MAT-file of level 5");
  }
  for (const outer of elementsOf(file.subarray(128))) {
    const element = outer.type === COMPRESSED ? inflateElement(outer.data) : outer;
    if (element.type !== MATRIX) continue;
    // A matrix is its flags, dimensions and name, then for a struct: name size, names, one matrix a
    // field.
    const parts = elementsOf(element.data);
    if (parts[2]?.data.toString("latin1") !== variable) continue;
    if (parts[0]!.data.readUInt8(0) !== CLASS_STRUCT)
      throw new MatError(`${variable} is no struct`);
    const nameSize = parts[3]!.data.readInt32LE(0);
    const index = fieldNames(parts[4]!, nameSize).indexOf(field);
    const matrix = parts[5 + index];
    if (index < 0 || matrix === undefined) throw new MatError(`${variable} has no field ${field}`);
    return doublesOf(matrix, `${variable}.${field}`);
  }
  throw new MatError(`no variable ${variable}`);
}

function inflateElement(data: Buffer): Element {
  let inflated: Buffer;
  try {
    inflated = inflateSync(data, { maxOutputLength: INFLATED_SIZE_MAX });
  } catch (error) {
    throw new MatError(`a compressed element is damaged: ${(error as Error).message}`);
  }
  const element = elementsOf(inflated)[0];
  if (element === undefined) throw new MatError("a compressed element is empty");
  return element;
}

/** The elements that lie one after the other in `data`. */
function elementsOf(data: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 8 <= data.length; ) {
    const word = data.readUInt32LE(at);
    const smallSize = word >>> 16;
    if (smallSize !== 0) {
      elements.push({ type: word & 0xffff, data: data.subarray(at + 4, at + 4 + smallSize) });
      at += 8;
      continue;
    }
    const size = data.readUInt32LE(at + 4);
    if (at + 8 + size > data.length) throw new MatError("an element reaches past the end");
    elements.push({ type: word, data: data.subarray(at + 8, at + 8 + size) });
    // Compressed elements are not padded; everything else is, to 8 bytes.
    at += 8 + (word === COMPRESSED ? size : Math.ceil(size / 8) * 8);
  }
  return elements;
}

function fieldNames(element: Element, nameSize: number): string[] {
  if (element.type !== INT8 || nameSize < 1) throw new MatError("the struct has no field names");
  const names: string[] = [];
  for (let at = 0; at + nameSize <= element.data.length; at += nameSize) {
    names.push(element.data.toString("latin1", at, at + nameSize).replace(/\0.*$/, ""));
  }
  return names;
}

function doublesOf(matrix: Element, name: string): Float64Array {
  const values = elementsOf(matrix.data)[3];
  if (matrix.type !== MATRIX || values === undefined || values.type !== DOUBLE) {
    throw new MatError(`${name} does not hold doubles`);
  }
  const doubles = new Float64Array(values.data.length / 8);
  for (let i = 0; i < doubles.length; i++) doubles[i] = values.data.readDoubleLE(i * 8);
  return doubles;
}
