import type avro from 'avsc';
import { accepted, rejected } from '../../core/index.ts';
import type { Result } from '../../core/index.ts';
import type { AvroRecord } from '../surveys/adapter.ts';
import { AvroDamage } from './avro-damage.ts';
import { avscType } from './avsc-types.ts';
import { projectedSchemas } from './projected-schema.ts';
import type { ProjectionRequest } from './projected-schema.ts';
import type { RecordNode, SchemaNode } from './schema-nodes.ts';

export interface DecodedRecord {
  readonly record: AvroRecord;
  /** Position of the first byte after it. */
  readonly end: number;
}

/**
 * Reads the wanted fields of records of one writer's schema; compiled once, then used for every packet with
 * it.
 */
export interface RecordReader {
  /**
   * The record that begins at a position. Never throws, whatever the bytes, and takes time and memory in
   * proportion to them.
   *
   * @returns AVRO_TRUNCATED where the bytes end within it, AVRO_CORRUPT where they cannot be one
   */
  read(bytes: Buffer, position: number): Result<DecodedRecord>;
}

/**
 * Compiles a reader.
 *
 * @param top a record, or a union with records among its branches
 * @param requests what to read, by the record at the top or in the top union; another branch in the bytes is
 *   AVRO_CORRUPT
 * @returns SCHEMA_INVALID where avsc cannot compile the schema (an enum with symbols that are no names, …)
 */
export function compileRecordReader(
  top: SchemaNode,
  requests: ReadonlyMap<RecordNode, ProjectionRequest>,
): Result<RecordReader> {
  try {
    const schemas = projectedSchemas(top, requests);
    const writer = avscType(schemas.writer);
    const reader = avscType(schemas.reader);
    return accepted(createReader(reader, reader.createResolver(writer), top.kind === 'union'));
  } catch (error) {
    return rejected(
      'SCHEMA_INVALID',
      `Cannot compile the writer's schema as an Avro schema: ${message(error)}`,
    );
  }
}

function createReader(
  type: avro.Type,
  resolver: ReturnType<avro.Type['createResolver']>,
  isUnion: boolean,
): RecordReader {
  return {
    read(bytes, position) {
      try {
        const decoded: { readonly value: unknown; readonly offset: number } = type.decode(
          bytes,
          position,
          resolver,
        );
        const { value, offset } = decoded;
        if (offset < 0) return truncated(bytes.length - position);
        if (typeof value !== 'object' || value === null || (isUnion && Object.keys(value).length === 0)) {
          return rejected(
            'AVRO_CORRUPT',
            "Cannot read a record as an alert: it is of another of the schema's types",
          );
        }
        return accepted({ record: value as AvroRecord, end: offset });
      } catch (error) {
        if (error instanceof AvroDamage && error.code === 'AVRO_TRUNCATED')
          return truncated(bytes.length - position);
        return rejected('AVRO_CORRUPT', `Cannot read a record as its schema says: ${message(error)}`);
      }
    },
  };
}

function truncated(byteLength: number): Result<never> {
  return rejected(
    'AVRO_TRUNCATED',
    `Cannot read a record as its schema says: its ${byteLength} bytes end before it does`,
  );
}

function message(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : String(error);
}
