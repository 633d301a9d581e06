import { clamped, interpolated, logNormal, normalBetween } from '../sky/distributions.ts';
import type { SpectralFeature } from '../sky/spectral-features.ts';
import { photosphereSource, riseAndTail } from './photosphere.ts';
import type { ClassDefinition } from './source.ts';

/** Half-life tail of ⁵⁶Co with full trapping: an e-fold in 111.3 days, 0.98 mag in 100 days. */
const COBALT_DAYS = 111.3;
const V_ANGSTROM = 5500;
const B_ANGSTROM = 4400;

function pCygni(
  restAngstrom: number,
  velocityKmPerS: number,
  strength: readonly [number, number],
): SpectralFeature {
  return { kind: 'pCygni', restAngstrom, velocityKmPerS, depth: strength[0], emission: strength[1] };
}

/**
 * Type II supernovae: a plateau of 80–130 d whose slope spans the plateau and linear types, its end, a cobalt tail; the
 * photosphere cools to hydrogen's recombination.
 *
 * @source Anderson et al. 2014, doi:10.1088/0004-637X/786/1/67 (magnitudes, slopes, plateau lengths)
 */
export const SUPERNOVA_II: ClassDefinition = {
  weight: 0.05,
  isOddity: false,
  population: 'extragalactic',
  draw(random, sight) {
    const absoluteMag = normalBetween(random, { mean: -16.9, sigma: 0.9, low: -18.8, high: -14.5 });
    const riseDays = logNormal(random, 8, 0.3);
    const plateauDays = normalBetween(random, { mean: 100, sigma: 15, low: 65, high: 130 });
    const slopeMagPerDay = clamped(
      0.012 + 0.008 * random.normal() - 0.004 * (absoluteMag + 16.9),
      0.001,
      0.035,
    );
    const dropMag = random.between(1.4, 2.6);
    const shape = (restDays: number): number => {
      if (restDays <= 0) return riseAndTail(restDays, { riseDays, widthDays: 1, tailRatio: 0, tailDays: 1 });
      const dropped = dropMag / (1 + Math.exp(-(restDays - plateauDays) / 4));
      const beyond = Math.max(0, restDays - plateauDays);
      const declineMag = slopeMagPerDay * Math.min(restDays, plateauDays) + 0.0098 * beyond + dropped;
      return 10 ** (-0.4 * declineMag);
    };
    const features = (restDays: number): SpectralFeature[] => {
      const age = Math.max(1, restDays + riseDays);
      const velocity = clamped(9500 * (age / 15) ** -0.45, 2500, 13_000);
      const grown = clamped((age - 4) / 25, 0.05, 1);
      return [
        pCygni(6562.8, velocity, [0.35 * grown, 1.6 * grown]),
        pCygni(4861.3, velocity, [0.35 * grown, 0.4 * grown]),
        pCygni(4340.5, velocity, [0.3 * grown, 0.2 * grown]),
        pCygni(5018, velocity * 0.8, [0.25 * grown, 0.1]),
        pCygni(5169, velocity * 0.8, [0.35 * grown, 0.15]),
        pCygni(5892, velocity * 0.8, [0.25 * grown, 0.15]),
        pCygni(8579, velocity * 0.8, [0.35 * grown, 0.5 * grown]),
      ];
    };
    return photosphereSource(random, {
      sight,
      photosphere: {
        absoluteMag,
        anchorAngstrom: V_ANGSTROM,
        shape,
        temperatureKelvin: (d) => clamped(11_500 * (Math.max(1, d + riseDays) / 10) ** -0.45, 5400, 30_000),
        blanketAngstrom: 5000,
        blanketMagPerKiloangstrom: (d) => 1.3 * clamped((d - 10) / 40, 0, 1),
        features,
      },
      agesDays: [-riseDays, plateauDays + 40],
      redshiftMax: 0.4,
      hostAbsoluteMag: -20,
      isNuclear: false,
      truth: { timescaleDays: plateauDays },
    });
  },
};

/**
 * Stripped-envelope supernovae (Ib, Ic): three weeks to peak, decline of 0.8 mag in 15 d, then 0.017 mag a day.
 *
 * @source Drout et al. 2011, doi:10.1088/0004-637X/741/2/97; Taddia et al. 2018, doi:10.1051/0004-6361/201730844
 */
