import { AB_ZERO_POINT_NJY_MAG } from '../../core/index.ts';
import type { Random } from '../../core/index.ts';
import { logUniform } from '../sky/distributions.ts';
import { blackBodyRatio } from '../sky/radiation.ts';
import type { Sight, StarSetting } from './source.ts';

/** Wavelength at which stars' magnitudes are given: r. */
export const R_ANGSTROM = 6223;

export function njyFromMag(mag: number): number {
  return 10 ** ((AB_ZERO_POINT_NJY_MAG - mag) / 2.5);
}

/**
 * A star at a distance that puts it within the survey's reach: counts rise as 10^{0.25 m}, between the Galaxy's disc and a
 * uniform halo.
 */
export function drawStar(
  random: Random,
  options: {
    readonly sight: Sight;
    /** r at mean light. */
    readonly absoluteMag: number;
    readonly temperatureKelvin: number;
    /** How much fainter than the limit of one visit a star may be on the mean, magnitudes. */
    readonly reachMag: number;
    readonly distanceMinParsec: number;
    readonly distanceMaxParsec: number;
  },
): StarSetting {
  const { sight, absoluteMag, temperatureKelvin, distanceMinParsec, distanceMaxParsec } = options;
  const [bright, faint] = [sight.brightMag + 0.3, sight.limitMag + options.reachMag];
  const counts = logUniform(random, 10 ** (0.25 * bright), 10 ** (0.25 * faint));
  const blend = random.uniform();
  const uniformInCounts = 10 ** (0.25 * bright) * (1 - blend) + 10 ** (0.25 * faint) * blend;
  const meanMag = 4 * Math.log10(random.uniform() < 0.5 ? counts : uniformInCounts);
  const distance = 10 ** ((meanMag - absoluteMag) / 5 + 1);
  const distanceParsec = Math.min(distanceMaxParsec, Math.max(distanceMinParsec, distance));
  return { kind: 'star', temperatureKelvin, meanMag, distanceParsec };
}

/** Steady flux of a black-body star, nJy, before dust. */
export function starFluxNjy(star: StarSetting, wavelengthAngstrom: number): number {
  const { meanMag, temperatureKelvin } = star;
  return (
    njyFromMag(meanMag) *
    blackBodyRatio({ temperatureKelvin, wavelengthAngstrom, anchorAngstrom: R_ANGSTROM })
  );
}

/** Fractional part of the cycle count, [0, 1). */
export function phaseAt(mjdTai: number, options: { epochMjdTai: number; periodDays: number }): number {
  const cycles = (mjdTai - options.epochMjdTai) / options.periodDays;
  return cycles - Math.floor(cycles);
}
