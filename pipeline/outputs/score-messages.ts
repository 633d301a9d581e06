import { PipelineError, jsonText } from '../../core/index.ts';
import { createRegisteredRecordReader } from '../../streams/index.ts';
import type { SchemaSource, TopicMessage } from '../../streams/index.ts';
import { isConfluentMessage } from './avro-values.ts';
import { SCORE_FIELDS, scoreOfAvro } from './score-schema.ts';

/** A score as it was read back from its topic. */
export interface ScoreMessage {
  readonly survey: string;
  readonly objectId: string;
  readonly revision: number;
  /** The record as JSON. */
  readonly json: string;
}

/**
 * Reads a message of the topics of scores and candidates; `null` for one that holds no score.
 *
 * @throws PipelineError REGISTRY_UNREACHABLE
 */
export type ScoreMessageReader = (message: TopicMessage) => Promise<ScoreMessage | null>;

/**
 * Reads JSON and Avro alike, since the format of a topic may have been changed.
 *
 * @param registry where the schemas of Avro messages are found
 */
export function createScoreMessageReader(registry: SchemaSource): ScoreMessageReader {
  const reader = createRegisteredRecordReader(registry, SCORE_FIELDS);
  return async ({ value }) => {
    if (value === null) return null;
    if (!isConfluentMessage(value)) {
      const json = value.toString('utf8');
      return scoreMessage(parsedJson(json), json);
    }
    const read = await reader.read(value);
    if (!read.ok) {
      const { code, reason } = read.rejection;
      if (code === 'REGISTRY_UNREACHABLE') throw new PipelineError(code, reason);
      return null;
    }
    const score = scoreOfAvro(read.value);
    return scoreMessage(score, jsonText(score));
  };
}

function scoreMessage(score: unknown, json: string): ScoreMessage | null {
  if (typeof score !== 'object' || score === null) return null;
  const { survey, objectId, revision } = score as Readonly<Record<string, unknown>>;
  const isScore =
    typeof survey === 'string' && typeof objectId === 'string' && Number.isSafeInteger(revision);
  return isScore ? { survey, objectId, revision: Number(revision), json } : null;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
