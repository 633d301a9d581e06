import { accepted, positionText, rejected } from '../../core/index.ts';
import type { Config, Metadata, MetadataField, MetadataRecord, Result } from '../../core/index.ts';
import { resolveFields } from '../joins/catalogue-columns.ts';
import type { TopicMessage } from '../kafka/partition-input.ts';
import { isInRange } from '../metadata-ranges.ts';
import type { AvroRecord } from '../surveys/adapter.ts';
import { isRecord, numberFrom } from '../surveys/fields.ts';
import type { MessageRecords } from './message-records.ts';
import { subjectOf } from './record-fields.ts';
import { originOf } from './retry-headers.ts';

/**
 * The record of a message of a metadata topic: object or position, and fields of `Metadata` by their own names or those
 * of catalogues, in a record `metadata` or beside object and position. Other fields, and values that cannot be, are
 * passed over. Its id is the position of the message.
 *
 * @returns METADATA_INVALID where it names no object, or no field has a value; or why the message cannot be read
 */
export async function readMetadataMessage(
  message: TopicMessage,
  { records, join }: { readonly records: MessageRecords; readonly join: Config['join'] },
): Promise<Result<MetadataRecord>> {
  const recordId = positionText(originOf(message));
  const read = await records.record(message);
  if (!read.ok) return read;
  const invalid = (rule: string, value: string): Result<never> =>
    rejected('METADATA_INVALID', `Cannot use "${recordId}" as ${rule}: current value is ${value}`);
  const subject = subjectOf(read.value);
  if (subject === null) return invalid('a metadata record must name its object or its position', 'neither');
  const fields = fieldsOf(read.value);
  const metadata = metadataOf(fields, join.metadataColumns);
  if (Object.keys(metadata).length === 0) {
    const names = Object.keys(fields).slice(0, 20).join(', ').slice(0, 300);
    return invalid('it must have a metadata field with a possible value', names === '' ? 'no field' : names);
  }
  return accepted({ recordId, ...subject, metadata });
}

/** Fields of a record within: each is looked up under many names. */
const FIELDS_MAX = 1000;

function fieldsOf(record: AvroRecord): AvroRecord {
  const metadata = record['metadata'];
  if (!isRecord(metadata)) return record;
  return Object.keys(metadata).length <= FIELDS_MAX ? metadata : {};
}

function metadataOf(fields: AvroRecord, configured: Config['join']['metadataColumns']): Metadata {
  const named = Object.keys(fields).filter((name) => Number.isFinite(numberFrom(fields[name])));
  const known: Partial<Record<MetadataField, number>> = {};
  for (const { field, columns, value } of resolveFields(named, configured)) {
    const [first = Number.NaN, second = Number.NaN] = columns.map((name) => numberFrom(fields[name]));
    const derived = value(first, second);
    if (isInRange(field, derived)) known[field] = derived + 0;
  }
  return known;
}
