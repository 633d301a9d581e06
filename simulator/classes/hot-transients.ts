import { clamped, logNormal, logUniform, normalBetween } from '../sky/distributions.ts';
import { balmerLines } from '../sky/spectral-features.ts';
import { photosphereSource, riseAndTail } from './photosphere.ts';
import type { ClassDefinition } from './source.ts';

const G_ANGSTROM = 4800;

/**
 * Tidal disruption events: Gaussian rise, decline (1 + t/t₀)^{−5/3}, a constant 15,000–35,000 K, in the host's nucleus;
 * broad Hα and He II.
 *
 * @source van Velzen et al. 2021, doi:10.3847/1538-4357/abc258; Yao et al. 2023, doi:10.3847/2041-8213/acf216
 */
export const TIDAL_DISRUPTION: ClassDefinition = {
  weight: 0.012,
  isOddity: false,
  population: 'extragalactic',
  draw(random, sight) {
    const absoluteMag = normalBetween(random, { mean: -19.2, sigma: 0.9, low: -21.8, high: -17 });
    const riseDays = logNormal(random, 10, 0.4);
    const declineDays = logNormal(random, 45, 0.4);
    const kelvin = logUniform(random, 15_000, 35_000);
    const shape = (d: number): number =>
      d < 0
        ? d < -4 * riseDays
          ? 0
          : Math.exp(-0.5 * (d / riseDays) ** 2)
        : (1 + d / declineDays) ** (-5 / 3);
    return photosphereSource(random, {
      sight,
      photosphere: {
        absoluteMag,
        anchorAngstrom: G_ANGSTROM,
        shape,
        temperatureKelvin: () => kelvin,
        blanketAngstrom: 0,
        blanketMagPerKiloangstrom: () => 0,
        features: () => [
          ...balmerLines({ height: 0.5, sigmaKmPerS: 5000, decrement: 0.5 }),
          { kind: 'line', restAngstrom: 4686, sigmaKmPerS: 5000, height: 0.4 },
        ],
      },
      agesDays: [-2.5 * riseDays, 150],
      redshiftMax: 0.8,
      hostAbsoluteMag: -20.3,
      isNuclear: true,
      truth: { timescaleDays: riseDays },
    });
  },
};

/**
 * Fast blue optical transients: two days to rise, a week to fade, 15,000 K and more throughout, featureless.
 *
 * @source Ho et al. 2023, doi:10.3847/1538-4357/acc533; Perley et al. 2019, doi:10.1093/mnras/sty3420 (AT 2018cow)
 */
export const FAST_BLUE_TRANSIENT: ClassDefinition = {
  weight: 0.004,
  isOddity: true,
  population: 'extragalactic',
  draw(random, sight) {
    const absoluteMag = normalBetween(random, { mean: -19.5, sigma: 0.9, low: -21.8, high: -17.5 });
    const riseDays = random.between(1.5, 3.5);
    const widthDays = random.between(2.2, 5);
    return photosphereSource(random, {
      sight,
      photosphere: {
        absoluteMag,
        anchorAngstrom: G_ANGSTROM,
        shape: (d) => riseAndTail(d, { riseDays, widthDays, tailRatio: 0.3, tailDays: 2.2 * widthDays }),
        temperatureKelvin: (d) => clamped(26_000 - 600 * d, 14_000, 32_000),
        blanketAngstrom: 0,
        blanketMagPerKiloangstrom: () => 0,
        features: (d) => [
          { kind: 'line', restAngstrom: 4686, sigmaKmPerS: 9000, height: 0.12 * clamped(d / 10, 0, 1) },
        ],
      },
      agesDays: [-riseDays, 12],
      redshiftMax: 0.6,
      hostAbsoluteMag: -18.5,
      isNuclear: false,
      truth: { timescaleDays: riseDays },
    });
  },
};

/**
 * Kilonovae: half a day to peak at −16, a magnitude a day in the blue, from 9,000 K to 2,500 K within a week.
 *
 * @source Villar et al. 2017, doi:10.3847/2041-8213/aa9c84 (AT 2017gfo)
 */
export const KILONOVA: ClassDefinition = {
  weight: 0.004,
  isOddity: true,
  population: 'extragalactic',
  draw(random, sight) {
    const absoluteMag = normalBetween(random, { mean: -16, sigma: 0.5, low: -17.2, high: -14.8 });
    const riseDays = random.between(0.35, 0.8);
    const widthDays = random.between(1, 1.8);
    return photosphereSource(random, {
      sight,
      photosphere: {
        absoluteMag,
        anchorAngstrom: 7600,
        shape: (d) => riseAndTail(d, { riseDays, widthDays, tailRatio: 0.45, tailDays: 2.6 }),
        temperatureKelvin: (d) => clamped(6800 * (d + riseDays + 0.1) ** -0.55, 2500, 12_000),
        blanketAngstrom: 5000,
        blanketMagPerKiloangstrom: (d) => 1.2 * clamped(d / 2, 0, 1),
        features: (d) => [
          { kind: 'pCygni', restAngstrom: 10_500, velocityKmPerS: 60_000, depth: 0.25, emission: 0.2 },
          { kind: 'line', restAngstrom: 8100, sigmaKmPerS: 16_000, height: -0.3 * clamped(d, 0, 1) },
        ],
      },
      agesDays: [-riseDays, 5],
      redshiftMax: 0.1,
      hostAbsoluteMag: -20.5,
      isNuclear: false,
      truth: { timescaleDays: riseDays },
    });
  },
};
