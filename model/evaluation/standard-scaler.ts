import type { Rows } from './rows.ts';
import { rowCount } from './rows.ts';

/** Mean and standard deviation of each column among the rows that have it. */
export interface StandardScaler {
  /** [width] 0 where no row has the column */
  readonly mean: Float64Array;
  /** [width] 1 where the column is constant, or no row has it */
  readonly std: Float64Array;
}

/** Columns that vary less, relative to their size, are constant but for rounding. */
const RELATIVE_STD_MIN = 1e-7;

/** @param rows NaN where missing */
export function fitScaler(rows: Rows): StandardScaler {
  const { data, width } = rows;
  const [mean, std] = [new Float64Array(width), new Float64Array(width).fill(1)];
  const count = rowCount(rows);
  for (let column = 0; column < width; column++) {
    let [known, sum] = [0, 0];
    for (let row = 0; row < count; row++) {
      const value = data[row * width + column]!;
      if (Number.isNaN(value)) continue;
      known++;
      sum += value;
    }
    if (known === 0) continue;
    const centre = sum / known;
    let squares = 0;
    for (let row = 0; row < count; row++) {
      const value = data[row * width + column]!;
      if (!Number.isNaN(value)) squares += (value - centre) ** 2;
    }
    const deviation = Math.sqrt(squares / known);
    mean[column] = centre;
    if (deviation > RELATIVE_STD_MIN * Math.abs(centre)) std[column] = deviation;
  }
  return { mean, std };
}

/** Rows in units of the scaler; a missing value is 0, the mean. */
export function scaledRows({ data, width }: Rows, { mean, std }: StandardScaler): Rows {
  const scaled = data.map((value, i) => {
    const column = i % width;
    return Number.isNaN(value) ? 0 : (value - mean[column]!) / std[column]!;
  });
  return { width, data: scaled };
}
