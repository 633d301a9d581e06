import { bandInputs, COLOUR_INPUTS } from './globals/band-inputs.ts';
import { DISTRIBUTION_INPUTS, MAGNITUDE_INPUTS } from './globals/distribution-inputs.ts';
import { distribution } from './globals/distribution.ts';
import type { GlobalInput } from './globals/global-input.ts';
import { PERIOD_INPUTS, SHAPE_INPUTS } from './globals/period-inputs.ts';
import { COUNT_INPUTS, SCALE_INPUTS } from './globals/scale-inputs.ts';
import { TIME_INPUTS, TRANSIENT_INPUTS } from './globals/time-inputs.ts';
import { timeStructure } from './globals/time-structure.ts';
import { transientTimes } from './globals/transient-times.ts';
import { VARIABILITY_INPUTS } from './globals/variability-inputs.ts';
import { variability } from './globals/variability.ts';
import type { PhotometryContext } from './photometry-context.ts';
import { FILTERS } from './photometry-table.ts';

/** Values are clamped to ± this before they are encoded. */
const GLOBAL_MAX = 1e4;

/** The inputs about a light curve as a whole, in order: a release names them, and only opens where these are the same. */
export const GLOBAL_INPUTS: readonly GlobalInput[] = [
  ...SCALE_INPUTS,
  ...COUNT_INPUTS,
  ...FILTERS.flatMap(bandInputs),
  ...COLOUR_INPUTS,
  ...VARIABILITY_INPUTS,
  ...DISTRIBUTION_INPUTS,
  ...MAGNITUDE_INPUTS,
  ...TIME_INPUTS,
  ...TRANSIENT_INPUTS,
  ...PERIOD_INPUTS,
  ...SHAPE_INPUTS,
];

/**
 * The global inputs of a light curve, before encoding.
 *
 * @returns [GLOBAL_INPUTS.length] |x| ≤ 1e4, NaN where missing
 * @complexity O(n log n)
 */
export function photometryGlobals(context: PhotometryContext): Float64Array {
  const complete = {
    ...context,
    variability: variability(context),
    distribution: distribution(context),
    structure: timeStructure(context),
    transient: transientTimes(context),
  };
  return Float64Array.from(GLOBAL_INPUTS, (input) => {
    const value = input.value(complete);
    return value === null || Number.isNaN(value) ? NaN : Math.max(-GLOBAL_MAX, Math.min(GLOBAL_MAX, value));
  });
}
