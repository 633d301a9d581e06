import type { DataSetObject, DataSplit } from './data-set.ts';
import { Random } from './random.ts';

/** What dividing and thinning out objects need of them. */
export type ClassifiedObject = Pick<DataSetObject, 'objectId' | 'className'>;

export interface SplitOptions {
  readonly seed: string | number;
  /** Share of the objects that are for the test, 0–1. */
  readonly testRatio: number;
  /** Share of the objects that are for validation, 0–1; 0 by default. Together with the test's at most 1. */
  readonly validationRatio?: number;
}

/**
 * What one object is for, by chance, from its id and the seed alone: it is on the same side in every table that
 * holds it, in whatever order, and whatever else is there.
 *
 * @returns the test in `testRatio` of all cases, validation in `validationRatio`, training in the others
 * @throws RangeError for ratios outside 0–1
 * @complexity O(length of the id)
 */
export function splitOf(objectId: string, options: SplitOptions): DataSplit {
  const { testRatio, validationRatio } = checkedRatios(options);
  const draw = drawOf(objectId, options.seed);
  if (draw < testRatio) return 'test';
  return draw < testRatio + validationRatio ? 'validation' : 'training';
}

/**
 * What each object is for, with the same shares of every class: of a class of n objects round(n · ratio) are for the
 * test, and so for validation, but one at least for training. Objects without class are a class of their own. It
 * depends on the set of objects, not on their order.
 *
 * @param objects each id once; of one that is there again the first counts
 * @returns by object id, in order of the objects
 * @throws RangeError for ratios outside 0–1
 * @complexity O(n log n)
 */
export function stratifiedSplit(
  objects: Iterable<ClassifiedObject>,
  options: SplitOptions,
): ReadonlyMap<string, DataSplit> {
  const { testRatio, validationRatio } = checkedRatios(options);
  const splits = new Map<string, DataSplit>();
  const given = [...objects];
  for (const { objectId } of given) splits.set(objectId, 'training');
  for (const ids of rankedByClass(given, options.seed).values()) {
    const held = Math.min(ids.length - 1, Math.round(ids.length * (testRatio + validationRatio)));
    const tests = Math.min(held, Math.round(ids.length * testRatio));
    for (const [rank, objectId] of ids.slice(0, held).entries()) {
      splits.set(objectId, rank < tests ? 'test' : 'validation');
    }
  }
  return splits;
}

/**
 * The ids of each class in an order that is chance, but the same for a seed whatever the order of the objects.
 *
 * @returns by class; `null` is the class of those without
 */
export function rankedByClass(
  objects: Iterable<ClassifiedObject>,
  seed: string | number,
): ReadonlyMap<string | null, readonly string[]> {
  const classOf = new Map<string, string | null>();
  for (const { objectId, className } of objects) {
    if (!classOf.has(objectId)) classOf.set(objectId, className);
  }
  const drawn = [...classOf].map(([objectId, className]) => {
    return { objectId, className, draw: drawOf(objectId, seed) };
  });
  drawn.sort((a, b) => a.draw - b.draw || (a.objectId < b.objectId ? -1 : 1));
  const ranked = new Map<string | null, string[]>();
  for (const { objectId, className } of drawn) {
    const ids = ranked.get(className);
    if (ids === undefined) ranked.set(className, [objectId]);
    else ids.push(objectId);
  }
  return ranked;
}

/** Uniform in [0, 1), the same for the same object and seed. */
function drawOf(objectId: string, seed: string | number): number {
  return Random.forPurpose(seed, `split ${objectId}`).uniform();
}

function checkedRatios({ testRatio, validationRatio = 0 }: SplitOptions): {
  readonly testRatio: number;
  readonly validationRatio: number;
} {
  if (!(testRatio >= 0 && validationRatio >= 0 && testRatio + validationRatio <= 1)) {
    throw new RangeError(
      `Cannot split objects as the ratios must be 0 or more and together at most 1: current values are ${testRatio} and ${validationRatio}`,
    );
  }
  return { testRatio, validationRatio };
}
