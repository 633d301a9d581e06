import { median, medianAbsoluteDeviation } from '../quantiles.ts';

export function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/**
 * The scale that values are divided by: their median absolute deviation without the factor 1.4826, or 1 where that is 0 (at
 * least half of the values equal) and dividing would leave nothing finite.
 */
export function robustScale(values: Float64Array): number {
  const scale = medianAbsoluteDeviation(values, median(values) ?? 0) ?? 0;
  return scale > 0 ? scale : 1;
}
