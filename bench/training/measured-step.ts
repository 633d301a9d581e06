import { float32Tensor, PAPER_MODALITIES, readSafetensors, writeOnnx } from '../../model/index.ts';
import type { NamedTensors, ProductDType } from '../../model/index.ts';
import { createOptimiser, optimiserSchema, scheduleSchema } from '../../model/optimisers/config.ts';
import { writeLoop } from '../../model/training/step/write-loop.ts';
import { paperModalityEncoders } from '../../model/paper/modality-encoders.ts';
import type { StepProgram } from '../../model/sessions/training-protocol.ts';
import { scalarInput } from '../../model/training/step/apply-update.ts';
import { createContrastiveModel, presenceInput } from '../../model/training/step/contrastive-model.ts';
import { buildTrainingStep, LOSS_SCALE } from '../../model/training/step/training-step.ts';
import { SIZED_MODELS } from './sizes.ts';
import { filled, scalar } from './drawn-tensors.ts';
import type { TrainingCase } from './training-case.ts';

/** Published for AstroM³. */
const CLIP_NORM_MAX = 45;

/** Small gradients do not vanish in float16, and large ones are still finite. */
const HALF_LOSS_SCALE = 1024;

/** A training step of the paper profile, and all that it is fed. */
export interface MeasuredStep {
  /** Where a call does several steps, its metrics are read as those of the first. */
  readonly program: StepProgram;
  readonly parameters: number;
  /** State before the first step. */
  readonly state: NamedTensors;
  /** What every call is fed: for each of its steps the same batch, and the scale of the loss where there is one. */
  readonly batch: NamedTensors;
  /** The optimiser's scalars of a call, 1 for the first. */
  readonly scalarsAt: (call: number) => NamedTensors;
}

export interface MeasuredStepOptions {
  /** Objects that are encoded at a time within the graph. */
  readonly pieceRows: number;
  /** Training steps of one call; more than 1 by an ONNX Loop. */
  readonly stepsPerCall: number;
  readonly products: ProductDType;
}

/**
 * The step as the trainer does it, and as it is published: three modalities that contrast, Adam with coupled L2, clipping by
 * the global norm; without dropout, at the full learning rate. With products in float16 the backward pass is scaled.
 */
export async function buildMeasuredStep(
  trained: TrainingCase,
  { pieceRows, stepsPerCall, products }: MeasuredStepOptions,
): Promise<MeasuredStep> {
  const { sizes, batch, weightsFile } = trained;
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
  const scalarsOfStep = (at: number): NamedTensors => {
    const values = optimiser.scalarsAt(at, learningRate);
    return Object.fromEntries(
      optimiser.scalars.map((name, i) => [scalarInput(name), scalar(values[i] ?? NaN)]),
    );
  };
  const weights = await readSafetensors(weightsFile);
  const state = Object.fromEntries(
    step.state.map(({ name, shape }) => [name, weights.get(name) ?? filled(shape, 0)]),
  );
  const batchOfStep = await batchOf(trained, products);
  return {
    program: {
      kind: 'single',
      onnx:
        stepsPerCall === 1
          ? writeOnnx(step.graph, new Map(), { products })
          : writeLoop(step, stepsPerCall, { products }),
      state: step.state,
      metrics: step.metrics,
    },
    parameters: step.state
      .filter(({ kind }) => kind === 'parameter')
      .reduce((total, { name }) => total + (state[name]?.data.length ?? 0), 0),
    state,
    batch: fedToCall(Array.from({ length: stepsPerCall }, () => batchOfStep)),
    scalarsAt: (call) =>
      fedToCall(
        Array.from({ length: stepsPerCall }, (_, i) => scalarsOfStep((call - 1) * stepsPerCall + i + 1)),
      ),
  };
}

/** What a step is fed beside its state and the optimiser's scalars; every object has every modality. */
async function batchOf({ batch, inputsFile }: TrainingCase, products: ProductDType): Promise<NamedTensors> {
  const presence = PAPER_MODALITIES.map((name) => [presenceInput(name), filled([batch], 1)] as const);
  return {
    ...Object.fromEntries(await readSafetensors(inputsFile)),
    ...Object.fromEntries(presence),
    ...(products === 'float16' ? { [LOSS_SCALE]: scalar(HALF_LOSS_SCALE) } : {}),
  };
}

/** The float32 feeds of several steps with a first axis of steps; those of one as they are. */
function fedToCall(steps: readonly NamedTensors[]): NamedTensors {
  const [first = {}] = steps;
  if (steps.length === 1) return first;
  return Object.fromEntries(
    Object.entries(first).map(
      ([
        name,
        {
          shape,
          data: { length },
        },
      ]) => {
        const stacked = new Float32Array(steps.length * length);
        for (const [i, { [name]: tensor }] of steps.entries())
          if (tensor?.dtype === 'float32') stacked.set(tensor.data, i * length);
        return [name, float32Tensor(stacked, [steps.length, ...shape])];
      },
    ),
  );
}
