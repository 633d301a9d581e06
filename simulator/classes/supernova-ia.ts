import { distanceModulusMag } from '../sky/cosmology.ts';
import { interpolated } from '../sky/distributions.ts';
import type { Knots } from '../sky/distributions.ts';
import { extinctionMag } from '../sky/radiation.ts';
import type { SpectralFeature } from '../sky/spectral-features.ts';
import { drawHost, drawRedshift } from './host.ts';
import type { ClassDefinition } from './source.ts';
import { njyFromMag } from './star.ts';

const B_ANGSTROM = 4400;
/** Rest-frame days from explosion to B maximum at unit stretch. @source Ganeshalingam et al. 2011, doi:10.1111/j.1365-2966.2011.19213.x */
const RISE_DAYS = 17.5;

/** AB magnitude at B maximum above that in B, by ln of the rest wavelength. */
const PEAK_COLOURS: Knots = [
  [Math.log(2000), 5],
  [Math.log(2500), 3.2],
  [Math.log(3000), 1.6],
  [Math.log(3600), 0.4],
  [Math.log(4400), 0],
  [Math.log(5500), 0.1],
  [Math.log(6500), 0.28],
  [Math.log(8000), 0.8],
  [Math.log(9700), 1],
];

/** Magnitudes below peak brightness by rest-frame days from B maximum, in U, B, V, R, I, Y. */
const TEMPLATES: readonly { readonly restAngstrom: number; readonly knots: Knots }[] = [
  {
    restAngstrom: 3600,
    knots: [
      [-17, 6],
      [-15, 3.6],
      [-12, 1.6],
      [-8, 0.4],
      [-5, 0.05],
      [-2, 0],
      [0, 0.03],
      [5, 0.35],
      [10, 1.05],
      [15, 1.75],
      [20, 2.4],
      [30, 3.3],
      [40, 3.6],
      [60, 4],
      [100, 4.9],
      [200, 7],
    ],
  },
  {
    restAngstrom: 4400,
    knots: [
      [-17, 6],
      [-15, 3.2],
      [-12, 1.5],
      [-8, 0.5],
      [-5, 0.15],
      [-2, 0.02],
      [0, 0],
      [5, 0.16],
      [10, 0.58],
      [15, 1.1],
      [20, 1.66],
      [25, 2.15],
      [30, 2.55],
      [40, 2.95],
      [60, 3.3],
      [100, 3.9],
      [200, 5.5],
    ],
  },
  {
    restAngstrom: 5500,
    knots: [
      [-17, 5.5],
      [-15, 3],
      [-12, 1.4],
      [-8, 0.5],
      [-5, 0.2],
      [-2, 0.04],
      [1.5, 0],
      [5, 0.06],
      [10, 0.3],
      [15, 0.6],
      [20, 0.93],
      [25, 1.27],
      [30, 1.6],
      [40, 2.1],
      [60, 2.7],
      [100, 3.75],
      [200, 6.2],
    ],
  },
  {
    restAngstrom: 6500,
    knots: [
      [-17, 5.5],
      [-15, 2.9],
      [-12, 1.3],
      [-8, 0.45],
      [-5, 0.17],
      [-1, 0.02],
      [1, 0],
      [5, 0.12],
      [10, 0.44],
      [15, 0.67],
      [20, 0.7],
      [25, 0.8],
      [30, 1.1],
      [40, 1.75],
      [60, 2.5],
      [100, 3.9],
      [200, 6.8],
    ],
  },
  {
    restAngstrom: 8000,
    knots: [
      [-17, 5.2],
      [-15, 2.7],
      [-12, 1.1],
      [-8, 0.3],
      [-5, 0.07],
      [-2, 0],
      [0, 0.03],
      [5, 0.2],
      [10, 0.5],
      [15, 0.6],
      [20, 0.48],
      [25, 0.36],
      [30, 0.5],
      [40, 1.2],
      [60, 2.2],
      [100, 3.9],
      [200, 6.6],
    ],
  },
  {
    restAngstrom: 9700,
    knots: [
      [-17, 5.2],
      [-15, 2.7],
      [-12, 1.1],
      [-8, 0.3],
      [-5, 0.05],
      [-3, 0],
      [0, 0.12],
      [5, 0.5],
      [10, 0.85],
      [15, 0.8],
      [20, 0.5],
      [25, 0.25],
      [30, 0.15],
      [35, 0.35],
      [40, 0.8],
      [60, 2],
      [100, 3.6],
      [200, 6.4],
    ],
  },
];

/**
 * Rest-frame AB magnitude of a normal SN Ia (Δm₁₅(B) = 1.1) relative to its B maximum.
 *
 * @param restDays       rest-frame days from B maximum, already divided by the stretch
 * @param restAngstrom   rest wavelength
 * @returns magnitudes; +∞ before the explosion
 */
