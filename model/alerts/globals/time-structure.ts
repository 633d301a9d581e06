import { median } from '../../quantiles.ts';
import type { PhotometryContext } from '../photometry-context.ts';
import type { PhotometryTable } from '../photometry-table.ts';

/** How the measured fluxes change with time, without a period. Fluxes are about the band medians, in units of their σ. */
export interface TimeStructure {
  /** Slope of the straight line through all points, σ per span. */
  readonly trend: number;
  /** Share of the variance that the line explains. */
  readonly trendRatio: number;
  /** Range of the cumulative sum of the residuals over n: near 0 for noise, to 1/2 for one long swing. */
  readonly cumulativeRange: number;
  /** Steepest change between neighbours of one band at least `SLOPE_DAYS_MIN` apart, σ per day; `null` without any. */
  readonly slopeMax: number | null;
  /** Median |change| between such neighbours, σ per day. */
  readonly slopeMedian: number | null;
  /** Stetson's J: mean signed root of the products of neighbours' normalised residuals; > 0 where neighbours agree. */
  readonly stetsonJ: number;
  /** [LAGS_DAYS] mean squared difference at each lag over twice the variance; `null` for fewer than `PAIRS_MIN` pairs. */
  readonly structure: readonly (number | null)[];
}

/** Fewer points have no structure. */
const POINTS_MIN = 8;
/** Closer neighbours differ by noise. */
const SLOPE_DAYS_MIN = 0.01;
/** Lags of the structure function: pairs at this distance, up to three times as far. */
export const LAGS_DAYS = [0.01, 0.1, 0.7, 2.5, 8, 25, 80, 250, 800] as const;
const LAG_WIDTH = 3;
const PAIRS_MIN = 4;

/**
 * Summarises how fluxes follow each other.
 *
 * @returns `null` for fewer than eight measured points, no span or no scatter
 * @complexity O(n · lags)
 * @source J: Stetson 1996, doi:10.1086/133808, with every two neighbours in time of one band as a pair; cumulative sum: Ellaway
 *   1978, doi:10.1016/0013-4694(78)90017-2; structure function: Simonetti, Cordes & Heeschen 1985, doi:10.1086/163418
 */
export function timeStructure(context: PhotometryContext): TimeStructure | null {
  const { measured, bands } = context;
  const n = measured.fluxNjy.length;
  if (n < POINTS_MIN || !(measured.mjdTai[n - 1]! > measured.mjdTai[0]!)) return null;
  const flux = measured.fluxNjy.map((value, i) => value - (bands.get(measured.bandCode[i]!)?.medianNjy ?? 0));
  const mean = flux.reduce((sum, value) => sum + value, 0) / n;
  const variance = flux.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
  if (!(variance > 0)) return null;
  const sigmas = flux.map((value) => (value - mean) / Math.sqrt(variance));
  const byBand = rowsByBand(measured);
  return {
    ...trend(measured.mjdTai, sigmas),
    cumulativeRange: cumulativeRange(sigmas),
    ...slopes(measured.mjdTai, sigmas, byBand),
    stetsonJ: stetsonJ(measured, flux, byBand),
    structure: LAGS_DAYS.map((lagDays) => structureAt(lagDays, { mjdTai: measured.mjdTai, sigmas, byBand })),
  };
}

function rowsByBand(table: PhotometryTable): readonly (readonly number[])[] {
  const rows = new Map<number, number[]>();
  for (const [row, code] of table.bandCode.entries()) {
    const own = rows.get(code);
    if (own === undefined) rows.set(code, [row]);
    else own.push(row);
  }
  return [...rows.values()];
}

function trend(mjdTai: Float64Array, sigmas: Float64Array): Pick<TimeStructure, 'trend' | 'trendRatio'> {
  const n = sigmas.length;
  const middle = mjdTai.reduce((sum, time) => sum + time, 0) / n;
  let squares = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    squares += (mjdTai[i]! - middle) ** 2;
    products += (mjdTai[i]! - middle) * sigmas[i]!;
  }
  const slope = squares > 0 ? products / squares : 0;
  return { trend: slope * (mjdTai[n - 1]! - mjdTai[0]!), trendRatio: Math.min(1, (slope * products) / n) };
}

function cumulativeRange(sigmas: Float64Array): number {
  let sum = 0;
  let low = 0;
  let high = 0;
  for (const value of sigmas) {
    sum += value;
    low = Math.min(low, sum);
    high = Math.max(high, sum);
  }
  return (high - low) / sigmas.length;
}

function slopes(
  mjdTai: Float64Array,
  sigmas: Float64Array,
  byBand: readonly (readonly number[])[],
): Pick<TimeStructure, 'slopeMax' | 'slopeMedian'> {
  const found: number[] = [];
  for (const rows of byBand) {
    let before = rows[0]!;
    for (const row of rows) {
      const days = mjdTai[row]! - mjdTai[before]!;
      if (days < SLOPE_DAYS_MIN) continue;
      found.push(Math.abs(sigmas[row]! - sigmas[before]!) / days);
      before = row;
    }
  }
  const slopeMax = found.reduce((max, slope) => Math.max(max, slope), 0);
  return found.length === 0
    ? { slopeMax: null, slopeMedian: null }
    : { slopeMax, slopeMedian: median(found) };
}

function stetsonJ(
  { fluxErrNjy }: PhotometryTable,
  flux: Float64Array,
  byBand: readonly (readonly number[])[],
): number {
  let sum = 0;
  let pairs = 0;
  for (const rows of byBand) {
    for (let i = 1; i < rows.length; i++) {
      const [before, row] = [rows[i - 1]!, rows[i]!];
      const product = (flux[before]! / fluxErrNjy[before]!) * (flux[row]! / fluxErrNjy[row]!);
      sum += Math.sign(product) * Math.sqrt(Math.abs(product));
      pairs++;
    }
  }
  return pairs === 0 ? 0 : sum / pairs;
}

/** Of each point, the next one of its band that is at least the lag later, and not too far. */
function structureAt(
  lagDays: number,
  curve: {
    readonly mjdTai: Float64Array;
    readonly sigmas: Float64Array;
    readonly byBand: readonly (readonly number[])[];
  },
): number | null {
  const { mjdTai, sigmas, byBand } = curve;
  let squares = 0;
  let pairs = 0;
  for (const rows of byBand) {
    let next = 0;
    for (const row of rows) {
      while (next < rows.length && mjdTai[rows[next]!]! - mjdTai[row]! < lagDays) next++;
      const later = rows[next];
      if (later === undefined) break;
      if (mjdTai[later]! - mjdTai[row]! > LAG_WIDTH * lagDays) continue;
      squares += (sigmas[later]! - sigmas[row]!) ** 2;
      pairs++;
    }
  }
  return pairs < PAIRS_MIN ? null : squares / pairs / 2;
}
