import { createHash } from 'node:crypto';
import { rowsAt, type PhotometryTable } from '../photometry-table.ts';
import { median } from '../../quantiles.ts';
import { bandedSeries, centredSeries } from './banded-series.ts';
import { searchPeriods, type FoundPeriods, type PeriodSettings } from './period-search.ts';

/** What a search gave, and what to keep of it. */
export interface KeptPeriods {
  readonly found: FoundPeriods | null;
  /** For the next time; `null` where what was kept still holds, or nothing was searched. */
  readonly toKeep: Uint8Array | null;
}

/** Changes with what a search does, so that what an older program kept is not believed. */
const SEARCH_VERSION = 1;
const DIGEST_BYTES = 16;
/** A digest and two float64. */
const KEPT_BYTES = DIGEST_BYTES + 16;
/** Share of the points that the cut leaves in at least. */
const CUT_RATIO = 0.8;
/** Errors below this share of the median error count as this much: one point must not decide a period. */
const ERR_FLOOR_RATIO = 0.1;
/**
 * The periods of a light curve: a pure function of its measured points and the settings, whatever was kept of an earlier
 * search, which only saves the time.
 *
 * So that a growing light curve is not searched again for each point, a part of its points is searched: `searchedRows`.
 *
 * @param kept `toKeep` of an earlier call, or any bytes
 * @complexity that of a digest of the searched points where `kept` holds, else that of the search
 */
export function keptPeriods(
  measured: PhotometryTable,
  settings: PeriodSettings,
  kept: Uint8Array | null,
): KeptPeriods {
  const rows = searchedRows(measured.mjdTai, settings);
  if (rows === null) return { found: null, toKeep: null };
  const searched = rowsAt(
    measured,
    Array.from({ length: rows.end - rows.start }, (_, i) => rows.start + i),
  );
  const digest = digestOf(searched, settings);
  if (kept?.length === KEPT_BYTES && digest.every((byte, i) => kept[i] === byte))
    return { found: decoded(kept), toKeep: null };
  const errMinNjy = ERR_FLOOR_RATIO * (median(searched.fluxErrNjy) ?? 0);
  const series = bandedSeries(searched, { originMjdTai: searched.mjdTai[0] ?? 0, unitNjy: 1, errMinNjy });
  const found = searchPeriods(centredSeries(series), settings);
  return { found, toKeep: encoded(digest, found) };
}

/**
 * The rows that are searched: they end at the widest gap among the newest fifth, which stays where it is while points are
 * added behind it and old ones leave, until a wider one comes or a fifth is new; of more than `pointsMax` the newest before
 * it. Gaps are the same whatever instant times count from.
 *
 * @param mjdTai [n] ascending
 * @returns `null` for fewer points than `pointsMin`
 * @complexity O(n)
 */
export function searchedRows(
  mjdTai: Float64Array,
  { pointsMin, pointsMax }: Pick<PeriodSettings, 'pointsMin' | 'pointsMax'>,
): { readonly start: number; readonly end: number } | null {
  const n = mjdTai.length;
  if (n < pointsMin) return null;
  let end = n;
  let widestDays = -Infinity;
  for (let i = Math.max(pointsMin, Math.ceil(CUT_RATIO * n)); i < n; i++) {
    const gapDays = mjdTai[i]! - mjdTai[i - 1]!;
    if (gapDays <= widestDays) continue;
    widestDays = gapDays;
    end = i;
  }
  return { start: Math.max(0, end - pointsMax), end };
}

function digestOf(
  { mjdTai, fluxNjy, fluxErrNjy, bandCode }: PhotometryTable,
  settings: PeriodSettings,
): Uint8Array {
  const hash = createHash('sha256');
  const { pointsMin, pointsMax, oversampling, frequencyPerDayMax, frequenciesMax } = settings;
  hash.update(
    Float64Array.of(SEARCH_VERSION, pointsMin, pointsMax, oversampling, frequencyPerDayMax, frequenciesMax),
  );
  // From the first one, as the search takes them.
  const timeDays = mjdTai.map((mjd) => mjd - mjdTai[0]!);
  for (const column of [timeDays, fluxNjy, fluxErrNjy, bandCode]) hash.update(column);
  return hash.digest().subarray(0, DIGEST_BYTES);
}

/** The digest, then both frequencies in the machine's order of bytes, which the digest depends on too; NaN for none. */
function encoded(digest: Uint8Array, found: FoundPeriods | null): Uint8Array {
  const bytes = new Uint8Array(KEPT_BYTES);
  const frequencies = Float64Array.of(found?.frequencyPerDay ?? NaN, found?.secondFrequencyPerDay ?? NaN);
  bytes.set(digest);
  bytes.set(new Uint8Array(frequencies.buffer), DIGEST_BYTES);
  return bytes;
}

function decoded(kept: Uint8Array): FoundPeriods | null {
  const [first, second] = new Float64Array(kept.slice(DIGEST_BYTES).buffer);
  if (first === undefined || second === undefined || Number.isNaN(first)) return null;
  return { frequencyPerDay: first, secondFrequencyPerDay: Number.isNaN(second) ? null : second };
}
