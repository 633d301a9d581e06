import type { POINT_KINDS } from '../../core/index.ts';
import { effectiveWavelengthAngstrom, type LightCurve } from '../../core/index.ts';

/** Numbers of the point kinds, as `PhotometryTable.kind` holds them. */
export const KIND = { detection: 0, upperLimit: 1, forced: 2 } as const satisfies Record<
  (typeof POINT_KINDS)[number],
  number
>;

/** The filters that have inputs of their own, in order of wavelength. */
export const FILTERS = ['u', 'g', 'r', 'i', 'z', 'y'] as const;
export type Filter = (typeof FILTERS)[number];

/** Fluxes and errors are clamped to this range, nJy, so that no square or quotient of them can overflow. */
const FLUX_NJY_MAX = 1e30;
const FLUX_ERR_NJY_MIN = 1e-30;

/**
 * A light curve as columns, one row per point, ordered by (time, band, kind, flux, error): the order in which the points
 * came leaves no trace. Every number is finite, every error > 0. Columns can be handed to a worker without copying.
 */
export interface PhotometryTable {
  readonly survey: string;
  readonly raDeg: number;
  readonly decDeg: number;
  /** [n] days */
  readonly mjdTai: Float64Array;
  /** [n] nJy; 0 for an upper limit */
  readonly fluxNjy: Float64Array;
  /** [n] 1σ, nJy; a fifth of the limit for an upper limit */
  readonly fluxErrNjy: Float64Array;
  /** [n] the band letter's UTF-16 code */
  readonly bandCode: Uint16Array;
  /** [n] see `KIND` */
  readonly kind: Uint8Array;
}

/**
 * The light curve's usable points as a table. Points that break the contract of `Point` (a number that is not finite, an
 * error that is not positive) are left out, so that nothing can make an embedding undefined.
 *
 * @complexity O(n log n)
 */
export function tabulate(lightCurve: LightCurve): PhotometryTable {
  const usable = lightCurve.points.filter(
    (point) =>
      Number.isFinite(point.mjdTai) &&
      Number.isFinite(point.fluxNjy) &&
      Number.isFinite(point.fluxErrNjy) &&
      point.fluxErrNjy > 0,
  );
  const rows = usable
    .map((point) => ({
      mjdTai: point.mjdTai,
      bandCode: point.band.charCodeAt(0) || 0,
      kind: KIND[point.kind],
      fluxNjy: Math.max(-FLUX_NJY_MAX, Math.min(FLUX_NJY_MAX, point.fluxNjy)),
      fluxErrNjy: Math.max(FLUX_ERR_NJY_MIN, Math.min(FLUX_NJY_MAX, point.fluxErrNjy)),
    }))
    .sort(
      (a, b) =>
        a.mjdTai - b.mjdTai ||
        a.bandCode - b.bandCode ||
        a.kind - b.kind ||
        a.fluxNjy - b.fluxNjy ||
        a.fluxErrNjy - b.fluxErrNjy,
    );
  return {
    survey: lightCurve.survey,
    raDeg: lightCurve.raDeg,
    decDeg: lightCurve.decDeg,
    mjdTai: Float64Array.from(rows, (row) => row.mjdTai),
    fluxNjy: Float64Array.from(rows, (row) => row.fluxNjy),
    fluxErrNjy: Float64Array.from(rows, (row) => row.fluxErrNjy),
    bandCode: Uint16Array.from(rows, (row) => row.bandCode),
    kind: Uint8Array.from(rows, (row) => row.kind),
  };
}

/** The rows of a table at ascending indices. */
export function rowsAt(table: PhotometryTable, indices: readonly number[]): PhotometryTable {
  return {
    ...table,
    mjdTai: Float64Array.from(indices, (i) => table.mjdTai[i]!),
    fluxNjy: Float64Array.from(indices, (i) => table.fluxNjy[i]!),
    fluxErrNjy: Float64Array.from(indices, (i) => table.fluxErrNjy[i]!),
    bandCode: Uint16Array.from(indices, (i) => table.bandCode[i]!),
    kind: Uint8Array.from(indices, (i) => table.kind[i]!),
  };
}

/** The band codes that a table holds, ascending, each once. */
export function bandCodesIn(table: PhotometryTable): readonly number[] {
  return [...new Set(table.bandCode)].sort((a, b) => a - b);
}

/** Effective wavelength of a band of the table's survey, Ångström; `null` where no table knows it. */
export function wavelengthOf(survey: string, bandCode: number): number | null {
  return effectiveWavelengthAngstrom(survey, String.fromCharCode(bandCode));
}

/** Position of a band among `FILTERS`; −1 for any other. */
export function filterIndex(bandCode: number): number {
  return FILTERS.findIndex((filter) => filter.charCodeAt(0) === bandCode);
}
