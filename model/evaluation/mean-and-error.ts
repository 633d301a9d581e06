/** A mean of repetitions, and how far it may be off. */
export interface MeanAndError {
  readonly mean: number;
  /** Standard deviation of the repetitions (n − 1) divided by √n; `null` for one repetition. */
  readonly standardError: number | null;
}

/** @throws RangeError for no values */
export function meanAndError(values: readonly number[]): MeanAndError {
  const n = values.length;
  if (n === 0) throw new RangeError('Cannot average as at least one value is needed: current count is 0');
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, standardError: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (n - 1) / n) };
}
