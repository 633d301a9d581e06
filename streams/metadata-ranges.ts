import type { MetadataField } from '../core/index.ts';

/** Smallest and largest value that a quantity can have. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/** Brighter than every source of the night sky that has an alert; −9 is a placeholder. */
const MAG: ValueRange = { min: -5, max: 40 };
const SEPARATION_ARCSEC: ValueRange = { min: 0, max: 3600 };

/**
 * What each metadata field can be, in the unit of its name; a value outside is missing. Packets and catalogues write
 * "none" as −999, −99, −9, 99 or 999: the limits are as narrow as nature allows, so that as many of these as can be told
 * from values lie outside. An error is above 0.
 *
 * @source Gaia DR2 for the largest parallax, 768.5 mas (Proxima Centauri), and proper motion, 10,393 mas a year
 *   (Barnard's star)
 */
export const METADATA_RANGES: Readonly<Record<MetadataField, ValueRange>> = {
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
  parallaxMas: { min: -500, max: 800 },
  parallaxErrMas: { min: Number.MIN_VALUE, max: 90 },
  properMotionMasPerYear: { min: 0, max: 20_000 },
  jMag: MAG,
  hMag: MAG,
  kMag: MAG,
  w1Mag: MAG,
  w2Mag: MAG,
  hostSeparationArcsec: SEPARATION_ARCSEC,
  // Galaxies of the Local Group come nearer.
  hostRedshift: { min: -0.1, max: 20 },
  hostRedshiftErr: { min: Number.MIN_VALUE, max: 20 },
  hostMag: MAG,
  milkyWayEbvMag: { min: 0, max: 50 },
};

/** True if a value can be what the field means. */
export function isInRange(field: MetadataField, value: number): boolean {
  const { min, max } = METADATA_RANGES[field];
  return value >= min && value <= max;
}
