import { PipelineError } from '../../core/index.ts';
import { createRegisteredRecordReader } from '../../streams/index.ts';
import type { SchemaSource, TopicMessage } from '../../streams/index.ts';
import { isConfluentMessage } from '../outputs/avro-values.ts';
import { DEAD_LETTER_FIELDS } from '../outputs/dead-letter-schema.ts';
import { letterOfAvro, letterOfJson } from './stored-letter.ts';
import type { StoredLetter } from './stored-letter.ts';

/**
 * Reads messages of a topic of dead letters, JSON and Avro alike, since the format may have been changed; `null` for one
 * that is no letter.
 *
 * @throws PipelineError REGISTRY_UNREACHABLE
 */
export type LetterMessageReader = (message: TopicMessage) => Promise<StoredLetter | null>;

/** @param registry where the schemas of Avro letters are found */
export function createLetterMessageReader(registry: SchemaSource): LetterMessageReader {
  const reader = createRegisteredRecordReader(registry, DEAD_LETTER_FIELDS);
  return async ({ topic, partition, offset, timestampMs, value }) => {
    const at = { place: { topic, partition, offset }, atMs: timestampMs };
    if (value === null) return null;
    if (!isConfluentMessage(value)) return letterOfJson(value.toString('utf8'), at);
    const read = await reader.read(value);
    if (read.ok) return letterOfAvro(read.value, at);
    const { code, reason } = read.rejection;
    if (code === 'REGISTRY_UNREACHABLE') throw new PipelineError(code, reason);
    return null;
  };
}
