/** From here on 1 − erf(x) is below 2⁻⁵⁴. */
const SATURATED = 6;

/**
 * erf(x) to about 1e-15 of itself.
 *
 * @source Abramowitz & Stegun 7.1.6, erf(x) = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!, whose terms share one sign, so that
 *   nothing cancels
 */
export function erf(x: number): number {
  if (Math.abs(x) >= SATURATED) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * Number.EPSILON; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
