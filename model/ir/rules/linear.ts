import { broadcastShapes, dimOf, dimPlus, shapeText, staticDimOf } from '../dims.ts';
import { illegal } from '../op.ts';
import type { OpRule } from '../op.ts';
import type { Dim } from '../types.ts';
import { one, requireDType, requireRank, two } from './operands.ts';

/** [… m, k] · [… k, n] = [… m, n]; leading axes broadcast. */
const matmul: OpRule<'matmul'> = {
  infer: (operands) => {
    const [a, b] = two(operands);
    requireDType(a, 'float32');
    requireDType(b, 'float32');
    const current = `${shapeText(a.shape)} · ${shapeText(b.shape)}`;
    if (a.shape.length < 2 || b.shape.length < 2) illegal('operands must have at least 2 axes', current);
    if (a.shape.at(-1) !== b.shape.at(-2)) illegal('inner sizes must agree', current);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: 'float32', shape: [...batch, dimOf(a.shape, a.shape.length - 2), b.shape.at(-1) ?? 1] }];
  },
  lower: ({ operands, results }, onnx) => {
    onnx.node(
      'MatMul',
      operands.map((value) => onnx.tensor(value)),
      { results },
    );
  },
};

/** Positions of a window of `size` moved by `stride` along an axis; a symbolic axis takes only stride 1. */
function windowPositions(length: Dim, size: number, stride: number): Dim {
  if (!Number.isInteger(stride) || stride < 1)
    illegal('the stride must be a positive integer', String(stride));
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

/** Cross-correlation of [batch, in, length] with [out, in, size], plus a bias [out] where there is one. */
const conv1d: OpRule<'conv1d'> = {
  infer: (operands, { stride, padding }) => {
    const [x, weight, bias] = operands;
    if (x === undefined || weight === undefined || operands.length > 3)
      return illegal('it takes a value, a weight and perhaps a bias', `${operands.length} operands`);
    for (const operand of operands) requireDType(operand, 'float32');
    requireRank(x, 3);
    requireRank(weight, 3);
    const [out, channels, size] = [0, 1, 2].map((axis) => staticDimOf(weight.shape, axis)) as [
      number,
      number,
      number,
    ];
    if (x.shape[1] !== channels) illegal(`the value must have ${channels} channels`, shapeText(x.shape));
    if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== out))
      illegal(`the bias must have the shape [${out}]`, shapeText(bias.shape));
    if (padding.some((amount) => !Number.isInteger(amount) || amount < 0))
      illegal('padding must be non-negative integers', `[${padding.join(', ')}]`);
    const padded = dimPlus(dimOf(x.shape, 2), padding[0] + padding[1]);
    return [{ dtype: 'float32', shape: [dimOf(x.shape, 0), out, windowPositions(padded, size, stride)] }];
  },
  lower: ({ operands, attributes: { stride, padding }, results }, onnx) => {
    onnx.node(
      'Conv',
      operands.map((value) => onnx.tensor(value)),
      {
        results,
        attributes: {
          kernel_shape: [staticDimOf(operands[1]!.shape, 2)],
          pads: padding,
          strides: [stride],
        },
      },
    );
  },
};

/** Largest of each window along the last of [batch, channels, length]; what does not fill a window is left out. */
const maxPool1d: OpRule<'maxPool1d'> = {
  infer: (operands, { size, stride }) => {
    const x = one(operands);
    requireDType(x, 'float32');
    requireRank(x, 3);
    if (!Number.isInteger(size) || size < 1) illegal('the window must be a positive integer', String(size));
    const [batch, channels, length] = [0, 1, 2].map((axis) => dimOf(x.shape, axis)) as [Dim, Dim, Dim];
    return [{ dtype: 'float32', shape: [batch, channels, windowPositions(length, size, stride)] }];
  },
  lower: ({ operands: [x], attributes: { size, stride }, results }, onnx) => {
    onnx.node('MaxPool', [onnx.tensor(x!)], {
      results,
      attributes: { kernel_shape: [size], strides: [stride] },
    });
  },
};

/** Ops that mix positions or channels: where nearly all the arithmetic is. */
export const LINEAR_RULES = { matmul, conv1d, maxPool1d };
