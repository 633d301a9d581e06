import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32Tensor, linear, writeOnnx } from '../../../model/index.ts';
import type { Tensors } from '../../../model/index.ts';
import { graphOf, numbersOf, runGraph } from '../../helpers/run-graph.ts';

const graph = graphOf('layer', (g) => ({
  y: linear(g, g.input('x', 'float32', ['batch', 2]), { name: 'layer', inputs: 2, outputs: 1 }),
}));
const weights: Tensors = new Map([
  ['layer.weight', float32Tensor(Float32Array.of(2, 3), [1, 2])],
  ['layer.bias', float32Tensor(Float32Array.of(10), [1])],
]);

test('writeOnnx() gives a model that computes the graph', async () => {
  const { y } = await runGraph(graph, { x: float32Tensor(Float32Array.of(1, 1, 0, 2), [2, 2]) }, weights);
  assert.deepEqual(numbersOf(y), [15, 16]);
});

test('writeOnnx() gives the same bytes for the same graph, and other bytes for another weight', () => {
  const other = new Map([...weights, ['layer.bias', float32Tensor(Float32Array.of(11), [1])] as const]);
  assert.deepEqual(writeOnnx(graph, weights), writeOnnx(graph, weights));
  assert.notDeepEqual(writeOnnx(graph, weights), writeOnnx(graph, other));
});

test('writeOnnx() refuses missing weights and weights of another shape', () => {
  assert.throws(() => writeOnnx(graph, new Map()), /"layer.weight" as it has no weight/);
  const wrong = new Map([...weights, ['layer.bias', float32Tensor(new Float32Array(2), [2])] as const]);
  assert.throws(
    () => writeOnnx(graph, wrong),
    /"layer.bias" as it must be float32\[1\]: current value is float32\[2\]/,
  );
});

test('writeOnnx() resolves symbols in any place, with offsets, from what is fed', async () => {
  const symbols = graphOf('symbols', (g) => {
    const x = g.input('x', 'float32', ['a', 'b+1']);
    return {
      swapped: g.add(g.broadcastTo(g.scalar(1), ['b', 'a']), 0),
      reshaped: g.reshape(x, ['b+1', 'a', 1]),
      same: x,
    };
  });
  const x = float32Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  const { swapped, reshaped, same } = await runGraph(symbols, { x });
  assert.deepEqual(swapped?.shape, [2, 2]);
  assert.deepEqual(reshaped?.shape, [3, 2, 1]);
  assert.deepEqual(same?.data, x.data);
});