export function supernovaIaMag(restDays: number, restAngstrom: number): number {
  if (restDays < -RISE_DAYS) return Infinity;
  const colourMag = interpolated(PEAK_COLOURS, Math.log(restAngstrom));
  let below = TEMPLATES[0];
  if (below === undefined) return Infinity;
  if (restAngstrom <= below.restAngstrom) return colourMag + interpolated(below.knots, restDays);
  for (const above of TEMPLATES) {
    if (restAngstrom <= above.restAngstrom) {
      const share =
        Math.log(restAngstrom / below.restAngstrom) / Math.log(above.restAngstrom / below.restAngstrom);
      return (
        colourMag +
        interpolated(below.knots, restDays) * (1 - share) +
        interpolated(above.knots, restDays) * share
      );
    }
    below = above;
  }
  return colourMag + interpolated(below.knots, restDays);
}

function iaFeatures(restDays: number): SpectralFeature[] {
  const velocityKmPerS = restDays < 25 ? Math.max(9500, 11_500 - 80 * restDays) : 9000;
  const early = Math.max(0, Math.min(1, (30 - restDays) / 30));
  const late = 1 - early;
  const p = (restAngstrom: number, depth: number, emission: number): SpectralFeature => ({
    kind: 'pCygni',
    restAngstrom,
    velocityKmPerS,
    depth,
    emission,
  });
  return [
    p(3945, 0.55, 0.25), // Ca II H and K
    p(4130, 0.15 * early, 0), // Si II
    p(4481, 0.35, 0.15), // Mg II, Fe II
    p(5018, 0.35, 0.2), // Fe II
    p(5454, 0.25 * early, 0.05), // S II
    p(5640, 0.25 * early, 0.05), // S II
    p(5972, 0.15 * early, 0.05), // Si II
    p(6355, 0.55 * early, 0.2 * early), // Si II
    p(5890, 0.35 * late, 0.2 * late), // Na I, Co III
    p(7774, 0.2 * early, 0.05), // O I
    p(8579, 0.5, 0.35), // Ca II triplet
    { kind: 'line', restAngstrom: 4650, sigmaKmPerS: 3500, height: 0.8 * late }, // Fe III
    { kind: 'line', restAngstrom: 5900, sigmaKmPerS: 3000, height: 0.3 * late }, // Co III
  ];
}

/**
 * Type Ia supernovae: stretch and colour as in SALT2, M_B = −19.1 − 0.14 x₁ + 3.1 c with 0.1 mag scatter (H₀ = 70, AB),
 * secondary maximum in the red, rate in proportion to volume.
 *
 * @source Betoule et al. 2014, doi:10.1051/0004-6361/201423413 (α, β, populations); Guy et al. 2007,
 *   doi:10.1051/0004-6361:20066930 (stretch of x₁); shapes follow Hamuy et al. 1996, doi:10.1086/118190, and Nugent et
 *   al. 2002, doi:10.1086/341707, sampled by us at a few epochs
 */
export const SUPERNOVA_IA: ClassDefinition = {
  weight: 0.08,
  isOddity: false,
  population: 'extragalactic',
  draw(random, sight) {
    const stretchX1 = 0.9 * random.normal();
    const colourMag = 0.09 * random.normal() + (random.uniform() < 0.2 ? 0.1 * random.uniform() : 0);
    const stretch = 0.98 + 0.091 * stretchX1 + 0.003 * stretchX1 ** 2;
    const absoluteMag = -19.2 - 0.14 * stretchX1 + 3.1 * colourMag + 0.1 * random.normal();
    const redshift = drawRedshift(random, { sight, absoluteMag, redshiftMax: 1.1 });
    const modulusMag = distanceModulusMag(redshift) - 2.5 * Math.log10(1 + redshift);
    const peakMjdTai = sight.focusMjdTai - (1 + redshift) * random.between(-16, 75);
    const daysAt = (mjdTai: number): number => (mjdTai - peakMjdTai) / (1 + redshift) / stretch;
    const blueMag = extinctionMag(B_ANGSTROM, 1);
    return {
      fluxNjy: (mjdTai, wavelengthAngstrom) => {
        const rest = wavelengthAngstrom / (1 + redshift);
        const mag = supernovaIaMag(daysAt(mjdTai), rest);
        if (mag === Infinity) return 0;
        const reddening = colourMag * (extinctionMag(rest, 1) - blueMag);
        return njyFromMag(absoluteMag + mag + modulusMag + reddening);
      },
      spectralFeatures: (mjdTai) => iaFeatures(daysAt(mjdTai)),
      redshift,
      truth: { redshift, peakMjdTai, absoluteMag, timescaleDays: RISE_DAYS * stretch },
      setting: drawHost(random, { redshift, absoluteMag: -20.6, isNuclear: false }),
    };
  },
};
