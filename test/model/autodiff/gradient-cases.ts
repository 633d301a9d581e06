import type { Op } from '../../../model/ir/op.ts';
import { ELEMENTWISE_CASES } from './cases/elementwise.ts';
import { INDEXING_CASES } from './cases/indexing.ts';
import { LINEAR_CASES } from './cases/linear.ts';
import { REDUCTION_CASES } from './cases/reductions.ts';
import { SHAPE_CASES } from './cases/shapes.ts';
import { gradientCase } from './gradient-case.ts';
import type { GradientCase } from './gradient-case.ts';

/** Ops whose result does not change with small changes of an operand, or is told not to. */
type FlatOp = 'equal' | 'greater' | 'less' | 'and' | 'not' | 'oneHot' | 'stopGradient';

/** Cases of every op with a derivative: a new op without one does not compile. */
export const GRADIENT_CASES: { readonly [K in Exclude<Op, FlatOp>]: readonly GradientCase[] } = {
  ...ELEMENTWISE_CASES,
  ...REDUCTION_CASES,
  ...LINEAR_CASES,
  ...SHAPE_CASES,
  ...INDEXING_CASES,
};

/** Every op without a derivative, and the casts without one: no gradient passes. */
export const FLAT_CASES: { readonly [K in FlatOp | 'cast']: GradientCase } = {
  equal: gradientCase([['batch', 2], [2]], (g, a, b) => g.cast(g.equal(a, b), 'float32')),
  greater: gradientCase([['batch', 2], [2]], (g, a, b) => g.cast(g.greater(a, b), 'float32')),
  less: gradientCase([['batch', 2], [2]], (g, a, b) => g.cast(g.less(a, b), 'float32')),
  and: gradientCase([['batch', 2], [2]], (g, a, b) =>
    g.cast(g.and(g.greater(a, 0), g.less(b, 0)), 'float32'),
  ),
  not: gradientCase([['batch', 2]], (g, x) => g.cast(g.not(g.greater(x, 0)), 'float32')),
  oneHot: gradientCase([['batch', 2]], (g, x) => g.oneHot(g.cast(x, 'int64'), 3), [0.1, 2.9]),
  stopGradient: gradientCase([['batch', 2]], (g, x) => g.stopGradient(g.mul(x, x))),
  cast: gradientCase([['batch', 2]], (g, x) => g.cast(g.cast(x, 'int64'), 'float32')),
};
