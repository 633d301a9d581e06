import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelSubset } from '../../core/label-subset.ts';
import { Random } from '../../core/random.ts';

const OBJECTS = Array.from({ length: 443 }, (_, i) => ({
  objectId: `object ${i}`,
  className: i < 400 ? 'common' : i < 440 ? 'rare' : i < 442 ? 'single' : null,
}));

function countIn(subset: ReadonlySet<string>, className: string): number {
  return OBJECTS.filter((object) => object.className === className && subset.has(object.objectId)).length;
}

test('labelSubset() keeps the share of each class, one object at least, and none without class', () => {
  const subset = labelSubset(OBJECTS, { seed: 3, labelFraction: 0.1 });
  assert.equal(countIn(subset, 'common'), 40);
  assert.equal(countIn(subset, 'rare'), 4);
  assert.equal(countIn(subset, 'single'), 1);
  assert.equal(subset.size, 45);
});

test('labelSubset() with a cap keeps that many of a class at most', () => {
  const subset = labelSubset(OBJECTS, { seed: 3, labelFraction: 0.5, classCap: 20 });
  assert.equal(countIn(subset, 'common'), 20);
  assert.equal(countIn(subset, 'rare'), 20);
  assert.equal(countIn(subset, 'single'), 1);
});

test('labelSubset() of fewer labels lies within that of more, whatever the order', () => {
  const subsets = [0.1, 0.25, 0.5, 1].map((labelFraction) =>
    labelSubset(OBJECTS, { seed: 3, labelFraction }),
  );
  for (const [i, smaller] of subsets.slice(0, -1).entries()) {
    for (const objectId of smaller) assert.ok(subsets[i + 1]?.has(objectId));
  }
  const [few] = subsets;
  const again = labelSubset(new Random(5).shuffled(OBJECTS), { seed: 3, labelFraction: 0.1 });
  assert.deepEqual([...again].sort(), [...(few ?? [])].sort());
  const capped = [5, 20].map((classCap) => labelSubset(OBJECTS, { seed: 3, classCap }));
  for (const objectId of capped[0] ?? []) assert.ok(capped[1]?.has(objectId));
});

test('labelSubset() of another seed is another', () => {
  const subsets = [1, 2].map((seed) => [...labelSubset(OBJECTS, { seed, labelFraction: 0.1 })].sort());
  assert.notDeepEqual(subsets[0], subsets[1]);
});

test('labelSubset() refuses a share or a cap that keeps nothing', () => {
  for (const labelFraction of [0, -1, 1.5, NaN]) {
    assert.throws(() => labelSubset(OBJECTS, { seed: 1, labelFraction }), RangeError);
  }
  for (const classCap of [0, NaN])
    assert.throws(() => labelSubset(OBJECTS, { seed: 1, classCap }), RangeError);
});
