import { MOMENT_SCALARS, MOMENT_SLOTS, momentScalarsAt, momentStep } from './adam-moments.ts';
import type { AdamOptions } from './adam-moments.ts';
import { scalarsOf } from './optimiser.ts';
import type { Optimiser } from './optimiser.ts';

const SCALARS = [...MOMENT_SCALARS, 'keptRatio'] as const;

/**
 * Adam with decoupled decay: p ← (1 − lr · weightDecay) · p − lr · m̂ / (√v̂ + ε), whatever the gradients were.
 *
 * @source Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2, with lr · weightDecay for the decay as in PyTorch
 */
export function createAdamW(options: AdamOptions): Optimiser {
  const { weightDecay } = options;
  return {
    slots: MOMENT_SLOTS,
    scalars: SCALARS,
    isElementwise: true,
    scalarsAt: (step, learningRate) => [
      ...momentScalarsAt(options, step, learningRate),
      1 - learningRate * weightDecay,
    ],
    update: (g, at) => {
      const { stepSize, epsilon, keptRatio } = scalarsOf(SCALARS, at);
      const { change, slots } = momentStep(
        g,
        { ...at, scalars: [stepSize, epsilon], isDecayed: false },
        options,
      );
      const kept = at.isDecayed && weightDecay > 0 ? g.mul(at.parameter, keptRatio) : at.parameter;
      return { parameter: g.sub(kept, change), slots };
    },
  };
}
