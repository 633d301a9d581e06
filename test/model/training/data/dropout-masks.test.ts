import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawDropoutMasks } from '../../../../model/training/data/dropout-masks.ts';
import { numbersOf } from '../../../helpers/run-graph.ts';

const site = (input: string, ratio: number, length = 100_001) => ({ input, shape: [1, length], ratio });

function keptRatio(ratio: number): number {
  const kept = numbersOf(drawDropoutMasks([site('dropout.a', ratio)], { seed: '1', step: 1 })['dropout.a']);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

test('drawDropoutMasks() keeps the share that it says', () => {
  // Five standard deviations of 100,001 draws are at most 0.008.
  for (const ratio of [0.1, 0.339, 0.5]) assert.ok(Math.abs(keptRatio(ratio) - (1 - ratio)) < 0.008);
});

test('drawDropoutMasks() depends on seed, step and site', () => {
  const draw = (seed: string, step: number): readonly number[] =>
    numbersOf(drawDropoutMasks([site('dropout.a', 0.5, 64)], { seed, step })['dropout.a']);
  assert.deepEqual(draw('1', 1), draw('1', 1));
  assert.notDeepEqual(draw('1', 1), draw('1', 2));
  assert.notDeepEqual(draw('1', 1), draw('2', 1));
  const masks = drawDropoutMasks([site('a', 0.5, 64), site('b', 0.5, 64)], { seed: '1', step: 1 });
  assert.notDeepEqual(masks['a']?.data, masks['b']?.data);
  assert.deepEqual([masks['a']?.dtype, masks['a']?.shape], ['bool', [1, 64]]);
});
