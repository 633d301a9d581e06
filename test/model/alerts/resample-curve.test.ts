import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../core/index.ts';
import type { DataSetObject } from '../../../core/index.ts';
import { resampleCurve, resampledObjects } from '../../../model/alerts/resample-curve.ts';
import { SOME_METADATA, joinedObject, lightCurve, point } from '../../helpers/joined-object.ts';

const SETTINGS = { curves: 2, keptRatioMin: 0.5, noiseScale: 0.5 };
const POINTS = Array.from({ length: 400 }, (_, i) => point(60_000 + i, 1000, { fluxErrNjy: 100 }));

test('resampleCurve() keeps a share of the points between the least and all, in order', () => {
  const counts = Array.from(
    { length: 200 },
    (_, seed) => resampleCurve(lightCurve(POINTS), SETTINGS, new Random(seed)).points.length,
  );
  // Five deviations of a binomial below the least share.
  assert.ok(Math.min(...counts) > 0.5 * 400 - 50, String(Math.min(...counts)));
  assert.ok(Math.min(...counts) < 230 && Math.max(...counts) > 370);
  const { points } = resampleCurve(lightCurve(POINTS), SETTINGS, new Random(1));
  assert.deepEqual(
    points.map(({ mjdTai }) => mjdTai),
    points.map(({ mjdTai }) => mjdTai).sort((a, b) => a - b),
  );
});

test('resampleCurve() adds noise of the given share of the errors to measured fluxes', () => {
  const { points } = resampleCurve(lightCurve(POINTS), { ...SETTINGS, keptRatioMin: 1 }, new Random(1));
  assert.equal(points.length, 400);
  const squares = points.reduce((sum, { fluxNjy }) => sum + (fluxNjy - 1000) ** 2, 0);
  // 50 nJy ± 3.5 %, the standard error of a deviation of 400 values; five of those.
  assert.ok(Math.abs(Math.sqrt(squares / 400) - 50) < 9, String(Math.sqrt(squares / 400)));
  assert.ok(points.every(({ fluxErrNjy }) => fluxErrNjy === 100));
});

test('resampleCurve() leaves upper limits and the shortest light curves whole', () => {
  const limits = [point(60_000, 0, { kind: 'upperLimit' }), point(60_001, 0, { kind: 'upperLimit' })];
  const drawn = resampleCurve(lightCurve(limits), { ...SETTINGS, keptRatioMin: 1e-9 }, new Random(1));
  assert.deepEqual(drawn.points, limits);
  const mixed = [...limits, point(60_002, 5), point(60_003, 5), point(60_004, 5)];
  for (let seed = 0; seed < 50; seed++) {
    const { points } = resampleCurve(lightCurve(mixed), { ...SETTINGS, keptRatioMin: 0.1 }, new Random(seed));
    assert.equal(points.filter(({ kind }) => kind === 'detection').length, 3);
  }
  assert.deepEqual(resampleCurve(lightCurve([]), SETTINGS, new Random(1)).points, []);
});

test('resampledObjects() gives light curves alone, and the same ones whatever comes before', async () => {
  const object = (objectId: string): DataSetObject => ({
    ...{ objectId, className: 'Mira', split: 'training', catalogue: null },
    joined: joinedObject(40, { metadata: SOME_METADATA }),
  });
  const drawn = async (...ids: string[]): Promise<DataSetObject[]> => {
    const objects: DataSetObject[] = [];
    for await (const each of resampledObjects(streamOf(ids.map(object)), SETTINGS, 'seed'))
      objects.push(each);
    return objects;
  };
  const both = await drawn('a', 'b');
  assert.deepEqual(
    both.map(({ objectId }) => objectId),
    ['a', 'a', 'b', 'b'],
  );
  assert.ok(
    both.every(({ joined }) => joined.spectrum === null && Object.keys(joined.metadata).length === 0),
  );
  assert.notDeepEqual(both[0]?.joined, both[1]?.joined);
  assert.deepEqual(await drawn('b'), both.slice(2));
});

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
  await Promise.resolve();
}
