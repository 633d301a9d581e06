import type { Config, MetadataField } from '../../core/index.ts';
import { METADATA_FIELD_NAMES } from '../../core/index.ts';

/**
 * Names of right ascension and declination in degrees, in the order tried; letters' case does not count.
 * VizieR's computed `_RAJ2000` is always in degrees and so comes before a catalogue's own `RAJ2000`, which
 * may be sexagesimal.
 */
export const POSITION_COLUMNS = [
  ['ra', 'dec'],
  ['raDeg', 'decDeg'],
  ['ra_deg', 'dec_deg'],
  ['_RA_icrs', '_DE_icrs'],
  ['RA_ICRS', 'DE_ICRS'],
  ['ra_icrs', 'dec_icrs'],
  ['_RAJ2000', '_DEJ2000'],
  ['RAJ2000', 'DEJ2000'],
  ['RAJ2000', 'DECJ2000'],
  ['ra_j2000', 'dec_j2000'],
  ['ALPHA_J2000', 'DELTA_J2000'],
  ['raMean', 'decMean'],
  ['right_ascension', 'declination'],
] as const;

/** Names of a source's own identifier, in the order tried; letters' case does not count. */
export const ID_COLUMNS = [
  'objectId',
  'object_id',
  'name',
  'id',
  'source_id',
  'designation',
  'objid',
] as const;

/**
 * What surveys call each field, in the unit of its name: magnitudes in the system stated in core/metadata.ts,
 * angles in arcsec, parallaxes in mas, proper motions in mas a year. Names that differ only by case (`Gmag`
 * of Gaia, `gmag` of Pan-STARRS) are told apart by it; otherwise case does not count.
 *
 * @source column lists of Gaia DR2/DR3 (archive and VizieR I/355), 2MASS (II/246), AllWISE (II/328),
 *   Pan-STARRS DR1 (II/349), SNANA headers (HOSTGAL_…, MWEBV)
 */
const SURVEY_COLUMNS: Readonly<Record<MetadataField, readonly string[]>> = {
  starGalaxyRatio: ['sgscore', 'sgscore1', 'ps_score', 'class_star'],
  neighbourSeparationArcsec: ['distpsnr1'],
  neighbourGMag: ['gmag', 'gMeanPSFMag', 'gPSFMag', 'sgmag1'],
  neighbourRMag: ['rmag', 'rMeanPSFMag', 'rPSFMag', 'srmag1'],
  neighbourIMag: ['imag', 'iMeanPSFMag', 'iPSFMag', 'simag1'],
  neighbourZMag: ['zmag', 'zMeanPSFMag', 'zPSFMag', 'szmag1'],
  referenceSeparationArcsec: ['distnr'],
  referenceMag: ['magnr'],
  gaiaSeparationArcsec: ['neargaia'],
  gaiaGMag: ['phot_g_mean_mag', 'Gmag', 'gaia_g_mag', 'maggaia'],
  gaiaBpRpMag: ['bp_rp', 'BP-RP', 'gaia_bp_rp'],
  parallaxMas: ['parallax', 'Plx'],
  parallaxErrMas: ['parallax_error', 'parallax_err', 'e_Plx'],
  properMotionMasPerYear: ['pm', 'proper_motion'],
  jMag: ['j_mag', 'Jmag', 'j_m', 'tmass_j'],
  hMag: ['h_mag', 'Hmag', 'h_m', 'tmass_h'],
  kMag: ['k_mag', 'Kmag', 'Ksmag', 'ks_mag', 'k_m', 'ks_m', 'tmass_k'],
  w1Mag: ['w1_mag', 'W1mag', 'w1mpro'],
  w2Mag: ['w2_mag', 'W2mag', 'w2mpro'],
  hostSeparationArcsec: ['host_separation', 'host_sep', 'hostgal_snsep'],
  hostRedshift: ['redshift', 'z', 'host_redshift', 'z_host', 'host_z', 'zspec', 'z_spec', 'hostgal_zspec'],
  hostRedshiftErr: ['redshift_err', 'redshift_error', 'z_err', 'zerr', 'e_z', 'host_redshift_err'],
  hostMag: ['host_mag', 'host_r_mag', 'hostgal_mag_r'],
  milkyWayEbvMag: ['mwebv', 'E(B-V)', 'ebv', 'e_bv', 'e_b_v', 'sfd_ebv', 'mw_ebv'],
};

/**
 * Fields that two other columns give where no column has the field itself: `[first, second]` and what to make
 * of them.
 */
