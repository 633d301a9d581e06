import type { Conv1dOptions, Dim, Shape } from '../../../../model/index.ts';
import { gradientCase } from '../gradient-case.ts';
import type { GradientCase } from '../gradient-case.ts';

/** Leading axes of both operands of a product: none, one, more, and broadcast in each direction. */
const LEADING: readonly (readonly [a: Shape, b: Shape])[] = [
  [[], []],
  [[2], []],
  [[], [2]],
  [[2], [2]],
  [[1], [2]],
  [[2, 2], []],
  [[2, 1], [2]],
  [[2], [3, 1]],
  [
    [2, 3],
    [1, 3],
  ],
  [['batch'], []],
  [[], ['batch']],
  [['batch'], ['batch']],
  [['batch', 2], []],
  [['batch', 1], [2]],
];

/** [… 2, 3] · [… 3, 2], each operand as it is or transposed. */
function products(transposeA: boolean, transposeB: boolean): readonly GradientCase[] {
  const matrix = (leading: Shape, isTall: boolean): readonly Dim[] =>
    isTall ? [...leading, 3, 2] : [...leading, 2, 3];
  return LEADING.map(([a, b]) =>
    gradientCase([matrix(a, transposeA), matrix(b, !transposeB)], (g, left, right) =>
      g.matmul(left, right, { transposeA, transposeB }),
    ),
  );
}

const matmul: readonly GradientCase[] = [
  ...products(false, false),
  ...products(false, true),
  ...products(true, false),
  ...products(true, true),
  // A linear layer with a bias, over a batch and over sequences.
  gradientCase([['batch', 3], [4, 3], [4]], (g, x, weight, bias) =>
    g.add(g.matmul(x, weight, { transposeB: true }), bias),
  ),
  gradientCase([['batch', 'length', 2], [4, 2], [4]], (g, x, weight, bias) =>
    g.add(g.matmul(x, weight, { transposeB: true }), bias),
  ),
  // Products of a value with itself, one of them over the batch.
  gradientCase([['batch', 2]], (g, x) => g.matmul(x, x, { transposeB: true })),
  gradientCase([['batch', 2]], (g, x) => g.matmul(x, x, { transposeA: true })),
];

const PAIR: readonly [Shape, Shape, Shape] = [
  [2, 3, 2],
  [2, 4, 2],
  [2, 4, 3],
];
const HEADS: readonly [Shape, Shape, Shape] = [
  ['batch', 2, 3, 2],
  ['batch', 2, 4, 2],
  ['batch', 2, 4, 2],
];

const attention: readonly GradientCase[] = [
  gradientCase(
    [
      [3, 2],
      [4, 2],
      [4, 3],
    ],
    (g, query, key, value) => g.attention({ query, key, value }),
  ),
  gradientCase(PAIR, (g, query, key, value) => g.attention({ query, key, value }, 1.5)),
  ...([[3, 4], [4], [2, 1, 4], [2, 3, 4]] satisfies Shape[]).map((bias: Shape) =>
    gradientCase([...PAIR, bias], (g, query, key, value, added) =>
      g.attention({ query, key, value, bias: added }),
    ),
  ),
  gradientCase(HEADS, (g, query, key, value) => g.attention({ query, key, value })),
  gradientCase([...HEADS, ['batch', 1, 1, 4]], (g, query, key, value, bias) =>
    g.attention({ query, key, value, bias }),
  ),
  // Both results, and the probabilities alone.
  gradientCase([...PAIR, [3, 4]], (g, ...operands) =>
    g.concat(g.apply('attention', operands, { scale: 0.7 }), 2),
  ),
  gradientCase([...HEADS, ['batch', 1, 1, 4]], (g, ...operands) =>
    g.concat(g.apply('attention', operands, { scale: 0.7 }), 3),
  ),
  gradientCase(PAIR, (g, ...operands) =>
    g.concat(g.apply('attention', operands, { scale: 0.7 }).slice(1), 2),
  ),
  gradientCase([['batch', 'length', 2]], (g, x) => g.attention({ query: x, key: x, value: x })),
];

interface Conv1dCase extends Omit<Conv1dOptions, 'bias'> {
  readonly x: Shape;
  /** [out, in, size] */
  readonly weight: readonly [number, number, number];
}

const CONV1D: readonly Conv1dCase[] = [
  { x: [2, 2, 6], weight: [3, 2, 3] },
  { x: [1, 2, 5], weight: [2, 2, 1] },
  { x: [2, 2, 7], weight: [2, 2, 3], stride: 2 },
  // Lengths of which the stride leaves a rest, also beside padding.
  { x: [2, 2, 8], weight: [2, 2, 3], stride: 2 },
  { x: [2, 1, 9], weight: [2, 1, 2], stride: 3, padding: [1, 0] },
  { x: [1, 2, 8], weight: [2, 2, 3], dilation: 2 },
  { x: [1, 2, 6], weight: [2, 2, 3], padding: [1, 2] },
  { x: [1, 2, 6], weight: [2, 2, 4], padding: 2 },
  { x: [2, 2, 8], weight: [2, 2, 3], stride: 2, dilation: 2, padding: [1, 2] },
  { x: [1, 2, 6], weight: [2, 2, 3], padding: 'circular' },
  { x: [1, 1, 8], weight: [2, 1, 5], padding: 'circular', stride: 2 },
  { x: ['batch', 2, 6], weight: [2, 2, 3], stride: 2, padding: 1 },
  { x: ['batch', 2, 7], weight: [2, 2, 2], dilation: 2 },
  { x: ['batch', 2, 'length'], weight: [2, 2, 3], padding: 1 },
  { x: ['batch', 1, 'length'], weight: [2, 1, 3], padding: 'circular' },
];

const conv1d: readonly GradientCase[] = CONV1D.flatMap(({ x, weight, ...options }) => [
  gradientCase([x, weight], (g, value, kernel) => g.conv1d(value, kernel, options)),
  gradientCase([x, weight, [weight[0]]], (g, value, kernel, bias) =>
    g.conv1d(value, kernel, { ...options, bias }),
  ),
]);

const convTranspose1d: readonly GradientCase[] = (
  [
    [[2, 2, 4], [2, 3, 3], 1, 1],
    [[2, 2, 4], [2, 3, 3], 2, 1],
    [[2, 2, 4], [2, 3, 3], 2, 2],
    [[1, 2, 4], [2, 1, 2], 1, 3],
    [[1, 2, 3], [2, 2, 2], 3, 1],
    [['batch', 2, 4], [2, 2, 3], 2, 1],
    [['batch', 2, 'length'], [2, 1, 3], 1, 2],
  ] as const
).map(([x, weight, stride, dilation]) =>
  gradientCase([x, weight], (g, value, kernel) => g.convTranspose1d(value, kernel, { stride, dilation })),
);

const maxPool1d: readonly GradientCase[] = [
  gradientCase([[2, 2, 6]], (g, x) => g.maxPool1d(x, { size: 3 })),
  gradientCase([[2, 2, 7]], (g, x) => g.maxPool1d(x, { size: 3 })),
  gradientCase([[1, 3, 4]], (g, x) => g.maxPool1d(x, { size: 1 })),
  gradientCase([[1, 3, 4]], (g, x) => g.maxPool1d(x, { size: 4 })),
  gradientCase([['batch', 2, 7]], (g, x) => g.maxPool1d(x, { size: 2 })),
];

/** Ops that mix positions or channels. */
export const LINEAR_CASES = { matmul, attention, conv1d, convTranspose1d, maxPool1d } as const;
