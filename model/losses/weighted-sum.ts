import type { GraphBuilder } from '../ir/builder.ts';
import type { NamedLoss } from './named-loss.ts';

/** A loss and how much of it counts. */
export interface WeightedLoss extends NamedLoss {
  /** Finite, ≥ 0. */
  readonly weight: number;
}

/**
 * Σ weight · loss, under a name of its own.
 *
 * @param name of the total, unlike those of the terms
 * @param terms at least one, with names of their own
 * @throws RangeError if there is no term or a weight is out of bounds; TypeError if a name is used twice
 */
export function weightedSum(g: GraphBuilder, name: string, terms: readonly WeightedLoss[]): NamedLoss {
  if (terms.length === 0)
    throw new RangeError('Cannot add losses as at least 1 is needed: current value is 0');
  const names = new Set([name]);
  for (const term of terms) {
    if (names.has(term.name))
      throw new TypeError(`Cannot add losses as names must be unique: current value is "${term.name}"`);
    names.add(term.name);
    if (!(term.weight >= 0 && term.weight < Number.POSITIVE_INFINITY))
      throw new RangeError(
        `Cannot weight loss "${term.name}" as weights are finite and not negative: current value is ${term.weight}`,
      );
  }
  const weighted = terms.map(({ loss, weight }) => g.mul(weight, loss));
  return { name, loss: weighted.reduce((sum, loss) => g.add(sum, loss)) };
}
