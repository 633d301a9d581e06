import type { Shape } from '../../../../model/index.ts';
import { gradientCase } from '../gradient-case.ts';
import type { GradientCase } from '../gradient-case.ts';

/** Each set of axes of a value with three, and those of symbolic size. */
const FOLDS: readonly (readonly [shape: Shape, axes: readonly number[]])[] = [
  [[2, 3, 4], [0]],
  [[2, 3, 4], [1]],
  [[2, 3, 4], [2]],
  [
    [2, 3, 4],
    [0, 1],
  ],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [2, 3, 4],
    [1, 2],
  ],
  [
    [2, 3, 4],
    [0, 1, 2],
  ],
  [['batch', 4], [0]],
  [['batch', 4], [1]],
  [
    ['batch', 4],
    [0, 1],
  ],
  [['batch', 2, 'length'], [2]],
  [
    ['batch', 2, 'length'],
    [0, 2],
  ],
];

function folds(op: 'reduceSum' | 'reduceMean' | 'reduceMax'): readonly GradientCase[] {
  return [false, true].flatMap((keepDims) =>
    FOLDS.map(([shape, axes]) => gradientCase([shape], (g, x) => g[op](x, axes, { keepDims }))),
  );
}

function alongAxis(op: 'softmax' | 'logSoftmax'): readonly GradientCase[] {
  return [
    ...[0, 1, 2].map((axis) => gradientCase([[2, 3, 4]], (g, x) => g[op](x, axis))),
    gradientCase([['batch', 4]], (g, x) => g[op](x, 1)),
    gradientCase([['batch', 4]], (g, x) => g[op](x, 0)),
    gradientCase([['batch', 'length']], (g, x) => g[op](x)),
    gradientCase([[4]], (g, x) => g[op](x)),
  ];
}

const layerNorm: readonly GradientCase[] = [
  gradientCase([[2, 3, 4], [4], [4]], (g, x, scale, bias) => g.layerNorm(x, scale, bias)),
  // A wide epsilon, which a derivative that leaves it out would miss.
  gradientCase([[2, 4], [4], [4]], (g, x, scale, bias) => g.layerNorm(x, scale, bias, 0.5)),
  gradientCase([['batch', 4], [4], [4]], (g, x, scale, bias) => g.layerNorm(x, scale, bias)),
  gradientCase([['batch', 'length', 4], [4], [4]], (g, x, scale, bias) => g.layerNorm(x, scale, bias)),
  gradientCase([['batch', 4], [4], [4]], (g, x, scale, bias) =>
    g.concat(g.apply('layerNorm', [x, scale, bias], { epsilon: 0.1 }), 1),
  ),
  ...[1, 2].map((result) =>
    gradientCase([[2, 3, 4], [4], [4]], (g, x, scale, bias) => {
      const results = g.apply('layerNorm', [x, scale, bias], { epsilon: 1e-5 });
      return g.concat(results.slice(result, result + 1), 2);
    }),
  ),
];

/** Ops that fold an axis, or normalise along one. */
export const REDUCTION_CASES = {
  reduceSum: folds('reduceSum'),
  reduceMean: folds('reduceMean'),
  reduceMax: folds('reduceMax'),
  softmax: alongAxis('softmax'),
  // The softmaxes of a row differ by e⁴⁰, so that all but one are nothing beside it.
  logSoftmax: [...alongAxis('logSoftmax'), gradientCase([[2, 4]], (g, x) => g.logSoftmax(x), [-20, 20])],
  layerNorm,
} as const;
