import { rankedByClass } from './split-objects.ts';
import type { ClassifiedObject } from './split-objects.ts';

export interface LabelSubsetOptions {
  readonly seed: string | number;
  /** Share of each class that keeps its labels, in (0, 1]; 1 by default. */
  readonly labelFraction?: number;
  /** Most objects of a class, ≥ 1; no limit by default. It is applied to what the fraction leaves. */
  readonly classCap?: number;
}

/**
 * The objects that keep their labels where labels are to be few: of a class of n objects round(n · labelFraction), one
 * at least, and `classCap` at most. The same seed gives subsets that lie within one another: those of 10 % are among
 * those of 25 %, and those of a cap of 5 among those of a cap of 20.
 *
 * @param objects each id once, in any order; those without class are in no subset
 * @returns their ids
 * @throws RangeError for a fraction or a cap outside its range
 * @complexity O(n log n)
 * @example labelSubset(objects, { seed: 1, labelFraction: 0.1 })
 */
export function labelSubset(
  objects: Iterable<ClassifiedObject>,
  { seed, labelFraction = 1, classCap = Infinity }: LabelSubsetOptions,
): ReadonlySet<string> {
  if (!(labelFraction > 0 && labelFraction <= 1)) {
    const rule = 'the fraction must be above 0 and at most 1';
    throw new RangeError(`Cannot keep labels as ${rule}: current value is ${labelFraction}`);
  }
  if (!(classCap >= 1)) {
    throw new RangeError(
      `Cannot keep labels as a class must keep 1 object or more: current value is ${classCap}`,
    );
  }
  const kept = new Set<string>();
  for (const [className, ids] of rankedByClass(objects, seed)) {
    if (className === null) continue;
    const count = Math.min(Math.max(1, Math.round(ids.length * labelFraction)), Math.floor(classCap));
    for (const objectId of ids.slice(0, count)) kept.add(objectId);
  }
  return kept;
}
