import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harmonicSums, highestPeaks } from '../../../../model/alerts/periods/peaks.ts';

test('highestPeaks() gives the highest first, one of each neighbourhood', () => {
  const power = Float64Array.of(0, 3, 0, 4, 0, 0, 0, 0, 9, 0, 1, 0, 0, 0, 2, 2, 0);
  assert.deepEqual(highestPeaks(power, 9, 1), [8, 3, 1, 15, 10]);
  assert.deepEqual(highestPeaks(power, 9, 3), [8, 3, 15]);
  assert.deepEqual(highestPeaks(power, 2, 3), [8, 3]);
  assert.deepEqual(highestPeaks(new Float64Array(5), 3, 1), []);
});

test('harmonicSums() adds the power at multiples of each frequency', () => {
  // Frequencies 2, 3, 4 … steps: index i stands for i + 2.
  const power = new Float64Array(40);
  power[5 - 2] = 0.3;
  power[10 - 2] = 0.4;
  power[20 - 2] = 0.2;
  const grid = { firstPerDay: 0.2, stepPerDay: 0.1, count: 40 };
  const pair = harmonicSums(power, grid, 2);
  assert.equal(highestPeaks(pair, 1, 1)[0], 5 - 2);
  assert.ok(Math.abs((pair[5 - 2] ?? 0) - 0.7) < 1e-12);
  // The fourth harmonic is at 20, the third has nothing at 15.
  assert.ok(Math.abs((harmonicSums(power, grid, 4)[5 - 2] ?? 0) - 0.9) < 1e-12);
});
