import { clamped, logNormal } from '../sky/distributions.ts';
import { stellarFeatures } from '../sky/spectral-features.ts';
import type { ClassDefinition } from './source.ts';
import { drawStar, starFluxNjy } from './star.ts';

/**
 * Magnification of a point source by a point lens.
 *
 * @param separation angular separation in Einstein radii, > 0
 * @returns ≥ 1
 * @source Paczyński 1986, doi:10.1086/164140, eq. 11
 * @example paczynskiMagnification(1) // 3 / √5 ≈ 1.342
 */
export function paczynskiMagnification(separation: number): number {
  const square = separation * separation;
  return (square + 2) / (separation * Math.sqrt(square + 4));
}

/**
 * Microlensing of a disc or bulge star: Einstein times about 30 d, impact parameters up to 1, achromatic but for blending.
 *
 * @source Mróz et al. 2020, doi:10.3847/1538-4365/ab9366 (Galactic-plane time scales); Medford et al. 2023 (ZTF events)
 */
export const MICROLENSING: ClassDefinition = {
  weight: 0.02,
  isOddity: false,
  population: 'disc',
  draw(random, sight) {
    const einsteinDays = clamped(logNormal(random, 30, 0.55), 5, 250);
    const impact = random.between(0.02, 1);
    const peakMjdTai = sight.focusMjdTai - einsteinDays * random.between(-1.2, 1.2);
    const blendRatio = random.uniform() < 0.5 ? 1 : random.between(0.3, 1);
    const temperatureKelvin = random.between(4300, 6000);
    const absoluteMag = 3 + 1.5 * random.normal();
    const star = drawStar(random, {
      sight,
      absoluteMag,
      temperatureKelvin,
      reachMag: 0.5,
      distanceMinParsec: 800,
      distanceMaxParsec: 9000,
    });
    const features = stellarFeatures(temperatureKelvin);
    return {
      fluxNjy: (mjdTai, wavelengthAngstrom) => {
        const separation = Math.hypot(impact, (mjdTai - peakMjdTai) / einsteinDays);
        const lensed = 1 - blendRatio + blendRatio * paczynskiMagnification(separation);
        return starFluxNjy(star, wavelengthAngstrom) * lensed;
      },
      spectralFeatures: () => features,
      redshift: 0,
      truth: {
        peakMjdTai,
        timescaleDays: einsteinDays,
        absoluteMag,
        amplitudeMag: 2.5 * Math.log10(1 - blendRatio + blendRatio * paczynskiMagnification(impact)),
      },
      setting: star,
    };
  },
};
