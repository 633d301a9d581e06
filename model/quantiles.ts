/** Scale of a normal distribution per median absolute deviation: 1 / Φ⁻¹(3/4). */
export const SIGMA_PER_MAD = 1.482602218505602;

/**
 * Quantile of sorted values, linear between order statistics.
 *
 * @param sorted [n] ascending; n ≥ 1
 * @param ratio  0 (least) to 1 (greatest)
 * @source type 7 of Hyndman & Fan 1996, doi:10.1080/00031305.1996.10473566
 */
export function quantile(sorted: Float64Array, ratio: number): number {
  const place = ratio * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(sorted.length - 1, below + 1)]!;
  return low + (high - low) * (place - below);
}

/** Median of values in any order; `null` for none. */
export function median(values: ArrayLike<number>): number | null {
  return values.length === 0 ? null : quantile(Float64Array.from(values).sort(), 0.5);
}

/** Median absolute deviation from `centre`; `null` for no values. */
export function medianAbsoluteDeviation(values: Float64Array, centre: number): number | null {
  return median(values.map((value) => Math.abs(value - centre)));
}

/** The same as the σ of a normal distribution; `null` for no values. */
export function robustSigma(values: Float64Array, centre: number): number | null {
  const deviation = medianAbsoluteDeviation(values, centre);
  return deviation === null ? null : SIGMA_PER_MAD * deviation;
}
