import type { GraphBuilder } from '../../ir/builder.ts';
import type { Op } from '../../ir/op.ts';
import type { Value } from '../../ir/types.ts';
import { NO_GRADIENT, onlyCotangent } from '../gradient-rule.ts';
import type { GradientRule } from '../gradient-rule.ts';
import { sumToShape } from '../sum-to-shape.ts';

interface UnaryAt {
  readonly g: GraphBuilder;
  readonly x: Value;
  /** The op's result. */
  readonly y: Value;
  /** ∂L/∂y */
  readonly dy: Value;
}

/** y_i = f(x_i): ∂L/∂x_i = ∂L/∂y_i · f′(x_i). */
function unary<K extends Op>(derivative: (at: UnaryAt) => Value): GradientRule<K> {
  return (at) => {
    const { g, node } = at;
    return [derivative({ g, x: node.operands[0]!, y: node.results[0]!, dy: onlyCotangent(at) })];
  };
}

interface BinaryAt extends Omit<UnaryAt, 'x'> {
  readonly a: Value;
  readonly b: Value;
}

/** y_i = f(a_i, b_i), where an operand that was stretched gets the sum over its copies. */
function binary<K extends Op>(partials: {
  readonly a: (at: BinaryAt) => Value;
  readonly b: (at: BinaryAt) => Value;
}): GradientRule<K> {
  return (at) => {
    const { g, node, isWanted } = at;
    const [a, b] = [node.operands[0]!, node.operands[1]!];
    const operands = { g, a, b, y: node.results[0]!, dy: onlyCotangent(at) };
    return [
      isWanted[0] === true ? sumToShape(g, partials.a(operands), a.shape) : null,
      isWanted[1] === true ? sumToShape(g, partials.b(operands), b.shape) : null,
    ];
  };
}

/** ln(1/√π): exp(LOG_INVERSE_SQRT_PI − u²) is the derivative of erf(u) / 2. */
const LOG_INVERSE_SQRT_PI = -0.5 * Math.log(Math.PI);

/** Derivatives of ops that work element by element. With ∂y/∂x = f′(x), dx = dy · f′(x); sums over stretched axes. */
export const ELEMENTWISE_GRADIENTS = {
  // y = a + b: da = dy, db = dy
  add: binary({ a: ({ dy }) => dy, b: ({ dy }) => dy }),
  // y = a − b: da = dy, db = −dy
  sub: binary({ a: ({ dy }) => dy, b: ({ g, dy }) => g.neg(dy) }),
  // y = a b: da = dy b, db = dy a
  mul: binary({ a: ({ g, b, dy }) => g.mul(dy, b), b: ({ g, a, dy }) => g.mul(dy, a) }),
  // y = a / b: da = dy / b, db = −dy y / b
  div: binary({
    a: ({ g, b, dy }) => g.div(dy, b),
    b: ({ g, b, y, dy }) => g.neg(g.div(g.mul(dy, y), b)),
  }),
  // y = max(a, b): the larger operand gets dy; of equals the first, so that the shares add up to dy
  maximum: binary({
    a: ({ g, a, b, dy }) => g.where(g.less(a, b), 0, dy),
    b: ({ g, a, b, dy }) => g.where(g.less(a, b), dy, 0),
  }),
  minimum: binary({
    a: ({ g, a, b, dy }) => g.where(g.greater(a, b), 0, dy),
    b: ({ g, a, b, dy }) => g.where(g.greater(a, b), dy, 0),
  }),
  neg: unary(({ g, dy }) => g.neg(dy)),
  // y = eˣ: dx = dy y
  exp: unary(({ g, y, dy }) => g.mul(dy, y)),
  log: unary(({ g, x, dy }) => g.div(dy, x)),
  // y = √x: dx = dy / 2y; 0 at x = 0, where the slope is infinite, so that a vector of zeros can have its norm taken
  sqrt: unary(({ g, y, dy }) => g.where(g.greater(y, 0), g.div(dy, g.mul(2, y)), 0)),
  // y = erf(x): dx = dy 2/√π e^(−x²)
  erf: unary(({ g, x, dy }) => g.mul(dy, g.exp(g.sub(LOG_INVERSE_SQRT_PI + Math.LN2, g.mul(x, x))))),
  // y = tanh x: dx = dy (1 − y²)
  tanh: unary(({ g, y, dy }) => g.mul(dy, g.sub(1, g.mul(y, y)))),
  // y = max(x, 0): dx = dy where x > 0; 0 at x = 0
  relu: unary(({ g, y, dy }) => g.where(g.greater(y, 0), dy, 0)),
  sin: unary(({ g, x, dy }) => g.mul(dy, g.cos(x))),
  cos: unary(({ g, x, dy }) => g.neg(g.mul(dy, g.sin(x)))),
  // y = x Φ(x): dx = dy (Φ(x) + x φ(x)); with u = x/√2: Φ = (1 + erf u) / 2, x φ = u e^(−u²) / √π
  gelu: unary(({ g, x, dy }) => {
    const u = g.mul(x, Math.SQRT1_2);
    const density = g.exp(g.sub(LOG_INVERSE_SQRT_PI + Math.LN2, g.mul(u, u)));
    const twice = g.add(g.add(g.erf(u), 1), g.mul(u, density));
    // The half goes to dy, which mostly comes from a product that scales for nothing.
    return g.mul(g.mul(dy, 0.5), twice);
  }),
  equal: NO_GRADIENT,
  greater: NO_GRADIENT,
  less: NO_GRADIENT,
  and: NO_GRADIENT,
  not: NO_GRADIENT,
  stopGradient: NO_GRADIENT,
  // y = a where c, else b: each gets dy where it was taken
  where: (at) => {
    const { g, node, isWanted } = at;
    const [condition, a, b] = [node.operands[0]!, node.operands[1]!, node.operands[2]!];
    const dy = onlyCotangent(at);
    return [
      null,
      isWanted[1] === true ? sumToShape(g, g.where(condition, dy, 0), a.shape) : null,
      isWanted[2] === true ? sumToShape(g, g.where(condition, 0, dy), b.shape) : null,
    ];
  },
  // Only a float32 has a gradient, and to another type none comes back.
  cast: (at) => (at.node.results[0]!.dtype === 'float32' ? [onlyCotangent(at)] : []),
} satisfies { readonly [K in Op]?: GradientRule<K> };
