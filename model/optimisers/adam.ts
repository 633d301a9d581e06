import { MOMENT_SCALARS, MOMENT_SLOTS, momentScalarsAt, momentStep } from './adam-moments.ts';
import type { AdamOptions } from './adam-moments.ts';
import type { Optimiser } from './optimiser.ts';

/**
 * Adam with coupled decay: g ← g + weightDecay · p, then p ← p − lr · m̂ / (√v̂ + ε). As the decay passes through the
 * moments, a parameter with large gradients decays less.
 *
 * @source Kingma & Ba 2015, arXiv:1412.6980, algorithm 1, with PyTorch's place of decay and of ε
 */
export function createAdam(options: AdamOptions): Optimiser {
  return {
    slots: MOMENT_SLOTS,
    scalars: MOMENT_SCALARS,
    isElementwise: true,
    scalarsAt: (step, learningRate) => momentScalarsAt(options, step, learningRate),
    update: (g, at) => {
      const { change, slots } = momentStep(g, at, options);
      return { parameter: g.sub(at.parameter, change), slots };
    },
  };
}
