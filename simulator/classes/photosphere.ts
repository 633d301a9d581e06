import type { Random } from '../../core/index.ts';
import { distanceModulusMag } from '../sky/cosmology.ts';
import { blackBodyRatio } from '../sky/radiation.ts';
import type { SpectralFeature } from '../sky/spectral-features.ts';
import { drawHost, drawRedshift } from './host.ts';
import type { Sight, Source, TruthNumbers } from './source.ts';
import { njyFromMag } from './star.ts';

/** A glowing photosphere: brightness at one rest wavelength, temperature, and how much of the blue is blanketed. */
export interface Photosphere {
  /** Peak AB magnitude at `anchorAngstrom`. */
  readonly absoluteMag: number;
  readonly anchorAngstrom: number;
  /** Flux at the anchor in units of its peak, by rest-frame days from peak; 0 before the event. */
  readonly shape: (restDays: number) => number;
  readonly temperatureKelvin: (restDays: number) => number;
  /** Lines of metals absorb blueward of this; 0 for none. */
  readonly blanketAngstrom: number;
  /** Extra magnitudes per 1,000 Å blueward of it. */
  readonly blanketMagPerKiloangstrom: (restDays: number) => number;
  readonly features: (restDays: number) => readonly SpectralFeature[];
}

/** Flux of a photosphere at unit peak flux. */
function photosphereRatio(photosphere: Photosphere, restDays: number, restAngstrom: number): number {
  const { anchorAngstrom, blanketAngstrom } = photosphere;
  const bright = photosphere.shape(restDays);
  if (bright <= 0) return 0;
  const temperatureKelvin = photosphere.temperatureKelvin(restDays);
  const colour = blackBodyRatio({ temperatureKelvin, wavelengthAngstrom: restAngstrom, anchorAngstrom });
  const missing = Math.max(0, blanketAngstrom - restAngstrom) / 1000;
  return bright * colour * 10 ** (-0.4 * missing * photosphere.blanketMagPerKiloangstrom(restDays));
}

/**
 * A transient with a photosphere, in a host, at a redshift within reach, seen at a random age.
 *
 * @param options.agesDays rest-frame days from peak between which the focus lies
 */
export function photosphereSource(
  random: Random,
  options: {
    readonly sight: Sight;
    readonly photosphere: Photosphere;
    readonly agesDays: readonly [earliest: number, latest: number];
    readonly redshiftMax: number;
    readonly hostAbsoluteMag: number;
    readonly isNuclear: boolean;
    readonly truth: TruthNumbers;
  },
): Source {
  const { sight, photosphere, agesDays } = options;
  const { absoluteMag } = photosphere;
  const redshift = drawRedshift(random, { sight, absoluteMag, redshiftMax: options.redshiftMax });
  const modulusMag = distanceModulusMag(redshift) - 2.5 * Math.log10(1 + redshift);
  const peakMjdTai = sight.focusMjdTai - (1 + redshift) * random.between(...agesDays);
  const peakNjy = njyFromMag(absoluteMag + modulusMag);
  const daysAt = (mjdTai: number): number => (mjdTai - peakMjdTai) / (1 + redshift);
  return {
    fluxNjy: (mjdTai, wavelengthAngstrom) =>
      peakNjy * photosphereRatio(photosphere, daysAt(mjdTai), wavelengthAngstrom / (1 + redshift)),
    spectralFeatures: (mjdTai) => photosphere.features(daysAt(mjdTai)),
    redshift,
    truth: { redshift, peakMjdTai, absoluteMag, ...options.truth },
    setting: drawHost(random, {
      redshift,
      absoluteMag: options.hostAbsoluteMag,
      isNuclear: options.isNuclear,
    }),
  };
}

/**
 * Smooth rise from 0 at −rise, a Gaussian about the peak, and an exponential tail.
 *
 * @returns flux in units of the peak
 */
export function riseAndTail(
  restDays: number,
  options: {
    readonly riseDays: number;
    readonly widthDays: number;
    readonly tailRatio: number;
    readonly tailDays: number;
  },
): number {
  const { riseDays, widthDays, tailRatio, tailDays } = options;
  if (restDays <= -riseDays) return 0;
  if (restDays < 0) {
    const x = 1 + restDays / riseDays;
    return x * x * (3 - 2 * x);
  }
  return (
    (1 - tailRatio) * Math.exp(-0.5 * (restDays / widthDays) ** 2) +
    tailRatio * Math.exp(-restDays / tailDays)
  );
}
