import type { Random } from '../../core/index.ts';

/** `value` held to [low, high]. */
export function clamped(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Normal with mean and 1σ, cut to [low, high]: drawn again when outside, at most 16 times, then held to the range. */
export function normalBetween(
  random: Random,
  options: { readonly mean: number; readonly sigma: number; readonly low: number; readonly high: number },
): number {
  const { mean, sigma, low, high } = options;
  for (let attempt = 0; attempt < 16; attempt++) {
    const value = mean + sigma * random.normal();
    if (value >= low && value <= high) return value;
  }
  return clamped(mean, low, high);
}

/** Log-normal by its median and the 1σ width of its natural logarithm. */
export function logNormal(random: Random, median: number, sigmaLn: number): number {
  return median * Math.exp(sigmaLn * random.normal());
}

/** Uniform in the logarithm between two positive numbers. */
export function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.uniform();
}

/** Exponential with the given mean. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.uniform());
}

/** A piecewise linear curve through (x, y) knots in ascending x, held constant beyond its ends. */
export type Knots = readonly (readonly [x: number, y: number])[];

/** Value of a piecewise linear curve. */
export function interpolated(knots: Knots, x: number): number {
  let previous = knots[0];
  if (previous === undefined)
    throw new RangeError('Cannot interpolate as a curve needs a knot: current count is 0');
  if (x <= previous[0]) return previous[1];
  for (let i = 1; i < knots.length; i++) {
    const knot = knots[i];
    if (knot === undefined) break;
    if (x < knot[0]) {
      return previous[1] + ((knot[1] - previous[1]) * (x - previous[0])) / (knot[0] - previous[0]);
    }
    previous = knot;
  }
  return previous[1];
}
