import { Random, metadataFrom } from '../../core/index.ts';
import type { Metadata } from '../../core/index.ts';
import type { HostSetting, NucleusSetting, StarSetting } from '../classes/source.ts';
import { R_ANGSTROM } from '../classes/star.ts';
import { clamped } from './distributions.ts';
import { hostMagAt } from './object.ts';
import type { SkyObject } from './object.ts';
import { blackBodyRatio, extinctionMag } from './radiation.ts';

/** r beyond which Pan-STARRS has no entry. @source Chambers et al. 2016, arXiv:1612.05560 */
const PANSTARRS_LIMIT_MAG = 22.8;
/** G beyond which Gaia has no entry, and beyond which it has no parallax. @source Gaia Collaboration 2021 (EDR3) */
const GAIA_LIMIT_MAG = 20.9;

/** A catalogued source near the object. */
export interface NearbySource {
  readonly separationArcsec: number;
  readonly starGalaxyRatio: number;
  readonly gMag: number;
  readonly rMag: number;
  readonly iMag: number;
  readonly zMag: number;
}

/** What catalogues and the reference image know about the place of an object. */
export interface Surroundings {
  readonly nearest: NearbySource;
  /** True if the nearest source of the reference image is the object itself. */
  readonly isOwnSource: boolean;
  readonly referenceSeparationArcsec: number;
  /** Its magnitude at a wavelength, AB. */
  referenceMagAt(wavelengthAngstrom: number): number;
  readonly gaiaSeparationArcsec: number;
  readonly gaiaGMag: number;
  /** What other surveys' catalogues tell beyond the nearest source. */
  readonly catalogue: Metadata;
}

/** Infrared bands: wavelength, AB minus Vega, and survey limit (Vega). @source Blanton & Roweis 2007; Jarrett et al. 2011 */
const INFRARED = [
  ['jMag', 12_350, 0.91, 16.6],
  ['hMag', 16_620, 1.39, 15.9],
  ['kMag', 21_590, 1.85, 15.4],
  ['w1Mag', 33_530, 2.7, 17.3],
  ['w2Mag', 46_030, 3.34, 16.4],
] as const;

/** Surroundings of an object; the same object has the same ones. */
export function surroundingsOf(object: SkyObject, seed: string): Surroundings {
  const random = Random.forPurpose(seed, `surroundings ${object.index}`);
  const { setting } = object.source;
  switch (setting.kind) {
    case 'star':
      return starSurroundings(random, object, setting);
    case 'nucleus':
      return nucleusSurroundings(random, object, setting);
    case 'host':
      return hostSurroundings(random, object, setting);
    case 'artefact':
      return fieldSurroundings(random, object, {
        rMag: setting.neighbourMag,
        separationArcsec: setting.neighbourSeparationArcsec,
      });
  }
}

function ebvMetadata(random: Random, object: SkyObject): { readonly milkyWayEbvMag: number } {
  return { milkyWayEbvMag: Math.max(0.002, object.ebvMag * (1 + 0.1 * random.normal())) };
}

function colours(
  magAt: (wavelengthAngstrom: number) => number,
  random: Random,
  errMag: number,
): Omit<NearbySource, 'separationArcsec' | 'starGalaxyRatio'> {
  const mag = (wavelength: number): number => magAt(wavelength) + errMag * random.normal();
  return { gMag: mag(4810), rMag: mag(6170), iMag: mag(7520), zMag: mag(8660) };
}

/** Gaia's magnitudes from the light at its bands' wavelengths, Vega. @source Riello et al. 2021 (zero points) */
function gaiaPhotometry(magAt: (wavelengthAngstrom: number) => number): { gMag: number; bpRpMag: number } {
  return { gMag: magAt(6200) - 0.11, bpRpMag: magAt(5110) - magAt(7770) + 0.33 };
}

/** Gaia's entry of a source with its true parallax and proper motion; errors grow with magnitude beyond 17. */
function gaiaMetadata(
  random: Random,
  { gMag, bpRpMag }: { readonly gMag: number; readonly bpRpMag: number },
  source: {
    readonly separationArcsec: number;
    readonly colourErrMag: number;
    readonly parallaxMas: number;
    readonly properMotionMasPerYear: number;
  },
): Metadata {
  const parallaxErrMas = 0.02 + 0.08 * 10 ** (0.25 * Math.max(0, gMag - 17));
  return {
    gaiaSeparationArcsec: source.separationArcsec,
    gaiaGMag: gMag,
    gaiaBpRpMag: bpRpMag + source.colourErrMag * random.normal(),
    parallaxMas: source.parallaxMas + parallaxErrMas * random.normal(),
    parallaxErrMas,
    properMotionMasPerYear: Math.abs(source.properMotionMasPerYear + parallaxErrMas * random.normal()),
  };
}

