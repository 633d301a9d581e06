import type { Random } from '../../core/index.ts';
import { clamped, interpolated, logUniform, normalBetween } from '../sky/distributions.ts';
import type { Knots } from '../sky/distributions.ts';
import { stellarFeatures } from '../sky/spectral-features.ts';
import type { ClassDefinition, Sight, Source } from './source.ts';
import { drawStar, phaseAt, starFluxNjy } from './star.ts';

/** Wavelength at which amplitudes are given: g. */
const AMPLITUDE_ANGSTROM = 4827;

/** Magnitude from maximum (0) to minimum (1) over the phase from maximum light. */
type Shape = (phase: number) => number;

/** A fundamental-mode RR Lyrae star: rise in a sixth of the cycle, a bump before it, a slow decline. */
const SAWTOOTH: Knots = [
  [0, 0],
  [0.03, 0.03],
  [0.07, 0.12],
  [0.13, 0.28],
  [0.2, 0.45],
  [0.3, 0.63],
  [0.4, 0.75],
  [0.5, 0.84],
  [0.6, 0.9],
  [0.7, 0.94],
  [0.76, 0.93],
  [0.81, 0.97],
  [0.84, 1],
  [0.87, 0.92],
  [0.9, 0.7],
  [0.93, 0.4],
  [0.96, 0.13],
  [0.985, 0.02],
  [1, 0],
];

/** A skewed sine: rise and fall of half a cosine each. */
function skewed(riseRatio: number): Shape {
  return (phase) => {
    const fall = 1 - riseRatio;
    const turn = phase < fall ? phase / fall : 1 + (phase - fall) / riseRatio;
    return (1 - Math.cos(Math.PI * turn)) / 2;
  };
}

interface Mode {
  readonly periodDays: number;
  readonly amplitudeMag: number;
  readonly epochMjdTai: number;
  readonly shape: Shape;
}

interface Pulsator {
  readonly random: Random;
  readonly sight: Sight;
  readonly modes: readonly Mode[];
  readonly absoluteMag: number;
  readonly temperatureKelvin: number;
  /** Amplitude falls as λ to minus this power. */
  readonly amplitudeSlope: number;
  readonly distanceMaxParsec: number;
  /** Slow modulation of the amplitude (Blazhko effect), if any. */
  readonly modulation?: { readonly ratio: number; readonly periodDays: number };
}

/** A star whose modes add in magnitudes, bluer when brighter because its amplitude falls with wavelength. */
function pulsator(options: Pulsator): Source {
  const { random, sight, modes, absoluteMag, temperatureKelvin, amplitudeSlope, modulation } = options;
  const star = drawStar(random, {
    sight,
    absoluteMag,
    temperatureKelvin,
    reachMag: 0.2,
    distanceMinParsec: 50,
    distanceMaxParsec: options.distanceMaxParsec,
  });
  const [mode] = modes;
  const features = stellarFeatures(temperatureKelvin);
  return {
    fluxNjy: (mjdTai, wavelengthAngstrom) => {
      const strength =
        modulation === undefined
          ? 1
          : 1 + modulation.ratio * Math.sin((2 * Math.PI * mjdTai) / modulation.periodDays);
      const scale = Math.min(1.05, (AMPLITUDE_ANGSTROM / wavelengthAngstrom) ** amplitudeSlope) * strength;
      let offsetMag = 0;
      for (const { amplitudeMag, shape, ...ephemeris } of modes) {
        offsetMag += amplitudeMag * scale * (shape(phaseAt(mjdTai, ephemeris)) - 0.5);
      }
      return starFluxNjy(star, wavelengthAngstrom) * 10 ** (-0.4 * offsetMag);
    },
    spectralFeatures: () => features,
    redshift: 0,
    truth: {
      absoluteMag,
      ...(mode === undefined ? {} : { periodDays: mode.periodDays, amplitudeMag: mode.amplitudeMag }),
    },
    setting: star,
  };
}

function epochOf(random: Random, sight: Sight, periodDays: number): number {
  return sight.focusMjdTai - periodDays * random.uniform();
}

/**
 * RR Lyrae stars of the fundamental mode: periods about 0.57 d, amplitudes that fall with period, M_r ≈ 0.6, a quarter with
 * the Blazhko effect.
 *
 * @source Sesar et al. 2010, doi:10.1088/0004-637X/708/1/717 (periods, Bailey diagram, band ratios)
 */
