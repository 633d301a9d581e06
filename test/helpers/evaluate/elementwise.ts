import type { Op } from '../../../model/ir/op.ts';
import { erf } from './erf.ts';
import { shapeAt } from './evaluate-op.ts';
import type { Application, Evaluate } from './evaluate-op.ts';
import { zipped } from './number-tensor.ts';

type Elements = Pick<Application<Op>, 'operands' | 'shapes'>;

/** y_i = f(x_i). */
function unary(f: (x: number) => number): (application: Elements) => ReturnType<Evaluate<Op>> {
  return (application) => [zipped(application.operands, shapeAt(application), (x = Number.NaN) => f(x))];
}

/** y_i = f(a_i, b_i), broadcast. */
function binary(f: (a: number, b: number) => number): (application: Elements) => ReturnType<Evaluate<Op>> {
  return (application) => [
    zipped(application.operands, shapeAt(application), (a = Number.NaN, b = Number.NaN) => f(a, b)),
  ];
}

/** Integers divide towards zero. */
const div: Evaluate<'div'> = (application) =>
  binary((a, b) => (application.dtype === 'int64' ? Math.trunc(a / b) : a / b))(application);

const select: Evaluate<'where'> = (application) => [
  zipped(application.operands, shapeAt(application), (condition, a = Number.NaN, b = Number.NaN) =>
    condition === 0 ? b : a,
  ),
];

const cast: Evaluate<'cast'> = (application) => {
  const { to } = application.attributes;
  if (to === 'bool') return unary((x) => (x === 0 ? 0 : 1))(application);
  return unary(to === 'int64' ? Math.trunc : (x) => x)(application);
};

/** Ops that work element by element, with numpy's broadcasting. */
export const ELEMENTWISE = {
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div,
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  equal: binary((a, b) => Number(a === b)),
  greater: binary((a, b) => Number(a > b)),
  less: binary((a, b) => Number(a < b)),
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  erf: unary(erf),
  tanh: unary(Math.tanh),
  relu: unary((x) => Math.max(0, x)),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  gelu: unary((x) => (x / 2) * (1 + erf(x / Math.SQRT2))),
  and: binary((a, b) => a * b),
  not: unary((x) => 1 - x),
  where: select,
  stopGradient: unary((x) => x),
  cast,
} satisfies { readonly [K in Op]?: Evaluate<K> };
