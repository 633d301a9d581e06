import { accepted, rejected } from '../../core/index.ts';
import type { Config, Result } from '../../core/index.ts';
import { beginning, HEAD_BYTES } from '../archives/formats.ts';
import { ByteReader } from '../avro/byte-reader.ts';
import { BytesCache } from '../avro/bytes-cache.ts';
import { CODEC_NAMES, blockCodec } from '../avro/codecs.ts';
import { CONTAINER_MAGIC, readContainerBlocks, readContainerHeader } from '../avro/container.ts';
import type { ContainerHeader } from '../avro/container.ts';
import { compileRecordReader } from '../avro/record-reader.ts';
import type { RecordReader } from '../avro/record-reader.ts';
import { parseSchema, parseSchemaText } from '../avro/schema-nodes.ts';
import type { RecordNode, SchemaDocument } from '../avro/schema-nodes.ts';
import type { TopicMessage } from '../kafka/partition-input.ts';
import { CONFLUENT_HEADER_BYTES, confluentSchemaId } from '../registry/confluent.ts';
import type { SchemaSource } from '../registry/schema-registry.ts';
import type { AvroRecord } from '../surveys/adapter.ts';
import { isRecord } from '../surveys/fields.ts';
import { isLikeJson, readJson } from './json-text.ts';
import { messageBytes } from './message-bytes.ts';

/** Messages of topics that are no alerts' → records. */
export interface MessageRecords {
  /**
   * The one record of a message: JSON, Confluent wire format, or an Avro file, plain or gzipped. Integers are `number`
   * or `bigint`. Never throws for bad bytes.
   */
  record(message: TopicMessage): Promise<Result<AvroRecord>>;
}

export interface MessageRecordsOptions {
  readonly decode: Config['decode'];
  readonly registry: SchemaSource;
}

/** Fields of one record: each is looked up under many names. */
const FIELDS_MAX = 1000;

export function createMessageRecords(options: MessageRecordsOptions): MessageRecords {
  return new Records(options);
}

class Records implements MessageRecords {
  readonly #decode: Config['decode'];
  readonly #registry: SchemaSource;
  readonly #embedded: BytesCache<Result<RecordReader>>;
  readonly #registered = new WeakMap<SchemaDocument, Result<RecordReader>>();

  constructor({ decode, registry }: MessageRecordsOptions) {
    this.#decode = decode;
    this.#registry = registry;
    this.#embedded = new BytesCache(decode.schemasMax);
  }

  async record(message: TopicMessage): Promise<Result<AvroRecord>> {
    const held = await messageBytes(message, this.#decode);
    const read = held.ok ? await this.#read(held.value) : held;
    if (!read.ok) return read;
    const fields = Object.keys(read.value).length;
    if (fields <= FIELDS_MAX) return read;
    const reason = `Cannot take a message as a record of at most ${FIELDS_MAX} fields: current value is ${fields}`;
    return rejected('PACKET_TOO_LARGE', reason);
  }

  async #read(bytes: Buffer): Promise<Result<AvroRecord>> {
    if (isLikeJson(bytes)) return jsonRecord(bytes);
    if (bytes.subarray(0, CONTAINER_MAGIC.length).equals(CONTAINER_MAGIC)) return this.#container(bytes);
    const wireId = confluentSchemaId(bytes);
    if (wireId !== null) return this.#confluent(bytes, wireId);
    const reason = `Cannot read a message as JSON, a Confluent message or an Avro file: ${beginning(bytes.subarray(0, HEAD_BYTES))}`;
    return rejected('FORMAT_UNKNOWN', reason);
  }

  async #confluent(bytes: Buffer, wireId: number): Promise<Result<AvroRecord>> {
    const document = await this.#registry.schema(wireId);
    if (!document.ok) return document;
    const reader = this.#registered.get(document.value) ?? wholeRecordReader(document.value);
    this.#registered.set(document.value, reader);
    return reader.ok ? onlyRecord(reader.value, bytes, CONFLUENT_HEADER_BYTES) : reader;
  }

  async #container(bytes: Buffer): Promise<Result<AvroRecord>> {
    const file = new ByteReader(bytes);
    const header = await readContainerHeader(file);
    if (!header.ok) return header;
    const reader = this.#embedded.get(header.value.schema, (schema) => {
      const document = parseSchemaText(schema.toString('utf8'));
      return document.ok ? wholeRecordReader(document.value) : document;
    });
    if (!reader.ok) return reader;
    const block = await this.#onlyBlock(file, header.value);
    return block.ok ? onlyRecord(reader.value, block.value, 0) : block;
  }

  /** The content of a file's one block with its one record. */
  async #onlyBlock(file: ByteReader, header: ContainerHeader): Promise<Result<Buffer>> {
    const decompress = await blockCodec(header.codec);
    if (decompress === null) {
      const reason = `Cannot decompress an Avro file as one of ${CODEC_NAMES.join(', ')}: current value is "${header.codec.slice(0, 50)}"`;
      return rejected('AVRO_CODEC_UNKNOWN', reason);
    }
    const { blockBytesMax, packetBytesMax } = this.#decode;
    const limits = { blockBytesMax, damageBytesMax: packetBytesMax };
    let only: Buffer | null = null;
    for await (const part of readContainerBlocks(file, { header, decompress, limits })) {
      if (part.kind === 'damage') return { ok: false, rejection: part.rejection };
      if (part.count === 0) continue;
      if (only !== null || part.count > 1) return several();
      only = part.content;
    }
    return only === null
      ? rejected('FILE_EMPTY', 'Cannot read a message: it is an Avro file without records')
      : accepted(only);
  }
}

function several(): Result<never> {
  return rejected('FORMAT_UNKNOWN', 'Cannot read a message as one record: it holds several');
}

function jsonRecord(bytes: Buffer): Result<AvroRecord> {
  const read = readJson(bytes);
  if (!read.ok) return read;
  const { value } = read;
  if (!Array.isArray(value)) return isRecord(value) ? accepted(value) : several();
  const [only] = value as readonly unknown[];
  return value.length === 1 && isRecord(only) ? accepted(only) : several();
}

function onlyRecord(reader: RecordReader, bytes: Buffer, position: number): Result<AvroRecord> {
  const read = reader.read(bytes, position);
  if (!read.ok) return read;
  const { record, end } = read.value;
  return end === bytes.length
    ? accepted(record)
    : rejected(
        'AVRO_CORRUPT',
        `Cannot read a message as one record: ${bytes.length - end} bytes are left over`,
      );
}

/** Reads all fields of the record at the top, or of each in the top union. */
function wholeRecordReader(document: SchemaDocument): Result<RecordReader> {
  const top = parseSchema(document);
  if (!top.ok) return top;
  const nodes = top.value.kind === 'union' ? top.value.branches : [top.value];
  const records = nodes.filter((node): node is RecordNode => node.kind === 'record');
  if (records.length === 0) {
    return rejected('SCHEMA_INVALID', "Cannot read a message as a record: its writer's schema is of none");
  }
  const requests = records.map((node) => {
    const names = node.fields.map(({ name }) => name).filter(isPlainName);
    const fields = Object.fromEntries(names.map((name) => [name, true as const]));
    return [node, { fields, presence: [] }] as const;
  });
  return compileRecordReader(top.value, new Map(requests));
}

/** True for a name that can be a property without a meaning of its own. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !(name in Object.prototype);
}
