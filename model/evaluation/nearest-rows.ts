import { rowCount, type Rows } from './rows.ts';

export interface NearestOptions {
  readonly queries: Rows;
  readonly references: Rows;
  /** ≥ 1 */
  readonly k: number;
  /** `cosine` of unit rows (their product), or `euclidean`: minus the squared distance. */
  readonly metric: 'cosine' | 'euclidean';
  /** [queries] a reference that a query must not find: itself; −1 or absent for none */
  readonly excluded?: Int32Array;
}

/** The nearest references of each query, nearest first; equal ones in order of rows. */
export interface NearestRows {
  readonly k: number;
  /** [queries × k] −1 where there are fewer references */
  readonly indices: Int32Array;
  /** [queries × k] larger is nearer; −Infinity where there is none */
  readonly similarities: Float64Array;
}

/** Queries that are compared with a reference while it is in the processor's cache. */
const BLOCK_QUERIES = 16;

/**
 * The k most similar references of each query, by comparing all with all.
 *
 * @throws RangeError if k is not a whole number above 0, or the rows have different widths
 * @complexity O(queries · references · width)
 */
export function nearestRows({ queries, references, k, metric, excluded }: NearestOptions): NearestRows {
  if (!Number.isInteger(k) || k < 1)
    throw new RangeError(`Cannot find neighbours as k must be a whole number above 0: current value is ${k}`);
  const { width } = queries;
  if (references.width !== width)
    throw new RangeError(
      `Cannot compare rows as they must have the width ${width}: current value is ${references.width}`,
    );
  const [queryCount, referenceCount] = [rowCount(queries), rowCount(references)];
  const indices = new Int32Array(queryCount * k).fill(-1);
  const similarities = new Float64Array(queryCount * k).fill(-Infinity);
  const similarity = metric === 'cosine' ? product : minusSquaredDistance;
  for (let block = 0; block < queryCount; block += BLOCK_QUERIES) {
    const end = Math.min(queryCount, block + BLOCK_QUERIES);
    for (let reference = 0; reference < referenceCount; reference++) {
      for (let query = block; query < end; query++) {
        if (excluded?.[query] === reference) continue;
        const value = similarity(queries.data, query * width, references.data, reference * width, width);
        const last = (query + 1) * k - 1;
        if (value <= similarities[last]!) continue;
        let place = last;
        while (place > query * k && similarities[place - 1]! < value) {
          similarities[place] = similarities[place - 1]!;
          indices[place] = indices[place - 1]!;
          place--;
        }
        similarities[place] = value;
        indices[place] = reference;
      }
    }
  }
  return { k, indices, similarities };
}

/** A kernel of the loop above: typed arrays with offsets, four sums so that additions do not wait for each other. */
type Similarity = (a: Float32Array, i: number, b: Float32Array, j: number, width: number) => number;

const product: Similarity = (a, i, b, j, width) => {
  let [s, t, u, v] = [0, 0, 0, 0];
  let n = 0;
  for (; n + 3 < width; n += 4) {
    s += a[i + n]! * b[j + n]!;
    t += a[i + n + 1]! * b[j + n + 1]!;
    u += a[i + n + 2]! * b[j + n + 2]!;
    v += a[i + n + 3]! * b[j + n + 3]!;
  }
  for (; n < width; n++) s += a[i + n]! * b[j + n]!;
  return s + t + (u + v);
};

const minusSquaredDistance: Similarity = (a, i, b, j, width) => {
  let [s, t] = [0, 0];
  let n = 0;
  for (; n + 1 < width; n += 2) {
    const [d, e] = [a[i + n]! - b[j + n]!, a[i + n + 1]! - b[j + n + 1]!];
    s += d * d;
    t += e * e;
  }
  if (n < width) s += (a[i + n]! - b[j + n]!) ** 2;
  return -(s + t);
};
