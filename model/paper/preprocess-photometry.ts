import { accepted, rejected } from '../../core/index.ts';
import type { Result } from '../../core/index.ts';
import { mean, robustScale } from './statistics.ts';

/** Light curve as it comes: any order, repeated rows allowed. */
export interface PhotometryRows {
  /** [n] days, any zero point */
  readonly timeDays: Float64Array;
  /** [n] flux, any unit: it is divided by its own scatter */
  readonly flux: Float64Array;
  /** [n] 1σ error of `flux`, same unit */
  readonly fluxErr: Float64Array;
}

export interface PhotometryTensors {
  /** [length × 9], row by row, in the order of `PHOTOMETRY_CHANNELS` */
  readonly photometry: Float32Array<ArrayBuffer>;
  /** [length], 1 for a step, 0 for padding */
  readonly mask: Float32Array<ArrayBuffer>;
}

/** What each step carries. The last six are the same at every step, padding included. */
export const PHOTOMETRY_CHANNELS = [
  'time',
  'flux',
  'fluxErr',
  'amplitude',
  'log10Period',
  'lkslStatistic',
  'rfrScore',
  'log10Mad',
  'spanYears',
] as const;

/** Catalogue values tiled to every step: z-scored amplitude, log10 period, LKSL statistic and classifier score. */
export const PHOTOMETRY_AUXILIARIES = 4;

const DAYS_PER_YEAR = 365;

/**
 * A light curve as the photometry encoder takes it, as in evaluation: unique rows by time; flux less its mean and over its
 * MAD, errors over the same; time to [0, 1]; the middle `length` steps of a longer curve (after scaling), zeros after a
 * shorter one.
 *
 * Where the research code divides by zero: a MAD of 0 counts as 1, a span of 0 puts every step at time 0.
 *
 * @param rows equal lengths; rows with a value that is not finite are left out
 * @param options.auxiliary [4] finite, z-scored
 * @param options.length steps of the model
 * @returns rejected as TENSORS_INVALID if no row is left, or a scaled value is beyond float32
 * @throws RangeError if lengths differ
 * @complexity O(n log n)
 * @source Rizhko & Bloom 2024, arXiv:2411.08842, section 2
 */
export function preprocessPhotometry(
  rows: PhotometryRows,
  { auxiliary, length }: { readonly auxiliary: Float64Array; readonly length: number },
): Result<PhotometryTensors> {
  if (rows.flux.length !== rows.timeDays.length || rows.fluxErr.length !== rows.timeDays.length)
    throw new RangeError(
      'Cannot preprocess a light curve as its columns must be equally long: current value is ' +
        `${rows.timeDays.length}, ${rows.flux.length}, ${rows.fluxErr.length}`,
    );
  if (auxiliary.length !== PHOTOMETRY_AUXILIARIES)
    throw new RangeError(
      `Cannot preprocess a light curve as it needs ${PHOTOMETRY_AUXILIARIES} auxiliary values: ` +
        `current value is ${auxiliary.length}`,
    );
  const order = uniqueByTime(rows);
  const first = order[0];
  if (first === undefined)
    return rejected(
      'TENSORS_INVALID',
      'Cannot embed a light curve as it needs a finite point: current value is 0',
    );
  const flux = Float64Array.from(order, (i) => rows.flux[i]!);
  const spanDays = rows.timeDays[order.at(-1)!]! - rows.timeDays[first]!;
  const scale = robustScale(flux);
  const tiled = [...auxiliary, Math.log10(scale), spanDays / DAYS_PER_YEAR];
  const centre = mean(flux);
  const steps = {
    order: order.slice(Math.max(0, Math.floor((order.length - length) / 2))).slice(0, length),
    timeOf: (i: number): number =>
      spanDays > 0 ? (rows.timeDays[i]! - rows.timeDays[first]!) / spanDays : 0,
    fluxOf: (i: number): number => (rows.flux[i]! - centre) / scale,
    errOf: (i: number): number => rows.fluxErr[i]! / scale,
  };
  return checkedTensors(steps, tiled, length);
}

interface Steps {
  readonly order: readonly number[];
  readonly timeOf: (row: number) => number;
  readonly fluxOf: (row: number) => number;
  readonly errOf: (row: number) => number;
}

function checkedTensors(
  { order, timeOf, fluxOf, errOf }: Steps,
  tiled: readonly number[],
  length: number,
): Result<PhotometryTensors> {
  const channels = PHOTOMETRY_CHANNELS.length;
  const photometry = new Float32Array(length * channels);
  const mask = new Float32Array(length);
  for (let step = 0; step < length; step++) {
    photometry.set(tiled, step * channels + channels - tiled.length);
    const row = order[step];
    if (row === undefined) continue;
    mask[step] = 1;
    photometry.set([timeOf(row), fluxOf(row), errOf(row)], step * channels);
  }
  if (!photometry.every(Number.isFinite))
    return rejected(
      'TENSORS_INVALID',
      'Cannot embed a light curve as its scaled values must be within float32',
    );
  return accepted({ photometry, mask });
}

/** Finite rows in order of time, then flux, then error, each different row once. */
function uniqueByTime({ timeDays, flux, fluxErr }: PhotometryRows): number[] {
  const compare = (a: number, b: number): number =>
    timeDays[a]! - timeDays[b]! || flux[a]! - flux[b]! || fluxErr[a]! - fluxErr[b]!;
  return Array.from(timeDays.keys())
    .filter((i) => Number.isFinite(timeDays[i]) && Number.isFinite(flux[i]) && Number.isFinite(fluxErr[i]))
    .sort(compare)
    .filter((row, i, sorted) => i === 0 || compare(sorted[i - 1]!, row) !== 0);
}
