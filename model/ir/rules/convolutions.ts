import { dimOf, dimPlus, shapeText, staticDimOf } from '../dims.ts';
import { illegal } from '../op.ts';
import type { OpRule } from '../op.ts';
import type { Dim, ValueType } from '../types.ts';
import { one, requireDType, requireRank, two } from './operands.ts';

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

/** Ops that look at windows of the last axis. */
export const CONVOLUTION_RULES = { conv1d, convTranspose1d, maxPool1d };
