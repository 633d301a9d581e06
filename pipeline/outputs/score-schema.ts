import type { ScoreRecord, SourcePosition } from '../../core/index.ts';
import { createAvroValues } from './avro-values.ts';
import { SOURCE_SCHEMA, flatSource, sourceOfFlat } from './source-schema.ts';

/**
 * `nightjar.score`: the fields of the JSON record. What is always there has no default; every field that comes later
 * needs one, so that readers of either version read messages of both.
 */
export const SCORE_SCHEMA = {
  type: 'record',
  name: 'score',
  namespace: 'nightjar',
  doc: 'One object scored once: how unlike the known objects its light curve is at one revision',
  fields: [
    { name: 'survey', type: 'string', doc: 'Survey of the object, lower case' },
    { name: 'objectId', type: 'string', doc: 'Identifier of the object, 64-bit numbers as decimal text' },
    {
      name: 'alertId',
      type: ['null', 'string'],
      default: null,
      doc: 'Identifier of the alert; null where a re-serialised packet lost it',
    },
    {
      name: 'mjdTai',
      type: 'double',
      doc: 'Instant of the alert that the score is about, MJD on the TAI scale',
    },
    { name: 'raDeg', type: 'double', doc: 'Its right ascension, ICRS, degrees' },
    { name: 'decDeg', type: 'double', doc: 'Its declination, ICRS, degrees' },
    {
      name: 'revision',
      type: 'long',
      doc: 'Number of the change of the object, from 1; names the light curve together with survey and objectId',
    },
    { name: 'cause', type: 'string', doc: 'What made it scored: alert, late, spectrum, metadata or model' },
    { name: 'mask', type: 'string', doc: 'Modalities that the score saw: P, PM, PS or PMS' },
    { name: 'points', type: 'int', doc: 'Measurements and limits that the score saw' },
    { name: 'bands', type: 'string', doc: 'Their bands, one letter each, bluest first' },
    {
      name: 'novelty',
      type: {
        type: 'record',
        name: 'novelty',
        fields: [
          {
            name: 'pValue',
            type: ['null', 'double'],
            default: null,
            doc: 'Probability of a score at least this high among known objects; null until calibrated',
          },
          {
            name: 'falseAlarmsPerNight',
            type: ['null', 'double'],
            default: null,
            doc: 'Expected known objects a night with a score this high; null until calibrated',
          },
          {
            name: 'detectors',
            type: { type: 'map', values: 'double' },
            doc: 'Raw score by detector; larger is more novel',
          },
        ],
      },
      doc: 'How novel it is',
    },
    {
      name: 'neighbours',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'neighbour',
          fields: [
            { name: 'objectId', type: 'string', doc: 'Reference object' },
            { name: 'label', type: 'string', doc: 'Its class' },
            { name: 'cosine', type: 'double', doc: 'Cosine of the angle between the embeddings, -1 to 1' },
          ],
        },
      },
      default: [],
      doc: 'Nearest reference objects, nearest first',
    },
    { name: 'release', type: 'string', doc: 'Release that scored' },
    { name: 'source', type: SOURCE_SCHEMA, doc: 'Where what was scored lies' },
    {
      name: 'latencyMs',
      type: [
        'null',
        {
          type: 'record',
          name: 'latency',
          fields: [
            { name: 'fromExposure', type: 'double', doc: 'From the instant of the alert, ms' },
            { name: 'inPipeline', type: 'double', doc: 'From the arrival of the packet, ms' },
          ],
        },
      ],
      default: null,
      doc: 'How long it took; null in a replay',
    },
  ],
} as const;

const values = createAvroValues(SCORE_SCHEMA);

export const SCORE_SCHEMA_TEXT = values.schemaText;

/** What of a record is read back: all of it, from whichever version it has. */
export const SCORE_FIELDS = Object.fromEntries(SCORE_SCHEMA.fields.map(({ name }) => [name, true] as const));

/** The Avro body of a record. */
export function encodeScore(record: ScoreRecord): Buffer {
  const { revision, source } = record;
  return values.encode({ ...record, revision: BigInt(revision), source: flatSource(source) });
}

/** A record that was read by `SCORE_FIELDS`, in the form of the JSON record. */
export function scoreOfAvro(
  read: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> & { readonly source: SourcePosition | null } {
  const fields = Object.fromEntries(Object.keys(SCORE_FIELDS).map((name) => [name, read[name] ?? null]));
  return { ...fields, revision: Number(read['revision']), source: sourceOfFlat(read['source']) };
}
