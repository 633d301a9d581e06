import type { Op } from '../../../model/ir/op.ts';
import { operandAt, shapeAt, sizeOf } from './evaluate-op.ts';
import type { Evaluate } from './evaluate-op.ts';
import { fill, read, sumOf } from './number-tensor.ts';
import type { NumberTensor } from './number-tensor.ts';
import { softmaxOf } from './reductions.ts';

/** An index with its last two axes exchanged if `isTransposed`. */
function matrixIndex(leading: readonly number[], cell: readonly number[], isTransposed: boolean): number[] {
  return [...leading, ...(isTransposed ? cell.toReversed() : cell)];
}

const matmul: Evaluate<'matmul'> = (application) => {
  const { transposeA, transposeB } = application.attributes;
  const [a, b] = [operandAt(application, 0), operandAt(application, 1)];
  const inner = sizeOf(a, transposeA ? -2 : -1);
  const product = fill(shapeAt(application), (position) => {
    const leading = position.slice(0, -2);
    const [row = 0, column = 0] = position.slice(-2);
    return sumOf(
      inner,
      (k) =>
        read(a, matrixIndex(leading, [row, k], transposeA)) *
        read(b, matrixIndex(leading, [k, column], transposeB)),
    );
  });
  return [product];
};

const attention: Evaluate<'attention'> = (application) => {
  const [query, key, value] = [0, 1, 2].map((index) => operandAt(application, index)) as [
    NumberTensor,
    NumberTensor,
    NumberTensor,
  ];
  const bias = application.operands[3];
  const logits = fill(shapeAt(application, 1), (position) => {
    const leading = position.slice(0, -2);
    const [row = 0, column = 0] = position.slice(-2);
    const product = sumOf(
      sizeOf(query, -1),
      (k) => read(query, [...leading, row, k]) * read(key, [...leading, column, k]),
    );
    return application.attributes.scale * product + (bias === undefined ? 0 : read(bias, position));
  });
  const probabilities = softmaxOf(logits, logits.shape.length - 1);
  const context = fill(shapeAt(application), (position) => {
    const leading = position.slice(0, -2);
    const [row = 0, column = 0] = position.slice(-2);
    return sumOf(
      sizeOf(value, -2),
      (k) => read(probabilities, [...leading, row, k]) * read(value, [...leading, k, column]),
    );
  });
  return [context, probabilities];
};

/** y[n, o, t] = bias[o] + Σ x[n, c, t · stride + k · dilation − before] weight[o, c, k] over what lies within x. */
const conv1d: Evaluate<'conv1d'> = (application) => {
  const { stride, dilation, padding } = application.attributes;
  const [x, weight, bias] = [operandAt(application, 0), operandAt(application, 1), application.operands[2]];
  const length = sizeOf(x, 2);
  const y = fill(shapeAt(application), ([sample = 0, out = 0, step = 0]) => {
    const term = (channel: number, k: number): number => {
      const from = step * stride + k * dilation - padding[0];
      if (from < 0 || from >= length) return 0;
      return read(x, [sample, channel, from]) * read(weight, [out, channel, k]);
    };
    const product = sumOf(sizeOf(weight, 1), (channel) => sumOf(sizeOf(weight, 2), (k) => term(channel, k)));
    return product + (bias === undefined ? 0 : read(bias, [out]));
  });
  return [y];
};

/** y[n, o, s] = Σ x[n, c, t] weight[c, o, k] over all t · stride + k · dilation = s. */
const convTranspose1d: Evaluate<'convTranspose1d'> = (application) => {
  const { stride, dilation } = application.attributes;
  const [x, weight] = [operandAt(application, 0), operandAt(application, 1)];
  const length = sizeOf(x, 2);
  const y = fill(shapeAt(application), ([sample = 0, out = 0, step = 0]) => {
    const term = (channel: number, k: number): number => {
      const from = (step - k * dilation) / stride;
      if (!Number.isInteger(from) || from < 0 || from >= length) return 0;
      return read(x, [sample, channel, from]) * read(weight, [channel, out, k]);
    };
    return sumOf(sizeOf(weight, 0), (channel) => sumOf(sizeOf(weight, 2), (k) => term(channel, k)));
  });
  return [y];
};

const maxPool1d: Evaluate<'maxPool1d'> = (application) => {
  const x = operandAt(application, 0);
  const { size } = application.attributes;
  const y = fill(shapeAt(application), ([sample = 0, channel = 0, step = 0]) => {
    const window = Array.from({ length: size }, (_, k) => read(x, [sample, channel, step * size + k]));
    return Math.max(...window);
  });
  return [y];
};

/** Ops that mix positions or channels. */
export const LINEAR = { matmul, attention, conv1d, convTranspose1d, maxPool1d } satisfies {
  readonly [K in Op]?: Evaluate<K>;
};
