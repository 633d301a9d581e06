import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';
import { maskedMean } from './masked-mean.ts';

/** Label of an object whose class is not known. */
export const UNLABELLED = -1;

/**
 * Mean of −ln p(label) over the labelled objects, p being the softmax of the logits; 0 if none is labelled.
 *
 * @param logits float32 [batch, classes]
 * @param labels int64 [batch], 0 … classes − 1, or −1 for an object that does not count
 * @returns scalar
 */
export function crossEntropyLoss(g: GraphBuilder, logits: Value, labels: Value): Value {
  const isLabelled = g.greater(labels, UNLABELLED);
  const chosen = g.oneHot(g.where(isLabelled, labels, 0), Number(logits.shape[1]));
  const logLikelihood = g.reduceSum(g.mul(chosen, g.logSoftmax(logits)), [1]);
  return maskedMean(g, g.sub(0, logLikelihood), g.cast(isLabelled, 'float32'));
}
