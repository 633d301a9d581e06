import { clamped } from '../sky/distributions.ts';
import { distanceModulusMag } from '../sky/cosmology.ts';
import { DampedRandomWalk } from '../sky/damped-random-walk.ts';
import type { SpectralFeature } from '../sky/spectral-features.ts';
import type { ClassDefinition, Sight } from './source.ts';
import { R_ANGSTROM, njyFromMag } from './star.ts';

/** Grid of the walks, days: an order of magnitude below the shortest damping times. */
const STEP_DAYS = 2;
/** Delay of the accretion disc at 2,500 Å rest wavelength, days; grows as λ^{4/3}. */
const DISC_DELAY_DAYS = 1;

/** Rest wavelengths, equivalent widths and whether broad. @source Vanden Berk et al. 2001, doi:10.1086/321167 */
const EMISSION_LINES: readonly (readonly [restAngstrom: number, widthAngstrom: number, isBroad: boolean])[] =
  [
    [1215.7, 92, true],
    [1399, 8, true],
    [1549, 24, true],
    [1909, 21, true],
    [2798, 32, true],
    [3728, 1.6, false],
    [4102.7, 5, true],
    [4341.7, 13, true],
    [4862.7, 46, true],
    [4960.3, 4.4, false],
    [5008.2, 13.2, false],
    [6564.6, 195, true],
    [6718, 2, false],
  ];

function emissionFeatures(broadKmPerS: number): SpectralFeature[] {
  const features: SpectralFeature[] = EMISSION_LINES.map(([restAngstrom, widthAngstrom, isBroad]) => {
    const sigmaKmPerS = isBroad ? broadKmPerS : 250;
    const sigmaAngstrom = (restAngstrom * sigmaKmPerS) / 299_792.458;
    return {
      kind: 'line',
      restAngstrom,
      sigmaKmPerS,
      height: widthAngstrom / (Math.sqrt(2 * Math.PI) * sigmaAngstrom),
    };
  });
  features.push({ kind: 'edge', restAngstrom: 1215.7, transmissionRatio: 0.65 });
  features.push({ kind: 'edge', restAngstrom: 912, transmissionRatio: 0.15 });
  return features;
}

/** A redshift whose absolute magnitude is that of an active nucleus for the apparent one. */
function nucleusRedshift(
  apparentMag: number,
  uniform: () => number,
): { redshift: number; absoluteMag: number } {
  for (let attempt = 0; attempt < 32; attempt++) {
    const redshift = 0.02 + 2.8 * uniform() ** 1.4;
    const absoluteMag = apparentMag - distanceModulusMag(redshift) + 1.25 * Math.log10(1 + redshift);
    if (absoluteMag > -27.5 && absoluteMag < -20) return { redshift, absoluteMag };
  }
  return { redshift: 0.1, absoluteMag: apparentMag - distanceModulusMag(0.1) };
}

function walk(
  random: ConstructorParameters<typeof DampedRandomWalk>[0],
  sight: Sight,
  timescaleDays: number,
): DampedRandomWalk {
  const { startMjdTai, endMjdTai } = sight;
  // The disc delay in the reddest band reaches back before the first epoch.
  const span = { startMjdTai: startMjdTai - 60, endMjdTai: endMjdTai + 2 };
  return new DampedRandomWalk(random, { timescaleDays, stepDays: STEP_DAYS, ...span });
}

/**
 * Active galactic nuclei: in every band a damped random walk in magnitudes, whose asymptotic amplitude and damping time
 * follow luminosity, black-hole mass and rest wavelength; bands are correlated (two walks mixed by an angle that turns
 * with wavelength) and delayed as a thin disc is.
 *
 * @source MacLeod et al. 2010, doi:10.1088/0004-637X/721/2/1014, eqs. 7 and table 1 (SF∞, τ); Vanden Berk et al. 2001
 *   (spectrum); Cackett et al. 2007, doi:10.1111/j.1365-2966.2007.12098.x (delay ∝ λ^{4/3})
 */
export const AGN: ClassDefinition = {
  weight: 0.16,
  isOddity: false,
  population: 'extragalactic',
  draw(random, sight) {
    const [bright, faint] = [Math.max(15.5, sight.brightMag), sight.limitMag - 0.8];
    // Counts of quasars rise as about 10^{0.35 m}.
    const meanMag = Math.max(bright, faint + Math.log10(1 - random.uniform()) / 0.35);
    const { redshift, absoluteMag } = nucleusRedshift(meanMag, () => random.uniform());
    const log10Mass = clamped(2 - 0.27 * absoluteMag + 0.3 * random.normal(), 6.5, 10);
    const luminosity = absoluteMag + 23;
    const mass = log10Mass - 9;
    const structureMag = (restAngstrom: number): number =>
      10 ** (-0.51 - 0.479 * Math.log10(restAngstrom / 4000) + 0.131 * luminosity + 0.18 * mass);
    const timescaleDays = clamped(
      10 ** (2.4 + 0.17 * Math.log10(R_ANGSTROM / (1 + redshift) / 4000) + 0.03 * luminosity + 0.21 * mass),
      15,
      1500,
    );
    const scatter = Math.exp(0.25 * random.normal());
    const main = walk(random, sight, timescaleDays * (1 + redshift));
    const other = walk(random, sight, timescaleDays * (1 + redshift));
    const features = emissionFeatures(clamped(1700 + 500 * random.normal(), 700, 3500));
    return {
      fluxNjy: (mjdTai, wavelengthAngstrom) => {
        const rest = wavelengthAngstrom / (1 + redshift);
        const delayDays = DISC_DELAY_DAYS * (rest / 2500) ** (4 / 3) * (1 + redshift);
        const angle = 0.35 * Math.log(wavelengthAngstrom / R_ANGSTROM);
        const then = mjdTai - delayDays;
        const unit = Math.cos(angle) * main.at(then) + Math.sin(angle) * other.at(then);
        const offsetMag = (structureMag(rest) / Math.SQRT2) * scatter * unit;
        return njyFromMag(meanMag + offsetMag) * (wavelengthAngstrom / R_ANGSTROM) ** 0.44;
      },
      spectralFeatures: () => features,
      redshift,
      truth: {
        redshift,
        timescaleDays,
        absoluteMag,
        amplitudeMag: structureMag(4827 / (1 + redshift)) * scatter,
      },
      setting: { kind: 'nucleus', redshift, meanMag },
    };
  },
};
