import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSgd } from '../../../model/optimisers/sgd.ts';
import type { SgdOptions } from '../../../model/optimisers/sgd.ts';
import { descend, drawDescents, LEARNING_RATES } from '../../helpers/descend.ts';
import type { Descent } from '../../helpers/descend.ts';
import { relativeError } from '../../helpers/run-graph.ts';

/** PyTorch's loop, element by element in float64: the first velocity is the gradient. */
function reference(
  { start, gradients }: Descent,
  { momentum, isNesterov, weightDecay }: SgdOptions,
): number[][] {
  const parameter = [...start];
  const velocity: number[] = [];
  return gradients.map((gradient, step) => {
    gradient.forEach((raw, i) => {
      const value = parameter[i] ?? Number.NaN;
      const slope = raw + weightDecay * value;
      const previous = velocity[i];
      const current = previous === undefined ? slope : momentum * previous + slope;
      velocity[i] = current;
      parameter[i] =
        value - (LEARNING_RATES[step] ?? 0) * (isNesterov ? slope + momentum * current : current);
    });
    return [...parameter];
  });
}

const VARIANTS: readonly SgdOptions[] = [
  { momentum: 0, isNesterov: false, weightDecay: 0 },
  { momentum: 0, isNesterov: false, weightDecay: 0.1 },
  { momentum: 0.9, isNesterov: false, weightDecay: 0.1 },
  { momentum: 0.9, isNesterov: true, weightDecay: 0.1 },
];

for (const options of VARIANTS) {
  const { momentum, isNesterov, weightDecay } = options;
  test(`SGD with momentum ${momentum}${isNesterov ? ' after Nesterov' : ''} and decay ${weightDecay} steps as PyTorch's does`, async () => {
    const descents = drawDescents('sgd');
    const got = await descend(createSgd(options), [
      ...descents,
      ...descents.map((descent) => ({ ...descent, isDecayed: false })),
    ]);
    const want = [
      ...descents.map((descent) => reference(descent, options)),
      ...descents.map((descent) => reference(descent, { ...options, weightDecay: 0 })),
    ];
    // Float32 rounds in the eighth digit, and a step does so some five times.
    want.forEach((steps, d) => {
      assert.ok(relativeError(got[d]?.flat() ?? [], steps.flat()) < 1e-6);
    });
  });
}

test('SGD keeps no state without momentum', () => {
  assert.deepEqual(createSgd({ momentum: 0, isNesterov: false, weightDecay: 0 }).slots, []);
  assert.deepEqual(createSgd({ momentum: 0.9, isNesterov: false, weightDecay: 0 }).slots, ['velocity']);
});
