import type { Spectrum } from '../../core/index.ts';
import type { InputSpec } from './input-spec.ts';
import { median, robustSigma } from '../quantiles.ts';

/** What of a spectrum the model sees. */
export type SpectrumColumns = Pick<Spectrum, 'wavelengthAngstrom' | 'flux' | 'fluxErr'>;

/** Where spectra are sampled; frozen in a release. */
export interface SpectrumSettings {
  /** Outer edges of the first and the last sample, Ångström. */
  readonly wavelengthAngstromMin: number;
  readonly wavelengthAngstromMax: number;
  /** Samples, of equal width in log wavelength. */
  readonly samples: number;
  /** Fewer covered samples are no spectrum. */
  readonly coveredMin: number;
}

export const DEFAULT_SPECTRUM_SETTINGS: SpectrumSettings = {
  wavelengthAngstromMin: 3500,
  wavelengthAngstromMax: 9500,
  samples: 512,
  coveredMin: 32,
};

/** Channels of a spectrum, in order. */
export const SPECTRUM_INPUTS: readonly InputSpec[] = [
  { name: 'asinhFlux', unit: 'asinh((flux − median) / robust σ); 0 where not covered' },
  { name: 'asinhFluxErr', unit: 'asinh(error / robust σ); 0 where not covered or without errors' },
  { name: 'isCovered', unit: '0 or 1' },
];

/** Source samples further apart than this many grid samples leave a gap that is not bridged. */
const GAP_SAMPLES_MAX = 8;
/** Fewer source samples inside a grid sample do not average out where in it they lie. */
const MEAN_SAMPLES_MIN = 3;
/** Least robust σ relative to the median |flux|: a flat spectrum stays flat instead of showing its rounding. */
const SIGMA_RATIO_MIN = 1e-4;
const INPUT_MAX = 20;

interface Resampled {
  readonly flux: Float64Array;
  readonly fluxErr: Float64Array;
  readonly isCovered: Uint8Array;
}

/**
 * A spectrum on the release's grid. A grid sample is the mean of the source samples inside it, or, where it holds few, is
 * interpolated between the two around its centre unless they are a gap apart. Nothing is extrapolated.
 *
 * @returns [SPECTRUM_INPUTS.length × samples] finite, |x| ≤ 20; `null` where the spectrum covers too little of the grid
 * @complexity O(n + samples · log samples)
 */
export function spectrumInputs(spectrum: SpectrumColumns, settings: SpectrumSettings): Float32Array | null {
  const { flux, fluxErr, isCovered } = resampled(spectrum, settings);
  const isKnown = (_: number, i: number): boolean => isCovered[i] === 1;
  const covered = flux.filter(isKnown);
  const centre = median(covered);
  if (centre === null || covered.length < settings.coveredMin) return null;
  const level = median(covered.map(Math.abs)) ?? 0;
  const sigma = Math.max(robustSigma(covered, centre) ?? 0, SIGMA_RATIO_MIN * level) || 1;
  const { samples } = settings;
  const inputs = new Float32Array(SPECTRUM_INPUTS.length * samples);
  for (let i = 0; i < samples; i++) {
    if (isCovered[i] === 0) continue;
    inputs[i] = bounded(Math.asinh((flux[i]! - centre) / sigma));
    inputs[samples + i] = bounded(Math.asinh(fluxErr[i]! / sigma));
    inputs[2 * samples + i] = 1;
  }
  return inputs;
}

function bounded(value: number): number {
  return Math.max(-INPUT_MAX, Math.min(INPUT_MAX, value));
}

/** Source samples with finite numbers; fluxes in units of the largest, so that no sum of them overflows. */
function usable(spectrum: SpectrumColumns): { wavelength: number[]; flux: number[]; fluxErr: number[] } {
  const wavelength: number[] = [];
  const flux: number[] = [];
  const fluxErr: number[] = [];
  let largest = 0;
  for (const value of spectrum.flux) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  const scale = largest > 0 ? largest : 1;
  for (let i = 0; i < spectrum.wavelengthAngstrom.length; i++) {
    const at = spectrum.wavelengthAngstrom[i]!;
    const value = spectrum.flux[i] ?? NaN;
    const err = spectrum.fluxErr?.[i] ?? 0;
    if (!(at > (wavelength.at(-1) ?? 0)) || !Number.isFinite(at) || !Number.isFinite(value)) continue;
    wavelength.push(at);
    flux.push(value / scale);
    fluxErr.push(err > 0 ? Math.min(1e30, err / scale) : 0);
  }
  return { wavelength, flux, fluxErr };
}

function resampled(spectrum: SpectrumColumns, settings: SpectrumSettings): Resampled {
  const { samples, wavelengthAngstromMin, wavelengthAngstromMax } = settings;
  const source = usable(spectrum);
  const step = Math.log(wavelengthAngstromMax / wavelengthAngstromMin) / samples;
  const flux = new Float64Array(samples);
  const fluxErr = new Float64Array(samples);
  const isCovered = new Uint8Array(samples);
  let next = 0;
  for (let i = 0; i < samples; i++) {
    const low = wavelengthAngstromMin * Math.exp(i * step);
    const high = wavelengthAngstromMin * Math.exp((i + 1) * step);
    while (next < source.wavelength.length && source.wavelength[next]! < low) next++;
    let end = next;
    while (end < source.wavelength.length && source.wavelength[end]! < high) end++;
    const isFine = end - next >= MEAN_SAMPLES_MIN;
    const place = { wavelengthAngstrom: Math.sqrt(low * high), from: next };
    const value = isFine ? mean(source, next, end) : interpolated(source, place, GAP_SAMPLES_MAX * step);
    if (value === null) continue;
    flux[i] = value.flux;
    fluxErr[i] = value.fluxErr;
    isCovered[i] = 1;
  }
  return { flux, fluxErr, isCovered };
}

interface Source {
  readonly wavelength: readonly number[];
  readonly flux: readonly number[];
  readonly fluxErr: readonly number[];
}

/** Mean of source samples `from` … `end` − 1, with the error of a mean of independent samples. */
function mean(source: Source, from: number, end: number): { flux: number; fluxErr: number } {
  let flux = 0;
  let squares = 0;
  for (let i = from; i < end; i++) {
    flux += source.flux[i]!;
    squares += source.fluxErr[i]! ** 2;
  }
  return { flux: flux / (end - from), fluxErr: Math.sqrt(squares) / (end - from) };
}

interface Place {
  readonly wavelengthAngstrom: number;
  /** A source sample at or before the first that is not shorter. */
  readonly from: number;
}

/** Linear between the source samples on both sides; `null` at an edge or in a gap wider than `logWidthMax`. */
function interpolated(
  source: Source,
  { wavelengthAngstrom, from }: Place,
  logWidthMax: number,
): { flux: number; fluxErr: number } | null {
  let after = from;
  while (after < source.wavelength.length && source.wavelength[after]! < wavelengthAngstrom) after++;
  const [left, right] = [source.wavelength[after - 1], source.wavelength[after]];
  if (left === undefined || right === undefined || Math.log(right / left) > logWidthMax) return null;
  const share = (wavelengthAngstrom - left) / (right - left);
  const mix = (values: readonly number[]): number =>
    values[after - 1]! * (1 - share) + values[after]! * share;
  return { flux: mix(source.flux), fluxErr: mix(source.fluxErr) };
}
