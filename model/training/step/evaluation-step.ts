import { GraphBuilder } from '../../ir/builder.ts';
import { noDropout } from '../../ir/dropout.ts';
import type { Graph } from '../../ir/types.ts';
import { encodeInPieces } from './encode-in-pieces.ts';
import { finishedGraph } from './finished-graph.ts';
import type { TrainableModel } from './trainable-model.ts';
import { LOSS } from './training-step.ts';

/** The loss of a batch without dropout, and nothing else. */
export interface EvaluationStep {
  /** Without parameters: they come in, under their names. */
  readonly graph: Graph;
  readonly parameters: readonly string[];
  /** Names of the outputs, all scalars: `loss` and its parts. */
  readonly metrics: readonly string[];
}

/**
 * Writes the loss that a model is validated by.
 *
 * @param options.pieceRows objects that are encoded at a time within the graph
 */
export function buildEvaluationStep(
  model: TrainableModel,
  { batch, pieceRows }: { readonly batch: number; readonly pieceRows: number },
): EvaluationStep {
  const g = new GraphBuilder('evaluation_step');
  const features = encodeInPieces(g, model, { batch, pieceRows, dropout: () => noDropout });
  const { loss, metrics } = model.objective(g, features, batch);
  g.output(LOSS, loss);
  for (const [name, value] of Object.entries(metrics)) g.output(name, value);
  const graph = finishedGraph(g);
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  return {
    graph,
    parameters: g.parameters.map(({ name }) => name).filter((name) => inputs.has(name)),
    metrics: graph.outputs.map(({ name }) => name),
  };
}
