import { labelSubset, stratifiedSplit } from '../../core/index.ts';
import type { PreparedSet } from './prepared-set.ts';

export interface RowsOfSplit {
  readonly training: readonly number[];
  readonly test: readonly number[];
}

const TEST_RATIO = 0.2;

/** Rows to train on and to test with, the same share of each class, by object. */
export function splitRowsOf({ objects }: PreparedSet, seed: number): RowsOfSplit {
  const splits = stratifiedSplit(objects, { seed, testRatio: TEST_RATIO });
  const of = (wanted: 'training' | 'test'): number[] =>
    objects.flatMap(({ objectId }, row) => (splits.get(objectId) === wanted ? [row] : []));
  return { training: of('training'), test: of('test') };
}

/** The rows among some that keep their labels where only a share of each class does. */
export function labelledRows(
  { objects }: PreparedSet,
  rows: readonly number[],
  { seed, ratio }: { readonly seed: number; readonly ratio: number },
): readonly number[] {
  const kept = labelSubset(
    rows.flatMap((row) => objects[row] ?? []),
    { seed, labelFraction: ratio },
  );
  return rows.filter((row) => kept.has(objects[row]?.objectId ?? ''));
}

/** Numbers of classes of rows. */
export function labelsOfRows({ objects, classes }: PreparedSet, rows: readonly number[]): Int32Array {
  return Int32Array.from(rows, (row) => classes.indexOf(objects[row]?.className ?? ''));
}
