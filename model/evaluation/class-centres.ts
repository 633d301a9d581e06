import { rowCount, type Rows } from './rows.ts';

/** Sums of the vectors of each class, from which its centre follows, with or without an object of its own. */
export interface ClassCentres {
  readonly width: number;
  /** [classes × width] */
  readonly sums: Float64Array;
  /** [classes] */
  readonly counts: Int32Array;
}

/**
 * @param rows   [n × width] unit rows
 * @param labels [n] class numbers
 */
export function classCentres(rows: Rows, labels: Int32Array, classCount: number): ClassCentres {
  const { width, data } = rows;
  const sums = new Float64Array(classCount * width);
  const counts = new Int32Array(classCount);
  for (let row = 0; row < rowCount(rows); row++) {
    const own = labels[row]!;
    counts[own] = counts[own]! + 1;
    for (let j = 0; j < width; j++) sums[own * width + j] = sums[own * width + j]! + data[row * width + j]!;
  }
  return { width, sums, counts };
}

export interface CosineOptions {
  readonly centres: ClassCentres;
  readonly rows: Rows;
  readonly row: number;
  readonly own: number;
  /** True to leave the object's own vector, which is in it, out of the centre. */
  readonly isMember?: boolean;
}

/**
 * Cosine of an object to the centre of a class.
 *
 * @returns −Infinity where the class has no (other) object, or the vectors of its objects cancel
 */
export function cosineToCentre({ centres, rows, row, own, isMember = false }: CosineOptions): number {
  const { width, sums, counts } = centres;
  if (counts[own]! - Number(isMember) < 1) return -Infinity;
  let [product, squares, norm] = [0, 0, 0];
  for (let j = 0; j < width; j++) {
    const value = rows.data[row * width + j]!;
    const centre = sums[own * width + j]! - (isMember ? value : 0);
    product += value * centre;
    squares += centre * centre;
    norm += value * value;
  }
  return squares === 0 || norm === 0 ? -Infinity : product / Math.sqrt(squares * norm);
}

/** The class with the nearest centre; of equal ones the first; −1 where no class has one. */
export function nearestCentre(centres: ClassCentres, rows: Rows, row: number): number {
  let [best, most] = [-1, -Infinity];
  for (let own = 0; own < centres.counts.length; own++) {
    const cosine = cosineToCentre({ centres, rows, row, own });
    if (cosine > most) [best, most] = [own, cosine];
  }
  return best;
}
