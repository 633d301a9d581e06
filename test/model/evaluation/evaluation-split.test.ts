import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluationSplit, sampledObjects } from '../../../model/evaluation/evaluation-split.ts';
import { plantedObjects } from '../../helpers/planted-objects.ts';

const OPTIONS = { seed: 1, testRatio: 0.2 };

test('evaluationSplit() draws a share of each class by the ids, whatever their order', () => {
  const objects = plantedObjects({ count: 100, classNames: ['a', 'b'] });
  const { training, test: tested, origin } = evaluationSplit(objects, OPTIONS);
  assert.equal(origin, 'drawn');
  assert.equal(training.length + tested.length, 100);
  assert.equal(tested.filter((row) => objects.classNames[row] === 'a').length, 10);
  const reversed = {
    ...objects,
    ids: objects.ids.toReversed(),
    classNames: objects.classNames.toReversed(),
  };
  const other = evaluationSplit(reversed, OPTIONS);
  const idsOf = (of: { ids: readonly string[] }, rows: Int32Array) =>
    Array.from(rows, (row) => of.ids[row]).sort();
  assert.deepEqual(idsOf(reversed, other.test), idsOf(objects, tested));
  const another = evaluationSplit(objects, { seed: 2, testRatio: 0.2 });
  assert.notDeepEqual(another.test, tested);
});

test('evaluationSplit() takes the split of the data, where it has both sides', () => {
  const split = (row: number) => (['training', 'validation', 'test'] as const)[row % 3] ?? null;
  const objects = plantedObjects({ count: 9, classNames: ['a'], split });
  assert.deepEqual(evaluationSplit(objects, OPTIONS), {
    training: Int32Array.of(0, 3, 6),
    test: Int32Array.of(2, 5, 8),
    origin: 'source',
  });
  const onlyTest = { ...objects, splits: objects.splits.map(() => 'test' as const) };
  assert.equal(evaluationSplit(onlyTest, OPTIONS).origin, 'drawn');
});

test('sampledObjects() nests smaller samples in larger ones', () => {
  const { ids } = plantedObjects({ count: 50, classNames: ['a'] });
  const rows = Int32Array.from(ids.keys());
  const sample = (countMax: number) => [...sampledObjects(rows, ids, { seed: 's', countMax })];
  assert.ok(sample(10).every((row) => sample(20).includes(row)));
  assert.deepEqual(sample(60), [...rows]);
});
