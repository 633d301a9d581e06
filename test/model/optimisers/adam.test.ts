import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printGraph } from '../../../model/index.ts';
import type { AdamOptions } from '../../../model/optimisers/adam-moments.ts';
import { createAdam } from '../../../model/optimisers/adam.ts';
import { descend, drawDescents, LEARNING_RATES } from '../../helpers/descend.ts';
import type { Descent } from '../../helpers/descend.ts';
import { graphOf, relativeError } from '../../helpers/run-graph.ts';

/** With a large epsilon, so that its place is seen. */
const OPTIONS: AdamOptions = { beta1: 0.9, beta2: 0.99, epsilon: 0.1, weightDecay: 0.05 };

/** Float32 rounds in the eighth digit, and a step does so some ten times. */
const TOLERANCE = 1e-6;

/** Algorithm 1 of the paper, element by element in float64, with decay added to the gradient. */
function reference({ start, gradients }: Descent, weightDecay: number): number[][] {
  const { beta1, beta2, epsilon } = OPTIONS;
  const parameter = [...start];
  const m = start.map(() => 0);
  const v = start.map(() => 0);
  return gradients.map((gradient, step) => {
    gradient.forEach((raw, i) => {
      const value = parameter[i] ?? Number.NaN;
      const slope = raw + weightDecay * value;
      m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * slope;
      v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * slope ** 2;
      const mean = m[i] / (1 - beta1 ** (step + 1));
      const variance = v[i] / (1 - beta2 ** (step + 1));
      parameter[i] = value - ((LEARNING_RATES[step] ?? 0) * mean) / (Math.sqrt(variance) + epsilon);
    });
    return [...parameter];
  });
}

test('Adam does what its paper says for three steps of a matrix, a vector and a scalar', async () => {
  const descents = drawDescents('adam');
  const got = await descend(createAdam(OPTIONS), descents);
  descents.forEach((descent, d) => {
    const want = reference(descent, OPTIONS.weightDecay).flat();
    assert.ok(relativeError(got[d]?.flat() ?? [], want) < TOLERANCE, `[${descent.shape.join(', ')}]`);
  });
});

test('Adam leaves a parameter that is not decayed without decay', async () => {
  const descents = drawDescents('adam').map((descent) => ({ ...descent, isDecayed: false }));
  const got = await descend(createAdam(OPTIONS), descents);
  descents.forEach((descent, d) => {
    assert.ok(relativeError(got[d]?.flat() ?? [], reference(descent, 0).flat()) < TOLERANCE);
  });
});

test('Adam takes a first step of the learning rate against the sign of the gradient', async () => {
  const descent: Descent = { shape: [4], start: [0, 0, 0, 0], gradients: [[3, -1e-3, 0.25, -100]] };
  const adam = createAdam({ beta1: 0.92619, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 });
  const [[got = []] = []] = await descend(adam, [descent], [0.125]);
  // Epsilon takes 1e-5 from the step where the gradient is 1e-3.
  assert.ok(relativeError(got, [-0.125, 0.125, -0.125, 0.125]) < 1e-5);
});

test('Adam leaves a parameter of zero gradients where it is, to the bit', async () => {
  const gradients = LEARNING_RATES.map(() => [0, 0]);
  const adam = createAdam({ ...OPTIONS, epsilon: 1e-8, weightDecay: 0 });
  const [steps = []] = await descend(adam, [{ shape: [2], start: [1.5, -0.25], gradients }]);
  for (const parameter of steps) assert.deepEqual(parameter, [1.5, -0.25]);
});

test('Adam corrects its moments in float64, and only from step 1', () => {
  const adam = createAdam({ beta1: 0.5, beta2: 0.75, epsilon: 1e-8, weightDecay: 0 });
  assert.deepEqual(adam.scalarsAt(1, 3), [3, 0.5e-8]);
  assert.deepEqual(adam.scalarsAt(100_000, 3), [3, 1e-8]);
  assert.throws(() => adam.scalarsAt(0, 3), /steps count from 1: current value is 0/);
  assert.throws(() => adam.scalarsAt(1.5, 3), RangeError);
});

test('Adam updates a parameter in fourteen passes, two of them for the decay', () => {
  const adam = createAdam(OPTIONS);
  const graph = graphOf('adam', (g) => {
    const [parameter, gradient, mean, variance] = ['p', 'g', 'm', 'v'].map((name) =>
      g.input(name, 'float32', [3, 2]),
    );
    assert.ok(parameter && gradient && mean && variance);
    const scalars = adam.scalars.map((name) => g.input(name, 'float32', []));
    const at = { parameter, gradient, slots: [mean, variance], scalars, isDecayed: true, isAdapted: false };
    const updated = adam.update(g, at);
    const slots = updated.slots.map((value, i) => [`${adam.slots[i] ?? ''}Next`, value] as const);
    return { pNext: updated.parameter, ...Object.fromEntries(slots) };
  });
  assert.equal(
    printGraph(graph),
    `graph adam
  input p: float32[3, 2]
  input g: float32[3, 2]
  input m: float32[3, 2]
  input v: float32[3, 2]
  input stepSize: float32[]
  input epsilon: float32[]
  constant %c0: float32[] = 0.05000000074505806
  constant %c1: float32[] = 0.8999999761581421
  constant %c2: float32[] = 0.10000000149011612
  constant %c3: float32[] = 0.9900000095367432
  constant %c4: float32[] = 0.009999999776482582
  %0 = mul(p, %c0): float32[3, 2]
  %1 = add(g, %0): float32[3, 2]
  %2 = mul(m, %c1): float32[3, 2]
  %3 = mul(%1, %c2): float32[3, 2]
  %4 = add(%2, %3): float32[3, 2]
  %5 = mul(v, %c3): float32[3, 2]
  %6 = mul(%1, %1): float32[3, 2]
  %7 = mul(%6, %c4): float32[3, 2]
  %8 = add(%5, %7): float32[3, 2]
  %9 = sqrt(%8): float32[3, 2]
  %10 = add(%9, epsilon): float32[3, 2]
  %11 = div(%4, %10): float32[3, 2]
  %12 = mul(%11, stepSize): float32[3, 2]
  %13 = sub(p, %12): float32[3, 2]
  output pNext = %13
  output meanNext = %4
  output varianceNext = %8
`,
  );
});
