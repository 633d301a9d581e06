import { writeOnnx } from '../../onnx/write-onnx.ts';
import type { WriteOptions } from '../../onnx/write-onnx.ts';
import { createOptimiser } from '../../optimisers/config.ts';
import type { Optimiser } from '../../optimisers/optimiser.ts';
import { HEAD_TENSORS } from '../../releases/class-head-part.ts';
import { featureOf } from '../../sessions/carried-names.ts';
import type { EvaluationProgram, StepProgram } from '../../sessions/training-protocol.ts';
import { accumulatedProgram } from './accumulated-program.ts';
import { buildAccumulatedStep } from './accumulated-step.ts';
import { scalarInput } from './apply-update.ts';
import type { StateTensor } from './apply-update.ts';
import { accumulationRows } from '../config.ts';
import type { TrainingConfig } from '../config.ts';
import { viewInput } from './contrastive-model.ts';
import type { DropoutSite } from './dropout-inputs.ts';
import { buildEvaluationStep } from './evaluation-step.ts';
import type { TrainableModel } from './trainable-model.ts';
import { buildTrainingStep, LOSS_SCALE } from './training-step.ts';
import type { TrainingStepOptions } from './training-step.ts';

/** The graphs of a training, and what they are fed. */
export interface StepPrograms {
  readonly step: StepProgram;
  readonly evaluation: EvaluationProgram | null;
  readonly optimiser: Optimiser;
  readonly state: readonly StateTensor[];
  /** Where batches bring masks. */
  readonly dropoutSites: readonly DropoutSite[];
  /** Inputs that come with a batch, by their names: neither state nor masks nor scalars. */
  readonly batchInputs: readonly string[];
}

export interface StepProgramsOptions {
  readonly config: TrainingConfig;
  /** Objects of one validation batch; `null` where nothing is validated. */
  readonly validationBatch: number | null;
  /** Inputs that all objects share. */
  readonly constants: readonly string[];
}

const OF_HEAD: readonly string[] = Object.values(HEAD_TENSORS);

/** Objects encoded at a time where nothing is kept for a way back: the graph is small, and so is what it holds. */
const EVALUATION_ROWS = 32;

/** Builds and writes the graphs of a training. */
export function buildStepPrograms(
  model: TrainableModel,
  { config, validationBatch, constants }: StepProgramsOptions,
): StepPrograms {
  const optimiser = createOptimiser(config.optimiser);
  const isMixed = config.precision === 'mixed';
  const pieceRows = accumulationRows(config);
  const options: TrainingStepOptions = {
    batch: config.batch.rows,
    pieceRows: pieceRows ?? config.batch.pieceRows,
    optimiser,
    decayScope: config.optimiser.decayScope,
    clipNormMax: config.clipNormMax,
    dropoutRatioAt: (site) => dropoutRatioAt(config, site),
    learningRateRatioOf: (name) => (OF_HEAD.includes(name) ? 1 : config.start.learningRateRatio),
    hasLossScale: isMixed,
  };
  const write: WriteOptions = { products: isMixed ? 'float16' : 'float32' };
  const evaluation =
    validationBatch === null
      ? null
      : buildEvaluationStep(model, { batch: validationBatch, pieceRows: EVALUATION_ROWS });
  const built = pieceRows === null ? single(model, options, write) : accumulated(model, options, write);
  const others = new Set([
    ...built.step.state.map(({ name }) => name),
    ...built.dropoutSites.map(({ input }) => input),
    ...optimiser.scalars.map(scalarInput),
    LOSS_SCALE,
    ...constants,
  ]);
  return {
    ...built,
    evaluation: evaluation && {
      onnx: writeOnnx(evaluation.graph, new Map(), write),
      parameters: evaluation.parameters,
      metrics: evaluation.metrics,
    },
    optimiser,
    batchInputs: built.batchInputs.filter((name) => !others.has(name)),
  };
}

type Built = Pick<StepPrograms, 'step' | 'state' | 'dropoutSites' | 'batchInputs'>;

function single(model: TrainableModel, options: TrainingStepOptions, write: WriteOptions): Built {
  const { graph, state, dropoutSites, metrics } = buildTrainingStep(model, options);
  return {
    step: { kind: 'single', onnx: writeOnnx(graph, new Map(), write), state, metrics },
    state,
    dropoutSites,
    batchInputs: graph.inputs.map(({ name }) => name),
  };
}

function accumulated(model: TrainableModel, options: TrainingStepOptions, write: WriteOptions): Built {
  const built = buildAccumulatedStep(model, options);
  const { batch, rowInputs, features, state } = built;
  const carried = new Set(features.map(({ name }) => featureOf(name)));
  const ofObjective = built.objective.inputs.map(({ name }) => name).filter((name) => !carried.has(name));
  return {
    step: accumulatedProgram(built, write),
    state,
    // The graphs take masks of a piece; the step is fed those of the batch.
    dropoutSites: built.dropoutSites.map((site) => ({ ...site, shape: [batch, ...site.shape.slice(1)] })),
    batchInputs: [...new Set([...rowInputs, ...ofObjective])],
  };
}

/** What attention comes to is dropped at a site of this name, with a share of its own. */
const POOL_SITE = 'photometry.pool';

/** Sites are named after their modality: `photometry.embedding`, in the second view `view.photometry.embedding`. */
function dropoutRatioAt({ dropout }: TrainingConfig, site: string): number {
  const prefix = viewInput('');
  const own = site.startsWith(prefix) ? site.slice(prefix.length) : site;
  if (own === POOL_SITE && dropout.pooled !== null) return dropout.pooled;
  const [modality] = own.split('.');
  const known = Object.entries(dropout).find(([name]) => name === modality)?.[1];
  if (known === undefined || known === null)
    throw new TypeError(
      `Cannot find the dropout of "${site}" as it must be named after a modality: known are ${Object.keys(dropout).join(', ')}`,
    );
  return known;
}
