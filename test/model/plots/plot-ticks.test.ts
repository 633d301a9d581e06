import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisFor, positionOn, ticksOf } from '../../../model/plots/plot-ticks.ts';

test('axisFor() leaves a margin, and is logarithmic for values that differ much', () => {
  assert.deepEqual(axisFor([1, 2]), { low: 0.95, high: 2.05, isLogarithmic: false });
  assert.deepEqual(axisFor([0.1, 50]), { low: 0.1, high: 50, isLogarithmic: true });
  assert.equal(axisFor([0, 50]).isLogarithmic, false);
  assert.equal(positionOn({ low: 1, high: 100, isLogarithmic: true }, 10), 0.5);
  assert.equal(positionOn(axisFor([5]), 5), 0.5);
  assert.deepEqual(axisFor([]), { low: 0, high: 1, isLogarithmic: false });
});

test('ticksOf() gives round numbers', () => {
  assert.deepEqual(ticksOf({ low: 0, high: 9, isLogarithmic: false }, 5), [0, 2, 4, 6, 8]);
  assert.deepEqual(ticksOf({ low: -0.05, high: 0.3, isLogarithmic: false }, 5), [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(ticksOf({ low: 1.5, high: 40, isLogarithmic: true }, 6), [2, 5, 10, 20]);
  assert.deepEqual(
    ticksOf({ low: 1e-4, high: 1e4, isLogarithmic: true }, 4),
    [1e-4, 0.001, 0.01, 0.1, 1, 10, 100, 1000, 1e4].filter((_, i) => i % 3 === 0),
  );
});
