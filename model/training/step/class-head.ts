import type { GraphBuilder } from '../../ir/builder.ts';
import { l2Normalise, linear } from '../../ir/layers.ts';
import type { Value } from '../../ir/types.ts';
import type { EncodedModality } from '../../losses/modalities.ts';
import type { ModalityEncoder } from './modality-encoder.ts';
import type { Features } from './trainable-model.ts';

export interface ClassHeadInputs {
  readonly g: GraphBuilder;
  readonly encoders: readonly ModalityEncoder[];
  readonly features: Features;
  /** In the order of the encoders; not looked at but for `all`. */
  readonly modalities: readonly EncodedModality[];
}

/**
 * Logits of classes, [batch, count]: a linear map of the mean of an object's unit embeddings, not normalised again
 * (`all`), or of the encoding of one modality. Parameters: `head.weight`, `head.bias`.
 *
 * @throws TypeError if no encoder has the name
 * @source Rizhko & Bloom 2024, arXiv:2411.08842; here the mean is over the modalities that an object has
 */
export function classLogits(
  { g, encoders, features, modalities }: ClassHeadInputs,
  { count, from, logitScale }: { readonly count: number; readonly from: string; readonly logitScale: number },
): Value {
  if (from !== 'all' && !encoders.some(({ name }) => name === from))
    throw new TypeError(
      `Cannot classify as the head's input must be "all" or one of ` +
        `${encoders.map(({ name }) => `"${name}"`).join(', ')}: current value is "${from}"`,
    );
  const x = from === 'all' ? meanEmbedding(g, modalities) : features[from]!;
  const scaled = logitScale === 1 ? x : g.mul(x, logitScale);
  return linear(g, scaled, { name: 'head', inputs: Number(x.shape[1]), outputs: count });
}

/** Mean of the unit embeddings that an object has; 0 if it has none. */
function meanEmbedding(g: GraphBuilder, modalities: readonly EncodedModality[]): Value {
  const sum = (values: readonly Value[]): Value => values.reduce((total, value) => g.add(total, value));
  const weights = modalities.map(({ present, projection: { shape } }) =>
    present === null ? g.full(1, [shape[0]!, 1]) : g.reshape(present, [shape[0]!, 1]),
  );
  const total = sum(
    modalities.map(({ projection }, i) => g.where(g.greater(weights[i]!, 0), l2Normalise(g, projection), 0)),
  );
  return g.div(total, g.maximum(sum(weights), 1));
}
