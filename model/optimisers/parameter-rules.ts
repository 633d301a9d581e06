import type { Shape } from '../ir/types.ts';
import type { ParameterUpdate } from './optimiser.ts';

/**
 * Which parameters decay: `all`, or `matrices`, those of two axes or more. The rest are biases, scales of norms and
 * temperatures, for which 0 is no neutral value.
 */
export const DECAY_SCOPES = ['all', 'matrices'] as const;
export type DecayScope = (typeof DECAY_SCOPES)[number];

/** How one parameter is updated. Adaptation (of LARS) is for matrices always: the norm of a bias says little. */
export function parameterRules(
  shape: Shape,
  decayScope: DecayScope,
): Pick<ParameterUpdate, 'isDecayed' | 'isAdapted'> {
  const isMatrix = shape.length >= 2;
  return { isDecayed: isMatrix || decayScope === 'all', isAdapted: isMatrix };
}
