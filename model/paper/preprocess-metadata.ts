import { accepted, rejected } from '../../core/index.ts';
import type { Result } from '../../core/index.ts';

type Transform = 'absoluteMag' | 'cosDeg' | 'sinDeg' | 'none';

/**
 * The 34 catalogue columns in the model's order, each with what is done before its z-score. Magnitudes become absolute ones
 * by the parallax; galactic longitude and latitude become a cosine and a sine.
 *
 * @source Rizhko & Bloom 2024, arXiv:2411.08842, table of features; ASAS-SN, Gaia EDR3, 2MASS, AllWISE columns
 */
export const PAPER_METADATA = {
  mean_vmag: 'absoluteMag',
  phot_g_mean_mag: 'absoluteMag',
  e_phot_g_mean_mag: 'none',
  phot_bp_mean_mag: 'absoluteMag',
  e_phot_bp_mean_mag: 'none',
  phot_rp_mean_mag: 'absoluteMag',
  e_phot_rp_mean_mag: 'none',
  bp_rp: 'none',
  parallax: 'none',
  parallax_error: 'none',
  parallax_over_error: 'none',
  pmra: 'none',
  pmra_error: 'none',
  pmdec: 'none',
  pmdec_error: 'none',
  j_mag: 'absoluteMag',
  e_j_mag: 'none',
  h_mag: 'absoluteMag',
  e_h_mag: 'none',
  k_mag: 'absoluteMag',
  e_k_mag: 'none',
  w1_mag: 'absoluteMag',
  e_w1_mag: 'none',
  w2_mag: 'absoluteMag',
  e_w2_mag: 'none',
  w3_mag: 'absoluteMag',
  w4_mag: 'absoluteMag',
  j_k: 'none',
  w1_w2: 'none',
  w3_w4: 'none',
  pm: 'none',
  ruwe: 'none',
  l: 'cosDeg',
  b: 'sinDeg',
} as const satisfies Readonly<Record<string, Transform>>;

export type PaperMetadataColumn = keyof typeof PAPER_METADATA;
export const PAPER_METADATA_COLUMNS = Object.keys(PAPER_METADATA) as readonly PaperMetadataColumn[];

/** Catalogue values of one object: magnitudes, parallax in milliarcseconds, angles in degrees. */
export type PaperMetadataRow = Readonly<Record<PaperMetadataColumn, number>>;

/** The training split's mean and population standard deviation of each transformed column, in the model's order. */
export interface ZScoreStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * What stands in for a parallax that is not positive, milliarcseconds, as in the research code.
 */
const PARALLAX_FALLBACK_MAS = 1;

const TRANSFORMS: { readonly [T in Transform]: (value: number, parallaxMas: number) => number } = {
  // M = m + 5 + 5·log10(π/1000) = m − 10 + 5·log10(π), π in milliarcseconds.
  absoluteMag: (mag, parallaxMas) => mag - 10 + 5 * Math.log10(parallaxMas),
  cosDeg: (deg) => Math.cos((deg * Math.PI) / 180),
  sinDeg: (deg) => Math.sin((deg * Math.PI) / 180),
  none: (value) => value,
};

/** [34] transformed values in the model's order, before the z-score: what statistics are computed on. */
export function transformMetadata(row: PaperMetadataRow): Float64Array {
  const parallaxMas = row.parallax > 0 ? row.parallax : PARALLAX_FALLBACK_MAS;
  return Float64Array.from(PAPER_METADATA_COLUMNS, (column) =>
    TRANSFORMS[PAPER_METADATA[column]](row[column], parallaxMas),
  );
}

/**
 * Catalogue values as the metadata encoder takes them. A standard deviation of 0 counts as 1: such a column says nothing.
 *
 * @returns [34], rejected as TENSORS_INVALID if a value is not finite
 * @throws RangeError if the statistics are not of 34 columns
 */
export function preprocessMetadata(
  row: PaperMetadataRow,
  { mean, std }: ZScoreStatistics,
): Result<Float32Array<ArrayBuffer>> {
  const columns = PAPER_METADATA_COLUMNS.length;
  if (mean.length !== columns || std.length !== columns)
    throw new RangeError(
      `Cannot standardise metadata as statistics of ${columns} columns are needed: ` +
        `current value is ${mean.length}, ${std.length}`,
    );
  const scored = Float32Array.from(
    transformMetadata(row),
    (value, i) => (value - mean[i]!) / (std[i]! > 0 ? std[i]! : 1),
  );
  const fault = scored.findIndex((value) => !Number.isFinite(value));
  if (fault !== -1) {
    const column = PAPER_METADATA_COLUMNS[fault]!;
    return rejected(
      'TENSORS_INVALID',
      `Cannot embed metadata as "${column}" must be finite: current value is ${row[column]}`,
    );
  }
  return accepted(scored);
}
