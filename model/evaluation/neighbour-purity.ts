import { nearestRows, type NearestOptions } from './nearest-rows.ts';
import type { Rows } from './rows.ts';

/** Neighbours that are looked at. */
export const PURITY_NEIGHBOURS = 10;

export interface PurityOptions {
  /** [n × width] unit rows for `cosine` */
  readonly rows: Rows;
  /** [n] class numbers, −1 for objects that only stand around */
  readonly labels: Int32Array;
  readonly classCount: number;
  /** Rows that are asked about, with a class. */
  readonly queries: Int32Array;
  /** [queries × width] their vectors */
  readonly queryRows: Rows;
  readonly metric: NearestOptions['metric'];
}

export interface Purity {
  readonly className: string;
  readonly n: number;
  /** Mean share of the neighbours that are of the same class. */
  readonly purity: number;
  /** The same for neighbours drawn at random: (n_class − 1) / (n − 1). */
  readonly chance: number;
}

export interface ClassPurities {
  readonly n: number;
  readonly purity: number;
  readonly chance: number;
  /** Of classes that are asked about. */
  readonly perClass: readonly Purity[];
}

/**
 * How many of the `PURITY_NEIGHBOURS` nearest objects, without the object itself, are of its class.
 *
 * @returns `null` where no query has another object beside it
 */
export function neighbourPurity(options: PurityOptions, names: readonly string[]): ClassPurities | null {
  const { rows, labels, classCount, queries, queryRows, metric } = options;
  const nearest = nearestRows({
    queries: queryRows,
    references: rows,
    k: PURITY_NEIGHBOURS,
    metric,
    excluded: queries,
  });
  const members = new Int32Array(classCount);
  for (const own of labels) if (own >= 0) members[own] = members[own]! + 1;
  const sums = new Float64Array(classCount);
  const asked = new Int32Array(classCount);
  for (let i = 0; i < queries.length; i++) {
    const own = labels[queries[i]!]!;
    const found = nearest.indices.subarray(i * nearest.k, (i + 1) * nearest.k).filter((index) => index >= 0);
    if (found.length === 0) continue;
    asked[own] = asked[own]! + 1;
    sums[own] = sums[own]! + found.filter((index) => labels[index] === own).length / found.length;
  }
  const perClass = names.flatMap((className, own): Purity[] =>
    asked[own] === 0
      ? []
      : [
          {
            className,
            n: asked[own]!,
            purity: sums[own]! / asked[own]!,
            chance: (members[own]! - 1) / (labels.length - 1),
          },
        ],
  );
  const n = perClass.reduce((sum, of) => sum + of.n, 0);
  if (n === 0) return null;
  const mean = (figure: 'purity' | 'chance'): number =>
    perClass.reduce((sum, of) => sum + of[figure] * of.n, 0) / n;
  return { n, purity: mean('purity'), chance: mean('chance'), perClass };
}
