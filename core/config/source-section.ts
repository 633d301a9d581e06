import { z } from 'zod';
import { topicName, topicPattern } from './topic-name.ts';

const START_RULE = 'must be earliest, latest or a time such as 2026-11-24T00:00:00Z';

const sourceSchema = z
  .strictObject({
    kind: z.enum(['alerts', 'spectra', 'metadata']).default('alerts').describe('What its messages are'),
    topics: z.array(topicName).max(256).default([]).describe('Topics by name'),
    pattern: topicPattern
      .nullable()
      .default(null)
      .describe(
        'Topics by regular expression, which must match the whole name; new ones are joined as they appear',
      ),
    format: z
      .enum(['auto', 'json'])
      .default('auto')
      .describe(
        'auto: Avro files and Confluent messages, told apart by their bytes; for spectra and metadata JSON too',
      ),
    mapping: z
      .string()
      .nullable()
      .default(null)
      .describe('For JSON alerts: survey of the mapping in decode.mappings that reads them'),
    start: z
      .union([z.enum(['earliest', 'latest']), z.iso.datetime({ offset: true, error: START_RULE })], {
        error: START_RULE,
      })
      .default('earliest')
      .describe('Where a group begins that has no offsets yet; a time takes messages from then on'),
    keyed: z
      .boolean()
      .default(false)
      .describe('True if all packets of an object are in one partition, so that they need not be keyed anew'),
  })
  .refine(({ topics, pattern }) => topics.length > 0 !== (pattern !== null), {
    path: ['topics'],
    message: 'must be given, or pattern, one of them',
  })
  .refine(({ kind, format, mapping }) => (kind === 'alerts' && format === 'json') === (mapping !== null), {
    path: ['mapping'],
    message: 'must be given for JSON alerts, and only for them',
  });

/** What the service reads. */
export const sourcesSection = z
  .array(sourceSchema)
  .max(64)
  .default([])
  .describe('Topics that the service reads');
