/** Middle of the sorted values, the mean of the middle two for an even number; NaN for none. Leaves its argument alone. */
export function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? Number.NaN : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Median of the absolute deviations from the median, without the factor 1.4826. */
export function medianAbsoluteDeviation(values: Float64Array): number {
  const centre = median(values);
  return median(values.map((value) => Math.abs(value - centre)));
}

export function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/**
 * The scale that values are divided by: their MAD, or 1 where that is 0 (at least half of the values equal) and dividing
 * would leave nothing finite.
 */
export function robustScale(values: Float64Array): number {
  const scale = medianAbsoluteDeviation(values);
  return scale > 0 ? scale : 1;
}
