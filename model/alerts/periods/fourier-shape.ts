import type { CentredSeries } from './banded-series.ts';
import { HarmonicFit } from './harmonic-fit.ts';

/** Harmonics of the period that describe a folded light curve, and that tokens carry phases of. */
export const HARMONICS = 4;

/** Folded curves with gaps stay solvable; shrinks amplitudes by as much. */
const RIDGE = 1e-3;

const ORDERS = Array.from({ length: HARMONICS }, (_, k) => k + 1);

/** The folded light curve as a Fourier series with a floating mean per band: Σ A_k cos(2πkft − φ_k). */
export interface FourierShape {
  /** [HARMONICS] A_k, in the unit of the flux; ≥ 0 */
  readonly amplitude: readonly number[];
  /** [HARMONICS] φ_k, radians, with time from the series' origin */
  readonly phaseRadians: readonly number[];
  /** Share of the weighted variance about the band means that the first k harmonics explain, 0 to 1. */
  readonly explainedRatios: readonly number[];
  /** The same of all of them. */
  readonly explainedRatio: number;
}

/**
 * Fits the series at a given frequency by weighted, slightly ridged least squares, one shape for all bands.
 *
 * @param originDays time from which phases count, on the scale of the series before it was centred
 * @returns `null` where the fluxes have no variance
 * @complexity O(n · HARMONICS) time
 */
export function fourierShape(
  series: CentredSeries,
  frequencyPerDay: number,
  originDays = 0,
): FourierShape | null {
  if (!(series.variance > 0)) return null;
  const fit = new HarmonicFit(series, HARMONICS);
  const ridged = fit.explained(frequencyPerDay, ORDERS, RIDGE);
  const solution = fit.coefficients();
  // What the ridge took off the variance that the coefficients explain; the same share of each harmonic.
  const penalty = (RIDGE / 2) * solution.reduce((sum, value) => sum + value * value, 0);
  const explainedRatio = Math.min(1, (ridged.at(-1) ?? 0) + penalty / series.variance);
  const cycles = frequencyPerDay * (series.originDays - originDays);
  const turn = 2 * Math.PI * (cycles - Math.floor(cycles));
  const harmonics = ORDERS.map((k) => [solution[2 * k - 2]!, solution[2 * k - 1]!, k * turn] as const);
  return {
    amplitude: harmonics.map(([cos, sin]) => series.unit * Math.hypot(cos, sin)),
    phaseRadians: harmonics.map(([cos, sin, angle]) => wrapped(Math.atan2(sin, cos) + angle)),
    explainedRatios: Array.from(
      ridged,
      (share) => (explainedRatio * share) / Math.max(1e-300, ridged.at(-1) ?? 0),
    ),
    explainedRatio,
  };
}

/** An angle within ± π. */
function wrapped(radians: number): number {
  return radians - 2 * Math.PI * Math.round(radians / (2 * Math.PI));
}