const DERIVED_COLUMNS: Readonly<Partial<Record<MetadataField, readonly DerivedColumns[]>>> = {
  gaiaBpRpMag: [
    { names: ['phot_bp_mean_mag', 'phot_rp_mean_mag'], derive: (bp, rp) => bp - rp },
    { names: ['BPmag', 'RPmag'], derive: (bp, rp) => bp - rp },
  ],
  // The right-ascension component of every catalogue read here already holds cos(declination).
  properMotionMasPerYear: [
    { names: ['pmra', 'pmdec'], derive: Math.hypot },
    { names: ['pmRA', 'pmDE'], derive: Math.hypot },
  ],
};

interface DerivedColumns {
  readonly names: readonly [string, string];
  readonly derive: (first: number, second: number) => number;
}

/** Where one field's values come from. */
export interface FieldSource {
  readonly field: MetadataField;
  /** One column, or the two that `value` derives it from. */
  readonly columns: readonly string[];
  readonly value: (first: number, second: number) => number;
}

/** The columns of a catalogue that are read. */
export interface CatalogueColumns {
  readonly ra: string;
  readonly dec: string;
  readonly id: string | null;
  /** At least one. */
  readonly fields: readonly FieldSource[];
}

/**
 * Finds position, identifier and metadata among a table's column names. For each field the configured column
 * goes first, then one of the field's own name, then the surveys' names; one column serves one field.
 *
 * @returns the columns, or what was looked for and not found, as the end of a sentence
 */
export function resolveColumns(
  names: readonly string[],
  configured: Config['join']['metadataColumns'],
): CatalogueColumns | { readonly missing: string } {
  const find = (wanted: string): string | undefined =>
    names.find((name) => name === wanted) ?? names.find((name) => sameName(name, wanted));
  const absent = Object.entries(configured).find(([, column]) => find(column) === undefined);
  if (absent !== undefined)
    return { missing: `the column "${absent[1]}" that join.metadataColumns.${absent[0]} names` };

  const [position] = POSITION_COLUMNS.flatMap(([raName, decName]) => {
    const [ra, dec] = [find(raName), find(decName)];
    return ra !== undefined && dec !== undefined ? [{ ra, dec }] : [];
  });
  if (position === undefined) {
    const pairs = POSITION_COLUMNS.map(([ra, dec]) => `${ra}/${dec}`).join(', ');
    return { missing: `a position in degrees (${pairs})` };
  }

  const fields = resolveFields(names, configured);
  if (fields.length === 0) {
    return {
      missing: 'any metadata column: a field by its own name, by join.metadataColumns or by a survey name',
    };
  }
  // VizieR's name of Gaia's source_id; in other letters it is too often where a row came from.
  const ids = [...ID_COLUMNS.map(find), names.find((name) => name === 'Source')];
  return { ...position, id: ids.find((id) => id !== undefined) ?? null, fields };
}

/**
 * Where the values of metadata fields come from: the configured name, the field's own, or one that surveys use.
 * Configured names that are not there are passed over.
 */
export function resolveFields(
  names: readonly string[],
  configured: Config['join']['metadataColumns'],
): readonly FieldSource[] {
  return METADATA_FIELD_NAMES.flatMap((field) => fieldSource(field, names, configured) ?? []);
}

function fieldSource(
  field: MetadataField,
  names: readonly string[],
  configured: Config['join']['metadataColumns'],
): FieldSource | null {
  const chosen = configured[field];
  const column =
    chosen !== undefined
      ? (names.find((name) => name === chosen) ?? names.find((name) => sameName(name, chosen)))
      : (names.find((name) => sameName(name, field)) ?? surveyColumn(field, names));
  if (column !== undefined) return { field, columns: [column], value: (value) => value };
  for (const { names: pair, derive } of DERIVED_COLUMNS[field] ?? []) {
    const [first, second] = pair.map((wanted) => names.find((name) => sameName(name, wanted)));
    if (first !== undefined && second !== undefined)
      return { field, columns: [first, second], value: derive };
  }
  return null;
}

function surveyColumn(field: MetadataField, names: readonly string[]): string | undefined {
  for (const wanted of SURVEY_COLUMNS[field]) {
    const found =
      names.find((name) => name === wanted) ??
      names.find((name) => sameName(name, wanted) && !belongsToAnother(name, field));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True if a column, spelled exactly so, is another field's survey name. */
function belongsToAnother(name: string, field: MetadataField): boolean {
  return METADATA_FIELD_NAMES.some((other) => other !== field && SURVEY_COLUMNS[other].includes(name));
}

/** True for names that differ by letters' case at most. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
