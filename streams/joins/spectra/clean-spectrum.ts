import type { Result, Spectrum } from '../../../core/index.ts';
import { accepted, rejected } from '../../../core/index.ts';

/** Fewest usable samples of a spectrum: below, its shape says nothing. */
export const SPECTRUM_SAMPLES_MIN = 10;

/** A spectrum as its source gives it, before anything was checked. */
export interface RawSpectrum {
  readonly spectrumId: string;
  readonly objectId: string | null;
  readonly raDeg: number | null;
  readonly decDeg: number | null;
  /** [n] Ångström. */
  readonly wavelengthAngstrom: ArrayLike<number>;
  /** [n] any linear scale. */
  readonly flux: ArrayLike<number>;
  /** [n] 1σ errors or inverse variances of `flux`; `null` where the source has neither. */
  readonly uncertainty: {
    readonly kind: 'error' | 'inverseVariance';
    readonly values: ArrayLike<number>;
  } | null;
  /** [n] not 0 where a sample is bad; `null` where the source has no mask. */
  readonly mask: ArrayLike<number> | null;
}

/**
 * A spectrum that the model can take, or the reason why not. Dropped are samples that are masked, have no
 * finite flux, no positive wavelength, or no positive error (an inverse variance that is not positive marks a
 * bad sample). An error column without a single positive value is as good as none. Samples are sorted by
 * wavelength; several at one wavelength become their mean. A position that is not on the sky is taken as
 * missing.
 *
 * @param samplesMax longest spectrum, before cleaning
 * @param options.samplesMin fewest usable samples; ≥ 2
 */
export function cleanSpectrum(
  raw: RawSpectrum,
  samplesMax: number,
  { samplesMin = SPECTRUM_SAMPLES_MIN }: { readonly samplesMin?: number } = {},
): Result<Spectrum> {
  const invalid = (rule: string, value: string): Result<Spectrum> =>
    rejected('SPECTRUM_INVALID', `Cannot use "${raw.spectrumId}" as ${rule}: current value is ${value}`);
  const given = raw.wavelengthAngstrom.length;
  if (given > samplesMax) {
    return invalid(`a spectrum has at most ${samplesMax} samples (join.spectrumSamplesMax)`, String(given));
  }
  for (const column of [raw.flux, raw.uncertainty?.values, raw.mask]) {
    if (column !== undefined && column !== null && column.length !== given) {
      return invalid('wavelength and flux, error and mask have one length', `${given} and ${column.length}`);
    }
  }
  const samples = mergedSamples(usableSamples(raw));
  if (samples.length < samplesMin) {
    return invalid(
      `a spectrum needs ${samplesMin} usable samples`,
      `${samples.length} of ${given} (masked, without flux, wavelength or positive error, or repeated)`,
    );
  }
  if (samples.every(({ flux }) => flux === 0)) {
    return invalid('its flux must not be 0 everywhere', `0 in ${samples.length} samples`);
  }
  const hasErrors = samples.every(({ fluxErr }) => fluxErr !== null);
  const isPlaced = isPosition(raw.raDeg, raw.decDeg);
  return accepted({
    spectrumId: raw.spectrumId,
    objectId: raw.objectId,
    raDeg: isPlaced ? Number(raw.raDeg) % 360 : null,
    decDeg: isPlaced ? raw.decDeg : null,
    wavelengthAngstrom: Float64Array.from(samples, ({ wavelengthAngstrom }) => wavelengthAngstrom),
    flux: Float64Array.from(samples, ({ flux }) => flux),
    fluxErr: hasErrors ? Float64Array.from(samples, ({ fluxErr }) => fluxErr ?? NaN) : null,
  });
}

interface Sample {
  readonly wavelengthAngstrom: number;
  readonly flux: number;
  /** `null` in every sample, or in none. */
  readonly fluxErr: number | null;
}

function usableSamples(raw: RawSpectrum): readonly Sample[] {
  const errors = errorsOf(raw);
  const samples: Sample[] = [];
  for (let i = 0; i < raw.wavelengthAngstrom.length; i++) {
    const wavelengthAngstrom = raw.wavelengthAngstrom[i] ?? NaN;
    const flux = raw.flux[i] ?? NaN;
    const fluxErr = errors === null ? null : (errors[i] ?? NaN);
    if (!(wavelengthAngstrom > 0 && Number.isFinite(wavelengthAngstrom) && Number.isFinite(flux))) continue;
    if (fluxErr !== null && !isPositive(fluxErr)) continue;
    if (raw.mask !== null && raw.mask[i] !== 0) continue;
    samples.push({ wavelengthAngstrom, flux, fluxErr });
  }
  return samples;
}

/** [n] 1σ errors, not positive where the sample is bad. */
function errorsOf({ uncertainty }: RawSpectrum): Float64Array | null {
  if (uncertainty === null) return null;
  if (uncertainty.kind === 'inverseVariance') {
    return Float64Array.from(uncertainty.values, (ivar) => (ivar > 0 ? 1 / Math.sqrt(ivar) : NaN));
  }
  const errors = Float64Array.from(uncertainty.values);
  return errors.some(isPositive) ? errors : null;
}

/** Sorted by wavelength, one sample per wavelength: the mean flux, with the error of an unweighted mean. */
function mergedSamples(samples: readonly Sample[]): readonly Sample[] {
  const byWavelength = samples.toSorted((a, b) => a.wavelengthAngstrom - b.wavelengthAngstrom);
  const merged: Sample[] = [];
  let start = 0;
  for (const [i, sample] of byWavelength.entries()) {
    if (byWavelength[i + 1]?.wavelengthAngstrom === sample.wavelengthAngstrom) continue;
    const mean =
      start === i ? sample : meanSample(byWavelength.slice(start, i + 1), sample.wavelengthAngstrom);
    if (Number.isFinite(mean.flux)) merged.push(mean);
    start = i + 1;
  }
  return merged;
}

function meanSample(same: readonly Sample[], wavelengthAngstrom: number): Sample {
  const flux = same.reduce((sum, sample) => sum + sample.flux / same.length, 0);
  const errors = same.flatMap(({ fluxErr }) => fluxErr ?? []);
  return { wavelengthAngstrom, flux, fluxErr: errors.length === 0 ? null : errorOfMean(errors) };
}

/**
 * 1σ error of an unweighted mean: √Σσ² / n, scaled so that squares of fluxes in erg/s/cm²/Å do not underflow.
 */
function errorOfMean(errors: readonly number[]): number {
  const largest = errors.reduce((max, error) => Math.max(max, error), 0);
  const sum = errors.reduce((total, error) => total + (error / largest) ** 2, 0);
  return (largest * Math.sqrt(sum)) / errors.length;
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}

function isPosition(raDeg: number | null, decDeg: number | null): boolean {
  if (raDeg === null || decDeg === null) return false;
  return raDeg >= 0 && raDeg <= 360 && decDeg >= -90 && decDeg <= 90;
}
