import { setImmediate as nextTurn } from 'node:timers/promises';
import { objectKey } from '../core/index.ts';
import type { DataSet, DataSetObject } from '../core/index.ts';
import { simulateObjects } from './labelled-objects.ts';
import type { LabelledObjectOptions } from './labelled-objects.ts';

/** Objects between two looks at the event loop, so that signals get their turn. */
const OBJECTS_PER_TURN = 16;

/**
 * A data set of simulated objects: drawn anew, and alike, each time they are asked for. Their id is `survey/objectId`, as
 * that of a store's objects; a second object with one id is passed over, so that there are `count` different ones.
 *
 * @param options see `simulateObjects`; `count` ≥ 0
 */
export function simulatedDataSet(options: LabelledObjectOptions): DataSet {
  async function* objects(): AsyncGenerator<DataSetObject> {
    if (options.count <= 0) return;
    const seen = new Set<string>();
    for (const { className, joined } of simulateObjects({ ...options, count: Infinity })) {
      const objectId = objectKey(joined.lightCurve.survey, joined.lightCurve.objectId);
      if (seen.has(objectId)) continue;
      seen.add(objectId);
      yield { objectId, className, split: null, joined, catalogue: null };
      if (seen.size >= options.count) return;
      if (seen.size % OBJECTS_PER_TURN === 0) await nextTurn();
    }
  }
  const { survey, seed, count } = options;
  return {
    source: `simulated ${survey}, seed ${seed}, ${count} objects`,
    objects,
    close: () => Promise.resolve(),
  };
}
