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

const longBytes = Buffer.alloc(8);

/** Avro longs from and to `bigint`: survey identifiers exceed 2⁵³. */
const bigintType = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  // The writer copies the bytes before it asks for the next.
  toBuffer: (value: bigint) => {
    longBytes.writeBigInt64LE(value);
    return longBytes;
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

/** A long in Avro's variable-length zigzag coding. @param value whole, 0 to 2³⁰ */
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

function prefixed(bytes: Buffer): Buffer {
  return Buffer.concat([zigzag(bytes.length), bytes]);
}

/** Ends every block of a container file; any sixteen bytes that do not occur by chance. */
const SYNC_MARKER = Buffer.from('4e696768746a61722073796e6320213a', 'hex');

/**
 * Writes Avro object container files of one record each, uncompressed, as ZTF packs its alerts.
 *
 * @source Apache Avro 1.11 specification, Object Container Files
 */
export class ContainerWriter {
  readonly #type: avsc.Type;
  readonly #header: Buffer;

  constructor(schema: AvroSchema) {
    this.#type = avroType(schema);
    this.#header = Buffer.concat([
      Buffer.from('Obj\x01', 'latin1'),
      zigzag(2),
      prefixed(Buffer.from('avro.schema')),
      prefixed(Buffer.from(JSON.stringify(schema))),
      prefixed(Buffer.from('avro.codec')),
      prefixed(Buffer.from('null')),
      zigzag(0),
      SYNC_MARKER,
    ]);
  }

  /** @throws Error if the record does not fit the schema */
  fileOf(record: object): Buffer {
    const body = this.#type.toBuffer(record);
    return Buffer.concat([this.#header, zigzag(1), zigzag(body.length), body, SYNC_MARKER]);
  }
}

/**
 * Writes messages in Confluent's wire format: a zero byte, the schema's id, the record.
 *
 * @source Confluent Schema Registry documentation, "Wire format"
 */
export class ConfluentWriter {
  readonly #type: avsc.Type;
  readonly #prefix = Buffer.alloc(5);

  constructor(schema: AvroSchema, wireId: number) {
    this.#type = avroType(schema);
    this.#prefix.writeUInt32BE(wireId, 1);
  }

  /** @throws Error if the record does not fit the schema */
  messageOf(record: object): Buffer {
    return Buffer.concat([this.#prefix, this.#type.toBuffer(record)]);
  }
}
