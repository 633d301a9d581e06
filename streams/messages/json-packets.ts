import { stringify } from 'lossless-json';
import { rejected } from '../../core/index.ts';
import type { Alert, Rejection, Result, SourcePosition } from '../../core/index.ts';
import type { DecodedPacket } from '../packet.ts';
import type { AvroRecord, SurveyAdapter, WriterSchemaName } from '../surveys/adapter.ts';
import { isRecord } from '../surveys/fields.ts';
import { readJson } from './json-text.ts';

/** JSON carries no writer's schema. */
const NO_SCHEMA: WriterSchemaName = { fullName: '', version: null, wireId: null };

interface JsonPacketsOptions {
  readonly withCutouts: boolean;
  /** Position of a packet; `null` for the only one. */
  readonly sourceOf: (index: number | null) => SourcePosition;
}

/**
 * The packets of a JSON message: the record, or the list of records, at the mapping's envelope.
 *
 * @param adapter one that reads JSON
 * @returns at least one packet, or why there is none
 */
export function jsonPackets(
  bytes: Buffer,
  adapter: SurveyAdapter,
  options: JsonPacketsOptions,
): readonly DecodedPacket[] | { readonly rejection: Rejection } {
  const read = readJson(bytes);
  if (!read.ok) return read;
  const envelope = adapter.json?.envelope ?? [];
  const content = contentAt(read.value, envelope);
  const records: readonly unknown[] = Array.isArray(content) ? content : [content];
  if (records.length === 0 || content === undefined) {
    const where = envelope.length === 0 ? 'it' : `"${envelope.join('.')}"`;
    const what = content === undefined ? 'is not there' : 'is an empty list';
    return rejected(
      'ALERT_INCOMPLETE',
      `Cannot read a message as alerts of ${adapter.survey}: ${where} ${what}`,
    );
  }
  return records.map((record, i) => {
    const source = options.sourceOf(records.length === 1 ? null : i);
    const result = alertOf(record, adapter, { ...options, source });
    const own = records.length === 1 ? bytes : Buffer.from(stringify(enclosed(record, envelope)) ?? '');
    return { source, result, byteLength: own.length, original: () => own };
  });
}

function alertOf(
  record: unknown,
  adapter: SurveyAdapter,
  { source, withCutouts }: { readonly source: SourcePosition; readonly withCutouts: boolean },
): Result<Alert> {
  if (!isRecord(record)) {
    const reason = `Cannot read a message as an alert of ${adapter.survey}: it must be a record, and is ${kindOf(record)}`;
    return rejected('ALERT_INCOMPLETE', reason);
  }
  return adapter.toAlert(record, { schema: NO_SCHEMA, source, withCutouts });
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function contentAt(value: unknown, envelope: readonly string[]): unknown {
  let content = value;
  for (const field of envelope) {
    if (!isRecord(content) || !Object.hasOwn(content, field)) return undefined;
    content = content[field];
  }
  return content;
}

function enclosed(record: unknown, envelope: readonly string[]): unknown {
  return envelope.reduceRight<unknown>((inner, field): AvroRecord => ({ [field]: inner }), record);
}
