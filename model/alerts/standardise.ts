import { z } from 'zod';

/** Mean and standard deviation of each input among a release's training objects that have it. */
export const inputStatisticsSchema = z.strictObject({
  mean: z.array(z.number()),
  std: z.array(z.number().positive()),
});
export type InputStatistics = Readonly<z.infer<typeof inputStatisticsSchema>>;

/** Standardised inputs are clamped to ± this: an outlier stands out, and does not drown the rest. */
const STANDARDISED_MAX = 8;
/** Inputs that vary less are constant, and keep their unit. */
const STD_MIN = 1e-6;

/**
 * Statistics of rows in which NaN is missing. An input that no row has, or that does not vary, has mean as found (or 0) and
 * standard deviation 1.
 *
 * @param rows [objects][width]
 */
export function inputStatistics(rows: readonly Float64Array[], width: number): InputStatistics {
  const mean: number[] = [];
  const std: number[] = [];
  for (let column = 0; column < width; column++) {
    const values = rows.map((row) => row[column]!).filter((value) => !Number.isNaN(value));
    const centre = values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    const deviation = values.length === 0 ? 0 : Math.sqrt(squares / values.length);
    mean.push(centre);
    std.push(deviation < STD_MIN ? 1 : deviation);
  }
  return { mean, std };
}

/**
 * Standardised values followed by a flag for each: 1 where known. A missing value is 0, the mean.
 *
 * @param values [n] NaN where missing
 * @returns [2n] |x| ≤ 8
 */
export function standardised(values: Float64Array, statistics: InputStatistics): Float32Array {
  const n = values.length;
  const inputs = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    if (Number.isNaN(values[i]!)) continue;
    const deviation = (values[i]! - statistics.mean[i]!) / statistics.std[i]!;
    inputs[i] = Math.max(-STANDARDISED_MAX, Math.min(STANDARDISED_MAX, deviation));
    inputs[n + i] = 1;
  }
  return inputs;
}