function starSurroundings(random: Random, object: SkyObject, star: StarSetting): Surroundings {
  const magAt = (wavelengthAngstrom: number): number =>
    star.meanMag -
    2.5 *
      Math.log10(
        blackBodyRatio({
          temperatureKelvin: star.temperatureKelvin,
          wavelengthAngstrom,
          anchorAngstrom: R_ANGSTROM,
        }),
      ) +
    extinctionMag(wavelengthAngstrom, object.ebvMag);
  const rMag = magAt(6170);
  if (rMag > PANSTARRS_LIMIT_MAG) return fieldSurroundings(random, object, null);
  const gaia = gaiaPhotometry(magAt);
  const separationArcsec = Math.abs(0.08 * random.normal()) + 0.02;
  const infrared = Object.fromEntries(
    INFRARED.map(([field, wavelength, offset, limit]) => {
      const mag = magAt(wavelength) - offset + 0.03 * random.normal();
      return [field, mag < limit ? mag : null] as const;
    }),
  );
  const isInGaia = gaia.gMag < GAIA_LIMIT_MAG;
  const speedKmPerS = star.distanceParsec > 3000 ? 150 : 45;
  const properMotion =
    (speedKmPerS * Math.hypot(random.normal(), random.normal())) / 4.74 / star.distanceParsec;
  return {
    nearest: {
      separationArcsec,
      starGalaxyRatio: clamped(
        0.99 - Math.abs(0.02 * random.normal()) - (rMag > 21 ? 0.4 * random.uniform() : 0),
        0,
        1,
      ),
      ...colours(magAt, random, rMag > 20 ? 0.08 : 0.02),
    },
    isOwnSource: true,
    referenceSeparationArcsec: separationArcsec,
    referenceMagAt: magAt,
    gaiaSeparationArcsec: isInGaia ? separationArcsec : random.between(2, 40),
    gaiaGMag: isInGaia ? gaia.gMag : random.between(15, 20.5),
    catalogue: metadataFrom({
      ...(isInGaia
        ? gaiaMetadata(random, gaia, {
            separationArcsec,
            colourErrMag: 0.02,
            parallaxMas: 1000 / star.distanceParsec,
            properMotionMasPerYear: 1000 * properMotion,
          })
        : {}),
      ...infrared,
      ...ebvMetadata(random, object),
    }),
  };
}

function nucleusSurroundings(random: Random, object: SkyObject, nucleus: NucleusSetting): Surroundings {
  const magAt = (wavelengthAngstrom: number): number =>
    nucleus.meanMag -
    1.1 * Math.log10(wavelengthAngstrom / R_ANGSTROM) +
    extinctionMag(wavelengthAngstrom, object.ebvMag);
  const rMag = magAt(6170);
  if (rMag > PANSTARRS_LIMIT_MAG) return fieldSurroundings(random, object, null);
  const separationArcsec = Math.abs(0.1 * random.normal()) + 0.02;
  const isResolved = nucleus.redshift < 0.3;
  const gaia = gaiaPhotometry(magAt);
  const isInGaia = gaia.gMag < GAIA_LIMIT_MAG && !isResolved;
  const w1Mag = rMag - 3.8 + 0.4 * random.normal();
  return {
    nearest: {
      separationArcsec,
      starGalaxyRatio: isResolved ? clamped(0.15 + 0.15 * random.normal(), 0, 1) : random.between(0.6, 1),
      ...colours(magAt, random, 0.05),
    },
    isOwnSource: true,
    referenceSeparationArcsec: separationArcsec,
    referenceMagAt: magAt,
    gaiaSeparationArcsec: isInGaia ? separationArcsec : random.between(3, 60),
    gaiaGMag: isInGaia ? gaia.gMag : random.between(15, 20.5),
    catalogue: metadataFrom({
      ...(isInGaia
        ? gaiaMetadata(random, gaia, {
            separationArcsec,
            colourErrMag: 0.05,
            parallaxMas: 0,
            properMotionMasPerYear: 0,
          })
        : {}),
      w1Mag: w1Mag < 17.3 ? w1Mag : null,
      w2Mag: w1Mag < 17.3 ? w1Mag - 1.05 + 0.2 * random.normal() : null,
      ...redshiftMetadata(random, nucleus.redshift, rMag),
      ...ebvMetadata(random, object),
    }),
  };
}

