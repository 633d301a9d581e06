import type { GraphBuilder } from '../ir/builder.ts';
import { MASKED_LOGIT, maskBias } from '../ir/layers.ts';
import type { Value } from '../ir/types.ts';
import type { PaperLayout } from './architecture.ts';

export interface ProbSparseOperands {
  /** [batch, heads, length, width] */
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  /** [batch, length], 1 for a step, 0 for padding; used by the corrected layout alone. */
  readonly mask: Value;
  /** [length, samples] int64: the keys that each query is tried on. */
  readonly indexSample: Value;
}

/**
 * ProbSparse attention, not causal: each query is tried on a few sampled keys; the queries with the sharpest response get
 * attention over all keys, the others the mean of the values.
 *
 * With S the sampled logits of a query: M = max S − Σ S / length; the `samples` largest M of each head are sharp.
 *
 * @returns [batch, length, heads · width]; in the reference layout read off [batch, heads, length, width] without bringing
 *   the heads side by side, as the published weights expect
 * @source Zhou et al. 2021, arXiv:2012.07436, section 3.1
 */
export function probSparseAttention(
  g: GraphBuilder,
  operands: ProbSparseOperands,
  layout: PaperLayout,
): Value {
  const { query, value, mask } = operands;
  const [batch = 1, heads = 1, length = 1, width = 1] = query.shape;
  const isCorrected = layout === 'corrected';
  const keyBias = isCorrected ? maskBias(g, mask) : null;
  const { sharp, attended } = attendSharpQueries(g, operands, keyBias);
  const rest = g.broadcastTo(
    isCorrected ? meanOfSteps(g, value, mask) : g.reduceMean(value, [2], { keepDims: true }),
    query.shape,
  );
  const context = g.scatterElements(rest, { indices: sharp, updates: attended, axis: 2 });
  const inOrder = isCorrected ? g.transpose(context, [0, 2, 1, 3]) : context;
  return g.reshape(inOrder, [batch, length, Number(heads) * Number(width)]);
}

/** Where the sharp queries stand, [batch, heads, samples, width] (equal along width), and their attention. */
function attendSharpQueries(
  g: GraphBuilder,
  operands: ProbSparseOperands,
  keyBias: Value | null,
): { readonly sharp: Value; readonly attended: Value } {
  const { query, key, value, indexSample } = operands;
  const [batch = 1, heads = 1, , width = 1] = query.shape;
  const samples = Number(indexSample.shape[1]);
  const { indices } = g.topK(sharpness(g, operands, keyBias), samples);
  const sharp = g.broadcastTo(g.reshape(indices, [batch, heads, samples, 1]), [batch, heads, samples, width]);
  const sharpQuery = g.gatherElements(query, sharp, 2);
  const bias = keyBias === null ? {} : { bias: keyBias };
  return { sharp, attended: g.attention({ query: sharpQuery, key, value, ...bias }) };
}

/** M of each query, [batch, heads, length]; with a mask, padding is never a sharp query and never a sampled key. */
function sharpness(g: GraphBuilder, operands: ProbSparseOperands, keyBias: Value | null): Value {
  const { query, key, mask, indexSample } = operands;
  const [batch = 1, heads = 1, length = 1, width = 1] = query.shape;
  const samples = Number(indexSample.shape[1]);
  const sampled = g.gather(key, indexSample, 2);
  const spread = g.reshape(query, [batch, heads, length, 1, width]);
  const logits = g.reduceSum(g.mul(spread, sampled), [-1]);
  if (keyBias === null)
    return g.sub(g.reduceMax(logits, [-1]), g.div(g.reduceSum(logits, [-1]), Number(length)));
  const isKey = g.reshape(g.gather(mask, indexSample, 1), [batch, 1, length, samples]);
  const largest = g.reduceMax(g.add(logits, g.mul(g.sub(1, isKey), MASKED_LOGIT)), [-1]);
  const steps = g.reshape(g.maximum(g.reduceSum(mask, [1]), 1), [batch, 1, 1]);
  const measure = g.sub(largest, g.div(g.reduceSum(g.mul(logits, isKey), [-1]), steps));
  const isQuery = g.reshape(mask, [batch, 1, length]);
  // A query none of whose samples is a step ranks below all that have one, and above padding.
  return g.add(g.maximum(measure, MASKED_LOGIT / 2), g.mul(g.sub(1, isQuery), MASKED_LOGIT));
}

/** Mean of the values over steps that are not padding, [batch, heads, 1, width]. */
function meanOfSteps(g: GraphBuilder, value: Value, mask: Value): Value {
  const [batch = 1, length = 1] = mask.shape;
  const total = g.matmul(g.reshape(mask, [batch, 1, 1, length]), value);
  return g.div(total, g.reshape(g.maximum(g.reduceSum(mask, [1]), 1), [batch, 1, 1, 1]));
}
