import type { NamedValue } from '../ir/types.ts';
import { writeOnnx } from '../onnx/write-onnx.ts';
import { createOptimiser } from '../optimisers/config.ts';
import type { Optimiser } from '../optimisers/optimiser.ts';
import type { EvaluationProgram, StepProgram } from '../sessions/training-protocol.ts';
import { scalarInput } from './apply-update.ts';
import type { StateTensor } from './apply-update.ts';
import type { TrainingConfig } from './config.ts';
import { viewInput } from './contrastive-model.ts';
import type { DropoutSite } from './dropout-inputs.ts';
import { buildEvaluationStep } from './evaluation-step.ts';
import type { TrainableModel } from './trainable-model.ts';
import { buildTrainingStep } from './training-step.ts';

/** The graphs of a training, and what they are fed. */
export interface StepPrograms {
  readonly step: StepProgram;
  readonly evaluation: EvaluationProgram | null;
  readonly optimiser: Optimiser;
  readonly state: readonly StateTensor[];
  /** The state's parameters, as the graph's inputs. */
  readonly parameters: readonly NamedValue[];
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

/** Builds and writes the graphs of a training. */
export function buildStepPrograms(
  model: TrainableModel,
  { config, validationBatch, constants }: StepProgramsOptions,
): StepPrograms {
  const { rows: batch, pieceRows } = config.batch;
  const optimiser = createOptimiser(config.optimiser);
  const built = buildTrainingStep(model, {
    batch,
    pieceRows,
    optimiser,
    decayScope: config.optimiser.decayScope,
    clipNormMax: config.clipNormMax,
    dropoutRatioAt: (site) => dropoutRatioAt(config, site),
  });
  const { graph, state, dropoutSites, metrics } = built;
  const evaluation =
    validationBatch === null ? null : buildEvaluationStep(model, { batch: validationBatch, pieceRows });
  const parameterNames = new Set(state.flatMap(({ name, kind }) => (kind === 'parameter' ? [name] : [])));
  const others = new Set([
    ...state.map(({ name }) => name),
    ...dropoutSites.map(({ input }) => input),
    ...optimiser.scalars.map(scalarInput),
    ...constants,
  ]);
  return {
    step: { kind: 'single', onnx: writeOnnx(graph, new Map()), state, metrics },
    evaluation: evaluation && {
      onnx: writeOnnx(evaluation.graph, new Map()),
      parameters: evaluation.parameters,
      metrics: evaluation.metrics,
    },
    optimiser,
    state,
    parameters: graph.inputs.filter(({ name }) => parameterNames.has(name)),
    dropoutSites,
    batchInputs: graph.inputs.map(({ name }) => name).filter((name) => !others.has(name)),
  };
}

/** Sites are named after their modality: `photometry.embedding`, in the second view `view.photometry.embedding`. */
function dropoutRatioAt({ dropout }: TrainingConfig, site: string): number {
  const prefix = viewInput('');
  const [modality] = (site.startsWith(prefix) ? site.slice(prefix.length) : site).split('.');
  const known = Object.entries(dropout).find(([name]) => name === modality);
  if (known === undefined)
    throw new TypeError(
      `Cannot find the dropout of "${site}" as it must be named after a modality: known are ${Object.keys(dropout).join(', ')}`,
    );
  return known[1];
}
