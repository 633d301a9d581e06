import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../core/index.ts';

test('Random gives the same sequence for a seed, and another for another', () => {
  const sequence = (seed: number): number[] =>
    Array.from(
      { length: 5 },
      (
        (r) => () =>
          r.uint32()
      )(new Random(seed)),
    );
  assert.deepEqual(sequence(1), sequence(1));
  assert.notDeepEqual(sequence(1), sequence(2));
});

test('Random.uniform() has mean 1/2 and variance 1/12, normal() mean 0 and variance 1', () => {
  const random = new Random('moments');
  const n = 20_000;
  const moments = (draw: () => number): [number, number] => {
    const values = Array.from({ length: n }, draw);
    const mean = values.reduce((a, b) => a + b, 0) / n;
    return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / n];
  };
  const [uniformMean, uniformVariance] = moments(() => random.uniform());
  const [normalMean, normalVariance] = moments(() => random.normal());
  // Five standard errors of each moment at n = 20,000.
  assert.ok(Math.abs(uniformMean - 0.5) < 0.0103 && Math.abs(uniformVariance - 1 / 12) < 0.0027);
  assert.ok(Math.abs(normalMean) < 0.036 && Math.abs(normalVariance - 1) < 0.05);
});

test('Random.shuffled() keeps every element and leaves its argument alone', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  const copy = new Random(3).shuffled(items);
  assert.notDeepEqual(copy, items);
  assert.deepEqual(
    copy.toSorted((a, b) => a - b),
    items,
  );
  assert.deepEqual(items, [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('Random.fill() gives what uint32() would, and goes on after it', () => {
  const [filled, called] = [new Random('fill'), new Random('fill')];
  const words = new Uint32Array(100);
  filled.fill(words);
  assert.deepEqual(
    [...words],
    Array.from(words, () => called.uint32()),
  );
  assert.equal(filled.uint32(), called.uint32());
});
