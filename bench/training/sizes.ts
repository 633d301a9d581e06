import { paperArchitectureSchema } from '../../model/index.ts';
import type { PaperModel } from '../../model/index.ts';

/**
 * `paper` is the published size; `tiny` has every part and shows that a benchmark runs. It is not so small that all of an
 * object's activations are 0, where the gradient of a unit vector is a matter of taste.
 */
export const TRAINING_SIZES = ['paper', 'tiny'] as const;
export type TrainingSizes = (typeof TRAINING_SIZES)[number];

/** Parameters of the published size. */
const PAPER_PARAMETERS = 15_869_827;

/** The models that training is measured on, in the corrected layout with full attention. */
export const SIZED_MODELS: { readonly [S in TrainingSizes]: PaperModel } = {
  paper: modelOf({ attention: 'full' }),
  tiny: modelOf({
    attention: 'full',
    embeddingDimensions: 8,
    photometry: { length: 12, dimensions: 8, heads: 2, feedForward: 16, layers: 1 },
    spectra: { length: 48, channels: [3, 4, 4] },
    metadata: { hiddenDimensions: 32 },
  }),
};

function modelOf(architecture: unknown): PaperModel {
  return { architecture: paperArchitectureSchema.parse(architecture), layout: 'corrected' };
}

/** @throws Error if a model of the published size has another number of parameters */
export function requirePublishedSize(sizes: TrainingSizes, parameters: number): void {
  if (sizes === 'paper' && parameters !== PAPER_PARAMETERS)
    throw new Error(
      `Cannot compare as the model must have ${PAPER_PARAMETERS} parameters: current value is ${parameters}`,
    );
}
