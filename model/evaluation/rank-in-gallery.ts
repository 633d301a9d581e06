import { rowCount, type Rows } from './rows.ts';

/** Where the partner of each query comes among all candidates. */
export interface PartnerRanks {
  /** [n] candidates more similar than the partner */
  readonly better: Int32Array;
  /** [n] other candidates exactly as similar as the partner */
  readonly tied: Int32Array;
}

/**
 * Ranks of partners in both directions, by cosine: row i of `first` and row i of `second` are one object.
 *
 * @param first  [n × width] unit rows
 * @param second [n × width] unit rows
 * @complexity O(n² · width)
 */
export function partnerRanks(
  first: Rows,
  second: Rows,
): { readonly forward: PartnerRanks; readonly backward: PartnerRanks } {
  const n = rowCount(first);
  const own = Float64Array.from({ length: n }, (_, i) => product(first, i, second, i));
  const forward = { better: new Int32Array(n), tied: new Int32Array(n) };
  const backward = { better: new Int32Array(n), tied: new Int32Array(n) };
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const cosine = product(first, i, second, j);
      count(forward, i, cosine - own[i]!);
      count(backward, j, cosine - own[j]!);
    }
  }
  return { forward, backward };
}

/**
 * The share of queries whose partner is among the first k; where ties cross the border, how likely it is there in a random
 * order. Embeddings that are all the same so have exactly chance, k / n.
 */
export function recallAt({ better, tied }: PartnerRanks, k: number): number {
  let sum = 0;
  for (let i = 0; i < better.length; i++) sum += Math.max(0, Math.min(1, (k - better[i]!) / (tied[i]! + 1)));
  return sum / better.length;
}

/** Rank of each partner, 1 for the first; ties share the mean of their places. */
export function meanRanks({ better, tied }: PartnerRanks): Float64Array {
  return Float64Array.from(better, (count, i) => 1 + count + tied[i]! / 2);
}

function count(ranks: PartnerRanks, query: number, lead: number): void {
  if (lead > 0) ranks.better[query] = ranks.better[query]! + 1;
  else if (lead === 0) ranks.tied[query] = ranks.tied[query]! + 1;
}

function product(first: Rows, i: number, second: Rows, j: number): number {
  const { width } = first;
  const [a, b] = [first.data, second.data];
  const [from, to] = [i * width, j * width];
  let [s, t] = [0, 0];
  let n = 0;
  for (; n + 1 < width; n += 2) {
    s += a[from + n]! * b[to + n]!;
    t += a[from + n + 1]! * b[to + n + 1]!;
  }
  if (n < width) s += a[from + n]! * b[to + n]!;
  return s + t;
}
