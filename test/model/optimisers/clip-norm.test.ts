import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../core/index.ts';
import { float32Tensor, GraphBuilder } from '../../../model/index.ts';
import type { Tensor } from '../../../model/index.ts';
import { clipScale, globalNorm } from '../../../model/optimisers/clip-norm.ts';
import { graphOf, numbersOf, runGraph } from '../../helpers/run-graph.ts';

interface Gradients {
  readonly shapes: readonly (readonly number[])[];
  readonly draw: () => number;
}

/** The global norm of each set of gradients by one graph, and by float64 additions. */
async function normsOf(
  ...sets: readonly Gradients[]
): Promise<readonly { readonly got: number; readonly want: number }[]> {
  const g = new GraphBuilder('norms');
  const feeds: Record<string, Tensor> = {};
  const wanted = sets.map(({ shapes, draw }, set) => {
    let squares = 0;
    const values = shapes.map((shape, i) => {
      const length = shape.reduce((product, size) => product * size, 1);
      const data = Float32Array.from({ length }, draw);
      for (const element of data) squares += element ** 2;
      feeds[`gradient ${set} ${i}`] = float32Tensor(data, shape);
      return g.input(`gradient ${set} ${i}`, 'float32', shape);
    });
    g.output(`norm ${set}`, globalNorm(g, values));
    return Math.sqrt(squares);
  });
  const results = await runGraph(g.build(), feeds);
  return wanted.map((want, set) => ({ got: numbersOf(results[`norm ${set}`])[0] ?? Number.NaN, want }));
}

test('globalNorm() is the root of the sum of all squares, and 0 for zeros', async () => {
  const elements = [3, 0, 0, 0, 0, 0, -4, 12];
  const [some, none] = await normsOf(
    { shapes: [[3, 2], [1], []], draw: () => elements.shift() ?? Number.NaN },
    { shapes: [[5], [2, 2]], draw: () => 0 },
  );
  assert.equal(some?.got, 13);
  assert.equal(none?.got, 0);
});

test('globalNorm() holds six digits over 2^20 elements, random or equal, and over shapes of no round size', async () => {
  const random = new Random('norm');
  const norms = await normsOf(
    { shapes: [[1024, 1024]], draw: () => 1e-3 * random.uniform() },
    { shapes: [[1024, 1024]], draw: () => 1.2345e-3 },
    { shapes: [[300], [257, 3], [4, 3, 5, 7], [32], [], [1, 1]], draw: () => random.normal() },
  );
  for (const { got, want } of norms) assert.ok(Math.abs(got / want - 1) < 1e-6, `${got}, not ${want}`);
});

test('globalNorm() refuses no gradient and sizes that are not known', () => {
  const g = new GraphBuilder('norm');
  assert.throws(() => globalNorm(g, []), /a tensor is needed: current value is none/);
  assert.throws(
    () => globalNorm(g, [g.input('x', 'float32', ['batch', 2])]),
    /sizes must be numbers: current value is float32\[batch, 2\]/,
  );
});

test('clipScale() is 1 up to the greatest norm, then its ratio to the norm, and NaN for NaN', async () => {
  const norms = [0, 10, 45, 90, 4.5e6, Number.NaN];
  const graph = graphOf('clip', (g) => ({ scale: clipScale(g, g.input('norm', 'float32', [6]), 45) }));
  const feeds = { norm: float32Tensor(Float32Array.from(norms), [6]) };
  // 1e-6 is lost beside norms of this size in float32.
  const want = [1, 1, 1, 0.5, 1e-5, Number.NaN].map(Math.fround);
  assert.deepEqual(numbersOf((await runGraph(graph, feeds))['scale']), want);
});

test('clipScale() refuses a greatest norm that is not positive', () => {
  const g = new GraphBuilder('clip');
  for (const normMax of [0, -1, Number.NaN])
    assert.throws(() => clipScale(g, g.scalar(1), normMax), RangeError);
});
