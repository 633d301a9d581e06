import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapTask } from '../../../model/evaluation/tasks/map-task.ts';
import { planeMap } from '../../../model/evaluation/plane-map.ts';
import { evaluationContext, figuresOf } from '../../helpers/evaluation-context.ts';
import { plantedObjects } from '../../helpers/planted-objects.ts';

test('mapTask() shows planted subclasses apart', () => {
  const objects = plantedObjects({ count: 80, classNames: ['M giant', 'C giant'], objectScatter: 0.4 });
  const { figures, points } = figuresOf(mapTask(evaluationContext(objects)));
  assert.equal(figures.n, 80);
  assert.ok((figures.planePurity ?? 0) >= 0.9, `purity ${figures.planePurity}`);
  assert.ok((figures.chance ?? 0) < 0.5);
  assert.equal(points.places.data.length, 160);
  assert.ok(points.places.data.every(Number.isFinite));
});

test('mapTask() samples objects beyond the limit, and keeps those without a class', () => {
  const planted = plantedObjects({ count: 60, classNames: ['a', 'b'] });
  const objects = { ...planted, classNames: planted.classNames.map((name) => (name === 'b' ? null : name)) };
  const { figures, points } = figuresOf(mapTask(evaluationContext(objects, { mapObjectsMax: 30 })));
  assert.equal(figures.n, 30);
  assert.ok(points.classNames.includes(null));
  assert.deepEqual(
    figures.perClass.map(({ className }) => className),
    ['a'],
  );
});

test('mapTask() has nothing to draw of a few objects', () => {
  const objects = plantedObjects({ count: 11, classNames: ['a'] });
  assert.deepEqual(mapTask(evaluationContext(objects)), { skipped: '12 objects are needed: there are 11' });
});

test('planeMap() is the same for the same seed, and takes objects that are all the same', () => {
  const rows = { width: 2, data: new Float32Array(40).fill(1) };
  const first = planeMap({ rows, seed: '1' });
  assert.ok(first.places.data.every(Number.isFinite));
  assert.deepEqual(planeMap({ rows, seed: '1' }), first);
});
