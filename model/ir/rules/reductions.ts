import { dimOf, elementCount, withDim } from '../dims.ts';
import { illegal } from '../op.ts';
import type { Lowering, Op, OpRule, Reduction } from '../op.ts';
import type { NodeOf, Shape, ValueType } from '../types.ts';
import { ONNX_DTYPE } from '../onnx-dtype.ts';
import { one, requireDType } from './operands.ts';

type Fold = 'reduceSum' | 'reduceMean' | 'reduceMax';

/** Types of a fold over some axes of a float32 value; no axes is an error, as ONNX would fold over all. */
function inferFold(operands: readonly ValueType[], { axes, keepDims }: Reduction): readonly ValueType[] {
  const x = one(operands);
  requireDType(x, 'float32');
  if (axes.length === 0 || new Set(axes).size !== axes.length)
    illegal('axes must be distinct and at least one', `[${axes.join(', ')}]`);
  for (const axis of axes) dimOf(x.shape, axis);
  const shape = keepDims
    ? x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
    : x.shape.filter((_, i) => !axes.includes(i));
  return [{ dtype: x.dtype, shape }];
}

/** One ONNX reduction node. */
function lowerFold(
  opType: string,
  { operands: [x], attributes, results }: NodeOf<Fold>,
  onnx: Lowering,
): void {
  onnx.node(opType, [onnx.tensor(x!), onnx.integers(attributes.axes)], {
    results,
    attributes: { keepdims: attributes.keepDims ? 1 : 0 },
  });
}

/**
 * Sums within a row are products with a vector of ones. ONNX Runtime's own sums start at a vector boundary of memory and
 * take another path for one row, so that a row's last bits would depend on the batch around it (measured with 1.30 on
 * x64: [batch, 7] and [batch, 127] over the last axis, [batch, 50, 64] over the middle one); its products do not. Sums
 * over axis 0 are over the batch itself: of a matrix also a product, which is faster, otherwise what ONNX has.
 */
function lowerSum(node: NodeOf<'reduceSum' | 'reduceMean'>, onnx: Lowering): void {
  const { operands, attributes, results } = node;
  const x = operands[0]!;
  if (attributes.axes.includes(0) && !(attributes.axes.length === 1 && x.shape.length === 2)) {
    lowerFold(node.op === 'reduceSum' ? 'ReduceSum' : 'ReduceMean', node, onnx);
    return;
  }
  let tensor = onnx.tensor(x);
  let shape = x.shape;
  for (const axis of attributes.axes.toSorted((a, b) => b - a)) {
    tensor = sumAlong({ tensor, shape, axis }, onnx);
    shape = withDim(shape, axis, 1);
  }
  if (node.op === 'reduceMean') tensor = onnx.intermediate('Div', [tensor, elements(node, onnx)]);
  if (attributes.keepDims) onnx.node('Identity', [tensor], { results });
  else onnx.node('Squeeze', [tensor, onnx.integers(attributes.axes)], { results });
}

/** The sum along one axis, which stays with size 1. */
function sumAlong(
  { tensor, shape, axis }: { readonly tensor: string; readonly shape: Shape; readonly axis: number },
  onnx: Lowering,
): string {
  const size = dimOf(shape, axis);
  if (size === 1) return tensor;
  const following = shape.slice(axis + 1);
  if (following.length === 0) return onnx.intermediate('MatMul', [tensor, ones([size, 1], onnx)]);
  const row = ones([1, size], onnx);
  if (following.length === 1) return onnx.intermediate('MatMul', [row, tensor]);
  const leading = onnx.sizes(shape.slice(0, axis + 1));
  const merged = onnx.intermediate('Concat', [leading, onnx.integers([-1])], { axis: 0 });
  const rows = onnx.intermediate('Reshape', [tensor, merged]);
  const summed = onnx.intermediate('MatMul', [row, rows]);
  return onnx.intermediate('Reshape', [summed, onnx.sizes(withDim(shape, axis, 1))]);
}

function ones(shape: Shape, onnx: Lowering): string {
  const sizes = shape.filter((dim) => typeof dim === 'number');
  if (sizes.length < shape.length)
    return onnx.intermediate('Expand', [onnx.floats([1], []), onnx.sizes(shape)]);
  return onnx.floats(new Array<number>(elementCount(sizes)).fill(1), sizes);
}

/** How many elements a mean is over, as a float32 scalar. */
function elements(
  { operands, attributes: { axes } }: NodeOf<'reduceSum' | 'reduceMean'>,
  onnx: Lowering,
): string {
  const sizes = axes.map((axis) => dimOf(operands[0]!.shape, axis));
  const numbers = sizes.filter((size) => typeof size === 'number');
  if (numbers.length === sizes.length) return onnx.floats([elementCount(numbers)], []);
  const count = onnx.intermediate('ReduceProd', [onnx.sizes(sizes)], { keepdims: 0 });
  return onnx.intermediate('Cast', [count], { to: ONNX_DTYPE.float32 });
}

/** An op along one axis that keeps the shape. */
function alongAxis<K extends 'softmax' | 'logSoftmax'>(opType: string): OpRule<K> {
  return {
    infer: (operands, { axis }) => {
      const x = one(operands);
      requireDType(x, 'float32');
      dimOf(x.shape, axis);
      return [x];
    },
    lower: ({ operands: [x], attributes: { axis }, results }, onnx) => {
      onnx.node(opType, [onnx.tensor(x!)], { results, attributes: { axis } });
    },
  };
}

/**
 * (x − mean) / √(variance + ε) · scale + bias over the last axis, biased variance; and, for the derivative, the mean and
 * 1 / √(variance + ε) of each row, with the last axis kept as 1.
 */
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
    const row = { dtype: x.dtype, shape: withDim(x.shape, x.shape.length - 1, 1) };
    return [x, row, row];
  },
  lower: ({ operands, attributes: { epsilon }, results }, onnx) => {
    onnx.node(
      'LayerNormalization',
      operands.map((value) => onnx.tensor(value)),
      {
        results: results.slice(0, 1 + results.findLastIndex((value) => onnx.isRead(value))),
        attributes: { axis: -1, epsilon: { float: epsilon } },
      },
    );
  },
};

/** Ops that fold an axis, or normalise along one. */
export const REDUCTION_RULES = {
  reduceSum: { infer: inferFold, lower: lowerSum },
  reduceMean: { infer: inferFold, lower: lowerSum },
  reduceMax: {
    infer: inferFold,
    lower: (node, onnx) => {
      lowerFold('ReduceMax', node, onnx);
    },
  },
  softmax: alongAxis('Softmax'),
  logSoftmax: alongAxis('LogSoftmax'),
  layerNorm,
} satisfies { readonly [K in Op]?: OpRule<K> };
