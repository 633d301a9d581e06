import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';
import { decayedGradient } from './coupled-decay.ts';
import { scalarsOf, slotsOf } from './optimiser.ts';
import type { ParameterUpdate } from './optimiser.ts';

export interface AdamOptions {
  /** Share of the old mean of gradients that a step keeps, in [0, 1). */
  readonly beta1: number;
  /** Share of the old mean of squared gradients that a step keeps, in [0, 1). */
  readonly beta2: number;
  /** Added to the root of the corrected second moment, > 0. */
  readonly epsilon: number;
  /** ≥ 0: an L2 penalty in Adam, a shrinking of the parameter in AdamW. */
  readonly weightDecay: number;
}

/** Running means of the gradient and of its square, not corrected for their start at 0. */
export const MOMENT_SLOTS = ['mean', 'variance'] as const;
/** What both corrections come to, folded with the learning rate and with epsilon. */
export const MOMENT_SCALARS = ['stepSize', 'epsilon'] as const;

/**
 * lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) and ε · √(1 − β₂ᵗ). With them m / (√v + ε̂) · stepSize is lr · m̂ / (√v̂ + ε), so that no
 * pass over a tensor corrects for the start at 0.
 *
 * @returns in the order of `MOMENT_SCALARS`
 * @throws RangeError if `step` is not a positive integer
 * @source Kingma & Ba 2015, arXiv:1412.6980, end of section 2; there ε̂ is a constant, here ε is, as in PyTorch
 */
export function momentScalarsAt(
  { beta1, beta2, epsilon }: AdamOptions,
  step: number,
  learningRate: number,
): readonly [stepSize: number, epsilon: number] {
  if (!Number.isSafeInteger(step) || step < 1)
    throw new RangeError(`Cannot correct moments as steps count from 1: current value is ${step}`);
  const correction = Math.sqrt(1 - beta2 ** step);
  return [(learningRate * correction) / (1 - beta1 ** step), epsilon * correction];
}

/** The new moments, and what they take from the parameter. */
export interface MomentStep {
  readonly change: Value;
  /** In the order of `MOMENT_SLOTS`. */
  readonly slots: readonly Value[];
}

/**
 * g ← g + weightDecay · p if the parameter decays, m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², and
 * change = stepSize · m / (√v + ε̂).
 *
 * @source Kingma & Ba 2015, arXiv:1412.6980, algorithm 1
 */
export function momentStep(
  g: GraphBuilder,
  at: ParameterUpdate,
  { beta1, beta2, weightDecay }: AdamOptions,
): MomentStep {
  const old = slotsOf(MOMENT_SLOTS, at);
  const { stepSize, epsilon } = scalarsOf(MOMENT_SCALARS, at);
  const gradient = decayedGradient(g, at, weightDecay);
  const mean = g.add(g.mul(old.mean, beta1), g.mul(gradient, 1 - beta1));
  const variance = g.add(g.mul(old.variance, beta2), g.mul(g.mul(gradient, gradient), 1 - beta2));
  const change = g.mul(g.div(mean, g.add(g.sqrt(variance), epsilon)), stepSize);
  return { change, slots: [mean, variance] };
}
