import { Random } from '../../core/index.ts';
import type { Spectrum } from '../../core/index.ts';
import { logNormal } from './distributions.ts';
import type { SkyObject } from './object.ts';
import { dustTransmissionRatio } from './radiation.ts';
import { featureFactor } from './spectral-features.ts';

const START_ANGSTROM = 3750;
const END_ANGSTROM = 9200;
const STEP_ANGSTROM = 4;
const SAMPLES = Math.floor((END_ANGSTROM - START_ANGSTROM) / STEP_ANGSTROM) + 1;
/** F_λ in 10⁻¹⁷ erg s⁻¹ cm⁻² Å⁻¹ of a flux density of 1 nJy at 1 Å: 10⁻³² c. */
const F_LAMBDA_PER_NJY = 2.997_924_58e3;
/** Faintest r that a spectrograph is pointed at, AB. */
const LIMIT_MAG = 23;

/**
 * The spectrum of an object at an instant as a low-resolution spectrograph takes it: the continuum is the photometry's,
 * lines and bands lie on it, dust dims it, noise grows towards the blue end.
 *
 * @returns `null` where the object is fainter than a spectrograph reaches, or is no source
 */
export function sampleSpectrum(
  object: SkyObject,
  options: { readonly objectId: string; readonly mjdTai: number; readonly seed: string },
): Spectrum | null {
  const { objectId, mjdTai, seed } = options;
  const { source, ebvMag } = object;
  if (source.setting.kind === 'artefact') return null;
  const random = Random.forPurpose(seed, `spectrum ${object.index}`);
  const features = source.spectralFeatures(mjdTai);
  const snrMedian = logNormal(random, 22, 0.5);
  const wavelengthAngstrom = new Float64Array(SAMPLES);
  const flux = new Float64Array(SAMPLES);
  const fluxErr = new Float64Array(SAMPLES);
  let sum = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const wavelength = START_ANGSTROM + i * STEP_ANGSTROM;
    const njy = source.fluxNjy(mjdTai, wavelength) * dustTransmissionRatio(wavelength, ebvMag);
    wavelengthAngstrom[i] = wavelength;
    flux[i] =
      ((njy * F_LAMBDA_PER_NJY) / wavelength ** 2) *
      featureFactor(features, wavelength / (1 + source.redshift));
    sum += njy;
  }
  if (31.4 - 2.5 * Math.log10(Math.max(1e-9, sum / SAMPLES)) > LIMIT_MAG) return null;
  const mean = flux.reduce((a, b) => a + b, 0) / SAMPLES;
  for (let i = 0; i < SAMPLES; i++) {
    const blue = 1 + 2.5 * Math.exp(-i / 90);
    const err = (mean / snrMedian) * blue * Math.sqrt(0.4 + (0.6 * Math.max(0, flux[i] ?? 0)) / mean);
    fluxErr[i] = err;
    flux[i] = (flux[i] ?? 0) + err * random.normal();
  }
  return {
    spectrumId: `simulated/${objectId}`,
    objectId,
    raDeg: object.raDeg,
    decDeg: object.decDeg,
    wavelengthAngstrom,
    flux,
    fluxErr,
  };
}
