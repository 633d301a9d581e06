import { broadcastShapes, dimOf, dimPlus, sameShape, shapeText, staticDimOf } from '../dims.ts';
import { illegal } from '../op.ts';
import type { Lowering, OpRule } from '../op.ts';
import type { Dim, NodeOf, Shape, Value, ValueType } from '../types.ts';
import { one, requireDType, requireRank, two } from './operands.ts';

/** Sizes of the last two axes, after a transposition of them. */
function matrixOf({ shape }: ValueType, isTransposed: boolean): readonly [rows: Dim, columns: Dim] {
  if (shape.length < 2) illegal('operands must have at least 2 axes', shapeText(shape));
  const [rows, columns] = [dimOf(shape, shape.length - 2), dimOf(shape, shape.length - 1)];
  return isTransposed ? [columns, rows] : [rows, columns];
}

/** Name of a tensor with its last two axes exchanged; ONNX Runtime makes it part of the product. */
function transposed(tensor: string, shape: Shape, onnx: Lowering): string {
  const axes = shape.map((_, axis) => axis);
  const perm = [...axes.slice(0, -2), ...axes.slice(-2).reverse()];
  return onnx.intermediate('Transpose', [tensor], { perm });
}

/** [… m, k] · [… k, n] = [… m, n]; leading axes broadcast. */
const matmul: OpRule<'matmul'> = {
  infer: (operands, { transposeA, transposeB }) => {
    const [a, b] = two(operands);
    requireDType(a, 'float32');
    requireDType(b, 'float32');
    const [rows, inner] = matrixOf(a, transposeA);
    const [otherInner, columns] = matrixOf(b, transposeB);
    if (inner !== otherInner)
      illegal('inner sizes must agree', `${shapeText(a.shape)} · ${shapeText(b.shape)}`);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: 'float32', shape: [...batch, rows, columns] }];
  },
  lower: ({ operands: [a, b], attributes: { transposeA, transposeB }, results }, onnx) => {
    const tensor = (value: ValueType, name: string, isTransposed: boolean): string =>
      isTransposed ? transposed(name, value.shape, onnx) : name;
    const inputs = [tensor(a!, onnx.tensor(a!), transposeA), tensor(b!, onnx.tensor(b!), transposeB)];
    onnx.product('MatMul', inputs, { result: results[0]! });
  },
};

/** softmax(scale · q kᵀ + bias) v, and the softmax itself, which the derivative needs. */
const attention: OpRule<'attention'> = {
  infer: (operands) => {
    const [query, key, value, bias] = operands;
    if (query === undefined || key === undefined || value === undefined || operands.length > 4)
      return illegal('it takes query, key, value and perhaps a bias', `${operands.length} operands`);
    for (const operand of operands) requireDType(operand, 'float32');
    const [queries, width] = matrixOf(query, false);
    const [keys, keyWidth] = matrixOf(key, false);
    const [values, out] = matrixOf(value, false);
    const leading = query.shape.slice(0, -2);
    const agrees = [key, value].every(({ shape }) => sameShape(shape.slice(0, -2), leading));
    if (!agrees || width !== keyWidth || keys !== values)
      illegal(
        'query, key and value must fit each other',
        [query, key, value].map(({ shape }) => shapeText(shape)).join(', '),
      );
    const probabilities = [...leading, queries, keys];
    if (bias !== undefined && !sameShape(broadcastShapes(bias.shape, probabilities), probabilities))
      illegal(`the bias must stretch to ${shapeText(probabilities)}`, shapeText(bias.shape));
    return [
      { dtype: 'float32', shape: [...leading, queries, out] },
      { dtype: 'float32', shape: probabilities },
    ];
  },
  lower: (node, onnx) => {
    const { operands, results } = node;
    const [context, probabilities] = results;
    const value = onnx.tensor(operands[2]!);
    onnx.node('Softmax', [logitsOf(node, onnx)], { results: [probabilities!], attributes: { axis: -1 } });
    onnx.product('MatMul', [onnx.tensor(probabilities!), value], { result: context! });
  },
};

/**
 * scale · q kᵀ + bias. A bias that is the same for every query goes into the product, [q, 1] [k, bias / scale]ᵀ: the sum
 * over a tensor [… queries, keys] with such a bias costs ONNX Runtime 1.30 as much as the product.
 */
function logitsOf(
  { operands: [query, key, , bias], attributes: { scale } }: NodeOf<'attention'>,
  onnx: Lowering,
): string {
  const product = (left: string, right: string): string => {
    const products = onnx.product('MatMul', [left, transposed(right, key!.shape, onnx)]);
    return onnx.intermediate('Mul', [products, onnx.floats([scale], [])]);
  };
  const [left, right] = [onnx.tensor(query!), onnx.tensor(key!)];
  if (bias === undefined) return product(left, right);
  if (bias.shape.length < 2 || bias.shape.at(-2) !== 1 || !onnx.hasFullProducts)
    return onnx.intermediate('Add', [product(left, right), onnx.tensor(bias)]);
  const withColumn = (tensor: string, column: string, { shape }: Value): string => {
    const sizes = onnx.sizes([...shape.slice(0, -1), 1]);
    return onnx.intermediate('Concat', [tensor, onnx.intermediate('Expand', [column, sizes])], { axis: -1 });
  };
  const perKey = transposed(onnx.tensor(bias), bias.shape, onnx);
  const unscaled = onnx.intermediate('Div', [perKey, onnx.floats([scale], [])]);
  return product(withColumn(left, onnx.floats([1], []), query!), withColumn(right, unscaled, key!));
}

