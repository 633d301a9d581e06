import type { Random } from '../../../core/index.ts';
import { addNoise } from './add-noise.ts';
import type { CurveRow } from './curve-row.ts';

/** How a curve's channels hold flux and its 1σ error. */
export type CurveNoise =
  | {
      /** Both in one unit. */
      readonly kind: 'linear';
      readonly flux: number;
      readonly err: number;
    }
  | {
      /** Through asinh, so that the same measurement is in several channels. */
      readonly kind: 'asinh';
      /** asinh(flux / scale) */
      readonly flux: number;
      /** asinh((flux − centre) / spread) */
      readonly centred: number;
      /** asinh(error / spread) */
      readonly err: number;
      /** asinh(flux / error) / `snrDivisor` */
      readonly snr: number;
      readonly snrDivisor: number;
      /** 1 where a point is no measurement, and stays. */
      readonly isLimit: number;
    };

/** Beyond this sinh leaves float32. */
const ASINH_MAX = 60;

/**
 * A light curve as it might have been measured instead: each flux moved by its error times `scale` times a standard normal
 * number, in every channel that it is in. Padding stays.
 *
 * @param options.scale ≥ 0
 */
export function addCurveNoise(
  { values, mask }: CurveRow,
  {
    channels,
    noise,
    scale,
  }: { readonly channels: number; readonly noise: CurveNoise; readonly scale: number },
  random: Random,
): CurveRow {
  if (noise.kind === 'linear') {
    // Padding has an error of 0.
    const at = Array.from(mask.keys(), (step) => ({
      value: step * channels + noise.flux,
      err: step * channels + noise.err,
    }));
    return { values: addNoise(values, { scale, at }, random), mask };
  }
  const moved = values.slice();
  for (let step = 0; step < mask.length; step++) {
    const start = step * channels;
    if (mask[step] === 0 || values[start + noise.isLimit] === 1) continue;
    const sigmas = scale * random.normal();
    const snr = sinhOf(noise.snrDivisor * values[start + noise.snr]!);
    const flux = sinhOf(values[start + noise.flux]!);
    const centred = sinhOf(values[start + noise.centred]!);
    // The error in the flux's own unit; where the flux is 0 its ratio to the error does not tell it.
    const errPerScale = snr === 0 ? 0 : flux / snr;
    moved[start + noise.flux] = Math.asinh(flux + sigmas * errPerScale);
    moved[start + noise.centred] = Math.asinh(centred + sigmas * sinhOf(values[start + noise.err]!));
    moved[start + noise.snr] = Math.asinh(snr + sigmas) / noise.snrDivisor;
  }
  return { values: moved, mask };
}

function sinhOf(value: number): number {
  return Math.sinh(Math.max(-ASINH_MAX, Math.min(ASINH_MAX, value)));
}
