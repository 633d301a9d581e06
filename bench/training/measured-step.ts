import { float32Tensor, PAPER_MODALITIES, readSafetensors, writeOnnx } from '../../model/index.ts';
import type { NamedTensors, ProductDType, Tensor } from '../../model/index.ts';
import { createOptimiser, optimiserSchema, scheduleSchema } from '../../model/optimisers/config.ts';
import { paperModalityEncoders } from '../../model/paper/modality-encoders.ts';
import type { StepProgram } from '../../model/sessions/training-protocol.ts';
import { scalarInput } from '../../model/training/apply-update.ts';
import { createContrastiveModel, presenceInput } from '../../model/training/contrastive-model.ts';
import { buildTrainingStep, LOSS_SCALE } from '../../model/training/training-step.ts';
import { SIZED_MODELS } from './sizes.ts';
import type { TrainingCase } from './training-case.ts';

/** Published for AstroM³. */
const CLIP_NORM_MAX = 45;

/** Small gradients do not vanish in float16, and large ones are still finite. */
const HALF_LOSS_SCALE = 1024;

/** A training step of the paper profile, and all that it is fed. */
export interface MeasuredStep {
  readonly program: StepProgram;
  readonly parameters: number;
  /** State before the first step. */
  readonly state: NamedTensors;
  /** The batch, the same in every step, and the scale of the loss where there is one. */
  readonly batch: NamedTensors;
  /** The optimiser's scalars of a step, 1 for the first. */
  readonly scalarsAt: (step: number) => NamedTensors;
}

export interface MeasuredStepOptions {
  /** Objects that are encoded at a time within the graph. */
  readonly pieceRows: number;
  readonly products: ProductDType;
}

/**
 * The step as the trainer does it, and as it is published: three modalities that contrast, Adam with coupled L2, clipping by the global norm; without
 * dropout, at the full learning rate. With products in float16 the backward pass is scaled.
 */
export async function buildMeasuredStep(
  { sizes, batch, weightsFile, inputsFile }: TrainingCase,
  { pieceRows, products }: MeasuredStepOptions,
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
    hasLossScale: products === 'float16',
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
  const scale =
    products === 'float16' ? { [LOSS_SCALE]: float32Tensor(Float32Array.of(HALF_LOSS_SCALE), []) } : {};
  const presence = PAPER_MODALITIES.map((name) => [presenceInput(name), present] as const);
  return {
    program: {
      kind: 'single',
      onnx: writeOnnx(step.graph, new Map(), { products }),
      state: step.state,
      metrics: step.metrics,
    },
    parameters,
    state,
    batch: {
      ...Object.fromEntries(await readSafetensors(inputsFile)),
      ...Object.fromEntries(presence),
      ...scale,
    },
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
