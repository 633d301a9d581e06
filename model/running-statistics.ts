/** Mean and standard deviation of each input among the objects that have it. */
export interface InputStatistics {
  readonly mean: number[];
  readonly std: number[];
}

/** Inputs that vary less are constant, and keep their unit. */
const STD_MIN = 1e-6;

/**
 * Statistics of rows that come one by one, in which NaN is missing. An input that no row has, or that does not vary, has mean
 * as found (or 0) and standard deviation 1.
 */
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
