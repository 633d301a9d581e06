import { z } from 'zod';
import { LOGIT_SCALE_STARTS } from '../losses/logit-scale.ts';
import { optimiserSchema, scheduleSchema } from '../optimisers/config.ts';
import { paperArchitectureSchema, PAPER_LAYOUTS } from '../paper/architecture.ts';
import { PAPER_MODALITIES } from '../paper/encode.ts';
import { alertsArchitectureSchema, DEFAULT_ALERTS_ARCHITECTURE } from '../alerts/architecture.ts';
import { DEFAULT_PREPARATION_SETTINGS } from '../alerts/preparation-settings.ts';
import { RELEASE_NAME } from '../releases/manifest.ts';
import { augmentationSchema } from './augmentation/config.ts';
import { objectiveSchema } from './objective.ts';

const count = z.int().positive();
const droppedRatio = z.number().min(0).lt(1);

const startSchema = z.strictObject({
  release: z
    .string()
    .nullable()
    .default(null)
    .describe('Release whose weights and model are gone on with; null draws weights from the seed'),
  statistics: z
    .enum(['release', 'data'])
    .default('release')
    .describe('Whose quantiles inputs of the alerts profile are encoded by'),
  learningRateRatio: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'Learning rate of all but the head of objective.classes, over that of the schedule; 0 freezes it',
    ),
  logitScale: z
    .enum(['published', 'clip'])
    .optional()
    .describe(
      'Where drawn temperatures begin: ln 100, or ln(1 / 0.07); by default ln 100 where adam decays all parameters',
    ),
});

const modelSchema = z.strictObject({
  layout: z.enum(PAPER_LAYOUTS).default('corrected').describe('Whether quirks of the research code are kept'),
  architecture: paperArchitectureSchema.prefault({}).describe('Sizes of the model'),
});

const alertsModelSchema = z.strictObject({
  architecture: alertsArchitectureSchema.default(DEFAULT_ALERTS_ARCHITECTURE).describe('Sizes of the model'),
  tokensMax: z
    .int()
    .min(8)
    .max(4096)
    .default(DEFAULT_PREPARATION_SETTINGS.photometry.tokensMax)
    .describe('Most points of a light curve that the encoder attends to'),
});

const dataSchema = z.strictObject({
  survey: z
    .string()
    .nullable()
    .default(null)
    .describe('Only objects of this survey; null takes those of all'),
  testRatio: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.2)
    .describe('Share of the objects that training never sees, where a data set does not divide them'),
  splitSeed: z
    .union([z.string().min(1).max(100), z.int()])
    .transform(String)
    .default('1')
    .describe('Draws which these are, by object; `nightjar evaluate --seed` takes the same'),
  classObjectsMin: count.default(1).describe('Objects of classes with fewer have no label'),
  classObjectsMax: count
    .nullable()
    .default(null)
    .describe('Objects of a class that keep their label at most'),
  labelRatio: z.number().positive().max(1).default(1).describe('Share of each class that keeps its label'),
  resampled: z
    .strictObject({
      curves: z
        .int()
        .min(0)
        .max(64)
        .default(0)
        .describe('Light curves drawn from each; an epoch shows an object by one of them or its own'),
      keptRatioMin: z
        .number()
        .positive()
        .max(1)
        .default(0.5)
        .describe('Least chance of a point to be in such a curve; each has one between this and 1'),
      noiseScale: z
        .number()
        .min(0)
        .max(10)
        .default(0.5)
        .describe('Noise added to its fluxes, in units of their errors'),
    })
    .prefault({})
    .describe('Light curves drawn again from light curves, periods and all; alerts profile'),
});

const batchSchema = z.strictObject({
  rows: z.int().min(2).max(65_536).default(512).describe('Objects that a step compares with each other'),
  pieceRows: count.max(65_536).default(8).describe('Objects that are encoded at a time within a step'),
});

