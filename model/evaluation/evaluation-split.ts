import { Random, stratifiedSplit } from '../../core/index.ts';
import type { DataSplit } from '../../core/index.ts';
import type { EmbeddedObjects } from './embedded-objects.ts';

/** Which objects are learned from, and which are asked about. */
export interface EvaluationSplit {
  /** [training objects] rows, ascending */
  readonly training: Int32Array;
  /** [test objects] rows, ascending */
  readonly test: Int32Array;
  /** `source` where the data say it, `drawn` where it was drawn from the seed. */
  readonly origin: 'source' | 'drawn';
}

/**
 * The split of the data where they have objects to train on and to test with; otherwise `stratifiedSplit` of core: the same
 * share of each class, by (seed, object id).
 *
 * Objects to validate by, and in divided data those that are not said to be of either, are on neither side.
 *
 * @param testRatio in (0, 1)
 */
export function evaluationSplit(
  { ids, classNames, splits }: EmbeddedObjects,
  { seed, testRatio }: { readonly seed: string | number; readonly testRatio: number },
): EvaluationSplit {
  const rows = Int32Array.from(ids.keys());
  const given = sides(rows, (row) => splits[row] ?? null);
  if (given.training.length > 0 && given.test.length > 0) return { ...given, origin: 'source' };
  const objects = ids.map((objectId, row) => ({ objectId, className: classNames[row] ?? null }));
  const drawn = stratifiedSplit(objects, { seed, testRatio });
  return { ...sides(rows, (row) => drawn.get(ids[row]!) ?? null), origin: 'drawn' };
}

function sides(
  rows: Int32Array,
  splitOf: (row: number) => DataSplit | null,
): { readonly training: Int32Array; readonly test: Int32Array } {
  const of = (wanted: DataSplit): Int32Array => rows.filter((row) => splitOf(row) === wanted);
  return { training: of('training'), test: of('test') };
}

/**
 * Rows in an order drawn for each by its id: any first part of it is a sample, and a longer one holds a shorter one.
 * Equal draws go by id.
 */
export function orderedByDraw(rows: Int32Array, ids: readonly string[], seed: string): Int32Array {
  const draws = new Map(
    Array.from(rows, (row) => [row, Random.forPurpose(seed, ids[row]!).uniform()] as const),
  );
  return rows.slice().sort((a, b) => {
    const difference = draws.get(a)! - draws.get(b)!;
    if (difference !== 0) return difference;
    return ids[a]! < ids[b]! ? -1 : Number(ids[a]! > ids[b]!);
  });
}

/**
 * At most `countMax` of some rows, drawn by their ids, in ascending order.
 */
export function sampledObjects(
  rows: Int32Array,
  ids: readonly string[],
  { seed, countMax }: { readonly seed: string; readonly countMax: number },
): Int32Array {
  if (rows.length <= countMax) return rows;
  return orderedByDraw(rows, ids, seed).slice(0, countMax).sort();
}
