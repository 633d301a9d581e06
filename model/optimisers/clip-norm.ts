import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';
import { sumOfSquares } from './sum-of-squares.ts';

/** Keeps the quotient finite where all gradients are 0; PyTorch's value. */
const NORM_FLOOR = 1e-6;

/**
 * The Euclidean norm of all gradients as one vector.
 *
 * @param gradients one at least; float32 of any shape without symbols
 * @returns []
 * @throws TypeError if there is no gradient, or if a size is a symbol
 */
export function globalNorm(g: GraphBuilder, gradients: readonly Value[]): Value {
  return g.sqrt(sumOfSquares(g, gradients));
}

/**
 * What gradients are multiplied by so that their global norm is at most `normMax`: min(1, normMax / (norm + 10⁻⁶)). NaN
 * if the norm is, so that a broken step is seen.
 *
 * @param norm [], ≥ 0
 * @param normMax > 0
 * @returns [], in (0, 1]
 * @throws RangeError if `normMax` is not positive
 * @source Pascanu et al. 2013, arXiv:1211.5063, algorithm 1, in PyTorch's form
 */
export function clipScale(g: GraphBuilder, norm: Value, normMax: number): Value {
  if (!(normMax > 0))
    throw new RangeError(`Cannot clip gradients as the norm must be positive: current value is ${normMax}`);
  return g.minimum(1, g.div(normMax, g.add(norm, NORM_FLOOR)));
}
