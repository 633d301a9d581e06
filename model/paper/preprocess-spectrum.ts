import { accepted, rejected } from '../../core/index.ts';
import type { Result } from '../../core/index.ts';
import { mean, robustScale } from './statistics.ts';

export interface SpectrumRows {
  /** [n] Ångström, strictly increasing; n ≥ 1 */
  readonly wavelengthAngstrom: Float64Array;
  /** [n] flux, any unit */
  readonly flux: Float64Array;
  /** [n] what the data set calls its error (LAMOST's inverse variance), divided by the scatter as if it were one */
  readonly fluxErr: Float64Array;
}

/** The grid that spectra are brought to: 3850, 3852, … 8998 Å, both of LAMOST's arms. */
export const SPECTRUM_GRID = { firstAngstrom: 3850, stepAngstrom: 2, samples: 2575 } as const;

/**
 * A spectrum as the spectra encoder takes it: linear interpolation to the grid, edge values beyond the ends; flux less its
 * mean and over the MAD of its non-zero samples; errors over the same; log10 MAD as a third, constant channel. A MAD of 0
 * counts as 1.
 *
 * @returns [3 × 2575], rejected as TENSORS_INVALID if the spectrum is empty, not finite, not increasing, wholly
 *   beside the grid, or beyond float32 when scaled
 * @throws RangeError if lengths differ
 * @complexity O(n + samples)
 * @source Rizhko & Bloom 2024, arXiv:2411.08842, section 2
 */
export function preprocessSpectrum(rows: SpectrumRows): Result<Float32Array<ArrayBuffer>> {
  const { wavelengthAngstrom, flux, fluxErr } = rows;
  if (flux.length !== wavelengthAngstrom.length || fluxErr.length !== wavelengthAngstrom.length)
    throw new RangeError(
      'Cannot preprocess a spectrum as its columns must be equally long: current value is ' +
        `${wavelengthAngstrom.length}, ${flux.length}, ${fluxErr.length}`,
    );
  const fault = faultOf(rows);
  if (fault !== null) return rejected('TENSORS_INVALID', `Cannot embed a spectrum as ${fault}`);
  const gridFlux = interpolate(wavelengthAngstrom, flux);
  const gridErr = interpolate(wavelengthAngstrom, fluxErr);
  const measured = gridFlux.filter((value) => value !== 0);
  const scale = robustScale(measured);
  const centre = mean(gridFlux);
  const { samples } = SPECTRUM_GRID;
  const spectrum = new Float32Array(3 * samples);
  for (let i = 0; i < samples; i++) {
    spectrum[i] = (gridFlux[i]! - centre) / scale;
    spectrum[samples + i] = gridErr[i]! / scale;
  }
  spectrum.fill(Math.log10(scale), 2 * samples);
  if (!spectrum.every(Number.isFinite))
    return rejected('TENSORS_INVALID', 'Cannot embed a spectrum as its scaled values must be within float32');
  return accepted(spectrum);
}

function faultOf({ wavelengthAngstrom, flux, fluxErr }: SpectrumRows): string | null {
  if (wavelengthAngstrom.length === 0) return 'it needs a sample: current value is 0';
  if (![wavelengthAngstrom, flux, fluxErr].every((column) => column.every(Number.isFinite)))
    return 'its values must be finite';
  for (let i = 1; i < wavelengthAngstrom.length; i++) {
    if (wavelengthAngstrom[i]! <= wavelengthAngstrom[i - 1]!)
      return `its wavelengths must increase: current value is ${wavelengthAngstrom[i]!} Å at sample ${i}`;
  }
  const { firstAngstrom, stepAngstrom, samples } = SPECTRUM_GRID;
  const lastAngstrom = firstAngstrom + (samples - 1) * stepAngstrom;
  const [first, last] = [wavelengthAngstrom[0]!, wavelengthAngstrom.at(-1)!];
  if (last < firstAngstrom || first > lastAngstrom)
    return `it must reach into ${firstAngstrom}…${lastAngstrom} Å: current value is ${first}…${last} Å`;
  return null;
}

/** Values on the grid: on the line between the two nearest samples, constant beyond the first and last. */
function interpolate(wavelengthAngstrom: Float64Array, values: Float64Array): Float64Array {
  const last = wavelengthAngstrom.length - 1;
  let left = 0;
  return Float64Array.from({ length: SPECTRUM_GRID.samples }, (_, i) => {
    const wanted = SPECTRUM_GRID.firstAngstrom + i * SPECTRUM_GRID.stepAngstrom;
    if (wanted <= wavelengthAngstrom[0]!) return values[0]!;
    if (wanted >= wavelengthAngstrom[last]!) return values[last]!;
    while (wavelengthAngstrom[left + 1]! <= wanted) left++;
    const [from, to] = [wavelengthAngstrom[left]!, wavelengthAngstrom[left + 1]!];
    return values[left]! + ((values[left + 1]! - values[left]!) / (to - from)) * (wanted - from);
  });
}
