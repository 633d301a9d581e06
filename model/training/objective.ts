import { z } from 'zod';
import { PipelineError } from '../../core/index.ts';

const weight = z.number().positive().max(1e6).default(1).describe('How much of this loss counts');
const size = z.int().min(2).max(65_536);

const pairWeight = z.number().positive().max(1e6).default(1);

const redundancy = {
  weight,
  redundancyWeight: z
    .number()
    .min(0)
    .max(1)
    .default(0.0051)
    .describe('Weight of correlations between different dimensions; about 1 / dimensions on small batches'),
  projector: z
    .strictObject({
      hiddenDimensions: size.describe('Width of the head between its layers'),
      outputDimensions: size.describe('Dimensions that are correlated'),
    })
    .nullable()
    .default(null)
    .describe('Sizes of the head that the loss is computed behind; null leaves it out'),
};

/**
 * What training makes smaller: the weighted sum of any of four losses.
 *
 * `clip` and `barlowTwins` are between the modalities of an object, `views` between two distorted views of each modality,
 * `classes` is the cross-entropy of labels.
 */
export const objectiveSchema = z
  .strictObject({
    clip: z
      .strictObject({
        weight,
        pairWeights: z
          .strictObject({
            ps: pairWeight.describe('Of photometry and spectra'),
            sm: pairWeight.describe('Of spectra and metadata'),
            mp: pairWeight.describe('Of metadata and photometry'),
          })
          .optional()
          .describe('How much each pair counts in it; all the same by default'),
      })
      .optional()
      .describe('Contrastive loss between the modalities of an object'),
    barlowTwins: z
      .strictObject(redundancy)
      .optional()
      .describe('Barlow Twins between the modalities of an object'),
    views: z.strictObject(redundancy).optional().describe('Barlow Twins between two views of each modality'),
    classes: z
      .strictObject({
        weight,
        count: z
          .int()
          .min(2)
          .max(10_000)
          .nullable()
          .default(null)
          .describe('Number of classes; null takes those of a data set'),
        logitScale: z
          .number()
          .positive()
          .max(1000)
          .default(1)
          .describe(
            'What the embedding is multiplied by before the head; unit vectors need some 16 for sure classes',
          ),
        from: z
          .string()
          .default('all')
          .describe('`all`: the mean of the unit embeddings; else the encoding of one modality'),
      })
      .optional()
      .describe('Cross-entropy of the labels'),
  })
  .refine((losses) => Object.values(losses).some((loss) => loss !== undefined), 'at least one loss is needed')
  .readonly();

export type ObjectiveConfig = z.infer<typeof objectiveSchema>;

/**
 * The number of classes of an objective; `null` where it has none to tell apart.
 *
 * @throws PipelineError CONFIG_INVALID if it is to be taken from a data set, and none was
 */
export function classCountOf({ classes }: ObjectiveConfig): number | null {
  if (classes === undefined) return null;
  if (classes.count !== null) return classes.count;
  throw new PipelineError(
    'CONFIG_INVALID',
    'Cannot train on classes as objective.classes.count must be given for a file of tensors: current value is null',
  );
}
