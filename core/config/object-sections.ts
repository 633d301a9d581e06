import { z } from 'zod';
import { METADATA_FIELD_NAMES } from '../metadata.ts';
import { hasPassword } from './secret-urls.ts';

const MIB = 1024 * 1024;

/** What is kept of each object. */
export const windowSection = z.strictObject({
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
    .describe('Packets of one object that may come again after a crash; their revisions stay reproducible'),
});

/** How spectra and catalogue metadata find their objects. */
export const joinSection = z.strictObject({
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
  spectraRadiusArcsec: z.number().positive().max(3600).default(1.5).describe('Spectrum match radius, arcsec'),
  spectrumSamplesMax: z.int().positive().default(20_000).describe('Longer spectra are rejected'),
  spectrumFileBytesMax: z
    .int()
    .positive()
    .default(64 * MIB)
    .describe('Larger FITS and text files of spectra, uncompressed, are rejected; Parquet is read in parts'),
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
});

/** Where objects are kept by the service. */
export const storeSection = z
  .strictObject({
    kind: z
      .enum(['lmdb', 'postgres'])
      .default('lmdb')
      .describe('lmdb: a folder, one instance; postgres: shared by several'),
    folder: z
      .string()
      .default('nightjar-store')
      .describe('lmdb: its folder, from where the program is started'),
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
      .refine(
        (url) => !hasPassword(url),
        'must be without a password: store.password or store.passwordFile gives it',
      )
      .nullable()
      .default(null)
      .describe('postgres: address, without a password'),
    password: z.string().nullable().default(null).describe('postgres: secret, by environment only'),
    passwordFile: z.string().nullable().default(null).describe('postgres: file that holds the password'),
    schema: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be lower-case letters, digits and underscores')
      .default('nightjar')
      .describe('postgres: schema of its tables, created if need be'),
    connectionsMax: z.int().positive().max(100).default(4).describe('postgres: connections of this instance'),
    timeoutMs: z
      .int()
      .positive()
      .default(30_000)
      .describe('postgres: limit of connecting and of one statement, ms'),
  })
  .refine(({ kind, url }) => kind !== 'postgres' || url !== null, {
    path: ['url'],
    message: 'must be given for postgres',
  });
