import { decayedGradient } from './coupled-decay.ts';
import { scalarsOf, slotsOf } from './optimiser.ts';
import type { Optimiser } from './optimiser.ts';

export interface SgdOptions {
  /** Share of the old velocity that a step keeps, in [0, 1); with 0 there is no velocity. */
  readonly momentum: number;
  /** Whether a step goes by what the velocity is about to become. */
  readonly isNesterov: boolean;
  /** Coupled decay, ≥ 0. */
  readonly weightDecay: number;
}

const SCALARS = ['learningRate'] as const;

/**
 * Gradient descent: g ← g + weightDecay · p, v ← momentum · v + g, then p ← p − lr · v, or p − lr · (g + momentum · v)
 * after Nesterov. The velocity is 0 before the first step and so the gradient after it; the learning rate is no part of
 * it.
 *
 * @source Sutskever et al. 2013, PMLR 28:1139, in PyTorch's form (dampening 0)
 */
export function createSgd({ momentum, isNesterov, weightDecay }: SgdOptions): Optimiser {
  const slots = momentum === 0 ? [] : (['velocity'] as const);
  return {
    slots,
    scalars: SCALARS,
    isElementwise: true,
    scalarsAt: (_step, learningRate) => [learningRate],
    update: (g, at) => {
      const { learningRate } = scalarsOf(SCALARS, at);
      const { velocity: old } = slotsOf<string>(slots, at);
      const gradient = decayedGradient(g, at, weightDecay);
      if (old === undefined)
        return { parameter: g.sub(at.parameter, g.mul(gradient, learningRate)), slots: [] };
      const velocity = g.add(g.mul(old, momentum), gradient);
      const direction = isNesterov ? g.add(gradient, g.mul(velocity, momentum)) : velocity;
      return { parameter: g.sub(at.parameter, g.mul(direction, learningRate)), slots: [velocity] };
    },
  };
}
