import type { InputSpec } from '../input-spec.ts';
import type { PhotometryContext } from '../photometry-context.ts';
import type { Distribution } from './distribution.ts';
import type { TimeStructure } from './time-structure.ts';
import type { TransientTimes } from './transient-times.ts';
import type { Variability } from './variability.ts';

/** What the rules of the global inputs read, computed once. */
export interface GlobalContext extends PhotometryContext {
  readonly variability: Variability;
  readonly distribution: Distribution | null;
  readonly structure: TimeStructure | null;
  readonly transient: TransientTimes | null;
}

/** One input about a light curve as a whole, with the rule that computes it. */
export interface GlobalInput extends InputSpec {
  /** @returns `null` where the light curve does not tell */
  readonly value: (context: GlobalContext) => number | null;
}
