import { jsonText, objectKey, positionText } from '../../core/index.ts';
import type { Config, ScoreRecord } from '../../core/index.ts';
import { recordBytes, registerValueSchema, retryHeaders } from '../../streams/index.ts';
import type { OutRecord } from '../../streams/index.ts';
import { deadLetterLine } from '../dead-letter.ts';
import type { DeadLetter } from '../dead-letter.ts';
import { confluentMessage } from './avro-values.ts';
import { createCandidateRule } from './candidate-rule.ts';
import type { CandidateRule } from './candidate-rule.ts';
import { DEAD_LETTER_SCHEMA_TEXT, encodeDeadLetter } from './dead-letter-schema.ts';
import { SCORE_SCHEMA_TEXT, encodeScore } from './score-schema.ts';

/** Headers of dead letters and of packets that came too late, beside those of their provenance. */
export const CODE_HEADER = 'nightjar-code';
export const REASON_HEADER = 'nightjar-reason';

/** A reason in a header is for a glance. Reasons quote what packets hold, which must not make a message too large. */
const HEADER_REASON_LENGTH_MAX = 500;
const REASON_LENGTH_MAX = 4000;

/** What the pipeline has to say, as messages of the topics out. */
export interface TopicOutputs {
  /** Each score for its topic; those above the threshold for the topic of candidates too. */
  scores(records: readonly ScoreRecord[]): OutRecord[];
  deadLetters(letters: readonly DeadLetter[]): OutRecord[];
  tooLate(letters: readonly DeadLetter[]): OutRecord[];
}

export interface TopicOutputsOptions {
  readonly outputs: Pick<Config['outputs'], 'format' | 'scores' | 'candidates' | 'deadLetters' | 'tooLate'>;
  readonly candidates: Config['candidates'];
  /** Names of the detectors that score. */
  readonly detectors: readonly string[];
  /** Letters whose message would be larger go without their packet. */
  readonly messageBytesMax: number;
  readonly registry: Pick<Config['registry'], 'url' | 'timeoutMs'>;
}

/**
 * Records as messages, in the format that is configured; schemas are registered first.
 *
 * @throws PipelineError CONFIG_INVALID for a detector that is not there, or a registry that refuses a schema;
 *   REGISTRY_UNREACHABLE
 */
export async function createTopicOutputs(options: TopicOutputsOptions): Promise<TopicOutputs> {
  const { outputs, candidates, detectors, messageBytesMax } = options;
  const isCandidate = createCandidateRule(candidates, detectors);
  const encoder = outputs.format === 'json' ? JSON_ENCODER : await registeredEncoder(options);
  const letterParts = { encoder, messageBytesMax };
  return {
    scores: (records) => scoreRecords(records, { outputs, isCandidate, encoder }),
    deadLetters: (letters) => letters.map((letter) => letterRecord(outputs.deadLetters, letter, letterParts)),
    tooLate: (letters) => letters.map((letter) => letterRecord(outputs.tooLate, letter, letterParts)),
  };
}

/** Values of messages. */
interface Encoder {
  /** The same record for several topics. */
  score(record: ScoreRecord): (topic: string) => Buffer;
  letter(topic: string, letter: DeadLetter, omittedReason: string | null): Buffer;
}

const JSON_ENCODER: Encoder = {
  score(record) {
    const value = Buffer.from(jsonText(record));
    return () => value;
  },
  letter(_topic, letter, omittedReason) {
    if (omittedReason === null) return Buffer.from(jsonText(deadLetterLine(letter)));
    const omitted = { bytesBase64: null, bytesOmitted: true, bytesOmittedReason: omittedReason };
    return Buffer.from(jsonText({ ...letter, bytes: undefined, ...omitted }));
  },
};

async function registeredEncoder({ outputs, registry }: TopicOutputsOptions): Promise<Encoder> {
  const wireIds = new Map<string, number>();
  for (const [topic, schema] of [
    [outputs.scores, SCORE_SCHEMA_TEXT],
    [outputs.candidates, SCORE_SCHEMA_TEXT],
    [outputs.deadLetters, DEAD_LETTER_SCHEMA_TEXT],
    [outputs.tooLate, DEAD_LETTER_SCHEMA_TEXT],
  ] as const) {
    wireIds.set(topic, await registerValueSchema(registry, { topic, schema }));
  }
  const framed = (topic: string, body: Buffer): Buffer => {
    const wireId = wireIds.get(topic);
    if (wireId === undefined) throw new RangeError(`Cannot frame a message as "${topic}" has no schema`);
    return confluentMessage(wireId, body);
  };
  return {
    score(record) {
      const body = encodeScore(record);
      return (topic) => framed(topic, body);
    },
    letter: (topic, letter, omittedReason) => framed(topic, encodeDeadLetter(letter, omittedReason)),
  };
}

function scoreRecords(
  records: readonly ScoreRecord[],
  parts: {
    readonly outputs: TopicOutputsOptions['outputs'];
    readonly isCandidate: CandidateRule;
    readonly encoder: Encoder;
  },
): OutRecord[] {
  const { outputs, isCandidate, encoder } = parts;
  return records.flatMap((record) => {
    const key = objectKey(record.survey, record.objectId);
    const valueFor = encoder.score(record);
    const topics = isCandidate(record) ? [outputs.scores, outputs.candidates] : [outputs.scores];
    return topics.map((topic) => ({ topic, key, value: valueFor(topic) }));
  });
}

function letterRecord(
  topic: string,
  full: DeadLetter,
  parts: { readonly encoder: Encoder; readonly messageBytesMax: number },
): OutRecord {
  const { encoder, messageBytesMax } = parts;
  const letter = { ...full, reason: shortened(full.reason, REASON_LENGTH_MAX) };
  const key = positionText(letter.source);
  const headers = {
    [CODE_HEADER]: letter.code,
    [REASON_HEADER]: shortened(letter.reason, HEADER_REASON_LENGTH_MAX),
    ...retryHeaders(letter.source),
  };
  const record = (omittedReason: string | null): OutRecord => ({
    topic,
    key,
    value: encoder.letter(topic, letter, omittedReason),
    headers,
  });
  // A packet that alone is too large need not be encoded to know it.
  if (letter.byteLength <= messageBytesMax) {
    const whole = record(null);
    if (recordBytes(whole) <= messageBytesMax) return whole;
  }
  return record(
    `Cannot send a packet with its letter as messages have at most kafka.messageBytesMax ${messageBytesMax} bytes: ` +
      `current value is a packet of ${letter.byteLength} bytes`,
  );
}

function shortened(text: string, lengthMax: number): string {
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}
