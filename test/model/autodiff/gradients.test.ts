import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphBuilder, Value } from '../../../model/index.ts';
import { gradients, pullback } from '../../../model/autodiff/gradients.ts';
import { evaluateGraph } from '../../helpers/evaluate-graph.ts';
import { graphOf } from '../../helpers/run-graph.ts';

/** Elements of a function of one vector, a row x [1, n]. */
function valuesAt(x: readonly number[], define: (g: GraphBuilder, x: Value) => Value): readonly number[] {
  const graph = graphOf('at', (g) => ({ y: define(g, g.input('x', 'float32', [1, x.length])) }));
  const feeds = new Map([['x', { shape: [1, x.length], data: Float64Array.from(x) }]]);
  return Array.from(evaluateGraph(graph, feeds).get('y')?.data ?? []);
}

/** ∂Σy/∂x at x. */
function slopesAt(x: readonly number[], define: (g: GraphBuilder, x: Value) => Value): readonly number[] {
  return valuesAt(x, (g, value) => {
    const y = define(g, value);
    return gradients(g, g.reduceSum(y, [...y.shape.keys()]), [value])[0] ?? g.scalar(Number.NaN);
  });
}

interface Kink {
  readonly what: string;
  readonly x: readonly number[];
  readonly define: (g: GraphBuilder, x: Value) => Value;
  readonly want: readonly number[];
}

const KINKS: readonly Kink[] = [
  { what: 'relu at 0', x: [0, 1], define: (g, x) => g.relu(x), want: [0, 1] },
  { what: 'sqrt at 0', x: [0, 4], define: (g, x) => g.sqrt(x), want: [0, 0.25] },
  { what: 'maximum, the first of two equals', x: [1, 2], define: (g, x) => g.maximum(x, 1), want: [1, 1] },
  { what: 'maximum, the second of two equals', x: [1, 2], define: (g, x) => g.maximum(1, x), want: [0, 1] },
  { what: 'minimum, the first of two equals', x: [1, 0], define: (g, x) => g.minimum(x, 1), want: [1, 1] },
  { what: 'minimum, the second of two equals', x: [1, 0], define: (g, x) => g.minimum(1, x), want: [0, 1] },
  { what: 'reduceMax of equals', x: [2, 1, 2], define: (g, x) => g.reduceMax(x, [1]), want: [0.5, 0, 0.5] },
  {
    what: 'maxPool1d of equals',
    x: [2, 2, 1, 3, 9],
    define: (g, x) => g.maxPool1d(g.reshape(x, [1, 1, 5]), { size: 2 }),
    want: [0.5, 0.5, 0, 1, 0],
  },
  { what: 'topK of equals', x: [1, 2, 2], define: (g, x) => g.topK(x, 1).values, want: [0, 1, 0] },
];

for (const { what, x, define, want } of KINKS) {
  test(`gradients() at a kink: ${what}`, () => {
    assert.deepEqual(slopesAt(x, define), want);
  });
}

test('gradients() add up over all uses of a value, also of one value twice in a node', () => {
  const slopes = slopesAt([3, -1], (g, x) => g.add(g.mul(x, x), g.mul(x, 5)));
  assert.deepEqual(slopes, [11, 3]);
});

test('gradients() take what stopGradient gives for a constant', () => {
  assert.deepEqual(
    slopesAt([3, -1], (g, x) => g.mul(g.stopGradient(x), x)),
    [3, -1],
  );
});

test('gradients() can be differentiated again', () => {
  const curvatures = valuesAt([2, -3], (g, x) => {
    const cube = g.mul(g.mul(x, x), x);
    const [slope] = gradients(g, g.reduceSum(cube, [0, 1]), [x]);
    assert.ok(slope);
    return gradients(g, g.reduceSum(slope, [0, 1]), [x])[0] ?? x;
  });
  assert.deepEqual(curvatures, [12, -18]);
});

test('gradients() by values that the loss does not depend on are zeros of their shape', () => {
  const graph = graphOf('unused', (g) => {
    const x = g.input('x', 'float32', ['batch', 2]);
    const used = g.input('used', 'float32', [2]);
    const unused = g.exp(x);
    const [byX, byUnused] = gradients(g, g.reduceSum(used, [0]), [x, unused]);
    assert.ok(byX !== undefined && byUnused !== undefined);
    assert.deepEqual(byX.shape, ['batch', 2]);
    return { byX, byUnused };
  });
  const feeds = new Map([
    ['x', { shape: [1, 2], data: Float64Array.of(1, 2) }],
    ['used', { shape: [2], data: Float64Array.of(1, 2) }],
  ]);
  for (const zeros of evaluateGraph(graph, feeds).values())
    assert.deepEqual(zeros, { shape: [1, 2], data: Float64Array.of(0, 0) });
});

test('gradients() refuse a loss that is not a float32 scalar', () => {
  assert.throws(
    () => slopesAt([1], (g, x) => gradients(g, x, [x])[0] ?? x),
    /loss must be a float32 scalar: current value is float32\[1, 1\]/,
  );
});

test('pullback() carries a cotangent from a value in the middle', () => {
  const flows = valuesAt([3, -1], (g, x) => {
    const square = g.mul(x, x);
    const cotangent = g.constant(Float32Array.of(10, 100), [1, 2]);
    return pullback(g, [{ value: square, cotangent }], [x])[0] ?? x;
  });
  assert.deepEqual(flows, [60, -200]);
});
