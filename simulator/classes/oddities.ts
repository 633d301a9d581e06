import { Random } from '../../core/index.ts';
import { clamped, logUniform } from '../sky/distributions.ts';
import { stellarFeatures } from '../sky/spectral-features.ts';
import type { ClassDefinition, Source } from './source.ts';
import { drawStar, njyFromMag, phaseAt, starFluxNjy } from './star.ts';

/**
 * A star that disappears: a red supergiant, a brief weak brightening, then nothing in the optical.
 *
 * @source Adams et al. 2017, doi:10.1093/mnras/stx816 (N6946-BH1)
 */
export const VANISHING_STAR: ClassDefinition = {
  weight: 0.004,
  isOddity: true,
  population: 'everywhere',
  draw(random, sight) {
    const temperatureKelvin = random.between(3500, 4300);
    const absoluteMag = -6.5 + 0.5 * random.normal();
    const star = drawStar(random, {
      sight,
      absoluteMag,
      temperatureKelvin,
      reachMag: -1,
      distanceMinParsec: 2000,
      distanceMaxParsec: 4e6,
    });
    const vanishMjdTai = sight.focusMjdTai - random.between(0.5, 40);
    const fadeDays = logUniform(random, 0.3, 6);
    const outburstDays = random.between(20, 60);
    const outburstRatio = random.between(0.2, 1.2);
    const features = stellarFeatures(temperatureKelvin);
    return {
      fluxNjy: (mjdTai, wavelengthAngstrom) => {
        const days = mjdTai - vanishMjdTai;
        const before = clamped(1 + days / outburstDays, 0, 1);
        const left =
          days < 0 ? 1 + outburstRatio * before ** 2 : (1 + outburstRatio) * Math.exp(-days / fadeDays);
        return starFluxNjy(star, wavelengthAngstrom) * Math.max(0.01, left);
      },
      spectralFeatures: () => features,
      redshift: 0,
      truth: { absoluteMag, peakMjdTai: vanishMjdTai, timescaleDays: fadeDays },
      setting: star,
    };
  },
};

/**
 * A repeating eclipse whose depth changes from one to the next, as dust clouds or a disrupting planet make it: lopsided
 * dips of 0.05–2.5 mag once a period.
 *
 * @source Rappaport et al. 2012, doi:10.1088/0004-637X/752/1/1; Boyajian et al. 2016, doi:10.1093/mnras/stw218
 */
export const CHANGING_ECLIPSE: ClassDefinition = {
  weight: 0.004,
  isOddity: true,
  population: 'disc',
  draw(random, sight) {
    const periodDays = logUniform(random, 0.8, 12);
    const widthRatio = random.between(0.04, 0.12);
    const epochMjdTai = sight.focusMjdTai - periodDays * widthRatio * random.between(-0.5, 1.5);
    const depths = Array.from({ length: 512 }, () =>
      clamped(0.5 * Math.exp(1.1 * random.normal()), 0.03, 2.5),
    );
    const temperatureKelvin = random.between(5200, 7000);
    const absoluteMag = 4.5 + 0.7 * random.normal();
    const star = drawStar(random, {
      sight,
      absoluteMag,
      temperatureKelvin,
      reachMag: -0.8,
      distanceMinParsec: 50,
      distanceMaxParsec: 6000,
    });
    const dipMag = (mjdTai: number): number => {
      const phase = phaseAt(mjdTai, { epochMjdTai, periodDays });
      const offset = phase > 0.5 ? phase - 1 : phase;
      const cycle = Math.round((mjdTai - epochMjdTai) / periodDays - offset);
      const depth = depths[((cycle % depths.length) + depths.length) % depths.length] ?? 0;
      // Sharp ingress, a tail three times as long.
      const width = offset < 0 ? widthRatio / 3 : widthRatio;
      return depth * Math.exp(-0.5 * (offset / width) ** 2);
    };
    const features = stellarFeatures(temperatureKelvin);
    return {
      fluxNjy: (mjdTai, wavelengthAngstrom) => {
        // Small dust grains dim the blue somewhat more.
        const chromatic = (6223 / wavelengthAngstrom) ** 0.4;
        return starFluxNjy(star, wavelengthAngstrom) * 10 ** (-0.4 * dipMag(mjdTai) * chromatic);
      },
      spectralFeatures: () => features,
      redshift: 0,
      truth: { periodDays, absoluteMag },
      setting: star,
    };
  },
};

/** Exposures are told apart to a millionth of a day. */
const EXPOSURES_PER_DAY = 1e6;

/**
 * Bogus alerts: cosmic rays, ghosts and bad columns seen once, or the residual of a bright star that is different in every
 * exposure.
 *
 * @source Duev et al. 2019, doi:10.1093/mnras/stz2357 (kinds of artefacts in ZTF)
 */
export const BOGUS: ClassDefinition = {
  weight: 0.06,
  isOddity: false,
  population: 'everywhere',
  draw(random, sight) {
    const isResidual = random.uniform() < 0.5;
    const sign = random.uniform() < (isResidual ? 0.5 : 0.15) ? -1 : 1;
    const peakNjy = sign * njyFromMag(sight.limitMag) * logUniform(random, 1.2, 30);
    const seed = random.uint32();
    const noiseNjy = (mjdTai: number): number => {
      const exposure = new Random(`${seed}/${Math.round(mjdTai * EXPOSURES_PER_DAY)}`);
      return peakNjy * exposure.normal() * (exposure.uniform() < 0.5 ? 1 : 0.2);
    };
    const source: Source = {
      fluxNjy: (mjdTai) => {
        if (Math.abs(mjdTai - sight.focusMjdTai) < 1e-5) return peakNjy;
        return isResidual ? noiseNjy(mjdTai) : 0;
      },
      spectralFeatures: () => [],
      redshift: 0,
      truth: {},
      setting: {
        kind: 'artefact',
        neighbourMag: isResidual
          ? sight.brightMag + random.between(-1, 2)
          : sight.limitMag - 4 * random.uniform(),
        neighbourSeparationArcsec: isResidual ? random.between(0.3, 4) : random.between(1, 20),
      },
    };
    return source;
  },
};
