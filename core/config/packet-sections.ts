import { z } from 'zod';
import { DEFAULT_SURVEY_MAPPINGS } from '../default-mappings.ts';
import { surveyMappingSchema } from '../survey-mapping.ts';

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

/** Where writer schemas are asked for. */
export const registrySection = z.strictObject({
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
});

/** From bytes to alerts. */
export const decodeSection = z.strictObject({
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
});

/** How archives are read. */
export const archiveSection = z.strictObject({
  order: z
    .enum(['event', 'stored'])
    .default('event')
    .describe('Packets in order of time across archives, or as they lie in them'),
  reorderPacketsMax: z.int().positive().default(2048).describe('Packets held to bring them into event order'),
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
});
