import type { Metadata, MetadataField } from '../../core/index.ts';

interface Range {
  readonly min: number;
  readonly max: number;
}
const MAG: Range = { min: -5, max: 40 };
const SEPARATION_ARCSEC: Range = { min: 0, max: 3600 };

/**
 * What each field can be. Surveys pack "none" as −999, −99, −9, 99 or 999; all of these lie outside. A redshift or a
 * reddening of exactly 0 is "none" too: no host is at rest, and no line of sight is without dust.
 */
const PLAUSIBLE: Readonly<Record<MetadataField, Range>> = {
  starGalaxyRatio: { min: 0, max: 1 },
  neighbourSeparationArcsec: SEPARATION_ARCSEC,
  neighbourGMag: MAG,
  neighbourRMag: MAG,
  neighbourIMag: MAG,
  neighbourZMag: MAG,
  referenceSeparationArcsec: SEPARATION_ARCSEC,
  referenceMag: MAG,
  gaiaSeparationArcsec: SEPARATION_ARCSEC,
  gaiaGMag: MAG,
  gaiaBpRpMag: { min: -5, max: 20 },
  parallaxMas: { min: -1000, max: 1000 },
  parallaxErrMas: { min: Number.MIN_VALUE, max: 1000 },
  properMotionMasPerYear: { min: 0, max: 20_000 },
  jMag: MAG,
  hMag: MAG,
  kMag: MAG,
  w1Mag: MAG,
  w2Mag: MAG,
  hostSeparationArcsec: SEPARATION_ARCSEC,
  hostRedshift: { min: Number.MIN_VALUE, max: 20 },
  hostRedshiftErr: { min: Number.MIN_VALUE, max: 20 },
  hostMag: MAG,
  milkyWayEbvMag: { min: Number.MIN_VALUE, max: 1000 },
};

/** Values as packed, by field; anything that is not a number is missing. */
export type PackedMetadata = Readonly<Partial<Record<MetadataField, unknown>>>;

/** True if a value can be what the field means. */
export function isPlausible(field: MetadataField, value: unknown): value is number {
  const range = PLAUSIBLE[field];
  return typeof value === 'number' && value >= range.min && value <= range.max;
}

/** Metadata of a packet without missing values and placeholders. */
export function metadataFromPacked(packed: PackedMetadata): Metadata {
  const known: Partial<Record<MetadataField, number>> = {};
  for (const name in packed) {
    const field = name as MetadataField;
    const value = packed[field];
    if (isPlausible(field, value)) known[field] = value + 0;
  }
  return known;
}
