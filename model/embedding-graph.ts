import { GraphBuilder } from './ir/builder.ts';
import { noDropout } from './ir/dropout.ts';
import { l2Normalise } from './ir/layers.ts';
import type { Graph } from './ir/types.ts';
import type { ModalityEncoder } from './training/step/modality-encoder.ts';

/** Name of the output: float32 [batch, dimensions], unit rows. */
export const EMBEDDING_OUTPUT = 'embedding';

/** The graph that embeds one modality of a batch of any size; its inputs are those of `embeddingInputs()`. */
export function embeddingGraph(encoder: ModalityEncoder): Graph {
  const g = new GraphBuilder(`embed_${encoder.name}`);
  const inputs = { rows: encoder.rows(g, { batch: 'batch' }), shared: encoder.shared(g) };
  g.output(EMBEDDING_OUTPUT, l2Normalise(g, encoder.project(g, encoder.encode(g, inputs, noDropout))));
  return g.build();
}

/** Names of what an encoder takes: of each object, and what all objects share. */
export function embeddingInputs(encoder: ModalityEncoder): readonly string[] {
  const g = new GraphBuilder('inputs');
  return [...Object.keys(encoder.rows(g, { batch: 1 })), ...Object.keys(encoder.shared(g))];
}
