/** Sums of a sinusoid's least squares at one frequency, about the band means: Y·cos, Y·sin, cos², sin², cos·sin. */
export interface SinusoidSums {
  readonly yc: number;
  readonly ys: number;
  readonly cc: number;
  readonly ss: number;
  readonly cs: number;
}

/**
 * Weighted variance that a sinusoid explains: the quadratic form of (yc, ys) with the inverse of [[cc, cs], [cs, ss]].
 *
 * Where every time falls on one phase line (a frequency that the sampling cannot tell from 0) one term is left, or none.
 *
 * @param singular below this a determinant relative to its diagonal, or a diagonal relative to the total weight 1, is rounding
 */
export function explainedPower({ yc, ys, cc, ss, cs }: SinusoidSums, singular: number): number {
  const determinant = cc * ss - cs * cs;
  if (cc > singular && ss > singular && determinant > singular * cc * ss)
    return Math.max(0, (yc * yc * ss - 2 * yc * ys * cs + ys * ys * cc) / determinant);
  if (cc >= ss) return cc > singular ? (yc * yc) / cc : 0;
  return ss > singular ? (ys * ys) / ss : 0;
}
