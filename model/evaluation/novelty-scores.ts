import { nearestRows } from './nearest-rows.ts';
import { rowCount, unitRows, type Rows } from './rows.ts';
import { fitScaler, scaledRows, type StandardScaler } from './standard-scaler.ts';

/** Neighbours that a distance is the mean of. */
export const NOVELTY_NEIGHBOURS = 10;
/** Standardised features are clamped to ± this: one wild number must not be all of a distance. */
const FEATURE_MAX = 8;

export interface DistanceOptions {
  /** [n × width] */
  readonly training: Rows;
  /** [m × width] */
  readonly queries: Rows;
  /** [m] the training row that a query is itself; absent where queries are others */
  readonly excluded?: Int32Array;
}

/**
 * 1 − the mean cosine of the nearest training objects: what the detector `knn` scores.
 *
 * @returns [m] in [0, 2]; 1 where there is no training object
 */
export function cosineDistances({ training, queries, excluded }: DistanceOptions): Float64Array {
  const nearest = nearestRows({
    queries: unitRows(queries),
    references: unitRows(training),
    k: NOVELTY_NEIGHBOURS,
    metric: 'cosine',
    ...(excluded === undefined ? {} : { excluded }),
  });
  return meansOfNearest(nearest.similarities, (cosine) => 1 - cosine, 1);
}

/**
 * Mean distance to the nearest training objects in features standardised by them; a missing feature is their mean.
 *
 * @returns [m] ≥ 0; Infinity where there is no training object
 */
export function featureDistances({ training, queries, excluded }: DistanceOptions): Float64Array {
  const scaler = fitScaler(training);
  const nearest = nearestRows({
    queries: clampedRows(queries, scaler),
    references: clampedRows(training, scaler),
    k: NOVELTY_NEIGHBOURS,
    metric: 'euclidean',
    ...(excluded === undefined ? {} : { excluded }),
  });
  return meansOfNearest(nearest.similarities, (value) => Math.sqrt(Math.max(0, -value)), Infinity);
}

/** Each training object's distance to the others: what the scores of known objects look like. */
export function leaveOneOut(
  distances: (options: DistanceOptions) => Float64Array,
  training: Rows,
): Float64Array {
  const excluded = Int32Array.from({ length: rowCount(training) }, (_, i) => i);
  return distances({ training, queries: training, excluded });
}

/**
 * 1 − the largest probability.
 *
 * @param logits [m × classCount] −Infinity for classes that are not known
 * @returns [m] in [0, 1)
 * @source Hendrycks & Gimpel 2017, arXiv:1610.02136
 */
export function uncertainties(logits: Float64Array, classCount: number): Float64Array {
  return overRows(logits, classCount, (most, logSum) => -Math.expm1(most - logSum));
}

/** Of a mean distance, at most 2, beside shares of neighbours. */
const TIE_WEIGHT = 1e-6;
/** Neighbours whose classes are counted, unless a tenth of the training objects is fewer. */
const DOUBT_NEIGHBOURS_MAX = 150;

/**
 * 1 − the share of the most frequent class among the nearest training objects by cosine: high between known classes, where
 * a distance sees nothing. Where shares are equal, the one whose neighbours are further away counts as more doubtful. Objects
 * of a class with fewer training objects than neighbours are always in some doubt.
 *
 * @param labels [n] classes of the training objects; all of those without, −1, are as one class
 * @returns [m] in [0, 1]; 1 where there is no training object
 * @source k-disagreeing neighbours of Smith et al. 2014, doi:10.1007/s10994-013-5422-z, with the majority in the place of a label
 */
export function neighbourDoubts(
  { training, queries, excluded }: DistanceOptions,
  labels: Int32Array,
): Float64Array {
  const k = Math.max(1, Math.min(DOUBT_NEIGHBOURS_MAX, Math.ceil(rowCount(training) / 10)));
  const { similarities, indices } = nearestRows({
    queries: unitRows(queries),
    references: unitRows(training),
    k,
    metric: 'cosine',
    ...(excluded === undefined ? {} : { excluded }),
  });
  return Float64Array.from({ length: rowCount(queries) }, (_, query) => {
    const counts = new Map<number, number>();
    let distance = 0;
    for (let n = query * k; n < (query + 1) * k; n++) {
      if (similarities[n]! === -Infinity) continue;
      const label = labels[indices[n]!]!;
      counts.set(label, (counts.get(label) ?? 0) + 1);
      distance += 1 - similarities[n]!;
    }
    const found = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if (found === 0) return 1;
    const doubt = 1 - Math.max(...counts.values()) / found + (TIE_WEIGHT * distance) / found;
    // A cosine of unit vectors in float32 may exceed 1.
    return Math.max(0, Math.min(1, doubt));
  });
}

/**
 * Energy: −log Σ exp(logit).
 *
 * @param logits [m × classCount]
 * @source Liu et al. 2020, arXiv:2010.03759, at temperature 1
 */
export function energies(logits: Float64Array, classCount: number): Float64Array {
  return overRows(logits, classCount, (_, logSum) => -logSum);
}

/** Values of each row's largest logit and log Σ exp. */
function overRows(
  logits: Float64Array,
  classCount: number,
  of: (most: number, logSum: number) => number,
): Float64Array {
  return Float64Array.from({ length: logits.length / classCount }, (_, row) => {
    const own = logits.subarray(row * classCount, (row + 1) * classCount);
    const most = own.reduce((a, b) => Math.max(a, b), -Infinity);
    return of(most, most + Math.log(own.reduce((sum, logit) => sum + Math.exp(logit - most), 0)));
  });
}

function clampedRows(rows: Rows, scaler: StandardScaler): Rows {
  const { width, data } = scaledRows(rows, scaler);
  return { width, data: data.map((value) => Math.max(-FEATURE_MAX, Math.min(FEATURE_MAX, value))) };
}

function meansOfNearest(
  similarities: Float64Array,
  distance: (similarity: number) => number,
  none: number,
): Float64Array {
  return Float64Array.from({ length: similarities.length / NOVELTY_NEIGHBOURS }, (_, query) => {
    const own = similarities.subarray(query * NOVELTY_NEIGHBOURS, (query + 1) * NOVELTY_NEIGHBOURS);
    const found = own.filter((value) => value !== -Infinity);
    return found.length === 0 ? none : found.reduce((sum, value) => sum + distance(value), 0) / found.length;
  });
}
