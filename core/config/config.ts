import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { DEFAULT_SURVEY_MAPPINGS } from '../default-mappings.ts';
import { PipelineError } from '../errors.ts';
import { METADATA_FIELD_NAMES } from '../metadata.ts';
import { surveyMappingSchema } from '../survey-mapping.ts';
import {
  candidatesSection,
  kafkaSection,
  outputsSection,
  serviceSection,
  sourcesSection,
  storeSection,
  webhookSection,
} from './service-sections.ts';

const MIB = 1024 * 1024;
const DEFAULT_MAPPINGS = z.array(surveyMappingSchema).parse(DEFAULT_SURVEY_MAPPINGS);

/** `localhost:8081` is a URL too, of the scheme `localhost`: only what can be asked over HTTP is taken. */
const registryUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL with http:// or https://' })
  .refine(hasReadableUser, 'must have "%" in user and password as %25');

function hasReadableUser(text: string): boolean {
  try {
    const { username, password } = new URL(text);
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

/**
 * The whole configuration: the schema is the validator, the documentation (docs/config.md is checked against it) and the
 * only place with defaults. Unknown keys are errors.
 */
export const configSchema = z
  .strictObject({
    registry: z
      .strictObject({
        url: registryUrl.nullable().default(null).describe('Confluent schema registry; null for none'),
        cacheDir: z
          .string()
          .nullable()
          .default('~/.cache/nightjar/schemas')
          .describe('Folder that keeps fetched schemas, ~ being the home folder; null for none'),
        timeoutMs: z.int().positive().default(3000).describe('Limit of one request, ms'),
        retryMs: z
          .int()
          .positive()
          .default(30_000)
          .describe('A registry that failed, or an id that was not found, is asked for again after, ms'),
        schemasMax: z
          .int()
          .positive()
          .default(256)
          .describe('Schemas by id kept in memory, and ids remembered as not found'),
      })
      .prefault({}),
    decode: z
      .strictObject({
        schemasDir: z.string().nullable().default(null).describe('Folder of writer schemas, by version'),
        packetBytesMax: z
          .int()
          .positive()
          .default(16 * MIB)
          .describe('Larger packets are dead-lettered, bytes; the largest Rubin packet seen has 0.6 MB'),
        blockBytesMax: z
          .int()
          .positive()
          .default(64 * MIB)
          .describe('Larger blocks of an Avro file are dead-lettered, packed or unpacked, bytes'),
        schemasMax: z
          .int()
          .positive()
          .default(64)
          .describe('Compiled readers kept, one per writer schema; the least lately used goes first'),
        mappings: z
          .array(surveyMappingSchema)
          .max(64)
          .default([])
          .transform((own) => [...own, ...DEFAULT_MAPPINGS])
          .describe('Surveys read by mapping; those that come with Nightjar are asked after these'),
      })
      .prefault({}),
    archive: z
      .strictObject({
        order: z
          .enum(['event', 'stored'])
          .default('event')
          .describe('Packets in order of time across archives, or as they lie in them'),
        reorderPacketsMax: z
          .int()
          .positive()
          .default(2048)
          .describe('Packets held to bring them into event order'),
        reorderBytesMax: z
          .int()
          .positive()
          .default(128 * MIB)
          .describe('Bytes of packets and their points held to bring them into event order'),
        inputsOpenMax: z
          .int()
          .positive()
          .default(64)
          .describe('Archives open at a time; above it, those that begin later wait, and order may suffer'),
      })
      .prefault({}),
    window: z
      .strictObject({
        pointsMin: z
          .int()
          .positive()
          .default(3)
          .describe('Detections and forced points before an object is scored; below, its packets are held'),
        pointsMax: z.int().positive().default(1000).describe('Points kept per object; the newest stay'),
        retentionDays: z
          .number()
          .positive()
          .default(3650)
          .describe('Points older than the newest by more are dropped, and such packets are too late, days'),
        redeliveryPacketsMax: z
          .int()
          .positive()
          .default(512)
          .describe(
            'Packets of one object that may come again after a crash; their revisions stay reproducible',
          ),
      })
      .prefault({}),
    join: z
      .strictObject({
        metadataRadiusArcsec: z
          .number()
          .positive()
          .max(3600)
          .default(1.5)
          .describe('Catalogue match radius, arcsec'),
        metadataCandidatesMax: z
          .int()
          .positive()
          .default(5)
          .describe('Catalogue sources kept for an ambiguous match, nearest first'),
        metadataColumns: z
          .partialRecord(z.enum(METADATA_FIELD_NAMES), z.string())
          .default({})
          .describe('Catalogue column of each metadata field whose column has another name'),
        metadataRowsMax: z
          .int()
          .positive()
          .max(50_000_000)
          .default(10_000_000)
          .describe(
            'Rows of a catalogue, which is held in memory: 24 bytes, 4 for each field, and 5 plus the text for the id',
          ),
        spectraRadiusArcsec: z
          .number()
          .positive()
          .max(3600)
          .default(1.5)
          .describe('Spectrum match radius, arcsec'),
        spectrumSamplesMax: z.int().positive().default(20_000).describe('Longer spectra are rejected'),
        spectrumFileBytesMax: z
          .int()
          .positive()
          .default(64 * MIB)
          .describe(
            'Larger FITS and text files of spectra, uncompressed, are rejected; Parquet is read in parts',
          ),
        catalogueFile: z
          .string()
          .nullable()
          .default(null)
          .describe('Catalogue that the service joins, CSV or Parquet; a replay names its own'),
        waitingMax: z
          .int()
          .positive()
          .default(1_000_000)
          .describe('Spectra, and metadata records, that wait for their object; the oldest go first'),
        waitingDays: z
          .number()
          .positive()
          .default(365)
          .describe('They wait so long, by the times of their messages, days'),
      })
      .prefault({}),
    model: z
      .strictObject({
        release: z.string().default('default').describe('Name of a shipped release, or a folder'),
        device: z.enum(['cpu']).default('cpu').describe('Where the model runs'),
        workers: z.int().positive().default(1).describe('Inference worker threads'),
      })
      .prefault({}),
    score: z
      .strictObject({
        neighbours: z
          .int()
          .positive()
          .max(100)
          .default(10)
          .describe('Nearest reference objects, k of the k-NN distance'),
      })
      .prefault({}),
    pipeline: z
      .strictObject({
        batchPackets: z.int().positive().default(128).describe('Packets of a micro-batch'),
        batchBytesMax: z
          .int()
          .positive()
          .default(32 * MIB)
          .describe('A micro-batch ends with the packet that reaches it, bytes of packets and their points'),
        batchesInFlightMax: z.int().positive().default(3).describe('Micro-batches between source and sink'),
      })
      .prefault({}),
    kafka: kafkaSection.prefault({}),
    sources: sourcesSection,
    service: serviceSection.prefault({}),
    outputs: outputsSection.prefault({}),
    candidates: candidatesSection.prefault({}),
    webhook: webhookSection.prefault({}),
    store: storeSection.prefault({}),
    metrics: z
      .strictObject({
        port: z
          .int()
          .min(0)
          .max(65_535)
          .nullable()
          .default(null)
          .describe('Port of /metrics; 0 for any, null for none'),
        host: z.string().default('127.0.0.1').describe('Address of /metrics'),
      })
      .prefault({}),
    log: z
      .strictObject({
        level: z
          .enum(['silent', 'error', 'warn', 'info', 'debug'])
          .default('warn')
          .describe('Least severe that is logged'),
      })
      .prefault({}),
  })
  .refine(({ window }) => window.pointsMin <= window.pointsMax, {
    path: ['window', 'pointsMin'],
    message: 'must be at most window.pointsMax, or nothing is ever scored',
  })
  .refine(
    ({ pipeline, window }) =>
      pipeline.batchPackets * pipeline.batchesInFlightMax <= window.redeliveryPacketsMax,
    {
      path: ['window', 'redeliveryPacketsMax'],
      message: 'must be at least pipeline.batchPackets × pipeline.batchesInFlightMax: so many may come again',
    },
  );

export type Config = z.infer<typeof configSchema>;

/** A partial configuration, as a file or the command line gives it. */
export type ConfigInput = z.input<typeof configSchema>;

/**
 * The effective configuration: defaults < file < command line, parsed once and frozen.
 *
 * @param file YAML file, or `null`
 * @param overrides what the command line set; `undefined` values are as if absent
 * @throws PipelineError CONFIG_INVALID with every fault in one line
 */
export function loadConfig(file: string | null, overrides: ConfigInput = {}): Config {
  const fromFile: unknown = file === null ? {} : readYaml(file);
  if (!isPlainObject(fromFile)) {
    const kind = Array.isArray(fromFile) ? 'a list' : typeof fromFile;
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot use "${file ?? ''}" as configuration as it must be a map of sections: current value is ${kind}`,
    );
  }
  const result = configSchema.safeParse(merged(fromFile, overrides));
  if (!result.success) {
    const faults = result.error.issues.map(
      (issue) => `${issue.path.join('.') || 'top level'}: ${issue.message}`,
    );
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot use ${file === null ? 'the options' : `"${file}"`} as configuration: ${faults.join('; ')}`,
    );
  }
  return deepFreeze(result.data);
}

function readYaml(file: string): unknown {
  try {
    return parseYaml(readFileSync(file, 'utf8')) ?? {};
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new PipelineError('CONFIG_INVALID', `Cannot read "${file}" as YAML: ${why}`, { cause });
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `over` laid over `base`, section by section. */
function merged(base: unknown, over: unknown): unknown {
  if (!isPlainObject(base) || !isPlainObject(over)) return over === undefined ? base : over;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value !== undefined) result[key] = merged(result[key], value);
  }
  return result;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
