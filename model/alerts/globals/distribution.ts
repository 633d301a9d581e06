import { median, quantile } from '../../quantiles.ts';
import type { PhotometryContext } from '../photometry-context.ts';

/** How the measured fluxes are distributed about their band medians, whatever their order in time. */
export interface Distribution {
  /** [n] ascending: (flux − band median) / spread. */
  readonly residuals: Float64Array;
  /** Standard deviation of the residuals; > 0. */
  readonly deviation: number;
  readonly mean: number;
  /** Share of the residuals more than one standard deviation from their mean. */
  readonly beyondOneRatio: number;
  /** Anderson–Darling statistic of the standardised residuals: below 1 for Gaussian noise. */
  readonly andersonDarling: number;
  /** Variance less the mean squared error, in units of the median flux squared; `null` where that is not seen. */
  readonly excessVariance: number | null;
  /** [m] ascending: magnitudes brighter than the band's median, of the points with flux > 0 in bands with median > 0. */
  readonly brightenings: Float64Array;
}

/** Fewer points have no distribution. */
const POINTS_MIN = 8;
/** Least median flux in units of the median error for a flux that is seen as a whole. */
const TOTAL_FLUX_SIGMAS = 3;
/** Keeps logarithms of tails finite. */
const TAIL_MIN = 1e-15;

/**
 * Summarises the residuals of a light curve.
 *
 * @returns `null` for fewer than eight measured points or no scatter
 * @complexity O(n log n)
 * @source A²: Anderson & Darling 1952, doi:10.1214/aoms/1177729437; excess variance: Nandra et al. 1997,
 *   doi:10.1086/303721, about the median
 */
export function distribution(context: PhotometryContext): Distribution | null {
  const { measured, bands, spreadNjy } = context;
  const n = measured.fluxNjy.length;
  if (n < POINTS_MIN) return null;
  const residuals = measured.fluxNjy
    .map((flux, i) => (flux - (bands.get(measured.bandCode[i]!)?.medianNjy ?? 0)) / spreadNjy)
    .sort();
  const mean = residuals.reduce((sum, r) => sum + r, 0) / n;
  const deviation = Math.sqrt(residuals.reduce((sum, r) => sum + (r - mean) ** 2, 0) / n);
  if (!(deviation > 0)) return null;
  return {
    residuals,
    deviation,
    mean,
    beyondOneRatio: residuals.reduce((count, r) => count + Number(Math.abs(r - mean) > deviation), 0) / n,
    andersonDarling: andersonDarling(residuals, mean, deviation),
    excessVariance: excessVariance(context, deviation),
    brightenings: brightenings(context),
  };
}

function andersonDarling(sorted: Float64Array, mean: number, deviation: number): number {
  const n = sorted.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const below = normalShare((sorted[i]! - mean) / deviation);
    const above = normalShare((mean - sorted[n - 1 - i]!) / deviation);
    sum += (2 * i + 1) * (Math.log(Math.max(TAIL_MIN, below)) + Math.log(Math.max(TAIL_MIN, above)));
  }
  return Math.max(0, -n - sum / n);
}

/**
 * Share of a normal distribution below `x`.
 *
 * @source Abramowitz & Stegun 1964, 26.2.17: within 7.5e-8
 */
function normalShare(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x > 0 ? 1 - tail : tail;
}

function excessVariance({ measured, spreadNjy }: PhotometryContext, deviation: number): number | null {
  const fluxNjy = median(measured.fluxNjy) ?? 0;
  const errNjy = median(measured.fluxErrNjy) ?? 0;
  if (!(fluxNjy > TOTAL_FLUX_SIGMAS * errNjy)) return null;
  return ((deviation * spreadNjy) / fluxNjy) ** 2 - (errNjy / fluxNjy) ** 2;
}

function brightenings({ measured, bands }: PhotometryContext): Float64Array {
  const values: number[] = [];
  for (const [i, fluxNjy] of measured.fluxNjy.entries()) {
    const band = bands.get(measured.bandCode[i]!);
    if (band === undefined || band.medianNjy <= TOTAL_FLUX_SIGMAS * band.errMedianNjy || fluxNjy <= 0)
      continue;
    values.push(2.5 * Math.log10(fluxNjy / band.medianNjy));
  }
  return Float64Array.from(values).sort();
}

/** Distance between two quantiles. */
export function between(sorted: Float64Array, low: number, high: number): number {
  return quantile(sorted, high) - quantile(sorted, low);
}