export const RR_LYRAE_AB: ClassDefinition = {
  weight: 0.11,
  isOddity: false,
  population: 'halo',
  draw(random, sight) {
    const periodDays = normalBetween(random, { mean: 0.57, sigma: 0.08, low: 0.4, high: 0.9 });
    const amplitudeMag = clamped(1.3 - 2.6 * (periodDays - 0.45) + 0.12 * random.normal(), 0.3, 1.5);
    const epochMjdTai = epochOf(random, sight, periodDays);
    const shape: Shape = (phase) => interpolated(SAWTOOTH, phase);
    const isBlazhko = random.uniform() < 0.25;
    const modulation = { ratio: random.between(0.08, 0.25), periodDays: logUniform(random, 25, 120) };
    return pulsator({
      random,
      sight,
      modes: [{ periodDays, amplitudeMag, epochMjdTai, shape }],
      absoluteMag: 0.6 + 0.12 * random.normal(),
      temperatureKelvin: 6600 + 150 * random.normal(),
      amplitudeSlope: 1.25,
      distanceMaxParsec: 250_000,
      ...(isBlazhko ? { modulation } : {}),
    });
  },
};

/** RR Lyrae stars of the first overtone: shorter, smaller, nearly sinusoidal. @source Sesar et al. 2010, as above */
export const RR_LYRAE_C: ClassDefinition = {
  weight: 0.05,
  isOddity: false,
  population: 'halo',
  draw(random, sight) {
    const periodDays = normalBetween(random, { mean: 0.33, sigma: 0.04, low: 0.22, high: 0.45 });
    const amplitudeMag = normalBetween(random, { mean: 0.48, sigma: 0.08, low: 0.2, high: 0.65 });
    return pulsator({
      random,
      sight,
      modes: [
        { periodDays, amplitudeMag, epochMjdTai: epochOf(random, sight, periodDays), shape: skewed(0.42) },
      ],
      absoluteMag: 0.55 + 0.12 * random.normal(),
      temperatureKelvin: 7100 + 150 * random.normal(),
      amplitudeSlope: 1.2,
      distanceMaxParsec: 250_000,
    });
  },
};

/** A saw tooth with the bump that wanders from the descending to the ascending branch between 6 and 16 days. */
function cepheidShape(periodDays: number): Shape {
  const base = skewed(periodDays < 10 ? 0.28 : 0.36);
  const bumpPhase = interpolated(
    [
      [6, 0.55],
      [10, 0.02],
      [10.01, 1.02],
      [16, 0.82],
    ],
    periodDays,
  );
  const height = periodDays > 6 && periodDays < 16 ? 0.16 : 0;
  return (phase) => {
    const nearest = Math.min(Math.abs(phase - bumpPhase), Math.abs(phase + 1 - bumpPhase));
    return base(phase) - height * Math.exp(-0.5 * (nearest / 0.06) ** 2);
  };
}

/**
 * Classical Cepheids on the period–luminosity relation M_V = −2.43 (log₁₀ P − 1) − 4.05, with the Hertzsprung bump.
 *
 * @source Benedict et al. 2007, doi:10.1086/511980 (relation); Klagyivik & Szabados 2009,
 *   doi:10.1051/0004-6361/200811464 (amplitudes)
 */
export const CEPHEID: ClassDefinition = {
  weight: 0.04,
  isOddity: false,
  population: 'disc',
  draw(random, sight) {
    const log10Period = normalBetween(random, { mean: 0.8, sigma: 0.28, low: 0.35, high: 1.75 });
    const periodDays = 10 ** log10Period;
    const amplitudeMag = clamped(0.55 + 0.4 * log10Period + 0.2 * random.normal() - 0.1, 0.25, 1.4);
    return pulsator({
      random,
      sight,
      modes: [
        {
          periodDays,
          amplitudeMag,
          epochMjdTai: epochOf(random, sight, periodDays),
          shape: cepheidShape(periodDays),
        },
      ],
      absoluteMag: -2.43 * (log10Period - 1) - 4.05 - 0.2,
      temperatureKelvin: 6200 - 700 * (log10Period - 0.5),
      amplitudeSlope: 1.1,
      distanceMaxParsec: 60_000,
    });
  },
};

/**
 * δ Scuti stars: 0.03–0.25 d, two radial modes in the ratio 0.773 in the larger ones.
 *
 * @source Breger 2000, ASP Conf. 210, 3 (periods, amplitudes); Petersen & Christensen-Dalsgaard 1996 (period ratio)
 */
export const DELTA_SCUTI: ClassDefinition = {
  weight: 0.05,
  isOddity: false,
  population: 'disc',
  draw(random, sight) {
    const periodDays = logUniform(random, 0.035, 0.22);
    const amplitudeMag = logUniform(random, 0.08, 0.65);
    const modes: Mode[] = [
      { periodDays, amplitudeMag, epochMjdTai: epochOf(random, sight, periodDays), shape: skewed(0.35) },
    ];
    const overtoneDays = 0.773 * periodDays;
    modes.push({
      periodDays: overtoneDays,
      amplitudeMag: amplitudeMag * random.between(0.05, 0.5),
      epochMjdTai: epochOf(random, sight, overtoneDays),
      shape: skewed(0.45),
    });
    return pulsator({
      random,
      sight,
      modes,
      absoluteMag: -3.05 * Math.log10(periodDays) - 1.3,
      temperatureKelvin: 7600 + 300 * random.normal(),
      amplitudeSlope: 1.1,
      distanceMaxParsec: 12_000,
    });
  },
};
