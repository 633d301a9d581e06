/**
 * Area under the receiver operating characteristic: how often a positive has a larger score than a negative, ties counting
 * half.
 *
 * @param scores     [n] finite
 * @param isPositive [n] 1 for a positive
 * @returns `null` without positives or without negatives
 * @complexity O(n log n)
 * @source Mann & Whitney 1947, doi:10.1214/aoms/1177730491
 * @example auroc(Float64Array.of(1, 2, 3), Uint8Array.of(0, 0, 1)) // 1
 */
export function auroc(scores: Float64Array, isPositive: Uint8Array): number | null {
  let [negativesBelow, wins, positives] = [0, 0, 0];
  for (const group of tiedGroups(scores, isPositive).reverse()) {
    wins += group.positives * (negativesBelow + group.negatives / 2);
    negativesBelow += group.negatives;
    positives += group.positives;
  }
  return positives === 0 || negativesBelow === 0 ? null : wins / (positives * negativesBelow);
}

/**
 * Average precision: Σ (recall gained) · (precision there), over thresholds from the largest score down; tied scores pass a
 * threshold together.
 *
 * @returns `null` without positives
 */
export function averagePrecision(scores: Float64Array, isPositive: Uint8Array): number | null {
  let [positives, taken, sum] = [0, 0, 0];
  for (const group of tiedGroups(scores, isPositive)) {
    positives += group.positives;
    taken += group.positives + group.negatives;
    sum += group.positives * (positives / taken);
  }
  return positives === 0 ? null : sum / positives;
}

/**
 * The largest share of positives at or above a threshold that at most `falseAlarmRatio` of the negatives reach.
 *
 * @returns `null` without positives or without negatives
 */
export function recallAtFalseAlarms(
  scores: Float64Array,
  isPositive: Uint8Array,
  falseAlarmRatio: number,
): number | null {
  const groups = tiedGroups(scores, isPositive);
  const total = (side: 'positives' | 'negatives'): number =>
    groups.reduce((sum, group) => sum + group[side], 0);
  const [allPositives, allNegatives] = [total('positives'), total('negatives')];
  if (allPositives === 0 || allNegatives === 0) return null;
  let [positives, negatives] = [0, 0];
  for (const group of groups) {
    negatives += group.negatives;
    if (negatives > falseAlarmRatio * allNegatives) break;
    positives += group.positives;
  }
  return positives / allPositives;
}

/**
 * How many positives are among the `count` largest scores; of scores tied at the border the share that a random order would
 * take.
 *
 * @param count 0 to n
 */
export function positivesInTop(scores: Float64Array, isPositive: Uint8Array, count: number): number {
  let [left, found] = [count, 0];
  for (const { positives, negatives } of tiedGroups(scores, isPositive)) {
    const size = positives + negatives;
    found += positives * Math.min(1, left / size);
    left -= size;
    if (left <= 0) break;
  }
  return found;
}

interface TiedGroup {
  readonly positives: number;
  readonly negatives: number;
}

/** Positives and negatives of each score, from the largest score down. */
function tiedGroups(scores: Float64Array, isPositive: Uint8Array): TiedGroup[] {
  if (scores.length !== isPositive.length)
    throw new RangeError(
      `Cannot rank scores as there must be ${scores.length} flags: current value is ${isPositive.length}`,
    );
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const groups: { positives: number; negatives: number }[] = [];
  let [group, last] = [{ positives: 0, negatives: 0 }, NaN];
  for (const i of order) {
    if (scores[i] !== last) {
      group = { positives: 0, negatives: 0 };
      groups.push(group);
      last = scores[i]!;
    }
    if (isPositive[i] === 1) group.positives++;
    else group.negatives++;
  }
  return groups;
}
