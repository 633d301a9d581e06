import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLars } from '../../../model/optimisers/lars.ts';
import type { LarsOptions } from '../../../model/optimisers/lars.ts';
import { parameterRules } from '../../../model/optimisers/parameter-rules.ts';
import { descend, drawDescents, LEARNING_RATES } from '../../helpers/descend.ts';
import type { Descent } from '../../helpers/descend.ts';
import { relativeError } from '../../helpers/run-graph.ts';

/** With a large trust ratio and decay, so that their places are seen. */
const OPTIONS: LarsOptions = { momentum: 0.9, trustRatio: 0.5, weightDecay: 0.2 };

/** The training loop of Barlow Twins in float64. */
function reference({ start, gradients, isDecayed, isAdapted }: Descent): number[][] {
  let parameter = [...start];
  let velocity = start.map(() => 0);
  return gradients.map((gradient, step) => {
    const decay = isDecayed === true ? OPTIONS.weightDecay : 0;
    const update = gradient.map((slope, i) => slope + decay * (parameter[i] ?? Number.NaN));
    const norms = [Math.hypot(...parameter), Math.hypot(...update)] as const;
    const hasRatio = isAdapted === true && norms[0] > 0 && norms[1] > 0;
    const ratio = hasRatio ? (OPTIONS.trustRatio * norms[0]) / norms[1] : 1;
    velocity = velocity.map((old, i) => OPTIONS.momentum * old + ratio * (update[i] ?? Number.NaN));
    parameter = parameter.map(
      (value, i) => value - (LEARNING_RATES[step] ?? 0) * (velocity[i] ?? Number.NaN),
    );
    return parameter;
  });
}

test('LARS adapts and decays matrices, and does neither to vectors and scalars', async () => {
  const descents = drawDescents('lars').map((descent) => ({
    ...descent,
    ...parameterRules(descent.shape, 'matrices'),
  }));
  assert.deepEqual(
    descents.map(({ isAdapted }) => isAdapted),
    [true, false, false],
  );
  const got = await descend(createLars(OPTIONS), descents);
  descents.forEach((descent, d) => {
    // Float32 rounds in the eighth digit, and a step does so some ten times.
    assert.ok(relativeError(got[d]?.flat() ?? [], reference(descent).flat()) < 1e-6);
  });
});

test('LARS does not scale a step from a zero parameter, nor one of a zero update', async () => {
  const gradient = [1, -2, 0.5, 4];
  const zeros = [0, 0, 0, 0];
  const common = { shape: [2, 2], isDecayed: false, isAdapted: true };
  const got = await descend(
    createLars(OPTIONS),
    [
      { ...common, start: zeros, gradients: [gradient] },
      { ...common, start: gradient, gradients: [zeros] },
      { ...common, start: zeros, gradients: [zeros] },
    ],
    [0.5],
  );
  assert.deepEqual(got, [[[-0.5, 1, -0.25, -2]], [gradient], [zeros]]);
});
