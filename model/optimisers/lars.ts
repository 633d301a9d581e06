import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';
import { decayedGradient } from './coupled-decay.ts';
import { scalarsOf, slotsOf } from './optimiser.ts';
import type { Optimiser } from './optimiser.ts';
import { sumOfSquares } from './sum-of-squares.ts';

export interface LarsOptions {
  /** Share of the old velocity that a step keeps, in [0, 1). */
  readonly momentum: number;
  /** Length of a step of an adapted parameter, as a ratio of its norm and before the learning rate, > 0. */
  readonly trustRatio: number;
  /** Coupled decay, ≥ 0. */
  readonly weightDecay: number;
}

const SLOTS = ['velocity'] as const;
const SCALARS = ['learningRate'] as const;

/**
 * Layer-wise adaptive rates: u = g + weightDecay · p, scaled by trustRatio · ‖p‖ / ‖u‖ if the parameter is adapted, then
 * v ← momentum · v + u and p ← p − lr · v. A parameter or an update of norm 0 is not scaled.
 *
 * @source You et al. 2017, arXiv:1708.03888, as in the training of Barlow Twins (Zbontar et al. 2021,
 *   arXiv:2103.03230): the norm is that of the decayed gradient, where You et al. add ‖g‖ and weightDecay · ‖p‖, and the
 *   learning rate stands outside the velocity
 */
export function createLars({ momentum, trustRatio, weightDecay }: LarsOptions): Optimiser {
  return {
    slots: SLOTS,
    scalars: SCALARS,
    isElementwise: false,
    scalarsAt: (_step, learningRate) => [learningRate],
    update: (g, at) => {
      const { learningRate } = scalarsOf(SCALARS, at);
      const old = slotsOf(SLOTS, at);
      const gradient = decayedGradient(g, at, weightDecay);
      const scaled = at.isAdapted
        ? g.mul(gradient, adaptedRatio(g, { parameter: at.parameter, gradient, trustRatio }))
        : gradient;
      const velocity = g.add(g.mul(old.velocity, momentum), scaled);
      return { parameter: g.sub(at.parameter, g.mul(velocity, learningRate)), slots: [velocity] };
    },
  };
}

/** trustRatio · ‖p‖ / ‖u‖ as a scalar; 1 if either norm is 0. */
function adaptedRatio(
  g: GraphBuilder,
  {
    parameter,
    gradient,
    trustRatio,
  }: { readonly parameter: Value; readonly gradient: Value; readonly trustRatio: number },
): Value {
  const parameterNorm = g.sqrt(sumOfSquares(g, [parameter]));
  const gradientNorm = g.sqrt(sumOfSquares(g, [gradient]));
  const hasRatio = g.and(g.greater(parameterNorm, 0), g.greater(gradientNorm, 0));
  return g.where(hasRatio, g.div(g.mul(parameterNorm, trustRatio), gradientNorm), 1);
}
