import { broadcastShapes } from '../dims.ts';
import { illegal } from '../op.ts';
import type { Op, OpRule } from '../op.ts';
import type { DType, NodeOf, ValueType } from '../types.ts';
import { ONNX_DTYPE } from '../onnx-dtype.ts';
import { one, requireDType, requireSameDType, three, two } from './operands.ts';

type Lower = (node: NodeOf<Op>, onnx: Parameters<OpRule<Op>['lower']>[1]) => void;

/** One ONNX node of the same operands and results, no attributes. */
function same(opType: string): Lower {
  return (node, onnx) => {
    onnx.node(
      opType,
      node.operands.map((value) => onnx.tensor(value)),
      { results: node.results },
    );
  };
}

/** y_i = f(x_i) on float32. */
function unary<K extends Op>(opType: string): OpRule<K> {
  return {
    infer: (operands) => {
      const x = one(operands);
      requireDType(x, 'float32');
      return [x];
    },
    lower: same(opType),
  };
}

/** Two operands of one numeric type, broadcast. */
function binary<K extends Op>(opType: string, resultDType?: DType): OpRule<K> {
  return {
    infer: (operands) => {
      const [a, b] = two(operands);
      requireSameDType(a, b);
      if (a.dtype === 'bool') illegal('operands must be numeric', 'bool');
      return [{ dtype: resultDType ?? a.dtype, shape: broadcastShapes(a.shape, b.shape) }];
    },
    lower: same(opType),
  };
}

const stopGradient: OpRule<'stopGradient'> = {
  infer: (operands) => [one(operands)],
  lower: same('Identity'),
};

const select: OpRule<'where'> = {
  infer: (operands) => {
    const [condition, a, b] = three(operands);
    requireDType(condition, 'bool');
    requireSameDType(a, b);
    const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
    return [{ dtype: a.dtype, shape }];
  },
  lower: same('Where'),
};

const not: OpRule<'not'> = {
  infer: (operands) => {
    requireDType(one(operands), 'bool');
    return [one(operands)];
  },
  lower: same('Not'),
};

const and: OpRule<'and'> = {
  infer: (operands): readonly ValueType[] => {
    const [a, b] = two(operands);
    requireDType(a, 'bool');
    requireDType(b, 'bool');
    return [{ dtype: 'bool', shape: broadcastShapes(a.shape, b.shape) }];
  },
  lower: same('And'),
};

const cast: OpRule<'cast'> = {
  infer: (operands, { to }) => [{ dtype: to, shape: one(operands).shape }],
  lower: (node, onnx) => {
    onnx.node(
      'Cast',
      node.operands.map((value) => onnx.tensor(value)),
      {
        results: node.results,
        attributes: { to: ONNX_DTYPE[node.attributes.to] },
      },
    );
  },
};

/** Ops that work element by element, with numpy's broadcasting. */
export const ELEMENTWISE_RULES = {
  add: binary('Add'),
  sub: binary('Sub'),
  mul: binary('Mul'),
  div: binary('Div'),
  maximum: binary('Max'),
  minimum: binary('Min'),
  equal: binary('Equal', 'bool'),
  greater: binary('Greater', 'bool'),
  less: binary('Less', 'bool'),
  neg: unary('Neg'),
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
  erf: unary('Erf'),
  tanh: unary('Tanh'),
  relu: unary('Relu'),
  sin: unary('Sin'),
  cos: unary('Cos'),
  gelu: unary('Gelu'),
  and,
  not,
  where: select,
  stopGradient,
  cast,
} satisfies { readonly [K in Op]?: OpRule<K> };
