import { float32Tensor, PAPER_MODALITIES, readSafetensors } from '../../model/index.ts';
import type { NamedTensors, Tensor } from '../../model/index.ts';
import { createOptimiser, optimiserSchema, scheduleSchema } from '../../model/optimisers/config.ts';
import { paperModalityEncoders } from '../../model/paper/modality-encoders.ts';
import { scalarInput } from '../../model/training/apply-update.ts';
import { createContrastiveModel, presenceInput } from '../../model/training/contrastive-model.ts';
import { buildTrainingStep } from '../../model/training/training-step.ts';
import type { TrainingStep } from '../../model/training/training-step.ts';
import { SIZED_MODELS } from './sizes.ts';
import type { TrainingCase } from './training-case.ts';

/** Published for AstroM³. */
const CLIP_NORM_MAX = 45;

/** A training step of the paper profile, and all that it is fed. */
export interface MeasuredStep {
  readonly step: TrainingStep;
  readonly parameters: number;
  /** State before the first step. */
  readonly state: NamedTensors;
  /** The batch, the same in every step. */
  readonly batch: NamedTensors;
  /** The optimiser's scalars of a step, 1 for the first. */
  readonly scalarsAt: (step: number) => NamedTensors;
}

/**
 * The step as it is published: three modalities that contrast, Adam with coupled L2, clipping by the global norm; without
 * dropout, at the full learning rate.
 *
 * @param pieceRows objects that are encoded at a time within the graph
 */
export async function buildMeasuredStep(
  { sizes, batch, weightsFile, inputsFile }: TrainingCase,
  pieceRows: number,
): Promise<MeasuredStep> {
  const model = createContrastiveModel(paperModalityEncoders(SIZED_MODELS[sizes], PAPER_MODALITIES), {
    clip: { weight: 1 },
  });
  const config = optimiserSchema.parse({ kind: 'adam' });
  const optimiser = createOptimiser(config);
  const { learningRate } = scheduleSchema.parse({ kind: 'plateau' });
  const step = buildTrainingStep(model, {
    batch,
    pieceRows,
    dropoutRatioAt: () => 0,
    optimiser,
    decayScope: config.decayScope,
    clipNormMax: CLIP_NORM_MAX,
  });
  const weights = await readSafetensors(weightsFile);
  const state: Record<string, Tensor> = {};
  let parameters = 0;
  for (const { name, shape, kind } of step.state) {
    const zeros = float32Tensor(new Float32Array(shape.reduce((product, size) => product * size, 1)), shape);
    state[name] = weights.get(name) ?? zeros;
    if (kind === 'parameter') parameters += zeros.data.length;
  }
  const present = float32Tensor(new Float32Array(batch).fill(1), [batch]);
  const presence = PAPER_MODALITIES.map((name) => [presenceInput(name), present] as const);
  return {
    step,
    parameters,
    state,
    batch: { ...Object.fromEntries(await readSafetensors(inputsFile)), ...Object.fromEntries(presence) },
    scalarsAt: (at) => {
      const values = optimiser.scalarsAt(at, learningRate);
      return Object.fromEntries(
        optimiser.scalars.map((name, i) => [
          scalarInput(name),
          float32Tensor(Float32Array.of(values[i] ?? NaN), []),
        ]),
      );
    },
  };
}
