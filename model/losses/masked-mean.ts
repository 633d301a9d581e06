import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';

/**
 * Mean over the objects that count, 0 if none does; the others may hold anything, and no gradient comes to them.
 *
 * @param values [batch]
 * @param present float32 [batch], 1 for an object that counts and 0 for one that does not; `null` if all count
 * @returns scalar
 */
export function maskedMean(g: GraphBuilder, values: Value, present: Value | null): Value {
  if (present === null) return g.reduceMean(values, [0]);
  const kept = g.where(g.greater(present, 0), values, 0);
  return g.div(g.reduceSum(kept, [0]), g.maximum(g.reduceSum(present, [0]), 1));
}