/** Positions of a window of `size` moved by `stride` along an axis; a symbolic axis takes only stride 1. */
function windowPositions(length: Dim, size: number, stride: number): Dim {
  requirePositive('stride', stride);
  if (stride === 1) {
    const positions = dimPlus(length, 1 - size);
    if (typeof positions === 'number' && positions < 1)
      illegal(`the padded length must be at least the window's ${size}`, String(length));
    return positions;
  }
  if (typeof length === 'string') return illegal('a stride above 1 needs a length in numbers', `"${length}"`);
  if (length < size) illegal(`the padded length must be at least the window's ${size}`, String(length));
  return Math.floor((length - size) / stride) + 1;
}

function requirePositive(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) illegal(`the ${what} must be a positive integer`, String(value));
}

/** The three sizes of a convolution's weight, which must be numbers. */
function kernelOf(weight: ValueType): readonly [number, number, number] {
  requireRank(weight, 3);
  return [staticDimOf(weight.shape, 0), staticDimOf(weight.shape, 1), staticDimOf(weight.shape, 2)];
}

/** Cross-correlation of [batch, in, length] with [out, in, size], plus a bias [out] where there is one. */
const conv1d: OpRule<'conv1d'> = {
  infer: (operands, { stride, dilation, padding }) => {
    const [x, weight, bias] = operands;
    if (x === undefined || weight === undefined || operands.length > 3)
      return illegal('it takes a value, a weight and perhaps a bias', `${operands.length} operands`);
    for (const operand of operands) requireDType(operand, 'float32');
    requireRank(x, 3);
    const [out, channels, size] = kernelOf(weight);
    if (x.shape[1] !== channels) illegal(`the value must have ${channels} channels`, shapeText(x.shape));
    if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== out))
      illegal(`the bias must have the shape [${out}]`, shapeText(bias.shape));
    if (padding.some((amount) => !Number.isInteger(amount) || amount < 0))
      illegal('padding must be non-negative integers', `[${padding.join(', ')}]`);
    requirePositive('dilation', dilation);
    const padded = dimPlus(dimOf(x.shape, 2), padding[0] + padding[1]);
    const reach = (size - 1) * dilation + 1;
    return [{ dtype: 'float32', shape: [dimOf(x.shape, 0), out, windowPositions(padded, reach, stride)] }];
  },
  lower: ({ operands, attributes: { stride, dilation, padding }, results }, onnx) => {
    onnx.product(
      'Conv',
      operands.map((value) => onnx.tensor(value)),
      {
        result: results[0]!,
        attributes: {
          kernel_shape: [staticDimOf(operands[1]!.shape, 2)],
          pads: padding,
          strides: [stride],
          dilations: [dilation],
        },
      },
    );
  },
};

/** Each sample of [batch, in, length] times [in, out, size], summed where they overlap at `stride` steps from each other. */
const convTranspose1d: OpRule<'convTranspose1d'> = {
  infer: (operands, { stride, dilation }) => {
    const [x, weight] = two(operands);
    for (const operand of operands) requireDType(operand, 'float32');
    requireRank(x, 3);
    const [channels, out, size] = kernelOf(weight);
    if (x.shape[1] !== channels) illegal(`the value must have ${channels} channels`, shapeText(x.shape));
    requirePositive('stride', stride);
    requirePositive('dilation', dilation);
    const reach = (size - 1) * dilation + 1;
    return [{ dtype: 'float32', shape: [dimOf(x.shape, 0), out, spreadLength(x, reach, stride)] }];
  },
  lower: ({ operands, attributes: { stride, dilation }, results }, onnx) => {
    const size = staticDimOf(operands[1]!.shape, 2);
    onnx.product(
      'ConvTranspose',
      operands.map((value) => onnx.tensor(value)),
      {
        result: results[0]!,
        attributes: { kernel_shape: [size], strides: [stride], dilations: [dilation] },
      },
    );
  },
};

/** Length of a transposed convolution; a symbolic axis takes only stride 1. */
function spreadLength(x: ValueType, reach: number, stride: number): Dim {
  if (stride === 1) return dimPlus(dimOf(x.shape, 2), reach - 1);
  return (staticDimOf(x.shape, 2) - 1) * stride + reach;
}

/** Largest of each window along the last of [batch, channels, length]; what does not fill a window is left out. */
const maxPool1d: OpRule<'maxPool1d'> = {
  infer: (operands, { size }) => {
    const x = one(operands);
    requireDType(x, 'float32');
    requireRank(x, 3);
    requirePositive('window', size);
    const [batch, channels, length] = [0, 1, 2].map((axis) => dimOf(x.shape, axis)) as [Dim, Dim, Dim];
    return [{ dtype: 'float32', shape: [batch, channels, windowPositions(length, size, size)] }];
  },
  lower: ({ operands: [x], attributes: { size }, results }, onnx) => {
    onnx.node('MaxPool', [onnx.tensor(x!)], {
      results,
      attributes: { kernel_shape: [size], strides: [size] },
    });
  },
};

/** Ops that mix positions or channels: where nearly all the arithmetic is. */
export const LINEAR_RULES = { matmul, attention, conv1d, convTranspose1d, maxPool1d };
