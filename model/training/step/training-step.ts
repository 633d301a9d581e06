import { gradients } from '../../autodiff/gradients.ts';
import { sourcesOf } from '../../autodiff/sources.ts';
import { GraphBuilder } from '../../ir/builder.ts';
import type { Graph, Value } from '../../ir/types.ts';
import { applyUpdate } from './apply-update.ts';
import type { StateTensor, UpdateOptions } from './apply-update.ts';
import { dropoutInputs } from './dropout-inputs.ts';
import type { DropoutSite } from './dropout-inputs.ts';
import { encodeInPieces } from './encode-in-pieces.ts';
import { finishedGraph } from './finished-graph.ts';
import type { TrainableModel } from './trainable-model.ts';

export interface TrainingStepOptions extends UpdateOptions {
  readonly batch: number;
  /** Objects that are encoded at a time within the graph. */
  readonly pieceRows: number;
  /** Share of elements dropped at a site of the model. */
  readonly dropoutRatioAt: (site: string) => number;
  /**
   * Whether the backward pass is scaled by the input `loss_scale`, so that small gradients do not vanish where products are
   * float16; what the optimiser sees is not scaled.
   */
  readonly hasLossScale?: boolean;
}

/** A whole training step as one graph: forward, backward, clipping and optimiser. */
export interface TrainingStep {
  /** Without parameters: what a step changes comes in and goes out. */
  readonly graph: Graph;
  readonly state: readonly StateTensor[];
  readonly dropoutSites: readonly DropoutSite[];
  /** Names of the outputs that are scalars to be looked at: `loss`, its parts, `gradient_norm`. */
  readonly metrics: readonly string[];
}

/** Name of the output with the loss. */
export const LOSS = 'loss';

/** Name of the input with the scale of the backward pass. */
export const LOSS_SCALE = 'loss_scale';

/**
 * Writes a training step. Its inputs are the model's, the state (each parameter under its own name, each slot as
 * `slot/parameter`), the optimiser's scalars (`optimiser.…`) and the masks of dropout (`dropout.…`); its outputs the
 * metrics and the new state (`next.…`). Parameters that the loss is not computed from are not part of it: no decay changes
 * them.
 */
export function buildTrainingStep(model: TrainableModel, options: TrainingStepOptions): TrainingStep {
  const { batch, pieceRows, dropoutRatioAt, hasLossScale = false } = options;
  const g = new GraphBuilder('training_step');
  const { dropout, sites } = dropoutInputs({ batch, ratioAt: dropoutRatioAt });
  const features = encodeInPieces(g, model, { batch, pieceRows, dropout });
  const { loss, metrics } = model.objective(g, features, batch);
  const sources = sourcesOf(g, [loss]);
  const parameters = g.parameters.filter(({ value }) => sources.has(value));
  const lossScale = hasLossScale ? lossScaleInput(g) : null;
  const slopes = gradients(
    g,
    lossScale === null ? loss : g.mul(loss, lossScale),
    parameters.map(({ value }) => value),
  );
  g.output(LOSS, loss);
  for (const [name, value] of Object.entries(metrics)) g.output(name, value);
  const state = applyUpdate(g, { parameters, gradients: slopes, lossScale }, options);
  const outputs = new Set(state.map(({ next }) => next));
  const graph = finishedGraph(g);
  return {
    graph,
    state,
    dropoutSites: sites,
    metrics: graph.outputs.map(({ name }) => name).filter((name) => !outputs.has(name)),
  };
}

/** Declares the scale of the backward pass. */
export function lossScaleInput(g: GraphBuilder): Value {
  return g.input(LOSS_SCALE, 'float32', []);
}
