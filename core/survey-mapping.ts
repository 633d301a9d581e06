import { z } from 'zod';
import { METADATA_FIELD_NAMES } from './metadata.ts';

const path = z
  .string()
  .regex(/^[^.\s]+(\.[^.\s]+)*$/, 'must be field names joined by dots')
  .describe('Dotted path of a field');

/** Field names differ between versions of a survey's packets: the first that is there counts. */
const paths = z.union([path, z.array(path).min(1).max(8)]).describe('Dotted path, or several to try in turn');

const letter = z.string().regex(/^[a-z]$/, 'must be one lower-case letter');

const pattern = z
  .string()
  .refine(isPattern, 'must be a regular expression')
  .describe('Regular expression; it must match all of the name');

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

/** Units of a packed flux; the factor to nJy stands beside the reader. */
export const FLUX_UNITS = ['njy', 'ujy', 'mjy', 'jy'] as const;
/** Scales of a packed time. */
export const TIME_SCALES = ['mjdUtc', 'jdUtc', 'mjdTai', 'unixMs'] as const;

const fluxSchema = z.strictObject({
  path: paths,
  errPath: paths.describe('1σ error, in the same unit'),
  unit: z.enum(FLUX_UNITS),
});

const magnitudeSchema = z
  .strictObject({
    path: paths,
    errPath: paths.describe('1σ error, magnitudes'),
    system: z.enum(['AB', 'Vega']).default('AB'),
    abMinusVegaMag: z
      .partialRecord(letter, z.number().min(-5).max(5))
      .default({})
      .describe('AB minus Vega magnitude by band, for the system Vega'),
    isFadedWhereNegative: z
      .boolean()
      .default(false)
      .describe('True where a minus before the magnitude means that the source faded'),
  })
  .refine(
    ({ system, abMinusVegaMag }) => (system === 'AB') === (Object.keys(abMinusVegaMag).length === 0),
    'abMinusVegaMag must be given for the system Vega, and only for it',
  );

const measurementSchema = z
  .strictObject({
    id: paths.nullable().default(null).describe('Identifier of the measurement; null for none'),
    time: z.strictObject({ path: paths, scale: z.enum(TIME_SCALES) }),
    band: z.union([
      z.strictObject({ letter }),
      z.strictObject({
        path: paths,
        letters: z
          .record(z.string(), letter)
          .describe('Band letter of each value, numbers as text; other values make a measurement unusable'),
      }),
    ]),
    flux: fluxSchema.nullable().default(null).describe('Difference flux; null where magnitudes are packed'),
    magnitude: magnitudeSchema.nullable().default(null).describe('Difference magnitude; null for flux'),
    sign: z
      .strictObject({
        path: paths,
        trueMeans: z.enum(['brighter', 'fainter']).default('brighter'),
      })
      .nullable()
      .default(null)
      .describe('Flag of the sign (t, 1, true; f, 0, false); null where the brightness is signed itself'),
    limitMagPath: paths
      .nullable()
      .default(null)
      .describe('5σ limiting magnitude: a measurement with it and without brightness is an upper limit'),
  })
  .refine(({ flux, magnitude }) => (flux === null) !== (magnitude === null), {
    message: 'must have flux or magnitude, one of them',
  });

/** How a list of measurements is packed. */
export const LIST_LAYOUTS = ['records', 'columns'] as const;

const layout = z
  .enum(LIST_LAYOUTS)
  .default('records')
  .describe(
    'records: a list of records; columns: a record of lists, one per field, in which a single value counts for all',
  );

const historySchema = z.strictObject({
  path,
  layout,
  kind: z.enum(['detection', 'forced']).describe('What its measurements with brightness are'),
  measurement: measurementSchema.describe('Paths relative to an element of the list'),
});

const recognition = {
  survey: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, 'must be lower-case')
    .describe('Name in records, tables and metrics'),
  schemaName: pattern
    .nullable()
    .default(null)
    .describe('Pattern of the full name of the writer schema; null for a survey that comes as JSON only'),
  schemaVersion: pattern
    .nullable()
    .default(null)
    .describe('Pattern of the schema version attribute ("" if it has none); null for any'),
};

const alertMappingSchema = z.strictObject({
  kind: z.literal('alert'),
  ...recognition,
  envelope: path
    .nullable()
    .default(null)
    .describe('JSON: field that holds the packet, or a list of packets; null where the message itself does'),
  statedVersion: paths
    .nullable()
    .default(null)
    .describe('Version that the packet states, if its schema has none'),
  objectId: paths,
  raDeg: paths,
  decDeg: paths,
  measurement: measurementSchema,
  latestOf: z
    .strictObject({ path, layout })
    .nullable()
    .default(null)
    .describe(
      'List of which the latest element is the alert’s own measurement: the paths of `measurement` and `realBogus` are relative to it; null where the packet has it apart',
    ),
  totalFlux: fluxSchema.nullable().default(null).describe('Reference plus difference flux'),
  realBogus: z
    .strictObject({
      path: paths,
      max: z.number().positive().default(1).describe('Score that means certainly real'),
    })
    .nullable()
    .default(null),
  history: z.array(historySchema).max(8).default([]),
  metadata: z.partialRecord(z.enum(METADATA_FIELD_NAMES), paths).default({}),
  missingValues: z
    .array(z.number())
    .max(16)
    .default([])
    .describe('Numbers that mean "none" in metadata, beside impossible ones such as −999'),
  cutouts: z
    .record(z.string(), z.string())
    .default({})
    .describe('Top-level field of each cutout, by its name'),
});

const refusalSchema = z.strictObject({
  kind: z.literal('refusal'),
  ...recognition,
  reason: z.string().min(1).describe('Why its packets are not read, in the words of the rejection'),
});

/** How the packets of one survey are read, or why they are not. */
export const surveyMappingSchema = z.discriminatedUnion('kind', [alertMappingSchema, refusalSchema]);

export type SurveyMapping = z.infer<typeof surveyMappingSchema>;
export type SurveyMappingInput = z.input<typeof surveyMappingSchema>;
export type AlertMapping = z.infer<typeof alertMappingSchema>;
export type RefusalMapping = z.infer<typeof refusalSchema>;
export type MeasurementMapping = z.infer<typeof measurementSchema>;
export type FluxMapping = z.infer<typeof fluxSchema>;
export type MagnitudeMapping = z.infer<typeof magnitudeSchema>;
