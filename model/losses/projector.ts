import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';
import { batchNorm } from './batch-norm.ts';
import { withoutAbsent } from './modalities.ts';
import type { EncodedModality } from './modalities.ts';

export interface ProjectorSizes {
  readonly hiddenDimensions: number;
  readonly outputDimensions: number;
}

/**
 * The head that Barlow Twins is computed behind, and that is left out afterwards, the embedding being what goes in:
 * three linear layers without bias, batch normalisation and ReLU after the first two. Two views of one key share it.
 * Statistics are those of the objects that have this modality, whatever else they have.
 *
 * Parameters: `projector.<key>.linear1.weight` … `linear3.weight` [out, in], `projector.<key>.norm1.weight`, `.bias`,
 * `norm2.weight`, `.bias`.
 *
 * @param modality its projection is the embedding [batch, dimensions]
 * @returns the modality with the projection [batch, outputDimensions]
 * @source Zbontar et al. 2021, arXiv:2103.03230, section 2.2, where all sizes are 8,192
 */
export function projector(
  g: GraphBuilder,
  modality: EncodedModality,
  { hiddenDimensions, outputDimensions }: ProjectorSizes,
): EncodedModality {
  const { key, present, projection } = withoutAbsent(g, modality);
  const name = `projector.${key}`;
  const linear = (x: Value, layer: number, outputs: number): Value => {
    const weight = g.parameter(`${name}.linear${layer}.weight`, [outputs, Number(x.shape[1])]);
    return g.matmul(x, weight, { transposeB: true });
  };
  let x = projection;
  for (const layer of [1, 2]) {
    const affine = `${name}.norm${layer}`;
    x = g.relu(batchNorm(g, linear(x, layer, hiddenDimensions), { weights: present, affine }));
  }
  return { key, present, projection: linear(x, 3, outputDimensions) };
}
