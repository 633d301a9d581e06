import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOGIT_SCALE_STARTS } from '../../../model/losses/logit-scale.ts';
import { initialiseWeights } from '../../../model/training/initialise-weights.ts';
import { numbersOf } from '../../helpers/run-graph.ts';

test('initialiseWeights() begins temperatures where it is told to, and norms at 1', () => {
  const shapes = [
    ['logit_scale_ps', []],
    ['a.norm1.weight', [2]],
    ['a.norm1.bias', [2]],
  ] as const;
  const published = initialiseWeights(shapes, { seed: 1 });
  assert.deepEqual(numbersOf(published.get('logit_scale_ps')), [Math.fround(Math.log(100))]);
  assert.deepEqual(numbersOf(published.get('a.norm1.weight')), [1, 1]);
  assert.deepEqual(numbersOf(published.get('a.norm1.bias')), [0, 0]);
  const clip = initialiseWeights(shapes, { seed: 1, logitScale: LOGIT_SCALE_STARTS.clip });
  assert.deepEqual(numbersOf(clip.get('logit_scale_ps')), [Math.fround(Math.log(1 / 0.07))]);
});
