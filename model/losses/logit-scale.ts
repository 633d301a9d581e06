import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';

const SCALE_MIN = 1;
const SCALE_MAX = 100;

/** The exponential is taken of at most this, so that it is finite in float32; far above ln 100. */
const EXPONENT_MAX = 80;

/**
 * What parameters named `logit_scale_…` may start from. `published` is the logarithm of the largest scale: rounded to
 * float32 it lies above it, so that e^t exceeds the bound by one unit in the last place and no gradient passes until weight
 * decay has brought it down. `clip` learns at once.
 *
 * @source Rizhko & Bloom 2024, arXiv:2411.08842; Radford et al. 2021, arXiv:2103.00020, section 2.5
 */
export const LOGIT_SCALE_STARTS = { published: Math.log(SCALE_MAX), clip: Math.log(1 / 0.07) } as const;

/**
 * τ = clamp(exp t, 1, 100) of a learned scalar t, the inverse of a softmax's temperature. As in PyTorch, the gradient
 * passes where the bounds are not exceeded, the bounds themselves included.
 *
 * @param name of the parameter t
 * @returns scalar
 * @source Radford et al. 2021, arXiv:2103.00020, section 2.5; Rizhko & Bloom 2024, arXiv:2411.08842
 */
export function logitScale(g: GraphBuilder, name: string): Value {
  const t = g.parameter(name, []);
  const scale = g.exp(g.where(g.greater(t, EXPONENT_MAX), EXPONENT_MAX, t));
  const atLeast = g.where(g.less(scale, SCALE_MIN), SCALE_MIN, scale);
  return g.where(g.greater(atLeast, SCALE_MAX), SCALE_MAX, atLeast);
}
