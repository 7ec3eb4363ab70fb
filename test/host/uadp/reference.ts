// A second UADP encoder, written from OPC 10000-14, 7.2.4 alone: every header field optional.
//
// The decoder under test is compared with what was put in here. It shares no constant with the
// core.

export type PublisherId = { type: 0 | 1 | 2 | 3; value: bigint } | { type: 4; value: string };

export interface ReferenceField {
  /** First byte of the Variant, and what follows it. */
  variant: Buffer;
  /** Delta frames only. */
  index?: number;
  /** DataValue encoding only. */
  status?: number;
  sourceTimestamp?: bigint;
  sourcePicoseconds?: number;
  serverTimestamp?: bigint;
  serverPicoseconds?: number;
}

export interface ReferenceDataSet {
  writerId: number;
  encoding: 0 | 1 | 2;
  type: 0 | 1 | 2 | 3;
  sequence?: number | undefined;
  timestamp?: bigint | undefined;
  picoseconds?: number | undefined;
  status?: number | undefined;
  majorVersion?: number | undefined;
  minorVersion?: number | undefined;
  fields: ReferenceField[];
}

export interface ReferenceMessage {
  publisherId?: PublisherId | undefined;
  classId?: Buffer | undefined;
  group?:
    | {
        writerGroupId?: number | undefined;
        version?: number | undefined;
        messageNumber?: number | undefined;
        sequence?: number | undefined;
      }
    | undefined;
  hasPayloadHeader: boolean;
  timestamp?: bigint | undefined;
  picoseconds?: number | undefined;
  promoted?: Buffer | undefined;
  /** An unsecured SecurityHeader: neither signed nor encrypted. */
  security?: { tokenId: number; nonce: Buffer; footer?: Buffer | undefined } | undefined;
  dataSets: ReferenceDataSet[];
}

export function u8(value: number): Buffer {
  return Buffer.of(value);
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function i64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** The part if the value is there. */
function optional<T>(value: T | undefined, encode: (value: T) => Buffer): Buffer {
  return value === undefined ? Buffer.alloc(0) : encode(value);
}

function bit(value: unknown, place: number): number {
  return value === undefined || value === false ? 0 : 1 << place;
}

export function encodeMessage(message: ReferenceMessage): Buffer {
  const { publisherId, group, security, dataSets } = message;
  const extended2 = bit(message.promoted, 1);
  const extended1 =
    (publisherId?.type ?? 0) |
    bit(message.classId, 3) |
    bit(security, 4) |
    bit(message.timestamp, 5) |
    bit(message.picoseconds, 6) |
    (extended2 ? 0x80 : 0);
  const flags =
    1 |
    bit(publisherId, 4) |
    bit(group, 5) |
    bit(message.hasPayloadHeader, 6) |
    (extended1 ? 0x80 : 0);
  const payloads = dataSets.map(encodeDataSet);
  return Buffer.concat([
    u8(flags),
    extended1 ? u8(extended1) : Buffer.alloc(0),
    extended2 ? u8(extended2) : Buffer.alloc(0),
    optional(publisherId, encodePublisherId),
    message.classId ?? Buffer.alloc(0),
    optional(group, encodeGroup),
    message.hasPayloadHeader ? u8(dataSets.length) : Buffer.alloc(0),
    ...(message.hasPayloadHeader ? dataSets.map(({ writerId }) => u16(writerId)) : []),
    optional(message.timestamp, i64),
    optional(message.picoseconds, u16),
    optional(message.promoted, (bytes) => Buffer.concat([u16(bytes.length), bytes])),
    optional(security, ({ tokenId, nonce, footer }) =>
      Buffer.concat([
        u8(footer ? 4 : 0),
        u32(tokenId),
        u8(nonce.length),
        nonce,
        optional(footer, (bytes) => u16(bytes.length)),
      ]),
    ),
    ...(payloads.length > 1 ? payloads.map((bytes) => u16(bytes.length)) : []),
    ...payloads,
    security?.footer ?? Buffer.alloc(0),
  ]);
}

function encodePublisherId(id: PublisherId): Buffer {
  if (id.type === 4) {
    const text = Buffer.from(id.value);
    return Buffer.concat([u32(text.length), text]);
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(id.value);
  return bytes.subarray(0, 1 << id.type);
}

function encodeGroup(group: NonNullable<ReferenceMessage["group"]>): Buffer {
  const flags =
    bit(group.writerGroupId, 0) |
    bit(group.version, 1) |
    bit(group.messageNumber, 2) |
    bit(group.sequence, 3);
  return Buffer.concat([
    u8(flags),
    optional(group.writerGroupId, u16),
    optional(group.version, u32),
    optional(group.messageNumber, u16),
    optional(group.sequence, u16),
  ]);
}

export function encodeDataSet(dataSet: ReferenceDataSet): Buffer {
  const { type, encoding, fields } = dataSet;
  const flags2 = type | bit(dataSet.timestamp, 4) | bit(dataSet.picoseconds, 5);
  const flags1 =
    1 |
    (encoding << 1) |
    bit(dataSet.sequence, 3) |
    bit(dataSet.status, 4) |
    bit(dataSet.majorVersion, 5) |
    bit(dataSet.minorVersion, 6) |
    (flags2 ? 0x80 : 0);
  return Buffer.concat([
    u8(flags1),
    flags2 ? u8(flags2) : Buffer.alloc(0),
    optional(dataSet.sequence, u16),
    optional(dataSet.timestamp, i64),
    optional(dataSet.picoseconds, u16),
    optional(dataSet.status, u16),
    optional(dataSet.majorVersion, u32),
    optional(dataSet.minorVersion, u32),
    type === 3 || encoding === 1 ? Buffer.alloc(0) : u16(fields.length),
    ...(type === 3 ? [] : fields.map((field) => encodeField(field, type === 1, encoding === 2))),
  ]);
}

function encodeField(field: ReferenceField, isDelta: boolean, isDataValue: boolean): Buffer {
  const index = isDelta ? u16(field.index ?? 0) : Buffer.alloc(0);
  if (!isDataValue) return Buffer.concat([index, field.variant]);
  const mask =
    1 |
    bit(field.status, 1) |
    bit(field.sourceTimestamp, 2) |
    bit(field.serverTimestamp, 3) |
    bit(field.sourcePicoseconds, 4) |
    bit(field.serverPicoseconds, 5);
  return Buffer.concat([
    index,
    u8(mask),
    field.variant,
    optional(field.status, u32),
    optional(field.sourceTimestamp, i64),
    optional(field.sourcePicoseconds, u16),
    optional(field.serverTimestamp, i64),
    optional(field.serverPicoseconds, u16),
  ]);
}