/** A redshift from a spectrum for bright galaxies, from colours for fainter ones, none for some. */
function redshiftMetadata(
  random: Random,
  redshift: number,
  rMag: number,
): { readonly hostRedshift?: number; readonly hostRedshiftErr?: number } {
  const chance = random.uniform();
  const isSpectroscopic = chance < clamped((19.5 - rMag) / 3, 0, 0.8);
  if (!isSpectroscopic && chance > 0.75) return {};
  const hostRedshiftErr = (isSpectroscopic ? 0.0003 : 0.03) * (1 + redshift);
  return { hostRedshift: Math.max(0.0005, redshift + hostRedshiftErr * random.normal()), hostRedshiftErr };
}

function hostSurroundings(random: Random, object: SkyObject, host: HostSetting): Surroundings {
  const magAt = (wavelengthAngstrom: number): number =>
    hostMagAt(host, wavelengthAngstrom) + extinctionMag(wavelengthAngstrom, object.ebvMag);
  const rMag = magAt(6170);
  if (rMag > PANSTARRS_LIMIT_MAG) return fieldSurroundings(random, object, null);
  const separationArcsec = Math.abs(host.separationArcsec + 0.15 * random.normal());
  return {
    nearest: {
      separationArcsec,
      starGalaxyRatio: clamped(
        0.03 + Math.abs(0.08 * random.normal()) + (rMag > 21 ? 0.4 * random.uniform() : 0),
        0,
        1,
      ),
      ...colours(magAt, random, 0.05),
    },
    isOwnSource: false,
    referenceSeparationArcsec: Math.min(29, separationArcsec),
    referenceMagAt: magAt,
    gaiaSeparationArcsec: random.between(3, 60),
    gaiaGMag: random.between(15, 20.8),
    catalogue: metadataFrom({
      hostSeparationArcsec: separationArcsec,
      hostMag: rMag + 0.05 * random.normal(),
      ...redshiftMetadata(random, host.redshift, rMag),
      w1Mag: rMag - 2.3 < 17.3 ? rMag - 2.3 + 0.3 * random.normal() : null,
      w2Mag: rMag - 2.5 < 16.4 ? rMag - 2.5 + 0.3 * random.normal() : null,
      ...ebvMetadata(random, object),
    }),
  };
}

/** Nothing is catalogued at the place itself: what is nearest is an unrelated source of the field. */
function fieldSurroundings(
  random: Random,
  object: SkyObject,
  neighbour: { readonly rMag: number; readonly separationArcsec: number } | null,
): Surroundings {
  const rMag = neighbour?.rMag ?? 22.5 - 3 * random.uniform() ** 2;
  const separationArcsec = neighbour?.separationArcsec ?? 1.5 + 12 * Math.sqrt(random.uniform());
  const colourMag = 0.3 + 0.5 * random.uniform();
  const magAt = (wavelengthAngstrom: number): number =>
    rMag + (colourMag * Math.log(R_ANGSTROM / wavelengthAngstrom)) / Math.log(R_ANGSTROM / 4827);
  return {
    nearest: {
      separationArcsec,
      starGalaxyRatio: neighbour === null ? random.uniform() : clamped(0.98 - 0.05 * random.uniform(), 0, 1),
      ...colours(magAt, random, 0.05),
    },
    isOwnSource: false,
    referenceSeparationArcsec: Math.min(29, separationArcsec),
    referenceMagAt: magAt,
    gaiaSeparationArcsec: separationArcsec + (neighbour === null ? 5 : 0),
    gaiaGMag: clamped(rMag, 8, 20.8),
    catalogue: metadataFrom(ebvMetadata(random, object)),
  };
}

/** Everything that a catalogue of the field tells, as the catalogue file has it. */
export function catalogueOf({ nearest, catalogue }: Surroundings): Metadata {
  return metadataFrom({
    starGalaxyRatio: nearest.starGalaxyRatio,
    neighbourSeparationArcsec: nearest.separationArcsec,
    neighbourGMag: nearest.gMag,
    neighbourRMag: nearest.rMag,
    neighbourIMag: nearest.iMag,
    neighbourZMag: nearest.zMag,
    ...catalogue,
  });
}
