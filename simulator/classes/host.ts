import type { Random } from '../../core/index.ts';
import { distanceModulusMag, redshiftAtModulus } from '../sky/cosmology.ts';
import { normalBetween } from '../sky/distributions.ts';
import type { HostSetting, Sight } from './source.ts';

/** Peaks are at least so much above the limit of a dark visit: fainter ones hardly alert. */
const REACH_MAG = 0.8;
/** Nearest redshift of a transient: about 9 Mpc. */
const REDSHIFT_MIN = 0.002;

/**
 * Redshift of a transient within the survey's reach, in proportion to volume.
 *
 * @param absoluteMag peak, AB
 */
export function drawRedshift(
  random: Random,
  options: { readonly sight: Sight; readonly absoluteMag: number; readonly redshiftMax: number },
): number {
  const { sight, absoluteMag, redshiftMax } = options;
  const farthest = Math.min(redshiftMax, redshiftAtModulus(sight.limitMag - REACH_MAG - absoluteMag));
  return Math.max(REDSHIFT_MIN, farthest * random.uniform() ** (1 / 3));
}

/** Kiloparsec in arcsec at a redshift. */
function arcsecPerKiloparsec(redshift: number): number {
  const luminosityParsec = 10 ** (distanceModulusMag(redshift) / 5 + 1);
  const angularParsec = luminosityParsec / (1 + redshift) ** 2;
  return (1000 / angularParsec) * 206_264.806;
}

/**
 * A host galaxy: absolute magnitude about the knee of the luminosity function, size by luminosity, the transient spread
 * over its disc or in its nucleus.
 *
 * @source Blanton et al. 2003, doi:10.1086/375776 (luminosities); Shen et al. 2003, doi:10.1046/j.1365-8711.2003.06740.x
 *   (sizes); Fruchter et al. 2006, doi:10.1038/nature04787 (transients follow the light)
 */
export function drawHost(
  random: Random,
  options: { readonly redshift: number; readonly absoluteMag: number; readonly isNuclear: boolean },
): HostSetting {
  const { redshift, isNuclear } = options;
  const hostAbsoluteMag = normalBetween(random, {
    mean: options.absoluteMag,
    sigma: 1.2,
    low: -23.2,
    high: -15,
  });
  const hostMag = hostAbsoluteMag + distanceModulusMag(redshift) + 0.9 * redshift;
  const radiusKiloparsec = 4.5 * 10 ** (-0.15 * (hostAbsoluteMag + 20.5)) * Math.exp(0.3 * random.normal());
  const hostRadiusArcsec = radiusKiloparsec * arcsecPerKiloparsec(redshift);
  // Exponential disc: the radius of the light is the sum of two exponential draws.
  const radii = -Math.log((1 - random.uniform()) * (1 - random.uniform())) / 1.678;
  return {
    kind: 'host',
    redshift,
    hostMag,
    separationArcsec: isNuclear ? 0 : Math.min(60, radii * hostRadiusArcsec),
    hostColourMag: 0.55 + 0.15 * random.normal() + 0.8 * Math.min(redshift, 0.5),
    hostRadiusArcsec,
  };
}
