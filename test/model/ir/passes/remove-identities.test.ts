import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printGraph, verifyGraph } from '../../../../model/index.ts';
import { removeIdentities } from '../../../../model/ir/passes/remove-identities.ts';
import { graphOf } from '../../../helpers/run-graph.ts';

test('removeIdentities() takes every node that gives its operand as it is', () => {
  const graph = graphOf('identities', (g) => {
    const x = g.input('x', 'float32', ['batch', 3]);
    const reshaped = g.broadcastTo(g.reshape(x, ['batch', 3]), ['batch', 3]);
    const moved = g.transpose(g.pad(g.slice(reshaped, 1, 0), 1, {}), [0, 1]);
    return { y: g.neg(g.cast(moved, 'float32')), same: moved };
  });
  assert.equal(graph.nodes.length, 7);
  const after = removeIdentities(graph);
  verifyGraph(after);
  assert.equal(
    printGraph(after),
    `graph identities
  input x: float32[batch, 3]
  %0 = neg(x): float32[batch, 3]
  output y = %0
  output same = x
`,
  );
});

test('removeIdentities() leaves what only looks like one', () => {
  const graph = graphOf('square', (g) => {
    const x = g.input('x', 'float32', [2, 2]);
    const swapped = g.transpose(x, [1, 0]);
    const flat = g.reshape(g.slice(swapped, 1, 0, 1), [2]);
    return { y: g.add(x, flat), z: g.cast(g.cast(x, 'int64'), 'float32') };
  });
  assert.equal(printGraph(removeIdentities(graph)), printGraph(graph));
});
