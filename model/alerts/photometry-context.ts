import { bandedSeries, centredSeries } from './periods/banded-series.ts';
import { fourierShape, type FourierShape } from './periods/fourier-shape.ts';
import { analysePeriods, type PeriodAnalysis } from './periods/period-analysis.ts';
import { keptPeriods } from './periods/kept-periods.ts';
import type { PeriodSettings } from './periods/period-search.ts';
import { bandCodesIn, wavelengthOf, type PhotometryTable } from './photometry-table.ts';
import { median, quantile, SIGMA_PER_MAD } from '../quantiles.ts';
import { selectPoints } from './select-points.ts';

/** What the inputs from photometry depend on; frozen in a release. */
export interface PhotometrySettings {
  /** Most points that the encoder attends to. */
  readonly tokensMax: number;
  readonly period: PeriodSettings;
}

/** Errors below this share of the object's median error count as this much: one point must not decide a shape. */
const ERR_FLOOR_RATIO = 0.1;

/** The measured fluxes of one band. */
export interface BandSummary {
  readonly bandCode: number;
  readonly wavelengthAngstrom: number | null;
  readonly count: number;
  readonly medianNjy: number;
  readonly errMedianNjy: number;
  /** [count] ascending, nJy */
  readonly sortedNjy: Float64Array;
}

/** All that the inputs from photometry are computed from. */
export interface PhotometryContext {
  readonly survey: string;
  /** Detections and forced photometry, in order of time. */
  readonly measured: PhotometryTable;
  /** The points that the encoder attends to, in order of time. */
  readonly tokens: PhotometryTable;
  /** The newest token's time: the origin of every time. */
  readonly originMjdTai: number;
  /** Median |flux|, at least the median error: the unit of absolute fluxes. */
  readonly scaleNjy: number;
  /** Robust σ about the band medians, at least the median error: the unit of fluxes about their band median. */
  readonly spreadNjy: number;
  /** Bands with a measured point, by band code. */
  readonly bands: ReadonlyMap<number, BandSummary>;
  readonly period: PeriodAnalysis | null;
  /** The light curve folded with `period`; time in days from the origin, flux in units of `spreadNjy`. */
  readonly shape: FourierShape | null;
  /** What a period search left for the next time; `null` where nothing is new. */
  readonly periodsToKeep: Uint8Array | null;
}

/**
 * Selects the points of a light curve and computes what describes it as a whole.
 *
 * @param kept `periodsToKeep` of an earlier context of the object: saves a period search, and changes nothing else
 * @complexity that of the period search
 */
export function photometryContext(
  table: PhotometryTable,
  settings: PhotometrySettings,
  kept: Uint8Array | null = null,
): PhotometryContext {
  const { measured, tokens } = selectPoints(table, settings.tokensMax);
  const originMjdTai = tokens.mjdTai.at(-1) ?? 0;
  const bands = bandSummaries(measured);
  const errMedianNjy = median(measured.fluxErrNjy) ?? median(tokens.fluxErrNjy) ?? 1;
  const scaleNjy = Math.max(errMedianNjy, median(measured.fluxNjy.map(Math.abs)) ?? 0);
  const residuals = measured.fluxNjy.map((flux, i) =>
    Math.abs(flux - (bands.get(measured.bandCode[i]!)?.medianNjy ?? 0)),
  );
  const spreadNjy = Math.max(errMedianNjy, SIGMA_PER_MAD * (median(residuals) ?? 0));
  const errMinNjy = ERR_FLOOR_RATIO * errMedianNjy;
  const series = centredSeries(bandedSeries(measured, { originMjdTai, unitNjy: spreadNjy, errMinNjy }));
  const { found, toKeep } = keptPeriods(measured, settings.period, kept);
  const shape = found === null ? null : fourierShape(series, found.frequencyPerDay);
  return {
    survey: table.survey,
    measured,
    tokens,
    originMjdTai,
    scaleNjy,
    spreadNjy,
    bands,
    period: found === null || shape === null ? null : analysePeriods(series, found),
    shape,
    periodsToKeep: toKeep,
  };
}

function bandSummaries(measured: PhotometryTable): ReadonlyMap<number, BandSummary> {
  const summaries = new Map<number, BandSummary>();
  for (const bandCode of bandCodesIn(measured)) {
    const isOfBand = (_: number, i: number): boolean => measured.bandCode[i] === bandCode;
    const sortedNjy = measured.fluxNjy.filter(isOfBand).sort();
    summaries.set(bandCode, {
      bandCode,
      wavelengthAngstrom: wavelengthOf(measured.survey, bandCode),
      count: sortedNjy.length,
      medianNjy: quantile(sortedNjy, 0.5),
      errMedianNjy: median(measured.fluxErrNjy.filter(isOfBand)) ?? 0,
      sortedNjy,
    });
  }
  return summaries;
}
