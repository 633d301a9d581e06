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
export interface ClassedScores {
  readonly scores: Float64Array;
  readonly classes: Int32Array;
}

/** Objects at the middle of all that a class is thought to have beside its own. */
const CLASS_PRIOR_OBJECTS = 10;

/**
 * Where scores lie among known objects, with what is usual for each class taken away: a little doubt is much for a class that
 * nobody doubts, and nothing between classes that are always taken for each other. The log odds of the frozen quantile less
 * their mean over the known objects of the class, which is shrunk towards the middle of all where the class has few. The
 * spread of a class stays as it is, so that this is no place among the objects of the class.
 *
 * @param reference known objects that were not fitted on
 * @returns [m] in (0, 1)
 * @throws RangeError if there are not as many classes as scores
 * @source a level by class is Vovk et al. 2003, "Mondrian confidence machine", which counts within the class where a mean is
 *   taken here: docs/decisions/0017-novelty-beside-a-class.md
 */
export function classCentredQuantiles(reference: ClassedScores, queries: ClassedScores): Float64Array {
  for (const { scores, classes } of [reference, queries])
    if (scores.length !== classes.length)
      throw new RangeError(
        `Cannot centre scores as there must be a class for each of ${scores.length}: current value is ${classes.length}`,
      );
  const sums = new Map<number, { total: number; weight: number }>();
  frozenQuantiles(reference.scores, reference.scores).forEach((quantile, i) => {
    const { total, weight } = sums.get(reference.classes[i]!) ?? { total: 0, weight: CLASS_PRIOR_OBJECTS };
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
