import type { GraphBuilder } from '../ir/builder.ts';
import { MASKED_LOGIT } from '../ir/layers.ts';
import type { Value } from '../ir/types.ts';
import { diagonalOf } from './diagonal.ts';
import { directions } from './directions.ts';
import { logitScale } from './logit-scale.ts';
import { maskedMean } from './masked-mean.ts';
import { batchOf, commonObjects, modalityPairs, sumOverPairs, withoutAbsent } from './modalities.ts';
import type { EncodedModality, ModalityPair, PairedLoss, PairWeights } from './modalities.ts';

/**
 * Contrastive loss of every pair of modalities, summed: an object's embedding in one is to be nearer to its own in the
 * other than to those of the rest of the batch, from both sides.
 *
 * ẑ = z / ‖z‖, S = τ ẑ_a ẑ_bᵀ, ℓ_ab = CE(S, diagonal) + CE(Sᵀ, diagonal): means over the objects, and the sum of the two
 * directions, not their mean. τ is `logitScale` of the parameter `logit_scale_<pair>`. Where all logits are equal it is
 * 2 ln batch for each pair.
 *
 * An object that lacks one modality of a pair is neither row nor column there. A pair that fewer than two objects have
 * is 0, and so is its gradient.
 *
 * @param weights of pairs, by which their losses are multiplied before they are added
 * @throws RangeError or TypeError if the modalities do not make pairs (`modalityPairs`)
 * @source Radford et al. 2021, arXiv:2103.00020, figure 3; for three modalities Rizhko & Bloom 2024, arXiv:2411.08842
 */
export function clipLoss(
  g: GraphBuilder,
  modalities: readonly EncodedModality[],
  weights: PairWeights = {},
): PairedLoss {
  const pairs = modalityPairs(
    modalities.map((modality) => {
      const { projection, ...rest } = withoutAbsent(g, modality);
      return { ...rest, projection: directions(g, projection) };
    }),
  );
  return sumOverPairs(g, pairs, { lossOf: (pair) => pairLoss(g, pair), weights });
}

/** Of unit vectors. */
function pairLoss(g: GraphBuilder, pair: ModalityPair): Value {
  const cosines = g.matmul(pair.first.projection, pair.second.projection, { transposeB: true });
  const common = commonObjects(g, pair);
  const logits = maskedLogits(g, g.mul(logitScale(g, `logit_scale_${pair.name}`), cosines), common);
  const crossEntropy = (axis: number): Value => {
    const logLikelihood = diagonalOf(g, g.logSoftmax(logits, axis));
    // Not `neg`: what is certain costs 0, not −0.
    return maskedMean(g, g.sub(0, logLikelihood), common);
  };
  return g.add(crossEntropy(1), crossEntropy(0));
}

/** Logits [batch, batch] that count only where both row and column are common objects. */
function maskedLogits(g: GraphBuilder, logits: Value, common: Value | null): Value {
  if (common === null) return logits;
  const isCommon = g.greater(common, 0);
  const batch = batchOf(common);
  const counts = g.and(g.reshape(isCommon, [batch, 1]), g.reshape(isCommon, [1, batch]));
  return g.where(counts, logits, MASKED_LOGIT);
}
