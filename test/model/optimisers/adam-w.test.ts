import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdamOptions } from '../../../model/optimisers/adam-moments.ts';
import { createAdamW } from '../../../model/optimisers/adam-w.ts';
import { descend, drawDescents, LEARNING_RATES } from '../../helpers/descend.ts';
import type { Descent } from '../../helpers/descend.ts';
import { relativeError } from '../../helpers/run-graph.ts';

/** With a large epsilon and decay, so that their places are seen. */
const OPTIONS: AdamOptions = { beta1: 0.9, beta2: 0.99, epsilon: 0.1, weightDecay: 0.3 };

/** Float32 rounds in the eighth digit, and a step does so some ten times. */
const TOLERANCE = 1e-6;

/** Algorithm 2 of the paper, element by element in float64. */
function reference({ start, gradients }: Descent, weightDecay: number): number[][] {
  const { beta1, beta2, epsilon } = OPTIONS;
  const parameter = [...start];
  const m = start.map(() => 0);
  const v = start.map(() => 0);
  return gradients.map((gradient, step) => {
    const learningRate = LEARNING_RATES[step] ?? 0;
    gradient.forEach((slope, i) => {
      const value = parameter[i] ?? Number.NaN;
      m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * slope;
      v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * slope ** 2;
      const mean = m[i] / (1 - beta1 ** (step + 1));
      const variance = v[i] / (1 - beta2 ** (step + 1));
      parameter[i] = value - learningRate * (mean / (Math.sqrt(variance) + epsilon) + weightDecay * value);
    });
    return [...parameter];
  });
}

for (const isDecayed of [true, false]) {
  test(`AdamW does what its paper says ${isDecayed ? 'with' : 'without'} decay`, async () => {
    const descents = drawDescents('adam-w').map((descent) => ({ ...descent, isDecayed }));
    const got = await descend(createAdamW(OPTIONS), descents);
    descents.forEach((descent, d) => {
      const want = reference(descent, isDecayed ? OPTIONS.weightDecay : 0).flat();
      assert.ok(relativeError(got[d]?.flat() ?? [], want) < TOLERANCE, `[${descent.shape.join(', ')}]`);
    });
  });
}

test('AdamW only shrinks a parameter of zero gradients', async () => {
  const descent: Descent = { shape: [2], start: [1, -8], gradients: [[0, 0]] };
  const adamW = createAdamW({ ...OPTIONS, epsilon: 1e-8, weightDecay: 0.5 });
  assert.deepEqual(await descend(adamW, [descent], [0.5]), [[[0.75, -6]]]);
});