const checkpointSchema = z.strictObject({
  everySteps: count
    .nullable()
    .default(null)
    .describe('Steps between checkpoints within an epoch; null for none'),
  everyEpochs: count.default(1).describe('Epochs between checkpoints'),
});

/** A batch that is computed at once by default: of the published model it takes 7 GB. */
const WHOLE_ROWS_MAX = 128;
const ACCUMULATION_ROWS = 8;

/**
 * How a model is trained. Defaults are those published for AstroM³ where it has any.
 *
 * @source Rizhko & Bloom 2024, arXiv:2411.08842
 */
export const trainingSchema = z
  .strictObject({
    profile: z.enum(['paper', 'alerts']).default('paper').describe('Profile of the model'),
    name: z
      .string()
      .regex(RELEASE_NAME, 'must be lower-case letters, digits, ".", "_" and "-"')
      .default('trained')
      .describe('Name of the release that comes of it'),
    seed: z
      .union([z.string().min(1).max(100), z.int()])
      .transform(String)
      .default('1')
      .describe('Draws weights, order, masks and augmentation; number or text'),
    modalities: z
      .array(z.enum(PAPER_MODALITIES))
      .min(1)
      .refine((names) => new Set(names).size === names.length, 'must name each modality once')
      .default([...PAPER_MODALITIES])
      .describe('Modalities that take part'),
    model: modelSchema
      .nullable()
      .default(null)
      .describe('The model of the paper profile; by default the start’s, or the published one'),
    data: dataSchema.prefault({}).describe('Which objects of data sets are used, and how'),
    alerts: alertsModelSchema
      .nullable()
      .default(null)
      .describe('The model of the alerts profile; by default the start’s, or that of the shipped release'),
    start: startSchema.prefault({}).describe('What the training begins with'),
    objective: objectiveSchema.prefault({ clip: {} }).describe('What is made smaller'),
    optimiser: optimiserSchema.prefault({ kind: 'adam' }).describe('How parameters follow from gradients'),
    schedule: scheduleSchema.prefault({ kind: 'plateau' }).describe('The learning rate'),
    batch: batchSchema.prefault({}).describe('Sizes of a step'),
    accumulation: z
      .strictObject({ rows: count.describe('Objects of a piece; it must divide batch.rows') })
      .nullable()
      .optional()
      .describe(
        `Computes a step piece by piece, for batches that do not fit into memory; null at once; ` +
          `by default in pieces of ${ACCUMULATION_ROWS} where batch.rows is a multiple of them above ${WHOLE_ROWS_MAX}`,
      ),
    precision: z
      .enum(['float32', 'mixed'])
      .default('float32')
      .describe(
        'mixed multiplies in float16 on a GPU, with a scaled loss; a CPU always multiplies in float32',
      ),
    epochs: count.max(1_000_000).default(100).describe('Times that the data are gone through at most'),
    stepsMax: count.nullable().default(null).describe('Steps at most; null for no limit but the epochs'),
    clipNormMax: z
      .number()
      .positive()
      .nullable()
      .default(45)
      .describe('Largest norm of all gradients together; null for none'),
    dropout: z
      .strictObject({
        photometry: droppedRatio.default(0.245),
        spectra: droppedRatio.default(0.339),
        metadata: droppedRatio.default(0.16),
        pooled: droppedRatio
          .nullable()
          .default(null)
          .describe('Of what attention over points comes to; null as photometry; alerts profile'),
        summary: droppedRatio
          .default(0.16)
          .describe('Of what sums a light curve up, and behind it; alerts profile'),
      })
      .prefault({})
      .describe('Share of elements dropped in each encoder'),
    augmentation: augmentationSchema.prefault({}).describe('How objects are changed before a step sees them'),
    validationRatio: z
      .number()
      .min(0)
      .max(0.9)
      .default(0.1)
      .describe('Share of the objects set aside, where no validation data are given'),
    earlyStop: z
      .strictObject({
        patience: count.default(6).describe('Epochs without gain after which a training ends'),
      })
      .nullable()
      .prefault({})
      .describe('When a training without gain ends; null never'),
    checkpoint: checkpointSchema.prefault({}).describe('When the state is written'),
    metricsEverySteps: count.default(1).describe('Steps between lines of metrics'),
    prefetchBatches: z.int().min(1).max(64).default(2).describe('Batches made ahead of the step'),
    lossMax: z.number().positive().default(1e6).describe('Loss beyond which a training has diverged'),
  })
  .superRefine((config, context) => {
    const { profile, model, alerts, start, data, batch, accumulation, modalities, objective } = config;
    if (profile !== 'alerts' && data.resampled.curves > 0)
      context.addIssue({
        code: 'custom',
        path: ['data', 'resampled', 'curves'],
        message: `must be 0 with the profile ${profile}: it sums no light curve up`,
      });
    if (profile !== 'alerts' && config.dropout.pooled !== null)
      context.addIssue({
        code: 'custom',
        path: ['dropout', 'pooled'],
        message: `must be null with the profile ${profile}: it has no pooling of its own to drop from`,
      });
    const from = objective.classes?.from ?? 'all';
    if (from !== 'all' && !modalities.some((name) => name === from))
      context.addIssue({
        code: 'custom',
        path: ['objective', 'classes', 'from'],
        message: `must be all or one of modalities, which are ${modalities.join(', ')}`,
      });
    if (start.learningRateRatio !== 1 && (start.release === null || objective.classes === undefined))
      context.addIssue({
        code: 'custom',
        path: ['start', 'learningRateRatio'],
        message: 'must be 1 without start.release and objective.classes: it is for a head on what is trained',
      });
    if ((objective.clip !== undefined || objective.barlowTwins !== undefined) && modalities.length < 2)
      context.addIssue({
        code: 'custom',
        path: ['modalities'],
        message: 'must name two where objective.clip or objective.barlowTwins compares them',
      });
    for (const [pair, first, second] of [
      ['ps', 'photometry', 'spectra'],
      ['sm', 'spectra', 'metadata'],
      ['mp', 'metadata', 'photometry'],
    ] as const)
      if (
        (objective.clip?.pairWeights?.[pair] ?? 1) !== 1 &&
        !(modalities.includes(first) && modalities.includes(second))
      )
        context.addIssue({
          code: 'custom',
          path: ['objective', 'clip', 'pairWeights', pair],
          message: `must be 1 where modalities do not name both ${first} and ${second}`,
        });
    if (accumulation !== undefined && accumulation !== null && batch.rows % accumulation.rows !== 0)
      context.addIssue({
        code: 'custom',
        path: ['accumulation', 'rows'],
        message: `must divide batch.rows, which is ${batch.rows}`,
      });
    for (const [key, section, owner] of [
      ['model', model, 'paper'],
      ['alerts', alerts, 'alerts'],
    ] as const) {
      if (section === null) continue;
      if (start.release !== null)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: 'must not be given where start.release is: the release has the model',
        });
      if (profile !== owner)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `must not be given with the profile ${profile}: it is the model of the profile ${owner}`,
        });
    }
  })
  .readonly();

export type TrainingConfig = z.infer<typeof trainingSchema>;

/**
 * Where drawn temperatures begin. From the published start only a decay of scalars gets them going, as the published
 * optimiser has it; with others they would never learn.
 */
export function logitScaleStart({ start, optimiser }: TrainingConfig): number {
  const { kind, decayScope, weightDecay } = optimiser;
  const decaysScalars = kind === 'adam' && decayScope === 'all' && weightDecay > 0;
  return LOGIT_SCALE_STARTS[start.logitScale ?? (decaysScalars ? 'published' : 'clip')];
}

/** Objects of a piece of a step; `null` for a step at once. */
export function accumulationRows({ accumulation, batch }: TrainingConfig): number | null {
  if (accumulation !== undefined) return accumulation?.rows ?? null;
  return batch.rows > WHOLE_ROWS_MAX && batch.rows % ACCUMULATION_ROWS === 0 ? ACCUMULATION_ROWS : null;
}
