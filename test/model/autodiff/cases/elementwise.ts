import type { GraphBuilder, Shape, Value } from '../../../../model/index.ts';
import { gradientCase } from '../gradient-case.ts';
import type { Domain, GradientCase } from '../gradient-case.ts';

/** Every way in which one operand or both stretch. */
const BROADCASTS: readonly (readonly [a: Shape, b: Shape])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 4], [4]],
  [[4], [2, 4]],
  [
    [2, 1],
    [1, 3],
  ],
  [[], [2, 3]],
  [[2, 3], []],
  [[], []],
  [
    [3, 1],
    [2, 3, 2],
  ],
  [['batch'], [1, 'batch']],
  [['batch', 4], [4]],
  [[4], ['batch', 4]],
  [
    ['batch', 1],
    ['batch', 4],
  ],
  [
    ['batch', 4],
    [1, 4],
  ],
  [
    ['batch', 1, 'length'],
    [2, 1],
  ],
];

type Binary = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';

function binary(op: Binary, domain?: Domain): readonly GradientCase[] {
  return [
    ...BROADCASTS.map((shapes) => gradientCase(shapes, (g, a, b) => g[op](a, b), domain)),
    gradientCase([[2, 2]], (g, x) => g[op](x, 3), domain),
    gradientCase([[2, 2]], (g, x) => g[op](3, x), domain),
  ];
}

/** Both operands are one value: the derivatives by each add up. */
function square(op: 'add' | 'sub' | 'mul' | 'div', domain?: Domain): GradientCase {
  return gradientCase([[2, 3]], (g, x) => g[op](x, x), domain);
}

type Unary = 'neg' | 'exp' | 'log' | 'sqrt' | 'erf' | 'tanh' | 'relu' | 'sin' | 'cos' | 'gelu';

function unary(op: Unary, domain?: Domain): readonly GradientCase[] {
  return [
    gradientCase([[2, 3]], (g, x) => g[op](x), domain),
    gradientCase([['batch', 2]], (g, x) => g[op](g[op](x)), domain),
    gradientCase([[]], (g, x) => g[op](x), domain),
  ];
}

/** Away from 0, where quotients, roots and logarithms bend more than a difference of two points can follow. */
const POSITIVE: Domain = [0.5, 2.5];

/** Logarithms of logarithms need more than 1. */
const ABOVE_ONE: Domain = [1.5, 4];

/** True where an operand is positive. */
function isPositive(g: GraphBuilder, x: Value): Value {
  return g.greater(x, 0);
}

const mask = (g: GraphBuilder, shape: readonly number[]): Value =>
  g.constant(Uint8Array.of(1, 0, 1, 0, 0, 1).subarray(0, shape[0]), shape);

const where: readonly GradientCase[] = [
  gradientCase(
    [
      [2, 3],
      [2, 3],
    ],
    (g, a, b) => g.where(mask(g, [3]), a, b),
  ),
  gradientCase([[3], [2, 1]], (g, a, b) => g.where(mask(g, [2, 1]), a, b)),
  gradientCase([[3], []], (g, a, b) => g.where(mask(g, [2, 1]), a, b)),
  gradientCase([[], [1, 3]], (g, a, b) => g.where(mask(g, [3, 1]), a, b)),
  gradientCase([[2, 4], [4], [2, 1]], (g, x, a, b) => g.where(isPositive(g, x), a, b)),
  gradientCase([['batch', 4], [4]], (g, x, b) => g.where(isPositive(g, x), x, b)),
  gradientCase([['batch', 1], [4]], (g, a, b) => g.where(mask(g, [4]), a, b)),
  gradientCase([['batch', 4]], (g, x) => g.where(isPositive(g, x), x, 0)),
  gradientCase([['batch', 4]], (g, x) => g.where(isPositive(g, x), 0, x)),
];

/** Ops that work element by element and have a derivative. */
export const ELEMENTWISE_CASES = {
  add: [...binary('add'), square('add')],
  sub: [...binary('sub'), square('sub')],
  mul: [...binary('mul'), square('mul')],
  div: [...binary('div', POSITIVE), ...binary('div', [-2.5, -0.5]), square('div', POSITIVE)],
  maximum: binary('maximum'),
  minimum: binary('minimum'),
  neg: unary('neg'),
  exp: unary('exp'),
  log: unary('log', ABOVE_ONE),
  sqrt: unary('sqrt', POSITIVE),
  erf: unary('erf'),
  tanh: unary('tanh'),
  relu: unary('relu'),
  sin: unary('sin'),
  cos: unary('cos'),
  gelu: [...unary('gelu'), gradientCase([[2, 4]], (g, x) => g.gelu(x), [-5, 5])],
  where,
  cast: [gradientCase([['batch', 4]], (g, x) => g.cast(x, 'float32'))],
} as const;
