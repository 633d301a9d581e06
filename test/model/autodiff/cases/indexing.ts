import type { GraphBuilder, Shape, Value } from '../../../../model/index.ts';
import { gradientCase } from '../gradient-case.ts';
import type { GradientCase } from '../gradient-case.ts';

/** Indices of a constant, row-major. */
function indices(g: GraphBuilder, shape: readonly number[], values: readonly number[]): Value {
  return g.constant(BigInt64Array.from(values, BigInt), shape);
}

/** [batch, count] distinct indices of an axis of 4: those of the largest. */
function largest(g: GraphBuilder, x: Value, count: number): Value {
  return g.topK(x, count).indices;
}

const gather: readonly GradientCase[] = [
  gradientCase([[4, 3]], (g, data) => g.gather(data, indices(g, [2, 3], [3, 0, 3, 1, 0, 0]), 0)),
  gradientCase([[3, 4]], (g, data) => g.gather(data, indices(g, [2, 3], [3, 0, 3, 1, 0, 0]), 1)),
  gradientCase([[2, 4, 3]], (g, data) => g.gather(data, indices(g, [3], [2, 0, 2]), 1)),
  gradientCase([[4]], (g, data) => g.gather(data, indices(g, [2, 1], [2, 2]), 0)),
  gradientCase([[4, 3]], (g, data) => g.gather(data, indices(g, [], [2]), 0)),
  gradientCase([[2, 4]], (g, data) => g.gather(data, indices(g, [], [1]), 1)),
  gradientCase([['batch', 4]], (g, data) => g.gather(data, indices(g, [3], [3, 1, 3]), 1)),
  gradientCase([['batch', 4, 2]], (g, data) => g.gather(data, indices(g, [2, 2], [3, 1, 3, 0]), 1)),
  // A look-up in a table by as many indices as the batch has rows.
  gradientCase(
    [
      [4, 2],
      ['batch', 4],
    ],
    (g, table, x) => g.gather(table, g.reshape(largest(g, x, 1), ['batch']), 0),
  ),
];

const gatherElements: readonly GradientCase[] = [
  gradientCase([[2, 4]], (g, data) => g.gatherElements(data, indices(g, [2, 3], [3, 0, 3, 1, 1, 1]), 1)),
  gradientCase([[4, 2]], (g, data) => g.gatherElements(data, indices(g, [3, 2], [3, 0, 3, 1, 1, 1]), 0)),
  gradientCase([[2, 3, 2]], (g, data) =>
    g.gatherElements(data, indices(g, [2, 2, 2], [0, 2, 1, 2, 2, 0, 2, 0]), 1),
  ),
  gradientCase([['batch', 4]], (g, data) => g.gatherElements(data, largest(g, data, 2), 1)),
  gradientCase(
    [
      ['batch', 4],
      ['batch', 4],
    ],
    (g, data, x) => g.gatherElements(data, largest(g, x, 3), 1),
  ),
];

/** Shapes of data and indices, the axis, and indices that are distinct along it. */
const SCATTERS: readonly (readonly [Shape, readonly number[], number, readonly number[]])[] = [
  [[2, 4], [2, 2], 1, [2, 0, 1, 3]],
  [[4, 2], [2, 2], 0, [2, 0, 1, 3]],
  [[2, 3, 2], [2, 2, 2], 1, [0, 2, 1, 0, 2, 0, 1, 2]],
];

const scatterElements: readonly GradientCase[] = [
  ...(['none', 'add'] as const).flatMap((reduction) => [
    ...SCATTERS.map(([shape, places, axis, values]) =>
      gradientCase([shape, places], (g, data, updates) =>
        g.scatterElements(data, { indices: indices(g, places, values), updates, axis, reduction }),
      ),
    ),
    gradientCase(
      [
        ['batch', 4],
        ['batch', 2],
        ['batch', 4],
      ],
      (g, data, updates, x) =>
        g.scatterElements(data, { indices: largest(g, x, 2), updates, axis: 1, reduction }),
    ),
  ]),
  // What falls in one place adds up.
  gradientCase(
    [
      [2, 3],
      [2, 4],
    ],
    (g, data, updates) =>
      g.scatterElements(data, {
        indices: indices(g, [2, 4], [2, 0, 2, 2, 1, 1, 0, 0]),
        updates,
        axis: 1,
        reduction: 'add',
      }),
  ),
];

const topK: readonly GradientCase[] = [
  gradientCase([[2, 4]], (g, x) => g.topK(x, 2).values),
  gradientCase([[4, 2]], (g, x) => g.topK(x, 3, 0).values),
  gradientCase([[2, 4, 2]], (g, x) => g.topK(x, 2, 1).values),
  gradientCase([[2, 3]], (g, x) => g.topK(x, 3).values),
  gradientCase([['batch', 'length']], (g, x) => g.topK(x, 2).values),
  gradientCase([['batch', 4]], (g, x) => g.topK(x, 2, 0).values),
];

/** Ops that pick and place elements by index. */
export const INDEXING_CASES = { gather, gatherElements, scatterElements, topK } as const;
