import { dimOf } from '../dims.ts';
import { illegal } from '../op.ts';
import type { Op, OpRule } from '../op.ts';
import { one, requireDType } from './operands.ts';

/** A fold over some axes of a float32 value; no axes is an error, as ONNX would fold over all. */
function reduction<K extends 'reduceSum' | 'reduceMean' | 'reduceMax'>(opType: string): OpRule<K> {
  return {
    infer: (operands, { axes, keepDims }) => {
      const x = one(operands);
      requireDType(x, 'float32');
      if (axes.length === 0 || new Set(axes).size !== axes.length)
        illegal('axes must be distinct and at least one', `[${axes.join(', ')}]`);
      for (const axis of axes) dimOf(x.shape, axis);
      const shape = keepDims
        ? x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
        : x.shape.filter((_, i) => !axes.includes(i));
      return [{ dtype: x.dtype, shape }];
    },
    lower: ({ operands: [x], attributes: { axes, keepDims }, results }, onnx) => {
      onnx.node(opType, [onnx.tensor(x!), onnx.integers(axes)], {
        results,
        attributes: { keepdims: keepDims ? 1 : 0 },
      });
    },
  };
}

const softmax: OpRule<'softmax'> = {
  infer: (operands, { axis }) => {
    const x = one(operands);
    requireDType(x, 'float32');
    dimOf(x.shape, axis);
    return [x];
  },
  lower: ({ operands: [x], attributes: { axis }, results }, onnx) => {
    onnx.node('Softmax', [onnx.tensor(x!)], { results, attributes: { axis } });
  },
};

/** (x − mean) / √(variance + ε) · scale + bias over the last axis, biased variance. */
const layerNorm: OpRule<'layerNorm'> = {
  infer: (operands, { epsilon }) => {
    const [x, scale, bias] = operands;
    if (x === undefined || scale === undefined || bias === undefined || operands.length !== 3)
      return illegal('it takes a value, a scale and a bias', `${operands.length} operands`);
    for (const operand of [x, scale, bias]) requireDType(operand, 'float32');
    const width = dimOf(x.shape, x.shape.length - 1);
    for (const { shape } of [scale, bias]) {
      if (shape.length !== 1 || shape[0] !== width)
        illegal(`scale and bias must have the shape [${width}]`, `[${shape.join(', ')}]`);
    }
    if (!(epsilon > 0)) illegal('epsilon must be positive', String(epsilon));
    return [x];
  },
  lower: ({ operands, attributes: { epsilon }, results }, onnx) => {
    onnx.node(
      'LayerNormalization',
      operands.map((value) => onnx.tensor(value)),
      {
        results,
        attributes: { axis: -1, epsilon: { float: epsilon } },
      },
    );
  },
};

/** Ops that fold an axis, or normalise along one. */
export const REDUCTION_RULES = {
  reduceSum: reduction('ReduceSum'),
  reduceMean: reduction('ReduceMean'),
  reduceMax: reduction('ReduceMax'),
  softmax,
  layerNorm,
} satisfies { readonly [K in Op]?: OpRule<K> };
