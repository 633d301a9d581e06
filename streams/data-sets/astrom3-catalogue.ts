import type { DataSetObject, Metadata } from '../../core/index.ts';
import { metadataFrom } from '../../core/index.ts';
import { isInRange } from '../metadata-ranges.ts';

/**
 * The columns of numbers that the AstroM³ catalogue gives every object: those of the model's metadata.
 *
 * @source Rizhko & Bloom 2024, arXiv 2411.08842; the metadata rows that were published with the data set
 */
export const ASTROM3_METADATA_COLUMNS = [
  'mean_vmag',
  'phot_g_mean_mag',
  'e_phot_g_mean_mag',
  'phot_bp_mean_mag',
  'e_phot_bp_mean_mag',
  'phot_rp_mean_mag',
  'e_phot_rp_mean_mag',
  'bp_rp',
  'parallax',
  'parallax_error',
  'parallax_over_error',
  'pmra',
  'pmra_error',
  'pmdec',
  'pmdec_error',
  'j_mag',
  'e_j_mag',
  'h_mag',
  'e_h_mag',
  'k_mag',
  'e_k_mag',
  'w1_mag',
  'e_w1_mag',
  'w2_mag',
  'e_w2_mag',
  'w3_mag',
  'w4_mag',
  'j_k',
  'w1_w2',
  'w3_w4',
  'pm',
  'ruwe',
  'l',
  'b',
] as const;

/** Those that go beside a light curve; some tables leave them out. With four of text they make 42. */
export const ASTROM3_PHOTOMETRY_COLUMNS = ['amplitude', 'period', 'lksl_statistic', 'rfr_score'] as const;

export const ASTROM3_COLUMNS = [...ASTROM3_METADATA_COLUMNS, ...ASTROM3_PHOTOMETRY_COLUMNS] as const;

export type Astrom3Column = (typeof ASTROM3_COLUMNS)[number];

/** The row of an object: every column of numbers, `null` where a value is missing or not finite. */
export function astrom3Catalogue(
  numberOf: (column: Astrom3Column) => number,
): NonNullable<DataSetObject['catalogue']> {
  return Object.fromEntries(
    ASTROM3_COLUMNS.map((column) => {
      const value = numberOf(column);
      return [column, Number.isFinite(value) ? value : null];
    }),
  );
}

/**
 * What Nightjar's own metadata hold of a row. The period, the amplitude and the scores of the catalogue's classifier are
 * not among them: an alert has none of these, and they all but name the class.
 */
export function astrom3Metadata(catalogue: NonNullable<DataSetObject['catalogue']>): Metadata {
  const known = metadataFrom({
    gaiaGMag: catalogue['phot_g_mean_mag'],
    gaiaBpRpMag: catalogue['bp_rp'],
    parallaxMas: catalogue['parallax'],
    parallaxErrMas: catalogue['parallax_error'],
    properMotionMasPerYear: catalogue['pm'],
    jMag: catalogue['j_mag'],
    hMag: catalogue['h_mag'],
    kMag: catalogue['k_mag'],
    w1Mag: catalogue['w1_mag'],
    w2Mag: catalogue['w2_mag'],
  });
  return Object.fromEntries(
    Object.entries(known).filter(([field, value]) => isInRange(field as keyof Metadata, value)),
  );
}

/** The data set's light curves are all ASAS-SN's. */
export const ASTROM3_SURVEY = 'asas-sn';
/** Where a light curve names no band: they are of the years in V. */
export const ASTROM3_BAND = 'v';
