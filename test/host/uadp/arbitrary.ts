// fast-check generators of UADP messages: every optional part, element type and encoding.
import fc from "fast-check";
import { elementSize, type Field, type Header } from "./codec.ts";
import type { ReferenceDataSet, ReferenceField, ReferenceMessage } from "./reference.ts";
import { u8, u32 } from "./reference.ts";

const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const bytes = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((array) => Buffer.from(array));

/**
 * A value of a type from 2 to 11 or DateTime; Boolean has tests of its own (any byte but 0 is
 * true).
 */
export const field: fc.Arbitrary<Field> = fc
  .record({
    type: fc.constantFrom(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13),
    isArray: fc.boolean(),
    length: fc.integer({ min: 0, max: 12 }),
  })
  .chain(({ type, isArray, length }) => {
    const count = isArray ? length : 1;
    return bytes(count * elementSize(type)).map((data) => ({ type, isArray, count, data }));
  });

export const header: fc.Arbitrary<Header> = fc.record({
  publisherId: uint32,
  writerGroupId: uint16,
  groupVersion: uint32,
  networkMessageNumber: uint16,
  sequenceNumber: uint16,
  dataSetWriterId: uint16,
  dataSetSequence: uint16,
  status: uint16,
  timestamp: int64,
});

/** The field as a Variant: type byte, count of an array, elements. */
export function variantOf({ type, isArray, count, data }: Field): Buffer {
  return Buffer.concat(isArray ? [u8(type | 0x80), u32(count), data] : [u8(type), data]);
}

/** A DataSetMessage and the fields that are in it. */
export interface DataSetCase {
  dataSet: ReferenceDataSet;
  values: Field[];
}

const dataSetCase: fc.Arbitrary<DataSetCase> = fc
  .record({
    writerId: uint16,
    isDataValue: fc.boolean(),
    type: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
    sequence: maybe(uint16),
    timestamp: maybe(int64),
    picoseconds: maybe(uint16),
    status: maybe(uint16),
    majorVersion: maybe(uint32),
    minorVersion: maybe(uint32),
    fields: fc.array(
      fc.record({
        value: field,
        index: uint16,
        status: maybe(uint32),
        sourceTimestamp: maybe(int64),
        sourcePicoseconds: maybe(uint16),
        serverTimestamp: maybe(int64),
        serverPicoseconds: maybe(uint16),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ isDataValue, fields, ...rest }) => {
    // The standard gives events the Variant encoding only, and keep-alives no fields.
    const encoding = isDataValue && rest.type !== 2 ? 2 : 0;
    const kept = rest.type === 3 ? [] : fields;
    const encoded = kept.map(
      ({ value, ...other }) => ({ variant: variantOf(value), ...other }) as ReferenceField,
    );
    return {
      dataSet: { ...rest, encoding, fields: encoded },
      values: kept.map(({ value }) => value),
    };
  });

/** Any data message that the standard allows, unsecured, within 1,500 bytes. */
export const message: fc.Arbitrary<{ message: ReferenceMessage; cases: DataSetCase[] }> = fc
  .record({
    publisherId: maybe(
      fc.oneof(
        ...([0, 1, 2, 3] as const).map((type) =>
          fc
            .bigInt({ min: 0n, max: 2n ** BigInt(8 << type) - 1n })
            .map((value) => ({ type, value })),
        ),
        fc.string({ minLength: 1, maxLength: 20 }).map((value) => ({ type: 4 as const, value })),
      ),
    ),
    classId: maybe(bytes(16)),
    group: maybe(
      fc.record({
        writerGroupId: maybe(uint16),
        version: maybe(uint32),
        messageNumber: maybe(uint16),
        sequence: maybe(uint16),
      }),
    ),
    hasPayloadHeader: fc.boolean(),
    timestamp: maybe(int64),
    picoseconds: maybe(uint16),
    promoted: maybe(fc.integer({ min: 0, max: 9 }).chain(bytes)),
    security: maybe(
      fc.record({ tokenId: uint32, nonce: fc.integer({ min: 0, max: 9 }).chain(bytes) }),
    ),
    cases: fc.array(dataSetCase, { minLength: 1, maxLength: 3 }),
  })
  .map(({ cases, ...rest }) => {
    // Without PayloadHeader there is no count, so there is one DataSetMessage.
    const kept = rest.hasPayloadHeader ? cases : cases.slice(0, 1);
    return { message: { ...rest, dataSets: kept.map(({ dataSet }) => dataSet) }, cases: kept };
  });
