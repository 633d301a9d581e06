import { KIND, rowsAt, type PhotometryTable } from './photometry-table.ts';

/** Points older than the newest by more are left out: the longest scale of the time encoding, doubled. */
export const HISTORY_DAYS_MAX = 8192;
/** A detection and forced photometry of the same band this close are of one exposure; 8.6 s, shorter than any exposure. */
const SAME_EXPOSURE_DAYS = 1e-4;
/** An upper limit's `fluxErrNjy` is a fifth of the limit. */
const LIMIT_SIGMAS = 5;

export interface SelectedPoints {
  /** Detections and forced photometry, one per exposure and band: what is measured about the object. */
  readonly measured: PhotometryTable;
  /** At most `tokensMax` rows in order of time: what the encoder attends to. */
  readonly tokens: PhotometryTable;
}

/**
 * Chooses the points that the model sees. The rule, in order:
 * 1. Points more than `HISTORY_DAYS_MAX` before the newest are left out.
 * 2. Of a detection and forced photometry of one exposure in one band the detection stays, and of equal kinds the first
 *    row stays: the same light counts once.
 * 3. An upper limit is informative if it is fainter than the brightest measured flux in its band (or in any band, where
 *    its own has none): then it says that the object was not always that bright. With nothing measured, all are.
 * 4. Measured points take the places first, informative limits what is left; within each the newest stay.
 *
 * @param table rows as `tabulate` orders them
 * @param tokensMax ≥ 1
 * @complexity O(n log n)
 */
export function selectPoints(table: PhotometryTable, tokensMax: number): SelectedPoints {
  const newestMjdTai = table.mjdTai.at(-1) ?? 0;
  const measured: number[] = [];
  const limits: number[] = [];
  for (let i = 0; i < table.mjdTai.length; i++) {
    if (newestMjdTai - table.mjdTai[i]! > HISTORY_DAYS_MAX) continue;
    (table.kind[i] === KIND.upperLimit ? limits : measured).push(i);
  }
  const exposures = onePerExposure(table, measured);
  const informative = informativeLimits(table, exposures, limits);
  const kept = exposures.slice(-tokensMax);
  const places = tokensMax - kept.length;
  const chosen = [...kept, ...(places > 0 ? informative.slice(-places) : [])].sort((a, b) => a - b);
  return { measured: rowsAt(table, exposures), tokens: rowsAt(table, chosen) };
}

/** Rule 2; `rows` ascend in time. */
function onePerExposure(table: PhotometryTable, rows: readonly number[]): number[] {
  const lastOfBand = new Map<number, number>();
  const kept: number[] = [];
  for (const row of rows) {
    const band = table.bandCode[row]!;
    const place = lastOfBand.get(band);
    const before = place === undefined ? undefined : kept[place];
    if (
      place !== undefined &&
      before !== undefined &&
      table.mjdTai[row]! - table.mjdTai[before]! <= SAME_EXPOSURE_DAYS
    ) {
      if (table.kind[before] === KIND.forced && table.kind[row] === KIND.detection) kept[place] = row;
      continue;
    }
    lastOfBand.set(band, kept.length);
    kept.push(row);
  }
  return kept.sort((a, b) => a - b);
}

/** Rule 3. */
function informativeLimits(
  table: PhotometryTable,
  measured: readonly number[],
  limits: readonly number[],
): number[] {
  if (measured.length === 0) return [...limits];
  const brightestNjy = new Map<number, number>();
  let brightestAnyNjy = -Infinity;
  for (const row of measured) {
    const flux = table.fluxNjy[row]!;
    const band = table.bandCode[row]!;
    brightestNjy.set(band, Math.max(brightestNjy.get(band) ?? -Infinity, flux));
    brightestAnyNjy = Math.max(brightestAnyNjy, flux);
  }
  return limits.filter(
    (row) =>
      LIMIT_SIGMAS * table.fluxErrNjy[row]! < (brightestNjy.get(table.bandCode[row]!) ?? brightestAnyNjy),
  );
}
