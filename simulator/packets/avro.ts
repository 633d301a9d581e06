import avsc from 'avsc';

/** An Avro schema as JSON. */
export type AvroSchema = string | readonly AvroSchema[] | { readonly [key: string]: unknown };

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: null;
}

/** Fields of a type that must be there. @param names separated by white space */
export function required(type: AvroSchema, names: string): readonly AvroField[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => ({ name, type }));
}

/** Fields that may be null, and are by default. @param names separated by white space */
export function nullable(type: AvroSchema, names: string): readonly AvroField[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => ({ name, type: ['null', type], default: null }));
}

const longScratch = Buffer.alloc(8);

/** Avro longs from and to `bigint`: survey identifiers exceed 2⁵³. */
const bigintType = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  // The writer copies the bytes before it asks for the next.
  toBuffer: (value: bigint) => {
    longScratch.writeBigInt64LE(value);
    return longScratch;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** The codec of a schema: longs are `bigint`, absent nullable fields are written as null. */
export function avroType(schema: AvroSchema): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, { registry: { long: bigintType }, wrapUnions: false });
}

/** Avro's bytes of a long in its variable-length zigzag coding. */
export function longBytes(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** The same for a small count or length. @param value whole, 0 to 2³⁰ */
function zigzag(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Avro's bytes of a byte string. */
export function bytesOf(bytes: Buffer): Buffer {
  return Buffer.concat([zigzag(bytes.length), bytes]);
}

/** Avro's bytes of a null in a union whose first branch is null. */
export const NULL_BYTES = zigzag(0);
/** Comes before a value that is the second branch of such a union. */
export const PRESENT_BYTES = zigzag(1);

/** Avro's bytes of an optional array from those of its items; null where there are none. */
export function optionalArrayBytes(items: readonly Buffer[]): Buffer {
  return items.length === 0
    ? NULL_BYTES
    : Buffer.concat([PRESENT_BYTES, zigzag(items.length), ...items, zigzag(0)]);
}

/** Avro's bytes of an optional byte string. */
export function optionalBytes(bytes: Buffer | null): Buffer {
  return bytes === null ? NULL_BYTES : Buffer.concat([PRESENT_BYTES, bytesOf(bytes)]);
}

/** Avro's bytes of a string. */
export function stringBytes(text: string): Buffer {
  return bytesOf(Buffer.from(text));
}

/** Ends every block of a container file; any sixteen bytes that do not occur by chance. */
const SYNC_MARKER = Buffer.from('4e696768746a61722073796e6320213a', 'hex');

/**
 * Header of an uncompressed Avro object container file.
 *
 * @source Apache Avro 1.11 specification, Object Container Files
 */
export function containerHeader(schema: AvroSchema): Buffer {
  return Buffer.concat([
    Buffer.from('Obj\x01', 'latin1'),
    zigzag(2),
    stringBytes('avro.schema'),
    stringBytes(JSON.stringify(schema)),
    stringBytes('avro.codec'),
    stringBytes('null'),
    zigzag(0),
    SYNC_MARKER,
  ]);
}

/** A container file of one record, and where the record begins in it. @param parts the record's bytes, in order */
export function containerFile(
  header: Buffer,
  parts: readonly Buffer[],
): { readonly bytes: Buffer; readonly recordOffset: number } {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const start = Buffer.concat([header, zigzag(1), zigzag(length)]);
  return { bytes: Buffer.concat([start, ...parts, SYNC_MARKER]), recordOffset: start.length };
}

/**
 * First bytes of a message in Confluent's wire format: a zero byte and the schema's id.
 *
 * @source Confluent Schema Registry documentation, "Wire format"
 */
export function confluentPrefix(wireId: number): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(wireId, 1);
  return prefix;
}
