import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';
import { batchNorm } from './batch-norm.ts';
import { splitDiagonal } from './diagonal.ts';
import { batchOf, commonObjects, modalityPairs, pairOf, sumOverPairs, withoutAbsent } from './modalities.ts';
import type { EncodedModality, ModalityPair, PairedLoss } from './modalities.ts';

export interface BarlowTwinsOptions {
  /**
   * λ, weight of what is off the diagonal. The paper's 0.0051 by default, for a batch of 2,048 and 8,192 dimensions; on
   * batches that are not much larger than the dimensions, about 1 / dimensions.
   */
  readonly redundancyWeight?: number;
}

/**
 * Redundancy reduction between every pair of modalities, summed: each dimension is to agree between the two, and with no
 * other dimension.
 *
 * ẑ = batchNorm(z), C = ẑ_aᵀ ẑ_b / n, ℓ_ab = Σ_i (1 − C_ii)² + λ Σ_{i≠j} C_ij². Statistics are those of the n objects
 * that have both modalities; a pair that fewer than two have is 0, and so is its gradient.
 *
 * @throws RangeError or TypeError if the modalities do not make pairs (`modalityPairs`); RangeError if λ is negative
 * @source Zbontar et al. 2021, arXiv:2103.03230, equations 1 and 2
 */
export function barlowTwinsLoss(
  g: GraphBuilder,
  modalities: readonly EncodedModality[],
  options: BarlowTwinsOptions = {},
): PairedLoss {
  const pairs = modalityPairs(modalities.map((modality) => withoutAbsent(g, modality)));
  return lossOfPairs(g, pairs, options);
}

/**
 * The same between two distorted views of one sample, as in the paper: one pair, named by the encoder's key twice.
 *
 * @param views what one encoder made of both; an object counts if it is present in both
 * @throws TypeError if the views have different keys or shapes; RangeError if λ is negative
 */
export function barlowTwinsOfViews(
  g: GraphBuilder,
  views: readonly [EncodedModality, EncodedModality],
  options: BarlowTwinsOptions = {},
): PairedLoss {
  const [first, second] = views;
  if (first.key !== second.key)
    throw new TypeError(
      `Cannot compare views as they must be of one encoder: current value is "${first.key}" and "${second.key}"`,
    );
  return lossOfPairs(g, [pairOf(withoutAbsent(g, first), withoutAbsent(g, second))], options);
}

function lossOfPairs(
  g: GraphBuilder,
  pairs: readonly ModalityPair[],
  { redundancyWeight = 0.0051 }: BarlowTwinsOptions,
): PairedLoss {
  if (!(redundancyWeight >= 0))
    throw new RangeError(
      `Cannot weight redundancy as the weight must not be negative: current value is ${redundancyWeight}`,
    );
  return sumOverPairs(g, pairs, { lossOf: (pair) => pairLoss(g, pair, redundancyWeight) });
}

function pairLoss(g: GraphBuilder, pair: ModalityPair, redundancyWeight: number): Value {
  const batch = batchOf(pair.first.projection);
  const weights = commonObjects(g, pair) ?? g.full(1, [batch]);
  const count = g.reduceSum(weights, [0]);
  const first = batchNorm(g, pair.first.projection, { weights });
  const second = batchNorm(g, pair.second.projection, { weights });
  const counted = g.mul(g.reshape(weights, [batch, 1]), first);
  const correlations = g.div(g.matmul(counted, second, { transposeA: true }), g.maximum(count, 1));
  const { diagonal, rest } = splitDiagonal(g, correlations);
  const invariance = sumOfSquares(g, g.sub(1, diagonal));
  const redundancy = sumOfSquares(g, rest);
  const loss = g.add(invariance, g.mul(redundancyWeight, redundancy));
  return g.where(g.greater(count, 1), loss, 0);
}

function sumOfSquares(g: GraphBuilder, x: Value): Value {
  return g.reduceSum(
    g.mul(x, x),
    x.shape.map((_, axis) => axis),
  );
}
