import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';
import { batchOf } from './modalities.ts';

const EPSILON = 1e-5;

export interface BatchNormOptions {
  /** float32 [batch], ≥ 0: how much each row counts in mean and variance; all alike by default or if `null`. */
  readonly weights?: Value | null;
  /** Scales by the parameter `<affine>.weight` and shifts by `<affine>.bias`, both [width]; neither by default. */
  readonly affine?: string;
}

/**
 * (x − mean) / √(variance + 1e-5) of every column, by the statistics of this batch: biased variance, nothing kept of
 * other batches. A row of weight 0 is brought to the others' scale but has no part in it. Where the weights' sum is
 * below 1 it counts as 1.
 *
 * @param x float32 [batch, width], finite
 * @returns [batch, width]
 * @source Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1
 */
export function batchNorm(
  g: GraphBuilder,
  x: Value,
  { weights = null, affine }: BatchNormOptions = {},
): Value {
  const mean = columnMean(g, weights);
  const centred = g.sub(x, mean(x));
  const deviation = g.sqrt(g.add(mean(g.mul(centred, centred)), EPSILON));
  const normalised = g.div(centred, deviation);
  if (affine === undefined) return normalised;
  const width = Number(x.shape[1]);
  const scaled = g.mul(normalised, g.parameter(`${affine}.weight`, [width]));
  return g.add(scaled, g.parameter(`${affine}.bias`, [width]));
}

/** [batch, width] to the mean of each column [1, width]. */
function columnMean(g: GraphBuilder, weights: Value | null): (x: Value) => Value {
  if (weights === null) return (x) => g.reduceMean(x, [0], { keepDims: true });
  const column = g.reshape(weights, [batchOf(weights), 1]);
  const total = g.maximum(g.reduceSum(weights, [0]), 1);
  return (x) => g.div(g.reduceSum(g.mul(column, x), [0], { keepDims: true }), total);
}
