import type { Random } from '../../core/index.ts';
import { clamped, logNormal, logUniform, normalBetween } from '../sky/distributions.ts';
import { planck } from '../sky/radiation.ts';
import { stellarFeatures } from '../sky/spectral-features.ts';
import type { ClassDefinition, Sight, Source } from './source.ts';
import { R_ANGSTROM, drawStar, njyFromMag, phaseAt } from './star.ts';

/**
 * Area common to two circles.
 *
 * @param radiusA, radiusB, distance  same unit, ≥ 0
 * @returns in that unit squared
 */
export function circleOverlap(radiusA: number, radiusB: number, distance: number): number {
  if (distance >= radiusA + radiusB) return 0;
  const smaller = Math.min(radiusA, radiusB);
  if (distance <= Math.abs(radiusA - radiusB)) return Math.PI * smaller * smaller;
  const squareA = radiusA * radiusA;
  const squareB = radiusB * radiusB;
  const cosA = (distance * distance + squareA - squareB) / (2 * distance * radiusA);
  const cosB = (distance * distance + squareB - squareA) / (2 * distance * radiusB);
  const angleA = Math.acos(clamped(cosA, -1, 1));
  const angleB = Math.acos(clamped(cosB, -1, 1));
  return squareA * (angleA - Math.sin(2 * angleA) / 2) + squareB * (angleB - Math.sin(2 * angleB) / 2);
}

interface Binary {
  readonly periodDays: number;
  readonly epochMjdTai: number;
  /** Radii in units of the separation. */
  readonly primaryRadius: number;
  readonly secondaryRadius: number;
  readonly primaryKelvin: number;
  readonly secondaryKelvin: number;
  readonly inclinationRad: number;
  /** Full amplitude of the tidal distortion, 0–1 of the flux. */
  readonly ellipsoidalRatio: number;
  /** Share of a reflected brightening of the secondary's day side. */
  readonly reflectionRatio: number;
}

/**
 * Light of a binary of two uniform discs on a circular orbit, in units of its light outside eclipse in r, with tidal
 * distortion and reflection; the primary is eclipsed at phase 0.
 */
function binaryLight(binary: Binary, mjdTai: number, wavelengthAngstrom: number): number {
  const angle = 2 * Math.PI * phaseAt(mjdTai, binary);
  const { primaryRadius, secondaryRadius, primaryKelvin, secondaryKelvin, inclinationRad } = binary;
  const distance = Math.sqrt(1 - (Math.sin(inclinationRad) * Math.cos(angle)) ** 2);
  const hidden = circleOverlap(primaryRadius, secondaryRadius, distance);
  const discs = (wavelength: number, hiddenArea: number): number =>
    Math.PI * primaryRadius ** 2 * planck(wavelength, primaryKelvin) +
    Math.PI * secondaryRadius ** 2 * planck(wavelength, secondaryKelvin) -
    hiddenArea * planck(wavelength, Math.cos(angle) > 0 ? primaryKelvin : secondaryKelvin);
  const tide = 1 - (binary.ellipsoidalRatio / 2) * (1 + Math.cos(2 * angle));
  const reflection = 1 + (binary.reflectionRatio / 2) * (1 - Math.cos(angle));
  return (discs(wavelengthAngstrom, hidden) / discs(R_ANGSTROM, 0)) * tide * reflection;
}

function binarySource(
  random: Random,
  binary: Binary,
  options: {
    readonly sight: Sight;
    readonly absoluteMag: number;
    readonly distanceMaxParsec: number;
  },
): Source {
  const temperatureKelvin = Math.max(binary.primaryKelvin, binary.secondaryKelvin);
  const star = drawStar(random, { ...options, temperatureKelvin, reachMag: -0.2, distanceMinParsec: 20 });
  const features = stellarFeatures(temperatureKelvin);
  const light = (phase: number): number =>
    binaryLight(binary, binary.epochMjdTai + phase * binary.periodDays, R_ANGSTROM);
  const faintest = Math.min(light(0), light(0.5));
  const brightest = Math.max(light(0.25), light(0.4), light(0.3));
  return {
    fluxNjy: (mjdTai, wavelengthAngstrom) =>
      njyFromMag(star.meanMag) * binaryLight(binary, mjdTai, wavelengthAngstrom),
    spectralFeatures: () => features,
    redshift: 0,
    truth: {
      periodDays: binary.periodDays,
      amplitudeMag: 2.5 * Math.log10(brightest / faintest),
      absoluteMag: options.absoluteMag,
    },
    setting: star,
  };
}

/** Absolute r magnitude of a main-sequence star by its temperature, a straight line through the Sun and an A0 star. */
function mainSequenceMag(temperatureKelvin: number): number {
  return 4.65 - 15.5 * Math.log10(temperatureKelvin / 5770);
}

