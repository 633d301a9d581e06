import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printGraph, verifyGraph } from '../../../../model/index.ts';
import type { GraphBuilder, Value } from '../../../../model/index.ts';
import { shareCommonSubexpressions } from '../../../../model/ir/passes/share-common-subexpressions.ts';
import { graphOf } from '../../../helpers/run-graph.ts';

test('shareCommonSubexpressions() keeps the first of equal nodes and of equal constants', () => {
  const graph = graphOf('shared', (g) => {
    const x = g.input('x', 'float32', ['batch', 2]);
    const half = (): Value => g.exp(g.mul(g.constant(Float32Array.of(1, 2), [2]), x));
    return { y: g.add(half(), half()), z: half() };
  });
  assert.equal(
    printGraph(graph),
    `graph shared
  input x: float32[batch, 2]
  constant %c0: float32[2] = 1, 2
  constant %c1: float32[2] = 1, 2
  constant %c2: float32[2] = 1, 2
  %0 = mul(%c0, x): float32[batch, 2]
  %1 = exp(%0): float32[batch, 2]
  %2 = mul(%c1, x): float32[batch, 2]
  %3 = exp(%2): float32[batch, 2]
  %4 = add(%1, %3): float32[batch, 2]
  %5 = mul(%c2, x): float32[batch, 2]
  %6 = exp(%5): float32[batch, 2]
  output y = %4
  output z = %6
`,
  );
  const after = shareCommonSubexpressions(graph);
  verifyGraph(after);
  assert.equal(
    printGraph(after),
    `graph shared
  input x: float32[batch, 2]
  constant %c0: float32[2] = 1, 2
  %0 = mul(%c0, x): float32[batch, 2]
  %1 = exp(%0): float32[batch, 2]
  %2 = add(%1, %1): float32[batch, 2]
  output y = %2
  output z = %1
`,
  );
});

/** Pairs of values that a careless key would take for one. */
const DIFFERENT: readonly (readonly [string, (g: GraphBuilder, x: Value) => readonly [Value, Value]])[] = [
  ['the order of operands', (g, x) => [g.sub(x, g.neg(x)), g.sub(g.neg(x), x)]],
  ['two results of a node', (g, x) => [g.cast(g.topK(x, 1).values, 'int64'), g.topK(x, 1).indices]],
  ['an axis', (g, x) => [g.softmax(x, 0), g.softmax(x, 1)]],
  [
    'the sign of a zero',
    (g, x) => [g.pad(x, 1, { after: 1, value: 0 }), g.pad(x, 1, { after: 1, value: -0 })],
  ],
  [
    'the sign of an infinity',
    (g, x) => [
      g.pad(x, 1, { after: 1, value: Number.POSITIVE_INFINITY }),
      g.pad(x, 1, { after: 1, value: Number.NEGATIVE_INFINITY }),
    ],
  ],
  ['an end and none', (g, x) => [g.slice(x, 1, 0, 1), g.slice(x, 1, 1)]],
  [
    'the sign of a constant zero',
    (g) => [g.constant(Float32Array.of(0), [1]), g.constant(Float32Array.of(-0), [1])],
  ],
  [
    'the shape of a constant',
    (g) => [g.constant(new Float32Array(2), [1, 2]), g.constant(new Float32Array(2), [2, 1])],
  ],
  [
    'the type of a constant',
    (g) => [g.constant(new BigInt64Array(1), [1]), g.constant(new Uint8Array(1), [1])],
  ],
];

for (const [what, define] of DIFFERENT) {
  test(`shareCommonSubexpressions() tells apart ${what}`, () => {
    const graph = graphOf('different', (g) => {
      const [a, b] = define(g, g.input('x', 'float32', [2, 2]));
      return { a, b };
    });
    const { outputs } = shareCommonSubexpressions(graph);
    assert.notEqual(outputs[0]?.value, outputs[1]?.value);
  });
}

test('shareCommonSubexpressions() knows equal attributes in another order', () => {
  const graph = graphOf('order', (g) => {
    const x = g.input('x', 'float32', [2, 2]);
    const [a = x] = g.apply('reduceSum', [x], { axes: [1], keepDims: false });
    const [b = x] = g.apply('reduceSum', [x], { keepDims: false, axes: [1] });
    return { a, b };
  });
  assert.equal(shareCommonSubexpressions(graph).nodes.length, 1);
});
