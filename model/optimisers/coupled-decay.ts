import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';
import type { ParameterUpdate } from './optimiser.ts';

/**
 * The gradient of loss + weightDecay / 2 · ‖p‖²: an L2 penalty that passes through all that the optimiser does to
 * gradients. The gradient itself where nothing decays.
 */
export function decayedGradient(
  g: GraphBuilder,
  { parameter, gradient, isDecayed }: ParameterUpdate,
  weightDecay: number,
): Value {
  if (!isDecayed || weightDecay === 0) return gradient;
  return g.add(gradient, g.mul(parameter, weightDecay));
}
