import { typeText } from './dims.ts';
import { IllegalOperation } from './op.ts';
import type { Lowering, Op, OpAttributes, OpRule } from './op.ts';
import { CONVOLUTION_RULES } from './rules/convolutions.ts';
import { ELEMENTWISE_RULES } from './rules/elementwise.ts';
import { INDEXING_RULES } from './rules/indexing.ts';
import { PRODUCT_RULES } from './rules/products.ts';
import { REDUCTION_RULES } from './rules/reductions.ts';
import { SHAPE_RULES } from './rules/shapes.ts';
import type { NodeOf, ValueType } from './types.ts';

/** Every op's rule: an op without one does not compile. */
export const OP_RULES: { readonly [K in Op]: OpRule<K> } = {
  ...ELEMENTWISE_RULES,
  ...REDUCTION_RULES,
  ...PRODUCT_RULES,
  ...CONVOLUTION_RULES,
  ...SHAPE_RULES,
  ...INDEXING_RULES,
};

/**
 * The types of an op's results.
 *
 * @throws TypeError "Cannot apply <op>(<types>) as <rule>: current value is <value>"
 */
export function inferTypes<K extends Op>(
  op: K,
  operands: readonly ValueType[],
  attributes: OpAttributes[K],
): readonly ValueType[] {
  try {
    return OP_RULES[op].infer(operands, attributes);
  } catch (error) {
    if (!(error instanceof IllegalOperation)) throw error;
    throw new TypeError(`Cannot apply ${op}(${operands.map(typeText).join(', ')}) ${error.message}`, {
      cause: error,
    });
  }
}

/** Writes one node as ONNX. */
export function lowerNode<K extends Op>(node: NodeOf<K>, onnx: Lowering): void {
  OP_RULES[node.op].lower(node, onnx);
}
