import { nearestRows } from './nearest-rows.ts';
import { rowCount, unitRows, type Rows } from './rows.ts';

export interface KnnProbeOptions {
  /** [n × width] */
  readonly training: Rows;
  /** [n] class numbers */
  readonly labels: Int32Array;
  /** [m × width] */
  readonly queries: Rows;
  readonly classCount: number;
  /** Neighbours that vote; 10 by default, fewer where there are fewer training objects. */
  readonly k?: number;
}

const DEFAULT_K = 10;

/**
 * The class of most of the k training objects nearest by cosine; where votes are equal that with the larger sum of
 * cosines, then the first.
 *
 * @returns [m]
 * @throws RangeError if there is no training object
 */
export function knnPredictions({
  training,
  labels,
  queries,
  classCount,
  k = DEFAULT_K,
}: KnnProbeOptions): Int32Array {
  if (labels.length === 0)
    throw new RangeError('Cannot vote as at least one training object is needed: current count is 0');
  const nearest = nearestRows({
    queries: unitRows(queries),
    references: unitRows(training),
    k,
    metric: 'cosine',
  });
  return Int32Array.from({ length: rowCount(queries) }, (_, query) => {
    const [votes, cosines] = [new Int32Array(classCount), new Float64Array(classCount)];
    for (let i = query * k; i < (query + 1) * k; i++) {
      const reference = nearest.indices[i]!;
      if (reference < 0) break;
      const own = labels[reference]!;
      votes[own] = votes[own]! + 1;
      cosines[own] = cosines[own]! + nearest.similarities[i]!;
    }
    let best = 0;
    for (let own = 1; own < classCount; own++) {
      const [more, same] = [votes[own]! > votes[best]!, votes[own] === votes[best]];
      if (more || (same && cosines[own]! > cosines[best]!)) best = own;
    }
    return best;
  });
}
