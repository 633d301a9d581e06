import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder, linear, printGraph, verifyGraph } from '../../../model/index.ts';
import type { Graph, Value } from '../../../model/index.ts';
import { graphOf } from '../../helpers/run-graph.ts';

function tiny(): Graph {
  return graphOf('tiny', (g) => {
    const x = g.input('x', 'float32', ['batch', 3]);
    return { y: g.relu(g.sub(linear(g, x, { name: 'layer', inputs: 3, outputs: 2 }), 0.5)) };
  });
}

test('printGraph() writes one line a value, names for leaves and numbers for results', () => {
  assert.equal(
    printGraph(tiny()),
    `graph tiny
  input x: float32[batch, 3]
  parameter layer.weight: float32[2, 3]
  parameter layer.bias: float32[2]
  constant %c0: float32[] = 0.5
  %0 = matmul(x, layer.weight) {transposeA: false, transposeB: true}: float32[batch, 2]
  %1 = add(%0, layer.bias): float32[batch, 2]
  %2 = sub(%1, %c0): float32[batch, 2]
  %3 = relu(%2): float32[batch, 2]
  output y = %3
`,
  );
});

test('printGraph() is the same for the same graph built again', () => {
  assert.equal(printGraph(tiny()), printGraph(tiny()));
});

test('GraphBuilder.scalar() gives equal numbers one value', () => {
  const g = new GraphBuilder('scalars');
  assert.equal(g.scalar(2), g.scalar(2));
  assert.notEqual(g.scalar(0), g.scalar(-0));
  assert.notEqual(g.scalar(2), g.scalar(2, 'int64'));
});

const ILLEGAL: readonly (readonly [string, (g: GraphBuilder, x: Value) => unknown, RegExp])[] = [
  ['shapes that do not broadcast', (g, x) => g.add(x, g.input('z', 'float32', [4])), /add\(.*must broadcast/],
  ['two symbols', (g, x) => g.add(x, g.input('z', 'float32', ['other', 3])), /must broadcast/],
  [
    'inner sizes',
    (g, x) => g.matmul(x, x),
    /inner sizes must agree: current value is \[batch, 3\] · \[batch, 3\]/,
  ],
  ['element types', (g, x) => g.add(x, g.scalar(1, 'int64')), /element types must agree/],
  ['a missing axis', (g, x) => g.reduceSum(x, [2]), /axis must be within 0…1: current value is 2/],
  ['a reshape that loses elements', (g, x) => g.reshape(x, ['batch', 2]), /must keep the elements/],
  ['a reshape that loses a symbol', (g, x) => g.reshape(x, [3]), /must keep the elements/],
  ['a permutation', (g, x) => g.transpose(x, [0, 0]), /must name each of 2 axes once/],
  ['a slice beyond its axis', (g, x) => g.slice(x, 1, 1, 5), /must lie within its axis/],
  ['a slice that ends before it starts', (g, x) => g.slice(x, 1, 2, 1), /must not end before it starts/],
  ['topK of too many', (g, x) => g.topK(x, 4), /count must be within 1…3/],
  ['a bool in arithmetic', (g, x) => g.exp(g.greater(x, 0)), /must be float32/],
  [
    'a constant of another size',
    (g) => g.constant(new Float32Array(2), [3]),
    /needs 3 elements: current value is 2/,
  ],
];

for (const [what, build, message] of ILLEGAL) {
  test(`GraphBuilder refuses ${what} at once and says why`, () => {
    const g = new GraphBuilder('illegal');
    const x = g.input('x', 'float32', ['batch', 3]);
    assert.throws(() => build(g, x), message);
  });
}

test('GraphBuilder adds to and takes from symbolic sizes', () => {
  const g = new GraphBuilder('symbols');
  const x = g.input('x', 'float32', ['batch', 2, 'length']);
  const weight = g.parameter('w', [4, 2, 5]);
  assert.deepEqual(g.conv1d(x, weight).shape, ['batch', 4, 'length-4']);
  assert.deepEqual(g.conv1d(x, weight, { padding: 'circular' }).shape, ['batch', 4, 'length']);
  assert.deepEqual(g.slice(g.pad(x, 2, { before: 3 }), 2, 1, -1).shape, ['batch', 2, 'length+1']);
});

test('verifyGraph() names the node that uses a value before it is defined', () => {
  const graph = tiny();
  assert.throws(() => {
    verifyGraph({ ...graph, nodes: graph.nodes.toReversed() });
  }, /Cannot accept node 0 \(relu\) as its operands must be defined before it/);
});

test('verifyGraph() refuses types that the rule does not infer', () => {
  const graph = tiny();
  const [first, ...rest] = graph.nodes;
  assert.ok(first?.results[0]);
  const node = { ...first, results: [{ ...first.results[0], shape: [9] }] };
  assert.throws(() => {
    verifyGraph({ ...graph, nodes: [node, ...rest] });
  }, /node 0 \(matmul\) as its results must be float32\[batch, 2\]: current value is float32\[9\]/);
});

test('verifyGraph() refuses two things of one name, free symbols, and graphs without output', () => {
  assert.throws(() => graphOf('none', () => ({})), /must have an output/);
  assert.throws(
    () => graphOf('twice', (g) => ({ x: g.neg(g.input('x', 'float32', [1])) })),
    /names must be unique.*"x"/,
  );
  assert.throws(
    () => graphOf('free', (g) => ({ y: g.broadcastTo(g.scalar(1), ['length']) })),
    /an input must bind every symbol: current value is "length"/,
  );
});
