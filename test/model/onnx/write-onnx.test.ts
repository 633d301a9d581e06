import assert from 'node:assert/strict';
import { test } from 'node:test';
import onnxProto from 'onnx-proto';
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
  const { y } = await runGraph(graph, { x: float32Tensor(Float32Array.of(1, 1, 0, 2), [2, 2]) }, { weights });
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

test('writeOnnx() multiplies in float16 if asked, and does everything else in float32', () => {
  const graph = graphOf('products', (g) => {
    const x = g.input('x', 'float32', [1, 2]);
    const product = g.matmul(x, g.constant(Float32Array.of(1, 1), [2, 1]));
    // A sum is a product with ones to ONNX Runtime, but none in the model.
    return { product, sum: g.reduceSum(x, [1]) };
  });
  // ONNX Runtime's CPU provider takes such casts out, so that the nodes are looked at and not the result.
  const nodesOf = (products: 'float32' | 'float16'): string[] =>
    (onnxProto.onnx.ModelProto.decode(writeOnnx(graph, new Map(), { products })).graph?.node ?? []).map(
      ({ opType, input, output }) => `${output?.join() ?? ''} = ${opType ?? ''}(${input?.join() ?? ''})`,
    );
  assert.deepEqual(nodesOf('float32'), [
    'product = MatMul(x,%c0)',
    '%i0 = MatMul(x,%a0)',
    'sum = Squeeze(%i0,%a1)',
  ]);
  assert.deepEqual(nodesOf('float16'), [
    '%i0 = Cast(x)',
    '%i1 = Cast(%c0)',
    '%i2 = MatMul(%i0,%i1)',
    'product = Cast(%i2)',
    '%i3 = MatMul(x,%a0)',
    'sum = Squeeze(%i3,%a1)',
  ]);
});
