import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32Tensor, GraphBuilder } from '../../../model/index.ts';
import { diagonalOf, splitDiagonal } from '../../../model/losses/diagonal.ts';
import { graphOf, numbersOf, runGraph } from '../../helpers/run-graph.ts';

for (const size of [1, 2, 3, 5]) {
  test(`splitDiagonal() parts a matrix of ${size} rows, known only at run time`, async () => {
    const graph = graphOf('diagonal', (g) => {
      const x = g.input('x', 'float32', ['n', 'n']);
      return { ...splitDiagonal(g, x), alone: diagonalOf(g, x) };
    });
    const elements = Float32Array.from({ length: size * size }, (_, i) => i + 1);
    const { diagonal, rest, alone } = await runGraph(graph, { x: float32Tensor(elements, [size, size]) });
    const isDiagonal = (i: number): boolean => i % (size + 1) === 0;
    const zeros = new Array<number>(size).fill(0);
    assert.deepEqual(diagonal?.shape, [size]);
    assert.deepEqual(numbersOf(diagonal), [...elements.filter((_, i) => isDiagonal(i))]);
    assert.deepEqual(alone, diagonal);
    assert.deepEqual(rest?.shape, [size, size]);
    assert.deepEqual(numbersOf(rest), [...elements.filter((_, i) => !isDiagonal(i)), ...zeros]);
  });
}

test('splitDiagonal() refuses a matrix that is not square', () => {
  const g = new GraphBuilder('oblong');
  assert.throws(
    () => splitDiagonal(g, g.input('x', 'float32', ['n', 3])),
    /square: current value is \[n, 3\]$/,
  );
});
