import type { GraphBuilder } from '../ir/builder.ts';
import { sameShape, typeText } from '../ir/dims.ts';
import type { Op } from '../ir/op.ts';
import type { Node, Value } from '../ir/types.ts';
import type { GradientRule } from './gradient-rule.ts';
import { GRADIENT_RULES } from './gradient-rules.ts';

/**
 * Reverse-mode differentiation: writes ∂loss/∂w for each `w`, from the last node to the first.
 *
 * @param loss float32 scalar
 * @param wrt values of the same builder; float32
 * @returns one value for each of `wrt`, of its shape; zeros where the loss does not depend on it
 * @throws TypeError if the loss is not a float32 scalar
 * @complexity at most about twice the arithmetic of the nodes between `wrt` and `loss`
 * @source Griewank & Walther 2008, Evaluating Derivatives, doi:10.1137/1.9780898717761, section 3.2
 * @example
 * const [slope] = gradients(g, g.reduceSum(g.mul(x, x), [0]), [x]); // 2 x
 */
export function gradients(g: GraphBuilder, loss: Value, wrt: readonly Value[]): readonly Value[] {
  if (loss.shape.length > 0 || loss.dtype !== 'float32')
    throw new TypeError(
      `Cannot differentiate as the loss must be a float32 scalar: current value is ${typeText(loss)}`,
    );
  return pullback(g, [{ value: loss, cotangent: g.scalar(1) }], wrt);
}

/** A value, and how the loss changes with it. */
export interface Seed {
  readonly value: Value;
  /** Of the value's shape. */
  readonly cotangent: Value;
}

/**
 * Vector-Jacobian product: carries ∂L/∂value of some values back to `wrt`, for a loss that is computed elsewhere.
 *
 * @returns one value for each of `wrt`, of its shape
 */
export function pullback(g: GraphBuilder, seeds: readonly Seed[], wrt: readonly Value[]): readonly Value[] {
  const nodes = [...g.nodes];
  const dependent = dependentValues(nodes, wrt);
  const cotangents = new Map<Value, Value>();
  const accumulate = (value: Value, cotangent: Value): void => {
    const known = cotangents.get(value);
    cotangents.set(value, known === undefined ? cotangent : g.add(known, cotangent));
  };
  for (const { value, cotangent } of seeds) accumulate(value, cotangent);
  for (const node of nodes.toReversed()) {
    const received = node.results.map((result) => cotangents.get(result) ?? null);
    if (received.every((cotangent) => cotangent === null)) continue;
    const isWanted = node.operands.map((operand) => dependent.has(operand));
    if (!isWanted.includes(true)) continue;
    const flows = derivativeOf(g, node, { cotangents: received, isWanted });
    for (const [i, operand] of node.operands.entries()) {
      const flow = flows[i] ?? null;
      if (flow === null || isWanted[i] !== true) continue;
      if (!sameShape(flow.shape, operand.shape))
        throw new TypeError(
          `Cannot differentiate ${node.op} as operand ${i}'s gradient must be ${typeText(operand)}: ` +
            `current value is ${typeText(flow)}`,
        );
      accumulate(operand, flow);
    }
  }
  return wrt.map((value) => cotangents.get(value) ?? g.full(0, value.shape));
}

/** `wrt` and every float32 result that is computed from it. */
function dependentValues(nodes: readonly Node[], wrt: readonly Value[]): ReadonlySet<Value> {
  const dependent = new Set(wrt);
  for (const { operands, results } of nodes) {
    if (!operands.some((operand) => dependent.has(operand))) continue;
    for (const result of results) if (result.dtype === 'float32') dependent.add(result);
  }
  return dependent;
}

function derivativeOf(
  g: GraphBuilder,
  node: Node,
  at: { readonly cotangents: readonly (Value | null)[]; readonly isWanted: readonly boolean[] },
): readonly (Value | null)[] {
  // The table ties each rule to its op, which a call through a union cannot express.
  const rule = GRADIENT_RULES[node.op] as GradientRule<Op>;
  return rule({ g, node, ...at });
}
