import { Random } from '../../core/index.ts';
import { float32Tensor, int64Tensor, PAPER_MODALITIES } from '../../model/index.ts';
import type { DType, PaperModel, Tensor } from '../../model/index.ts';
import { elementCount } from '../../model/ir/dims.ts';
import { createOptimiser } from '../../model/optimisers/config.ts';
import { paperArchitectureSchema } from '../../model/paper/architecture.ts';
import { paperModalityEncoders } from '../../model/paper/modality-encoders.ts';
import { scalarInput } from '../../model/training/step/apply-update.ts';
import { createContrastiveModel } from '../../model/training/step/contrastive-model.ts';
import { buildTrainingStep } from '../../model/training/step/training-step.ts';
import type { TrainingStep } from '../../model/training/step/training-step.ts';
import type { TrainableModel } from '../../model/training/step/trainable-model.ts';
import { drawnTensor, drawnWeights } from './paper-weights.ts';

const PAPER: PaperModel = {
  architecture: paperArchitectureSchema.parse({
    embeddingDimensions: 4,
    photometry: { length: 6, channels: 2, dimensions: 4, heads: 2, feedForward: 4, layers: 1 },
    spectra: { length: 26, channels: [2, 3, 3] },
    metadata: { inputs: 3, hiddenDimensions: 4 },
  }),
  layout: 'corrected',
};

const OPTIMISER = createOptimiser({
  kind: 'adam',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  decayScope: 'matrices',
});

/** Objects of a batch; in pieces of 2, the last is shorter. */
export const SMALL_BATCH = 3;

/** The smallest model with every part of the paper's, as training sees it. */
export function smallTrainableModel(): TrainableModel {
  return createContrastiveModel(paperModalityEncoders(PAPER, PAPER_MODALITIES), { clip: { weight: 1 } });
}

/** Its training step, with dropout, pieces, clipping and Adam. */
export function smallTrainingStep(): TrainingStep {
  return buildTrainingStep(smallTrainableModel(), {
    batch: SMALL_BATCH,
    pieceRows: 2,
    dropoutRatioAt: () => 0.25,
    optimiser: OPTIMISER,
    decayScope: 'matrices',
    clipNormMax: 1,
  });
}

/** Parameters with small numbers, slots of zeros: what the first step starts from. */
export function startingState({ state }: Pick<TrainingStep, 'state'>): Record<string, Tensor> {
  const weights = drawnWeights(PAPER);
  return Object.fromEntries(
    state.map(({ name, shape }) => {
      const zeros = float32Tensor(new Float32Array(elementCount(shape)), shape);
      return [name, weights.get(name) ?? zeros];
    }),
  );
}

/** What a step is fed beside its state: a batch from a seed, the masks of dropout, the optimiser's scalars. */
export function feedsOfStep(
  { graph, state }: Pick<TrainingStep, 'graph' | 'state'>,
  number: number,
): Record<string, Tensor> {
  const carried = new Set(state.map(({ name }) => name));
  const scalars = new Map(
    OPTIMISER.scalars.map((name, i) => [scalarInput(name), OPTIMISER.scalarsAt(number, 0.01)[i] ?? 0]),
  );
  const others = graph.inputs.filter(({ name }) => !carried.has(name));
  return Object.fromEntries(
    others.map(({ name, value: { dtype, shape } }) => {
      const scalar = scalars.get(name);
      if (scalar !== undefined) return [name, float32Tensor(Float32Array.of(scalar), [])];
      return [name, FEEDS[dtype](name, shape.map(Number), number)];
    }),
  );
}

/** What is fed for an input of each element type at a step. */
const FEEDS: {
  readonly [D in DType]: (name: string, shape: readonly number[], number: number) => Tensor;
} = {
  // Every object has every modality, and nothing is padded.
  float32: (name, shape, number) =>
    name === 'mask' || name.startsWith('present.')
      ? float32Tensor(new Float32Array(elementCount(shape)).fill(1), shape)
      : drawnTensor(shape, `${name} ${number}`),
  // Sampled keys of attention, the same at each step.
  int64: (name, shape) => {
    const random = new Random(name);
    const length = shape[0] ?? 1;
    const indices = Array.from({ length: elementCount(shape) }, () => random.uint32() % length);
    return int64Tensor(BigInt64Array.from(indices, BigInt), shape);
  },
  // What dropout keeps.
  bool: (name, shape, number) => {
    const random = new Random(`${name} ${number}`);
    const data = Uint8Array.from({ length: elementCount(shape) }, () => (random.uniform() < 0.75 ? 1 : 0));
    return { dtype: 'bool', shape, data };
  },
};
