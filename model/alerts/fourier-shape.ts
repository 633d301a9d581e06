import type { BandedSeries } from './periodogram.ts';

/** Harmonics of the period that describe a folded light curve, and that tokens carry phases of. */
export const HARMONICS = 4;

/** Added to the normal matrix's diagonal, relative to its mean: folded curves with gaps stay solvable. */
const RIDGE = 1e-3;

/** The folded light curve as a Fourier series with a floating mean per band: Σ A_k cos(2πkft − φ_k). */
export interface FourierShape {
  /** [HARMONICS] A_k, in the unit of the flux; ≥ 0 */
  readonly amplitude: readonly number[];
  /** [HARMONICS] φ_k, radians, with time from the series' origin */
  readonly phaseRadians: readonly number[];
  /** Share of the weighted variance about the band means that the series explains, 0 to 1. */
  readonly explainedRatio: number;
}

/**
 * Fits the series at a given frequency by weighted, slightly ridged least squares, one shape for all bands.
 *
 * @param series as `periodogram` takes it
 * @returns `null` where the fluxes have no variance
 * @complexity O(n · HARMONICS²) time, O(n · HARMONICS) memory
 */
export function fourierShape(series: BandedSeries, frequencyPerDay: number): FourierShape | null {
  const { design, flux, weight } = centredDesign(series, frequencyPerDay);
  const size = 2 * HARMONICS;
  const normal = Array.from({ length: size }, () => new Float64Array(size));
  const right = new Float64Array(size);
  let variance = 0;
  for (let i = 0; i < flux.length; i++) {
    variance += weight[i]! * flux[i]! ** 2;
    for (let a = 0; a < size; a++) {
      const weighted = weight[i]! * design[a]![i]!;
      right[a]! += weighted * flux[i]!;
      for (let b = 0; b <= a; b++) normal[a]![b]! += weighted * design[b]![i]!;
    }
  }
  let trace = 0;
  for (let a = 0; a < size; a++) trace += normal[a]![a]!;
  if (!(variance > 0) || !(trace > 0)) return null;
  for (let a = 0; a < size; a++) normal[a]![a]! += (RIDGE * trace) / size;
  const solution = solveCholesky(normal, right);
  const residual = residualVariance(design, flux, weight, solution);
  const harmonics = Array.from(
    { length: HARMONICS },
    (_, k) => [solution[2 * k]!, solution[2 * k + 1]!] as const,
  );
  return {
    amplitude: harmonics.map(([cos, sin]) => Math.hypot(cos, sin)),
    phaseRadians: harmonics.map(([cos, sin]) => Math.atan2(sin, cos)),
    explainedRatio: Math.max(0, Math.min(1, 1 - residual / variance)),
  };
}

/** Columns cos, sin of each harmonic and the fluxes, all less their weighted mean in their band; weights sum to 1. */
function centredDesign(
  series: BandedSeries,
  frequencyPerDay: number,
): { readonly design: readonly Float64Array[]; readonly flux: Float64Array; readonly weight: Float64Array } {
  let errMin = Infinity;
  for (const err of series.fluxErr) errMin = Math.min(errMin, err);
  const weight = series.fluxErr.map((err) => (errMin / err) ** 2);
  const total = weight.reduce((sum, w) => sum + w, 0);
  for (let i = 0; i < weight.length; i++) weight[i]! /= total;
  const design: Float64Array[] = [];
  for (let k = 1; k <= HARMONICS; k++) {
    const angle = series.timeDays.map((time) => 2 * Math.PI * k * frequencyPerDay * time);
    design.push(angle.map(Math.cos), angle.map(Math.sin));
  }
  const flux = series.flux.slice();
  for (const column of [...design, flux]) centreByBand(column, weight, series);
  return { design, flux, weight };
}

function centreByBand(column: Float64Array, weight: Float64Array, series: BandedSeries): void {
  const sum = new Float64Array(series.bands);
  const weightSum = new Float64Array(series.bands);
  for (let i = 0; i < column.length; i++) {
    sum[series.band[i]!]! += weight[i]! * column[i]!;
    weightSum[series.band[i]!]! += weight[i]!;
  }
  for (let i = 0; i < column.length; i++) column[i]! -= sum[series.band[i]!]! / weightSum[series.band[i]!]!;
}

function residualVariance(
  design: readonly Float64Array[],
  flux: Float64Array,
  weight: Float64Array,
  solution: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < flux.length; i++) {
    let residual = flux[i]!;
    for (let a = 0; a < solution.length; a++) residual -= solution[a]! * design[a]![i]!;
    sum += weight[i]! * residual ** 2;
  }
  return sum;
}

/**
 * Solves a positive definite system by Cholesky factors, in place.
 *
 * @param matrix [n][n] lower triangle
 */
function solveCholesky(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  for (let a = 0; a < n; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = matrix[a]![b]!;
      for (let k = 0; k < b; k++) sum -= matrix[a]![k]! * matrix[b]![k]!;
      matrix[a]![b] = a === b ? Math.sqrt(sum) : sum / matrix[b]![b]!;
    }
  }
  for (let a = 0; a < n; a++) {
    for (let k = 0; k < a; k++) right[a]! -= matrix[a]![k]! * right[k]!;
    right[a]! /= matrix[a]![a]!;
  }
  for (let a = n - 1; a >= 0; a--) {
    for (let k = a + 1; k < n; k++) right[a]! -= matrix[k]![a]! * right[k]!;
    right[a]! /= matrix[a]![a]!;
  }
  return right;
}
