import type { PhotometryContext } from '../photometry-context.ts';

/** How the measured fluxes scatter about their band medians; `null` where too few points tell. */
export interface Variability {
  /** Third standardised moment. */
  readonly skewness: number | null;
  /** Fourth standardised moment, less 3. */
  readonly kurtosisExcess: number | null;
  /** Mean |δ| / root mean δ² of normalised residuals: 1 for a square wave, ≈ 0.798 for Gaussian noise. */
  readonly stetsonK: number | null;
  /** Mean squared difference of neighbours in a band over twice the variance: 1 for noise, → 0 for slow change. */
  readonly vonNeumannRatio: number | null;
  /** Mean (residual / error)² about the band medians. */
  readonly chiSquaredReduced: number | null;
  /** Share of measured points with flux > 0: near 1 for a transient, near 1/2 for a variable in its reference image. */
  readonly positiveRatio: number | null;
}

/** Fewer points have no moments. */
const POINTS_MIN = 4;

/**
 * Summarises the residuals about the band medians, in units of the object's spread.
 *
 * @complexity O(n)
 * @source K: Stetson 1996, doi:10.1086/133808, about the median instead of the weighted mean; ratio: von Neumann 1941,
 *   doi:10.1214/aoms/1177731677, per band and halved
 */
export function variability(context: PhotometryContext): Variability {
  const { measured, bands, spreadNjy } = context;
  const n = measured.fluxNjy.length;
  if (n < POINTS_MIN)
    return {
      skewness: null,
      kurtosisExcess: null,
      stetsonK: null,
      vonNeumannRatio: null,
      chiSquaredReduced: null,
      positiveRatio: n === 0 ? null : positive(measured.fluxNjy) / n,
    };
  const residual = measured.fluxNjy.map(
    (flux, i) => (flux - (bands.get(measured.bandCode[i]!)?.medianNjy ?? 0)) / spreadNjy,
  );
  const delta = residual.map((r, i) => r * (spreadNjy / measured.fluxErrNjy[i]!));
  const mean = sum(residual) / n;
  const moment = (order: number): number => sum(residual.map((r) => (r - mean) ** order)) / n;
  const variance = moment(2);
  const isVarying = variance > 0;
  const meanSquare = sum(delta.map((d) => d * d)) / n;
  return {
    skewness: isVarying ? moment(3) / variance ** 1.5 : null,
    kurtosisExcess: isVarying ? moment(4) / variance ** 2 - 3 : null,
    stetsonK: meanSquare > 0 ? sum(delta.map(Math.abs)) / n / Math.sqrt(meanSquare) : null,
    vonNeumannRatio: isVarying ? vonNeumannRatio(residual, measured.bandCode, variance) : null,
    chiSquaredReduced: (meanSquare * n) / (n - 1),
    positiveRatio: positive(measured.fluxNjy) / n,
  };
}

function vonNeumannRatio(residual: Float64Array, bandCode: Uint16Array, variance: number): number | null {
  const before = new Map<number, number>();
  let squares = 0;
  let pairs = 0;
  for (let i = 0; i < residual.length; i++) {
    const last = before.get(bandCode[i]!);
    if (last !== undefined) {
      squares += (residual[i]! - last) ** 2;
      pairs++;
    }
    before.set(bandCode[i]!, residual[i]!);
  }
  return pairs === 0 ? null : squares / pairs / (2 * variance);
}

function positive(values: Float64Array): number {
  return values.reduce((count, value) => count + Number(value > 0), 0);
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
