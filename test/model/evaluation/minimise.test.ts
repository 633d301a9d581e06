import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minimise } from '../../../model/evaluation/minimise.ts';

test('minimise() finds the minimum of a narrow parabola', () => {
  const { point, isConverged, iterations } = minimise(
    (at, gradient) => {
      let value = 0;
      at.forEach((x, i) => {
        const weight = 10 ** i;
        gradient[i] = 2 * weight * (x - i);
        value += weight * (x - i) ** 2;
      });
      return value;
    },
    new Float64Array(5),
    { gradientMax: 1e-8, iterationsMax: 200 },
  );
  assert.ok(isConverged && iterations < 100);
  // The gradient of x is 2·10^i·(x − i), at most 1e-8.
  point.forEach((x, i) => {
    assert.ok(Math.abs(x - i) < 1e-8);
  });
});

test('minimise() stays where the gradient is 0, and says when the iterations ran out', () => {
  const parabola = (at: Float64Array, gradient: Float64Array): number => {
    const x = at[0] ?? 0;
    gradient[0] = 4 * x ** 3;
    return x ** 4;
  };
  assert.equal(minimise(parabola, Float64Array.of(0), { gradientMax: 0, iterationsMax: 5 }).iterations, 0);
  const cut = minimise(parabola, Float64Array.of(5), { gradientMax: 0, iterationsMax: 2 });
  assert.deepEqual([cut.isConverged, cut.iterations], [false, 2]);
});
