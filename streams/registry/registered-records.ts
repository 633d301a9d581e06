import { rejected } from '../../core/index.ts';
import type { Result } from '../../core/index.ts';
import { compileRecordReader } from '../avro/record-reader.ts';
import type { RecordReader } from '../avro/record-reader.ts';
import { parseSchema } from '../avro/schema-nodes.ts';
import type { SchemaDocument } from '../avro/schema-nodes.ts';
import type { AvroRecord, Projection } from '../surveys/adapter.ts';
import { CONFLUENT_HEADER_BYTES, confluentSchemaId } from './confluent.ts';
import type { SchemaSource } from './schema-registry.ts';

/** Reads messages in Confluent wire format that are not alerts: never throws, whatever the bytes. */
export interface RegisteredRecordReader {
  /** The wanted fields of the record; a field that its writer did not know is absent. */
  read(message: Buffer): Promise<Result<AvroRecord>>;
}

/** Readers of one record by their writers' schemas: versions of one subject, so few. */
const READERS_MAX = 64;

/** @param wanted fields to read, whichever version of the schema they were written by */
export function createRegisteredRecordReader(
  registry: SchemaSource,
  wanted: Projection,
): RegisteredRecordReader {
  const readers = new Map<SchemaDocument, Result<RecordReader>>();
  const readerOf = (document: SchemaDocument): Result<RecordReader> => {
    const known = readers.get(document);
    if (known !== undefined) return known;
    if (readers.size >= READERS_MAX) readers.clear();
    const reader = compiled(document, wanted);
    readers.set(document, reader);
    return reader;
  };
  return {
    async read(message) {
      const wireId = confluentSchemaId(message);
      if (wireId === null) {
        const head = message.subarray(0, CONFLUENT_HEADER_BYTES).toString('hex');
        return rejected(
          'FORMAT_UNKNOWN',
          `Cannot read a message in Confluent wire format: its ${message.length} bytes begin with 0x${head}`,
        );
      }
      const document = await registry.schema(wireId);
      if (!document.ok) return document;
      const reader = readerOf(document.value);
      if (!reader.ok) return reader;
      const read = reader.value.read(message, CONFLUENT_HEADER_BYTES);
      return read.ok ? { ok: true, value: read.value.record } : read;
    },
  };
}

function compiled(document: SchemaDocument, wanted: Projection): Result<RecordReader> {
  const top = parseSchema(document);
  if (!top.ok) return top;
  const { value: node } = top;
  if (node.kind !== 'record') {
    return rejected('SCHEMA_INVALID', `Cannot read a message as a record: its schema is of a ${node.kind}`);
  }
  return compileRecordReader(node, new Map([[node, { fields: wanted, presence: [] }]]));
}
