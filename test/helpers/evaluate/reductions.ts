import type { Op } from '../../../model/ir/op.ts';
import { operandAt, shapeAt, sizeOf } from './evaluate-op.ts';
import type { Application, Evaluate } from './evaluate-op.ts';
import { maximumOver, sumOver, zipped } from './number-tensor.ts';
import type { NumberTensor } from './number-tensor.ts';

type Fold = 'reduceSum' | 'reduceMean' | 'reduceMax';

/** A fold that kept its axes, in the shape of the result, which may have lost them. */
function folded(
  over: (x: NumberTensor, axes: readonly number[]) => NumberTensor,
): (application: Application<Fold>) => readonly NumberTensor[] {
  return (application) => {
    const { data } = over(operandAt(application, 0), application.attributes.axes);
    return [{ shape: shapeAt(application), data }];
  };
}

/** Mean over `axes`, which stay with size 1. */
function meanOver(x: NumberTensor, axes: readonly number[]): NumberTensor {
  const count = axes.reduce((product, axis) => product * sizeOf(x, axis), 1);
  const sum = sumOver(x, axes);
  return { shape: sum.shape, data: sum.data.map((value) => value / count) };
}

/** x less its maximum along an axis, and the sum of the exponentials of that: neither overflows. */
function shiftedLogits(
  x: NumberTensor,
  axis: number,
): { readonly shifted: NumberTensor; readonly sum: NumberTensor } {
  const shifted = zipped([x, maximumOver(x, [axis])], x.shape, (value = 0, largest = 0) => value - largest);
  const exponentials = { shape: x.shape, data: shifted.data.map(Math.exp) };
  return { shifted, sum: sumOver(exponentials, [axis]) };
}

/** exp(x) / Σ exp(x) along an axis. */
export function softmaxOf(x: NumberTensor, axis: number): NumberTensor {
  const { shifted, sum } = shiftedLogits(x, axis);
  return zipped([shifted, sum], x.shape, (logit = 0, total = 0) => Math.exp(logit) / total);
}

const softmax: Evaluate<'softmax'> = (application) => [
  softmaxOf(operandAt(application, 0), application.attributes.axis),
];

const logSoftmax: Evaluate<'logSoftmax'> = (application) => {
  const { shifted, sum } = shiftedLogits(operandAt(application, 0), application.attributes.axis);
  return [zipped([shifted, sum], shapeAt(application), (logit = 0, total = 0) => logit - Math.log(total))];
};

/** (x − mean) · deviation⁻¹ · scale + bias over the last axis, the mean, and the inverse of the deviation. */
const layerNorm: Evaluate<'layerNorm'> = (application) => {
  const x = operandAt(application, 0);
  const last = [x.shape.length - 1];
  const mean = meanOver(x, last);
  const squares = zipped([x, mean], x.shape, (value = 0, centre = 0) => (value - centre) ** 2);
  const variance = meanOver(squares, last);
  const { epsilon } = application.attributes;
  const inverse = {
    shape: variance.shape,
    data: variance.data.map((value) => 1 / Math.sqrt(value + epsilon)),
  };
  const operands = [x, mean, inverse, operandAt(application, 1), operandAt(application, 2)];
  const y = zipped(
    operands,
    x.shape,
    (value = 0, centre = 0, factor = 0, scale = 0, bias = 0) => (value - centre) * factor * scale + bias,
  );
  return [y, mean, inverse];
};

/** Ops that fold an axis, or normalise along one. */
export const REDUCTIONS = {
  reduceSum: folded(sumOver),
  reduceMean: folded(meanOver),
  reduceMax: folded(maximumOver),
  softmax,
  logSoftmax,
  layerNorm,
} satisfies { readonly [K in Op]?: Evaluate<K> };
