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
    const sum = quantiles.reduce((total, own) => total + logOdds(own[i]!), 0);
    return logistic(sum / quantiles.length);
  });
}

/** Scores of objects and the numbers of the classes that they are taken for, in the same order. */
export interface ScoresByClass {
  readonly scores: Float64Array;
  readonly classes: Int32Array;
}

/** Known objects of a class that its own level must outweigh. */
const CLASS_WEIGHT_MIN = 10;

/**
 * Where scores lie among those of known objects of the same class: a little doubt is much among objects of a class that
 * nobody doubts, and none between classes that are always taken for each other. From the log odds of the frozen quantile
 * those usual for the class are taken away, the mean over its known objects shrunk as if ten more lay at the middle of all.
 *
 * @param reference known objects that were not fitted on
 * @returns [m] in (0, 1)
 * @source conformal prediction by category: Vovk et al. 2003, "Mondrian confidence machine"
 */
export function classConditionalQuantiles(reference: ScoresByClass, queries: ScoresByClass): Float64Array {
  const sums = new Map<number, { total: number; weight: number }>();
  frozenQuantiles(reference.scores, reference.scores).forEach((quantile, i) => {
    const { total, weight } = sums.get(reference.classes[i]!) ?? { total: 0, weight: CLASS_WEIGHT_MIN };
    sums.set(reference.classes[i]!, { total: total + logOdds(quantile), weight: weight + 1 });
  });
  return frozenQuantiles(reference.scores, queries.scores).map((quantile, i) => {
    const { total, weight } = sums.get(queries.classes[i]!) ?? { total: 0, weight: 1 };
    return logistic(logOdds(quantile) - total / weight);
  });
}

function logOdds(probability: number): number {
  return Math.log(probability / (1 - probability));
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value));
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
