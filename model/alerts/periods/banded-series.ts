import { bandCodesIn, type PhotometryTable } from '../photometry-table.ts';

/** Measurements of one object in one or more bands. All columns have the same length, all values are finite. */
export interface BandedSeries {
  /** [n] days, from any origin */
  readonly timeDays: Float64Array;
  /** [n] any unit */
  readonly flux: Float64Array;
  /** [n] 1σ of `flux`, > 0 */
  readonly fluxErr: Float64Array;
  /** [n] band of each measurement, 0 … bands − 1 */
  readonly band: Uint16Array;
  readonly bands: number;
}

/**
 * The measured points of a light curve as a series.
 *
 * @param scales.unitNjy   unit of the fluxes
 * @param scales.errMinNjy smaller errors count as this much
 */
export function bandedSeries(
  measured: PhotometryTable,
  scales: { readonly originMjdTai: number; readonly unitNjy: number; readonly errMinNjy: number },
): BandedSeries {
  const codes = bandCodesIn(measured);
  const numberOf = new Map(codes.map((code, index) => [code, index]));
  return {
    timeDays: measured.mjdTai.map((mjd) => mjd - scales.originMjdTai),
    flux: measured.fluxNjy.map((flux) => flux / scales.unitNjy),
    fluxErr: measured.fluxErrNjy.map((err) => Math.max(scales.errMinNjy, err) / scales.unitNjy),
    band: Uint16Array.from(measured.bandCode, (code) => numberOf.get(code) ?? 0),
    bands: codes.length,
  };
}

/** A series ordered by band, with weights that sum to 1 and fluxes less their band's weighted mean. */
export interface CentredSeries {
  /** [n] days, from the oldest measurement */
  readonly timeDays: Float64Array;
  /** [n] ∝ 1/σ²; they sum to 1 */
  readonly weight: Float64Array;
  /** [n] flux less its band's weighted mean, in units of `unit` */
  readonly flux: Float64Array;
  /** [n] weight × flux */
  readonly weighted: Float64Array;
  /** [bands + 1] a band's first measurement, and the end */
  readonly firstOfBand: Int32Array;
  /** [bands] sum of the weights of each band */
  readonly bandWeight: Float64Array;
  /** Σ weight × flux²; 0 where the fluxes are equal but for rounding */
  readonly variance: number;
  /** Largest |flux| about the band means, in the series' unit; 1 where all are equal */
  readonly unit: number;
  /** Oldest time of the series. */
  readonly originDays: number;
  /** Newest less oldest time, days. */
  readonly baselineDays: number;
}

/** Residuals about a mean that are smaller than this share of the values are rounding. */
const ROUNDING = 1e-12;

/**
 * Orders a series by band and centres it.
 *
 * @complexity O(n log n)
 */
export function centredSeries(series: BandedSeries): CentredSeries {
  const order = Array.from(series.band.keys()).sort((a, b) => series.band[a]! - series.band[b]! || a - b);
  const firstOfBand = new Int32Array(series.bands + 1);
  for (const band of series.band) firstOfBand[band + 1]!++;
  for (let b = 0; b < series.bands; b++) firstOfBand[b + 1]! += firstOfBand[b]!;
  let errMin = Infinity;
  let oldest = Infinity;
  let newest = -Infinity;
  for (const err of series.fluxErr) errMin = Math.min(errMin, err);
  for (const time of series.timeDays) {
    oldest = Math.min(oldest, time);
    newest = Math.max(newest, time);
  }
  const weight = Float64Array.from(order, (i) => (errMin / series.fluxErr[i]!) ** 2);
  const total = weight.reduce((sum, w) => sum + w, 0);
  for (let i = 0; i < weight.length; i++) weight[i]! /= total;
  const flux = Float64Array.from(order, (i) => series.flux[i]!);
  const bandWeight = centreByBand(flux, weight, firstOfBand);
  const largest = largestMagnitude(flux);
  const isStill = largest <= ROUNDING * largestMagnitude(series.flux);
  const unit = isStill || largest === 0 ? 1 : largest;
  for (let i = 0; i < flux.length; i++) flux[i] = isStill ? 0 : flux[i]! / unit;
  const weighted = flux.map((y, i) => y * weight[i]!);
  return {
    timeDays: Float64Array.from(order, (i) => series.timeDays[i]! - oldest),
    weight,
    flux,
    weighted,
    firstOfBand,
    bandWeight,
    variance: weighted.reduce((sum, wy, i) => sum + wy * flux[i]!, 0),
    unit,
    originDays: oldest,
    baselineDays: newest - oldest,
  };
}

/** Takes each band's weighted mean off its fluxes, in place, and gives the weight of each band. */
function centreByBand(flux: Float64Array, weight: Float64Array, firstOfBand: Int32Array): Float64Array {
  const bandWeight = new Float64Array(firstOfBand.length - 1);
  for (let b = 0; b < bandWeight.length; b++) {
    let weightSum = 0;
    let mean = 0;
    for (let i = firstOfBand[b]!; i < firstOfBand[b + 1]!; i++) {
      weightSum += weight[i]!;
      mean += weight[i]! * flux[i]!;
    }
    bandWeight[b] = weightSum;
    for (let i = firstOfBand[b]!; i < firstOfBand[b + 1]!; i++) flux[i]! -= mean / weightSum;
  }
  return bandWeight;
}

/** The same series with other fluxes about the band means, as a fit leaves them. */
export function withFlux(series: CentredSeries, flux: Float64Array): CentredSeries {
  const centred = flux.slice();
  centreByBand(centred, series.weight, series.firstOfBand);
  const weighted = centred.map((y, i) => y * series.weight[i]!);
  const variance = weighted.reduce((sum, wy, i) => sum + wy * centred[i]!, 0);
  return { ...series, flux: centred, weighted, variance };
}

function largestMagnitude(values: Float64Array): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}
