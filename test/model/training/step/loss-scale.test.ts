import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOSS_SCALE_START, nextLossScale } from '../../../../model/training/step/loss-scale.ts';
import type { LossScale } from '../../../../model/training/step/loss-scale.ts';

test('nextLossScale() halves after an overflow, and gives up at 1', () => {
  assert.deepEqual(nextLossScale({ scale: 8, steady: 5 }, false), { scale: 4, steady: 0 });
  assert.equal(nextLossScale({ scale: 1, steady: 0 }, false), null);
});

test('nextLossScale() doubles after 2,000 steps without overflow, up to a bound', () => {
  let at: LossScale | null = LOSS_SCALE_START;
  for (let step = 0; step < 1999; step++) at = at === null ? null : nextLossScale(at, true);
  assert.deepEqual(at, { scale: 2 ** 15, steady: 1999 });
  assert.deepEqual(nextLossScale({ scale: 2 ** 15, steady: 1999 }, true), { scale: 2 ** 16, steady: 0 });
  assert.deepEqual(nextLossScale({ scale: 2 ** 24, steady: 1999 }, true), { scale: 2 ** 24, steady: 0 });
});
