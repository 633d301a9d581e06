import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunningStatistics } from '../../model/running-statistics.ts';

test('RunningStatistics has mean and deviation of what is there, and a unit where nothing varies', () => {
  const running = new RunningStatistics(4);
  for (const row of [
    [1e9 + 1, 5, NaN, NaN],
    [1e9 + 3, 5, 2, NaN],
    [1e9 + 5, 5, 4, NaN],
  ])
    running.add(row);
  const { mean, std } = running.statistics();
  assert.deepEqual(mean, [1e9 + 3, 5, 3, 0]);
  // Of the three themselves, not of a population that they were drawn from; what is large does not cancel.
  assert.ok(Math.abs((std[0] ?? NaN) - Math.sqrt(8 / 3)) < 1e-9);
  assert.deepEqual(std.slice(1), [1, 1, 1]);
});