/**
 * Detached binaries (EA): log-normal periods about 3 d, radii of main-sequence stars, flat between narrow eclipses whose
 * depths follow from the two temperatures.
 *
 * @source Prša et al. 2011, doi:10.1088/0004-6256/141/3/83 (periods, radii); Kallrath & Milone 2009 (geometry)
 */
export const ECLIPSING_DETACHED: ClassDefinition = {
  weight: 0.08,
  isOddity: false,
  population: 'disc',
  draw(random, sight) {
    const periodDays = Math.min(25, Math.max(0.6, logNormal(random, 2.8, 0.75)));
    const separation = 4.2 * periodDays ** (2 / 3) * 1.26;
    const primaryRadius = clamped(random.between(1, 2.2) / separation, 0.05, 0.3);
    const secondaryRadius = primaryRadius * random.between(0.5, 1.1);
    const primaryKelvin = random.between(5600, 9500);
    const secondaryKelvin = primaryKelvin * random.between(0.5, 1);
    const cosMax = (primaryRadius + secondaryRadius) * 0.75;
    return binarySource(
      random,
      {
        periodDays,
        epochMjdTai:
          sight.focusMjdTai + periodDays * random.between(-0.5, 0.5) * eclipseLead(random, primaryRadius),
        primaryRadius,
        secondaryRadius,
        primaryKelvin,
        secondaryKelvin,
        inclinationRad: Math.acos(cosMax * random.uniform()),
        ellipsoidalRatio: 1.3 * primaryRadius ** 3,
        reflectionRatio: 0.3 * secondaryRadius ** 2,
      },
      { sight, absoluteMag: mainSequenceMag(primaryKelvin), distanceMaxParsec: 8000 },
    );
  },
};

/** Half of the objects are caught in or about an eclipse: away from one, a detached binary does not alert. */
function eclipseLead(random: Random, radius: number): number {
  return random.uniform() < 0.5 ? 1 : Math.min(1, 0.8 * radius);
}

/**
 * Semi-detached binaries (EB, β Lyrae type): strongly distorted, minima of unequal depth, 0.4–6 d.
 *
 * @source Catelan & Smith 2015, Pulsating Stars, ch. 3; ranges of the General Catalogue of Variable Stars
 */
export const ECLIPSING_SEMI_DETACHED: ClassDefinition = {
  weight: 0.04,
  isOddity: false,
  population: 'disc',
  draw(random, sight) {
    const periodDays = logUniform(random, 0.4, 6);
    const primaryKelvin = random.between(6500, 14_000);
    const secondaryKelvin = primaryKelvin * random.between(0.45, 0.75);
    const primaryRadius = random.between(0.3, 0.4);
    const secondaryRadius = random.between(0.28, 0.38);
    return binarySource(
      random,
      {
        periodDays,
        epochMjdTai: sight.focusMjdTai - periodDays * random.uniform(),
        primaryRadius,
        secondaryRadius,
        primaryKelvin,
        secondaryKelvin,
        inclinationRad: Math.acos(0.45 * random.uniform()),
        ellipsoidalRatio: random.between(0.1, 0.2),
        reflectionRatio: 0.04,
      },
      { sight, absoluteMag: mainSequenceMag(primaryKelvin) - 0.3, distanceMaxParsec: 12_000 },
    );
  },
};

/**
 * Contact binaries (EW, W Ursae Majoris type): 0.22–0.7 d, both stars nearly of one temperature, minima nearly equal, never
 * flat.
 *
 * @source Rucinski 1997, doi:10.1086/118329 (periods, amplitudes); period–colour relation of Eggen 1967
 */
export const ECLIPSING_CONTACT: ClassDefinition = {
  weight: 0.09,
  isOddity: false,
  population: 'disc',
  draw(random, sight) {
    const periodDays = normalBetween(random, { mean: 0.36, sigma: 0.08, low: 0.22, high: 0.75 });
    const primaryKelvin = clamped(4700 + 5200 * (periodDays - 0.25) + 200 * random.normal(), 4300, 7600);
    const massRatio = random.between(0.15, 0.9);
    // Roche-lobe radii, Eggleton 1983, doi:10.1086/160960.
    const lobe = (q: number): number =>
      (0.49 * q ** (2 / 3)) / (0.6 * q ** (2 / 3) + Math.log1p(q ** (1 / 3)));
    return binarySource(
      random,
      {
        periodDays,
        epochMjdTai: sight.focusMjdTai - periodDays * random.uniform(),
        primaryRadius: 1.03 * lobe(1 / massRatio),
        secondaryRadius: 1.03 * lobe(massRatio),
        primaryKelvin,
        secondaryKelvin: primaryKelvin * random.between(0.93, 1.02),
        inclinationRad: Math.acos(0.6 * random.uniform()),
        ellipsoidalRatio: random.between(0.12, 0.22),
        reflectionRatio: 0.01,
      },
      { sight, absoluteMag: mainSequenceMag(primaryKelvin), distanceMaxParsec: 6000 },
    );
  },
};
