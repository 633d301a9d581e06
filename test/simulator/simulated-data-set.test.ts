import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulatedDataSet } from '../../simulator/index.ts';
import { contentsOf } from '../helpers/data-set-contents.ts';

test('simulatedDataSet() gives as many labelled objects with ids of their own, alike each time', async () => {
  const dataSet = simulatedDataSet({ survey: 'ztf', seed: 5, count: 6, nights: 1 });
  const { objects, faults } = await contentsOf(dataSet);
  assert.deepEqual(faults, []);
  assert.equal(new Set(objects.map(({ objectId }) => objectId)).size, 6);
  for (const { objectId, className, joined } of objects) {
    assert.match(objectId, /^ztf\/ZTF/);
    assert.ok(className !== null && joined.lightCurve.points.length > 0);
  }
  assert.deepEqual(await contentsOf(dataSet), { objects, faults });
  const more = await contentsOf(simulatedDataSet({ survey: 'ztf', seed: 5, count: 7, nights: 1 }));
  assert.deepEqual(more.objects.slice(0, 6), objects);
});

test('simulatedDataSet() of no objects is empty', async () => {
  const { objects } = await contentsOf(simulatedDataSet({ survey: 'lsst', seed: 5, count: 0 }));
  assert.deepEqual(objects, []);
});
