import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32Tensor } from '../../../model/index.ts';
import { batchNorm } from '../../../model/losses/batch-norm.ts';
import { graphOf, numbersOf, relativeError, runGraph } from '../../helpers/run-graph.ts';

/** Rounding of a handful of float32 operations. */
const TOLERANCE = 1e-6;

const tensor = (rows: readonly (readonly number[])[]): ReturnType<typeof float32Tensor> =>
  float32Tensor(Float32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);

test('batchNorm() brings each column to mean 0 and biased variance 1, 1e-5 aside', async () => {
  const graph = graphOf('plain', (g) => ({ y: batchNorm(g, g.input('x', 'float32', ['batch', 2])) }));
  const x = tensor([
    [1, 5],
    [3, 5],
  ]);
  const { y } = await runGraph(graph, { x });
  const one = 1 / Math.sqrt(1 + 1e-5);
  assert.ok(relativeError(numbersOf(y), [-one, 0, one, 0]) < TOLERANCE, numbersOf(y).join());
});

test('batchNorm() counts a row by its weight', async () => {
  const graph = graphOf('weighted', (g) => ({
    y: batchNorm(g, g.input('x', 'float32', ['batch', 1]), { weights: g.input('w', 'float32', ['batch']) }),
  }));
  const run = async (rows: readonly number[], weights: readonly number[]): Promise<number[]> =>
    numbersOf(
      (
        await runGraph(graph, {
          x: float32Tensor(Float32Array.from(rows), [rows.length, 1]),
          w: float32Tensor(Float32Array.from(weights), [weights.length]),
        })
      )['y'],
    );
  const one = 1 / Math.sqrt(1 + 1e-5);
  assert.ok(relativeError(await run([1, 3, 6], [1, 1, 0]), [-one, one, 4 * one]) < TOLERANCE);
  // A row of weight 2 counts as if it stood there twice.
  const twice = await run([1, 4, 4, 7], [1, 1, 1, 1]);
  const weighted = await run([1, 4, 7], [1, 2, 1]);
  assert.ok(relativeError([...weighted.slice(0, 2), ...weighted.slice(1)], twice) < TOLERANCE);
  assert.deepEqual(await run([0, 0], [0, 0]), [0, 0]);
});

test('batchNorm() scales and shifts by the parameters it is given a name for', async () => {
  const graph = graphOf('affine', (g) => ({
    y: batchNorm(g, g.input('x', 'float32', ['batch', 2]), { affine: 'norm' }),
  }));
  assert.deepEqual(
    graph.parameters.map(({ name }) => name),
    ['norm.weight', 'norm.bias'],
  );
  const weights = new Map([
    ['norm.weight', float32Tensor(Float32Array.of(2, 3), [2])],
    ['norm.bias', float32Tensor(Float32Array.of(-1, 10), [2])],
  ]);
  const x = tensor([
    [1, 5],
    [3, 5],
  ]);
  const { y } = await runGraph(graph, { x }, { weights });
  const two = 2 / Math.sqrt(1 + 1e-5);
  assert.ok(relativeError(numbersOf(y), [-1 - two, 10, -1 + two, 10]) < TOLERANCE, numbersOf(y).join());
});
