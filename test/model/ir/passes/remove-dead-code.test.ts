import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printGraph, verifyGraph } from '../../../../model/index.ts';
import { removeDeadCode } from '../../../../model/ir/passes/remove-dead-code.ts';
import { graphOf } from '../../../helpers/run-graph.ts';

const graph = graphOf('dead', (g) => {
  const x = g.input('x', 'float32', ['batch', 3]);
  g.input('unread', 'float32', []);
  g.parameter('spare', [3]);
  g.exp(g.mul(x, 5));
  const { indices } = g.topK(g.add(x, 2), 1);
  return { y: indices };
});

test('removeDeadCode() takes nodes and constants that no output needs, and leaves inputs and parameters', () => {
  const before = printGraph(graph);
  assert.match(before, /constant %c0: float32\[\] = 5/);
  const after = removeDeadCode(graph);
  verifyGraph(after);
  assert.equal(
    printGraph(after),
    `graph dead
  input x: float32[batch, 3]
  input unread: float32[]
  parameter spare: float32[3]
  constant %c0: float32[] = 2
  %0 = add(x, %c0): float32[batch, 3]
  %1, %2 = topK(%0) {axis: 1, count: 1}: float32[batch, 1], int64[batch, 1]
  output y = %2
`,
  );
  assert.equal(printGraph(graph), before);
});

test('removeDeadCode() leaves an output that is an input', () => {
  const same = removeDeadCode(graphOf('same', (g) => ({ y: g.input('x', 'float32', [2]) })));
  verifyGraph(same);
  assert.equal(printGraph(same), 'graph same\n  input x: float32[2]\n  output y = x\n');
});
