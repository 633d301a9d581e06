import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../core/random.ts';
import { rankedByClass, splitOf, stratifiedSplit } from '../../core/split-objects.ts';

const OBJECTS = Array.from({ length: 1000 }, (_, i) => ({
  objectId: `object ${i}`,
  className: i % 10 === 0 ? 'rare' : 'common',
}));
const OPTIONS = { seed: 7, testRatio: 0.2, validationRatio: 0.1 };

function shareOf(splits: Iterable<string>, wanted: string): number {
  const all = [...splits];
  return all.filter((split) => split === wanted).length / all.length;
}

test('splitOf() depends on id and seed alone, and keeps the shares', () => {
  const splits = OBJECTS.map(({ objectId }) => splitOf(objectId, OPTIONS));
  assert.deepEqual(
    OBJECTS.map(({ objectId }) => splitOf(objectId, { ...OPTIONS, seed: '7' })),
    splits,
  );
  // Standard deviations of the shares of 1,000 draws are 0.013 and 0.009.
  assert.ok(Math.abs(shareOf(splits, 'test') - 0.2) < 0.04);
  assert.ok(Math.abs(shareOf(splits, 'validation') - 0.1) < 0.03);
  const others = OBJECTS.map(({ objectId }) => splitOf(objectId, { ...OPTIONS, seed: 8 }));
  assert.notDeepEqual(others, splits);
});

test('splitOf() only moves objects out of training as the test grows', () => {
  for (const { objectId } of OBJECTS) {
    if (splitOf(objectId, { seed: 7, testRatio: 0.2 }) === 'test') {
      assert.equal(splitOf(objectId, { seed: 7, testRatio: 0.3 }), 'test');
    }
  }
});

test('stratifiedSplit() has the same shares of each class, whatever the order of the objects', () => {
  const splits = stratifiedSplit(OBJECTS, OPTIONS);
  for (const className of ['rare', 'common']) {
    const own = OBJECTS.filter((object) => object.className === className);
    const ofClass = own.map(({ objectId }) => splits.get(objectId) ?? '');
    assert.equal(shareOf(ofClass, 'test'), 0.2);
    assert.equal(shareOf(ofClass, 'validation'), 0.1);
  }
  const shuffled = stratifiedSplit(new Random(1).shuffled([...OBJECTS, ...OBJECTS.slice(0, 50)]), OPTIONS);
  assert.deepEqual([...shuffled].sort(), [...splits].sort());
});

test('stratifiedSplit() leaves one object of each class to training', () => {
  const objects = [
    { objectId: 'only', className: 'single' },
    { objectId: 'a', className: null },
    { objectId: 'b', className: null },
  ];
  const splits = stratifiedSplit(objects, { seed: 1, testRatio: 1 });
  assert.equal(splits.get('only'), 'training');
  assert.deepEqual([splits.get('a'), splits.get('b')].sort(), ['test', 'training']);
});

test('rankedByClass() counts an id that comes twice once', () => {
  const ranked = rankedByClass([...OBJECTS.slice(0, 3), ...OBJECTS.slice(0, 3)], 1);
  assert.equal([...ranked.values()].flat().length, 3);
});

test('splitOf() and stratifiedSplit() refuse shares that are none', () => {
  for (const testRatio of [-0.1, 1.1, NaN]) {
    assert.throws(() => splitOf('a', { seed: 1, testRatio }), RangeError);
    assert.throws(() => stratifiedSplit([], { seed: 1, testRatio }), RangeError);
  }
  assert.throws(() => splitOf('a', { seed: 1, testRatio: 0.6, validationRatio: 0.6 }), /together at most 1/);
});
