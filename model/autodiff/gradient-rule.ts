import type { GraphBuilder } from '../ir/builder.ts';
import type { Op } from '../ir/op.ts';
import type { NodeOf, Value } from '../ir/types.ts';

/** What a derivative is made from. */
export interface Differentiation<K extends Op> {
  readonly g: GraphBuilder;
  readonly node: NodeOf<K>;
  /** ∂L/∂result for each result, of its shape; `null` where the loss does not depend on it, but not for all. */
  readonly cotangents: readonly (Value | null)[];
  /** Which operands' gradients are asked for; others need not be computed. */
  readonly isWanted: readonly boolean[];
}

/**
 * The derivative of one op: from ∂L/∂results to ∂L/∂operands, written as nodes.
 *
 * @returns for each operand its gradient, of the operand's shape; `null` where nothing flows or nothing is asked for
 */
export type GradientRule<K extends Op> = (at: Differentiation<K>) => readonly (Value | null)[];

/** The op is constant nearly everywhere, or what it takes or gives has no derivative. */
export const NO_GRADIENT = (): readonly (Value | null)[] => [];

/** The cotangent of the only result. */
export function onlyCotangent({ cotangents, node }: Differentiation<Op>): Value {
  const [cotangent] = cotangents;
  if (cotangent === undefined || cotangent === null)
    throw new TypeError(`Cannot differentiate ${node.op} as its first result must have a cotangent`);
  return cotangent;
}
