import type { RetryPosition, SourcePosition } from '../../core/index.ts';

function optional(type: string, name: string, doc: string): object {
  return { name, type: ['null', type], default: null, doc };
}

/** A position in Avro: flat, since of topic and file only one is there. */
export const SOURCE_SCHEMA = {
  type: 'record',
  name: 'source',
  doc: 'Where the packet lies: in a topic, or in a file. Where it came again after it was a dead letter, retry* says by what.',
  fields: [
    optional('string', 'topic', 'Topic of the survey, with partition and offset'),
    optional('int', 'partition', 'Partition of the topic'),
    optional('long', 'offset', 'Offset in the partition'),
    optional('string', 'file', 'File, or archive, as the user named it'),
    optional('string', 'member', 'Name inside the archive'),
    optional('int', 'memberIndex', 'Zero-based number of the member in its archive'),
    optional('int', 'index', 'Zero-based number of the packet in its message, file or member'),
    optional('string', 'retryTopic', 'Topic through which it came again'),
    optional('int', 'retryPartition', 'Partition of that topic'),
    optional('long', 'retryOffset', 'Offset in that partition'),
    optional('string', 'retryFile', 'File of dead letters from which it came again'),
    optional('int', 'retryIndex', 'Zero-based number of its line in that file'),
  ],
} as const;

type FlatSource = Readonly<Record<string, string | number | bigint | null>>;

/** A position as `SOURCE_SCHEMA` has it. */
export function flatSource(source: SourcePosition): FlatSource {
  const { retry, ...place } = source;
  const flat: Record<string, string | number | bigint | null> = {};
  for (const { name } of SOURCE_SCHEMA.fields as readonly { readonly name: string }[]) flat[name] = null;
  Object.assign(flat, place);
  if (retry === undefined) return flat;
  const again =
    'topic' in retry
      ? { retryTopic: retry.topic, retryPartition: retry.partition, retryOffset: retry.offset }
      : { retryFile: retry.file, retryIndex: retry.index };
  return { ...flat, ...again };
}

/** The position of a record that was read by `SOURCE_SCHEMA`; `null` where it is none. */
export function sourceOfFlat(flat: unknown): SourcePosition | null {
  if (typeof flat !== 'object' || flat === null) return null;
  const value = flat as FlatSource;
  const index = optionalNumber(value['index']);
  const retry = retryOfFlat(value);
  const rest = { ...(index === null ? {} : { index }), ...(retry === null ? {} : { retry }) };
  const { topic, partition, offset, file, member } = value;
  if (typeof topic === 'string' && typeof partition === 'number' && typeof offset === 'bigint') {
    return { topic, partition, offset, ...rest };
  }
  if (typeof file !== 'string' || index === null) return null;
  const memberIndex = optionalNumber(value['memberIndex']);
  return {
    file,
    ...(typeof member === 'string' ? { member } : {}),
    ...(memberIndex === null ? {} : { memberIndex }),
    index,
    ...(retry === null ? {} : { retry }),
  };
}

function retryOfFlat(value: FlatSource): RetryPosition | null {
  const { retryTopic: topic, retryPartition: partition, retryOffset: offset } = value;
  if (typeof topic === 'string' && typeof partition === 'number' && typeof offset === 'bigint') {
    return { topic, partition, offset };
  }
  const { retryFile: file, retryIndex: index } = value;
  return typeof file === 'string' && typeof index === 'number' ? { file, index } : null;
}

function optionalNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
