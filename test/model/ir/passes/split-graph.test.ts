import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printGraph, verifyGraph } from '../../../../model/index.ts';
import { splitGraph } from '../../../../model/ir/passes/split-graph.ts';
import { graphOf } from '../../../helpers/run-graph.ts';

const graph = graphOf('whole', (g) => {
  const x = g.input('x', 'float32', [2]);
  const rate = g.input('rate', 'float32', []);
  const double = g.mul(x, 2);
  const norm = g.reduceMax(double, [0]);
  const quotient = g.div(double, norm);
  g.exp(x);
  return { norm, y: g.add(g.sub(x, g.mul(rate, quotient)), 2), same: x };
});

test('splitGraph() puts what the outputs need into the first part and all else that is needed into the rest', () => {
  const { first, rest } = splitGraph(graph, new Set(['norm']));
  verifyGraph(first);
  verifyGraph(rest);
  assert.equal(
    printGraph(first),
    `graph whole
  input x: float32[2]
  input rate: float32[]
  constant %c0: float32[] = 2
  %0 = mul(x, %c0): float32[2]
  %1 = reduceMax(%0) {axes: [0], keepDims: false}: float32[]
  output norm = %1
  output cut.0 = %0
`,
  );
  assert.equal(
    printGraph(rest),
    `graph whole
  input x: float32[2]
  input rate: float32[]
  input cut.0: float32[2]
  input norm: float32[]
  constant %c0: float32[] = 2
  %0 = div(cut.0, norm): float32[2]
  %1 = mul(rate, %0): float32[2]
  %2 = sub(x, %1): float32[2]
  %3 = add(%2, %c0): float32[2]
  output y = %3
  output same = x
`,
  );
});
