import type { Shape } from '../../../../model/index.ts';
import { gradientCase } from '../gradient-case.ts';
import type { GradientCase } from '../gradient-case.ts';

const transpose: readonly GradientCase[] = (
  [
    [
      [2, 3],
      [1, 0],
    ],
    [
      [2, 3, 4],
      [2, 0, 1],
    ],
    [
      [2, 3, 4],
      [0, 2, 1],
    ],
    [
      ['batch', 2, 3, 2],
      [0, 2, 1, 3],
    ],
    [
      ['batch', 4],
      [1, 0],
    ],
    [[4], [0]],
  ] as const
).map(([shape, permutation]) => gradientCase([shape], (g, x) => g.transpose(x, permutation)));

const reshape: readonly GradientCase[] = (
  [
    [
      [2, 3],
      [3, 2],
    ],
    [[2, 3], [6]],
    [[6], [1, 6, 1]],
    [[1, 1], []],
    [
      ['batch', 6],
      ['batch', 2, 3],
    ],
    [
      ['batch', 'length', 2],
      ['length', 'batch', 2],
    ],
  ] as const
).map(([from, to]) => gradientCase([from], (g, x) => g.reshape(x, to)));

const broadcastTo: readonly GradientCase[] = (
  [
    [[3], [2, 3]],
    [
      [2, 1],
      [2, 3],
    ],
    [[], [2, 3]],
    [
      [2, 3],
      [2, 3],
    ],
    [
      [2, 1, 3],
      [4, 2, 5, 3],
    ],
    [[4], ['batch', 4]],
    [
      ['batch', 1, 4],
      ['batch', 'length', 4],
    ],
  ] as const
).map(([from, to]) => gradientCase([from], (g, x) => g.broadcastTo(x, to)));

const concat: readonly GradientCase[] = [
  gradientCase(
    [
      [2, 3],
      [1, 3],
      [3, 3],
    ],
    (g, a, b, c) => g.concat([a, b, c], 0),
  ),
  gradientCase(
    [
      [2, 1, 2],
      [2, 3, 2],
      [2, 2, 2],
    ],
    (g, a, b, c) => g.concat([a, b, c], 1),
  ),
  gradientCase(
    [
      [2, 2],
      [2, 1],
    ],
    (g, a, b) => g.concat([a, b, a], 1),
  ),
  gradientCase([[2, 2]], (g, a) => g.concat([a], 1)),
  gradientCase(
    [
      ['batch', 2],
      ['batch', 3],
    ],
    (g, a, b) => g.concat([a, b], 1),
  ),
  gradientCase(
    [
      [1, 2],
      ['batch', 2],
      [2, 2],
    ],
    (g, a, b, c) => g.concat([a, b, c], 0),
  ),
];

/** Axis, start and end: whole and part, by bounds from either end. */
const SLICES: readonly (readonly [shape: Shape, axis: number, start: number, end: number | null])[] = [
  [[3, 5], 0, 0, 2],
  [[3, 5], 1, 1, 3],
  [[3, 5], 1, 2, null],
  [[3, 5], 0, -1, null],
  [[3, 5], 1, -3, -1],
  [[3, 5], 1, 1, -1],
  [[3, 5], 1, -4, 3],
  [[3, 5], 1, 0, null],
  [['batch', 4], 1, 1, 3],
  [['batch', 4], 0, 1, null],
  [['batch', 4], 0, 0, -1],
  [['batch', 2, 'length'], 2, -2, null],
  [['batch', 2, 'length'], 2, -3, -1],
  [['batch', 2, 'length'], 2, 0, 3],
  [['batch', 2, 'length'], 2, 1, 3],
  [['batch', 2, 'length'], 2, 2, -1],
];

const slice: readonly GradientCase[] = [
  ...SLICES.map(([shape, axis, start, end]) => gradientCase([shape], (g, x) => g.slice(x, axis, start, end))),
  gradientCase([[2, 7]], (g, x) => g.stridedSlice(x, 1, { start: 1, end: null, step: 2 })),
  gradientCase([[7, 2]], (g, x) => g.stridedSlice(x, 0, { start: 0, end: -2, step: 3 })),
  gradientCase([[2, 6, 2]], (g, x) => g.stridedSlice(x, 1, { start: 1, end: 6, step: 4 })),
  gradientCase([['batch', 5]], (g, x) => g.stridedSlice(x, 1, { start: -5, end: null, step: 2 })),
];

const pad: readonly GradientCase[] = [
  gradientCase([[2, 3]], (g, x) => g.pad(x, 1, { before: 1, after: 2, value: 9 })),
  gradientCase([[2, 3]], (g, x) => g.pad(x, 0, { before: 1 })),
  gradientCase([[2, 3]], (g, x) => g.pad(x, 1, { after: 2 })),
  gradientCase([[2, 3]], (g, x) => g.pad(x, 1, {})),
  gradientCase([['batch', 2, 'length']], (g, x) => g.pad(x, 2, { before: 1, after: 2 })),
  gradientCase([['batch', 2]], (g, x) => g.pad(x, 0, { before: 1, after: 2 })),
];

/** Ops that move elements without changing them. */
export const SHAPE_CASES = {
  transpose,
  reshape,
  broadcastTo,
  concat,
  slice,
  pad,
} as const;