export const SUPERNOVA_IBC: ClassDefinition = {
  weight: 0.025,
  isOddity: false,
  population: 'extragalactic',
  draw(random, sight) {
    const absoluteMag = normalBetween(random, { mean: -17.5, sigma: 0.8, low: -19.5, high: -15.8 });
    const riseDays = normalBetween(random, { mean: 19, sigma: 4, low: 11, high: 35 });
    const widthDays = 0.72 * riseDays;
    const hasHelium = random.uniform() < 0.5;
    const features = (restDays: number): SpectralFeature[] => {
      const velocity = clamped(10_500 - 90 * restDays, 6500, 16_000);
      const helium: SpectralFeature[] = hasHelium
        ? [
            pCygni(5876, velocity, [0.4, 0.25]),
            pCygni(6678, velocity, [0.3, 0.1]),
            pCygni(7065, velocity, [0.35, 0.15]),
          ]
        : [pCygni(6355, velocity, [0.25, 0.1]), pCygni(7774, velocity, [0.4, 0.15])];
      return [
        ...helium,
        pCygni(3945, velocity, [0.4, 0.2]),
        pCygni(4560, velocity, [0.35, 0.1]),
        pCygni(5018, velocity, [0.4, 0.15]),
        pCygni(8579, velocity, [0.4, 0.4]),
      ];
    };
    return photosphereSource(random, {
      sight,
      photosphere: {
        absoluteMag,
        anchorAngstrom: 6200,
        shape: (d) => riseAndTail(d, { riseDays, widthDays, tailRatio: 0.28, tailDays: 64 }),
        temperatureKelvin: (d) => clamped(8200 - 130 * d, 4800, 10_500),
        blanketAngstrom: 5000,
        blanketMagPerKiloangstrom: (d) => 1.4 * clamped((d + 15) / 25, 0, 1),
        features,
      },
      agesDays: [-riseDays, 60],
      redshiftMax: 0.5,
      hostAbsoluteMag: -20.2,
      isNuclear: false,
      truth: { timescaleDays: riseDays },
    });
  },
};

/**
 * Superluminous supernovae (type I): peaks about −21.7, a month or two to rise, hot, O II at blue wavelengths, dwarf hosts.
 *
 * @source Chen et al. 2023, doi:10.3847/1538-4357/aca161; Quimby et al. 2011, doi:10.1038/nature10095
 */
export const SUPERLUMINOUS: ClassDefinition = {
  weight: 0.012,
  isOddity: false,
  population: 'extragalactic',
  draw(random, sight) {
    const absoluteMag = normalBetween(random, { mean: -21.5, sigma: 0.6, low: -23, high: -20.2 });
    const riseDays = logNormal(random, 42, 0.3);
    const widthDays = 0.75 * riseDays;
    return photosphereSource(random, {
      sight,
      photosphere: {
        absoluteMag,
        anchorAngstrom: B_ANGSTROM,
        shape: (d) => riseAndTail(d, { riseDays, widthDays, tailRatio: 0.35, tailDays: 1.4 * riseDays }),
        temperatureKelvin: (d) => clamped(14_000 - (90 * d * 40) / riseDays, 6000, 20_000),
        blanketAngstrom: 3000,
        blanketMagPerKiloangstrom: (d) => 1 + clamped((d - 20) / 40, 0, 1.5),
        features: (d) => {
          const early = clamped((40 - d) / 40, 0, 1);
          return [
            pCygni(4650, 12_000, [0.3 * early, 0]),
            pCygni(4350, 12_000, [0.3 * early, 0]),
            pCygni(4100, 12_000, [0.2 * early, 0]),
            pCygni(2800, 12_000, [0.5, 0.1]),
            pCygni(5169, 9000, [0.3 * (1 - early), 0.15]),
            pCygni(7774, 9000, [0.3 * (1 - early), 0.2]),
          ];
        },
      },
      agesDays: [-riseDays, 120],
      redshiftMax: 2,
      hostAbsoluteMag: -17.5,
      isNuclear: false,
      truth: { timescaleDays: riseDays },
    });
  },
};

/**
 * A pair-instability-like slow riser: a hundred days and more to a luminous peak, then the decay of cobalt for a year.
 *
 * @source Kasen et al. 2011, doi:10.1088/0004-637X/734/2/102
 */
export const PAIR_INSTABILITY: ClassDefinition = {
  weight: 0.004,
  isOddity: true,
  population: 'extragalactic',
  draw(random, sight) {
    const absoluteMag = normalBetween(random, { mean: -21, sigma: 0.5, low: -22, high: -20 });
    const riseDays = random.between(95, 160);
    return photosphereSource(random, {
      sight,
      photosphere: {
        absoluteMag,
        anchorAngstrom: V_ANGSTROM,
        shape: (d) => riseAndTail(d, { riseDays, widthDays: 75, tailRatio: 0.5, tailDays: COBALT_DAYS }),
        temperatureKelvin: (d) =>
          interpolated(
            [
              [-riseDays, 14_000],
              [-40, 9500],
              [30, 6800],
              [120, 5200],
            ],
            d,
          ),
        blanketAngstrom: 4500,
        blanketMagPerKiloangstrom: () => 1.6,
        features: () => [
          pCygni(3945, 8000, [0.5, 0.2]),
          pCygni(4571, 8000, [0.2, 0.4]),
          pCygni(5169, 8000, [0.35, 0.2]),
          pCygni(6355, 8000, [0.3, 0.1]),
          pCygni(7774, 8000, [0.35, 0.15]),
          pCygni(8579, 8000, [0.35, 0.4]),
        ],
      },
      agesDays: [-riseDays * 0.9, 150],
      redshiftMax: 1.2,
      hostAbsoluteMag: -17.5,
      isNuclear: false,
      truth: { timescaleDays: riseDays },
    });
  },
};
