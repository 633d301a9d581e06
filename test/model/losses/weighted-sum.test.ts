import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../../model/index.ts';
import type { Value } from '../../../model/index.ts';
import { weightedSum } from '../../../model/losses/weighted-sum.ts';
import { graphOf, numbersOf, runGraph } from '../../helpers/run-graph.ts';

test('weightedSum() adds losses by weight, under a name of its own', async () => {
  const graph = graphOf('sum', (g) => {
    const { name, loss } = weightedSum(g, 'total', [
      { name: 'clip', loss: g.scalar(3), weight: 1 },
      { name: 'barlowTwins', loss: g.scalar(8), weight: 0.25 },
      { name: 'classes', loss: g.scalar(5), weight: 0 },
    ]);
    return { [name]: loss };
  });
  assert.deepEqual(numbersOf((await runGraph(graph, {}))['total']), [5]);
});

test('weightedSum() refuses no terms, names used twice and weights out of bounds', () => {
  const g = new GraphBuilder('refused');
  const loss: Value = g.scalar(1);
  const sum =
    (...terms: readonly (readonly [string, number])[]) =>
    () =>
      weightedSum(
        g,
        'total',
        terms.map(([name, weight]) => ({ name, loss, weight })),
      );
  assert.throws(sum(), /at least 1 is needed: current value is 0$/);
  assert.throws(sum(['a', 1], ['a', 1]), /must be unique: current value is "a"$/);
  assert.throws(sum(['total', 1]), /must be unique: current value is "total"$/);
  for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(sum(['a', weight]), /"a" as weights are finite and not negative/);
});
