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
  const running = new RunningStatistics(width);
  for (const row of rows) running.add(row);
  return running.statistics();
}

/** The same, of rows that come one by one. */
export class RunningStatistics {
  readonly #count: Float64Array;
  readonly #mean: Float64Array;
  /** Sums of squared deviations from the mean so far. */
  readonly #squares: Float64Array;

  constructor(width: number) {
    this.#count = new Float64Array(width);
    this.#mean = new Float64Array(width);
    this.#squares = new Float64Array(width);
  }

  /**
   * @param row [width] NaN where missing
   * @source Welford 1962, doi:10.1080/00401706.1962.10490022
   */
  add(row: ArrayLike<number>): void {
    for (let i = 0; i < this.#count.length; i++) {
      const value = row[i]!;
      if (Number.isNaN(value)) continue;
      this.#count[i]!++;
      const deviation = value - this.#mean[i]!;
      this.#mean[i]! += deviation / this.#count[i]!;
      this.#squares[i]! += deviation * (value - this.#mean[i]!);
    }
  }

  statistics(): InputStatistics {
    const std = this.#squares.map((squares, i) => Math.sqrt(squares / Math.max(1, this.#count[i]!)));
    return {
      mean: Array.from(this.#mean),
      std: Array.from(std, (deviation) => (deviation < STD_MIN ? 1 : deviation)),
    };
  }
}

/**
 * Standardised values followed by a flag for each: 1 where known. A missing value is 0, the mean.
 *
 * @param values [n] NaN where missing
 * @returns [2n] |x| ≤ 8
 */
export function standardised(values: ArrayLike<number>, statistics: InputStatistics): Float32Array {
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
