import avro from 'avsc';

const LONG_BYTES = 8;

/** 64-bit integers as `bigint`: avsc's own are numbers, and refuse those beyond 2^53. */
const bigLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(LONG_BYTES);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** Encodes values of one Avro schema. */
export interface AvroValues {
  /** The schema as it is registered. */
  readonly schemaText: string;
  encode(value: unknown): Buffer;
}

/** @param schema Avro; unions hold their values unwrapped, longs are `bigint` */
export function createAvroValues(schema: object): AvroValues {
  const type = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: false, registry: { long: bigLong } });
  return { schemaText: JSON.stringify(schema), encode: (value) => type.toBuffer(value) };
}

/** Byte 0, schema id as 4 bytes big-endian, body. JSON never begins with it. */
const CONFLUENT_MAGIC = 0;
const CONFLUENT_HEAD_BYTES = 5;

/**
 * A message in Confluent wire format.
 *
 * @source Confluent Schema Registry documentation, "Wire format"
 */
export function confluentMessage(wireId: number, body: Buffer): Buffer {
  const message = Buffer.alloc(CONFLUENT_HEAD_BYTES + body.length, CONFLUENT_MAGIC);
  message.writeUInt32BE(wireId, 1);
  body.copy(message, CONFLUENT_HEAD_BYTES);
  return message;
}

/** True for a message that is in Confluent wire format, if it is one of ours. */
export function isConfluentMessage(value: Buffer): boolean {
  return value[0] === CONFLUENT_MAGIC;
}
