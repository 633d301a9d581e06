import type { Random } from '../../core/index.ts';
import { clamped, logUniform, normalBetween } from '../sky/distributions.ts';
import { balmerLines, stellarFeatures } from '../sky/spectral-features.ts';
import type { SpectralFeature } from '../sky/spectral-features.ts';
import type { ClassDefinition, Source } from './source.ts';
import { R_ANGSTROM, drawStar, starFluxNjy } from './star.ts';

/** Cycles whose height is drawn: more than a survey's reference and history span at the shortest period. */
const CYCLES = 64;

/** A height for every cycle, joined smoothly: long-period variables do not repeat exactly. */
function drawCycleHeights(random: Random, sigma: number): (cycles: number) => number {
  const heights = Array.from({ length: CYCLES }, () => Math.exp(sigma * random.normal()));
  return (cycles) => {
    const i = Math.floor(cycles);
    const [below, above] = [i, i + 1].map((k) => heights[((k % CYCLES) + CYCLES) % CYCLES] ?? 1);
    const blend = (1 - Math.cos(Math.PI * (cycles - i))) / 2;
    return (below ?? 1) * (1 - blend) + (above ?? 1) * blend;
  };
}

/** Phase warped so that the rise takes `riseRatio` of the cycle; maximum light at integer cycles. */
function warpedCosine(cycles: number, riseRatio: number): number {
  const phase = cycles - Math.floor(cycles);
  const fall = 1 - riseRatio;
  const turn = phase < fall ? phase / fall : 1 + (phase - fall) / riseRatio;
  return Math.cos(Math.PI * turn);
}

/**
 * Mira stars: 120–600 d, 2.5–6 mag in g and less to the red, rises of 35–50 % of the cycle, cycles of unequal height,
 * Balmer emission about maximum, strongest in the higher lines, which lie outside the strong bands.
 *
 * @source Samus et al. 2017, doi:10.1134/S1063772917010085 (periods, amplitudes); Mattei 1997 (asymmetry); Whitelock et
 *   al. 2008, doi:10.1111/j.1365-2966.2008.13032.x (luminosities)
 */
export const MIRA: ClassDefinition = {
  weight: 0.06,
  isOddity: false,
  population: 'disc',
  draw(random, sight) {
    const periodDays = normalBetween(random, { mean: 300, sigma: 90, low: 130, high: 580 });
    const amplitudeMag = normalBetween(random, { mean: 4.2, sigma: 0.9, low: 2.6, high: 6.5 });
    const riseRatio = clamped(0.55 - periodDays / 2500 + 0.03 * random.normal(), 0.32, 0.5);
    const startCycles = random.between(0, CYCLES / 2);
    const height = drawCycleHeights(random, 0.12);
    const temperatureKelvin = 3250 - 1.2 * (periodDays - 200);
    const absoluteMag = -1 + 0.5 * random.normal();
    const star = drawStar(random, {
      sight,
      absoluteMag,
      temperatureKelvin,
      reachMag: -0.5,
      distanceMinParsec: 300,
      distanceMaxParsec: 15_000,
    });
    const cyclesAt = (mjdTai: number): number => startCycles + (mjdTai - sight.focusMjdTai) / periodDays;
    const molecules = stellarFeatures(2800);
    return {
      fluxNjy: (mjdTai, wavelengthAngstrom) => {
        const cycles = cyclesAt(mjdTai);
        const slope = Math.min(1.2, (R_ANGSTROM / wavelengthAngstrom) ** 1.1);
        const offsetMag = -0.42 * amplitudeMag * slope * height(cycles) * warpedCosine(cycles, riseRatio);
        return starFluxNjy(star, wavelengthAngstrom) * 10 ** (-0.4 * offsetMag);
      },
      spectralFeatures: (mjdTai): SpectralFeature[] => {
        const bright = Math.max(0, warpedCosine(cyclesAt(mjdTai), riseRatio));
        return [...molecules, ...balmerLines({ height: 0.4 * bright, sigmaKmPerS: 120, decrement: 1.4 })];
      },
      redshift: 0,
      truth: { periodDays, amplitudeMag, absoluteMag },
      setting: star,
    };
  },
};

/**
 * Semiregular giants (SR): two periods of 40–200 d that beat, 0.2–1.6 mag in g.
 *
 * @source Soszyński et al. 2009, Acta Astron. 59, 239 (multiple periods, amplitudes)
 */
export const SEMIREGULAR: ClassDefinition = {
  weight: 0.07,
  isOddity: false,
  population: 'disc',
  draw(random, sight) {
    const periodDays = logUniform(random, 40, 200);
    const amplitudeMag = logUniform(random, 0.2, 1.6);
    const second = { periodDays: periodDays * random.between(0.5, 0.75), ratio: random.between(0.3, 0.8) };
    const slow = { periodDays: periodDays * random.between(7, 11), ratio: random.between(0, 0.6) };
    const starts = [random.uniform(), random.uniform(), random.uniform()] as const;
    const height = drawCycleHeights(random, 0.35);
    const temperatureKelvin = random.between(3200, 3800);
    const absoluteMag = -1.5 + 0.7 * random.normal();
    const star = drawStar(random, {
      sight,
      absoluteMag,
      temperatureKelvin,
      reachMag: -0.5,
      distanceMinParsec: 200,
      distanceMaxParsec: 15_000,
    });
    const features = stellarFeatures(temperatureKelvin);
    return {
      fluxNjy: (mjdTai, wavelengthAngstrom) => {
        const days = mjdTai - sight.focusMjdTai;
        const cycles = (start: number, period: number): number => start + days / period;
        const first = cycles(starts[0], periodDays);
        const sum =
          height(first + CYCLES / 2) * warpedCosine(first, 0.45) +
          second.ratio * Math.cos(2 * Math.PI * cycles(starts[1], second.periodDays)) +
          slow.ratio * Math.cos(2 * Math.PI * cycles(starts[2], slow.periodDays));
        const slope = Math.min(1.2, (R_ANGSTROM / wavelengthAngstrom) ** 1.2);
        return starFluxNjy(star, wavelengthAngstrom) * 10 ** (0.4 * 0.38 * amplitudeMag * slope * sum);
      },
      spectralFeatures: () => features,
      redshift: 0,
      truth: { periodDays, amplitudeMag, absoluteMag },
      setting: star,
    } satisfies Source;
  },
};
