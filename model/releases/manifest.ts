import { z } from 'zod';
import { alertsPartSchema } from '../alerts/release-schema.ts';
import { paperPartSchema } from '../paper/release-part.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits');

/** A file inside the release's folder. */
const fileSchema = z.strictObject({
  file: z.string().regex(/^\w[\w.-]{0,99}$/, 'must be a plain file name'),
  sha256,
});

/** Where weights come from. */
export const WEIGHTS_ORIGINS = ['imported', 'initialised', 'trained'] as const;

/** What a release may be called: a folder name on every system. */
export const RELEASE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

const dataSchema = z.strictObject({ file: z.string(), sha256, rows: z.int().positive() });

/** How trained weights came to be: enough to do it again. */
const trainingSchema = z.strictObject({
  /** What was trained on, and validated by; null where objects of the first were set aside, or none was. */
  data: dataSchema,
  validationData: dataSchema.nullable(),
  seed: z.string(),
  /** The whole configuration in effect. */
  config: z.record(z.string(), z.unknown()),
  /** Steps and epochs done when it ended, and what ended it. */
  steps: z.int().nonnegative(),
  epochs: z.int().nonnegative(),
  end: z.string(),
  /** After which step the weights are, and what they gave then. */
  weightsStep: z.int().nonnegative(),
  metrics: z.record(z.string(), z.number()),
});

const commonShape = {
  formatVersion: z.literal(1),
  name: z.string().regex(RELEASE_NAME, 'must be lower-case letters, digits, ".", "_" and "-"'),
  weights: fileSchema.extend({
    /** Numbers that training changes. */
    parameters: z.int().positive(),
    origin: z.enum(WEIGHTS_ORIGINS),
    /** Seed of what was drawn for them. */
    seed: z.string().nullable(),
    /** What a user should know of them, in a sentence. */
    note: z.string().max(1000),
  }),
  /** Embeddings that objects are compared with; null for a release that only embeds. */
  bank: z
    .strictObject({ files: z.array(fileSchema).min(1).max(8), objects: z.int().nonnegative() })
    .nullable(),
  calibration: z.null(),
  training: trainingSchema.nullable(),
} as const;

/** A release's manifest.json. What belongs to one profile alone lies under `model`. */
export const manifestSchema = z.discriminatedUnion('profile', [
  z.strictObject({ ...commonShape, profile: z.literal('paper'), model: paperPartSchema }),
  z.strictObject({ ...commonShape, profile: z.literal('alerts'), model: alertsPartSchema }),
]);

export type Manifest = z.infer<typeof manifestSchema>;
export type Profile = Manifest['profile'];
export type ManifestOf<P extends Profile> = Extract<Manifest, { readonly profile: P }>;
export type ReleaseFile = z.infer<typeof fileSchema>;
