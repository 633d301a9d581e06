/**
 * Where scores lie among those of a frozen sample of known objects: (below + ½ equal + ½) / (n + 1), so that scores of
 * different kinds are on one scale, and a score does not depend on which others are looked at with it.
 *
 * @param reference [n] scores of known objects that were not fitted on, in any order
 * @param scores    [m]
 * @returns [m] in (0, 1)
 * @complexity O((n + m) log n)
 */
export function frozenQuantiles(reference: Float64Array, scores: Float64Array): Float64Array {
  const sorted = reference.slice().sort();
  return scores.map((score) => {
    const below = firstNotBelow(sorted, score);
    const upTo = firstAbove(sorted, score);
    return (below + 0.5 * (upTo - below) + 0.5) / (sorted.length + 1);
  });
}

/**
 * Several kinds of quantiles as one, object by object: the probability at the mean of their log odds, so that a place near
 * the end of one kind counts for more than it does in the mean of places.
 *
 * @param quantiles at least one list, all of one length; each in (0, 1)
 * @returns in (0, 1)
 */
export function combinedQuantiles(quantiles: readonly Float64Array[]): Float64Array {
  const [first] = quantiles;
  if (first === undefined) throw new RangeError('Cannot combine scores as there is none: current count is 0');
  return first.map((_, i) => {
    const logOdds = quantiles.reduce((sum, own) => sum + Math.log(own[i]! / (1 - own[i]!)), 0);
    return 1 / (1 + Math.exp(-logOdds / quantiles.length));
  });
}

function firstNotBelow(sorted: Float64Array, value: number): number {
  return partition(sorted, (element) => element < value);
}

function firstAbove(sorted: Float64Array, value: number): number {
  return partition(sorted, (element) => element <= value);
}

/** How many elements, from the first on, a test holds for. */
function partition(sorted: Float64Array, test: (element: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (test(sorted[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
