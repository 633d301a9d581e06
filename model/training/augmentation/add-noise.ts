import type { Random } from '../../../core/index.ts';

/** Where a row holds measurements and their 1σ errors. */
export interface MeasuredAt {
  /** Index of a measurement. */
  readonly value: number;
  /** Index of its error. */
  readonly err: number;
}

/**
 * Measurements as they might have been instead: each moved by its 1σ error times `scale` times a standard normal number.
 * What has an error below 0 stays.
 *
 * @param scale ≥ 0
 * @param at indices into `values`
 */
export function addNoise(
  values: Float32Array<ArrayBuffer>,
  { scale, at }: { readonly scale: number; readonly at: Iterable<MeasuredAt> },
  random: Random,
): Float32Array<ArrayBuffer> {
  const moved = values.slice();
  for (const { value, err } of at)
    moved[value] = values[value]! + scale * Math.max(0, values[err]!) * random.normal();
  return moved;
}
