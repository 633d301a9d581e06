import type { GraphBuilder } from '../../ir/builder.ts';
import { dimPlus, staticDimOf, withDim } from '../../ir/dims.ts';
import type { Convolution, Op } from '../../ir/op.ts';
import type { Value } from '../../ir/types.ts';
import { onlyCotangent } from '../gradient-rule.ts';
import type { GradientRule } from '../gradient-rule.ts';

/**
 * y[b, o, t] = Σ_ik w[o, i, k] x[b, i, s t + d k] (+ bias[o]), x padded, s the stride and d the dilation:
 *
 *   dx = the transposed convolution of dy with w, without the padding,
 *   dw[o, i, k] = Σ_bt dy[b, o, t] x[b, i, s t + d k], dbias[o] = Σ_bt dy[b, o, t].
 */
const conv1d: GradientRule<'conv1d'> = (at) => {
  const { g, node, isWanted } = at;
  const [x, weight] = [node.operands[0]!, node.operands[1]!];
  const { stride, dilation, padding } = node.attributes;
  const [before, after] = padding;
  const dy = onlyCotangent(at);
  const padded = before + after === 0 ? x : g.pad(x, 2, { before, after });
  const dx = (): Value => {
    const spread = spreadBack(g, dy, { weight, stride, dilation });
    const missing = lengthDifference(padded, spread);
    const whole = missing === 0 ? spread : g.pad(spread, 2, { after: missing });
    return before + after === 0 ? whole : g.slice(whole, 2, before, after === 0 ? null : -after);
  };
  return [
    isWanted[0] === true ? dx() : null,
    isWanted[1] === true ? kernelGradient(g, { few: dy, many: padded, weight, stride, dilation }) : null,
    isWanted[2] === true ? g.reduceSum(g.reduceSum(dy, [2]), [0]) : null,
  ];
};

/**
 * The transposed convolution of dy. With a stride of 1 it is the convolution of dy, padded on both sides, with the kernel
 * read backwards, which ONNX Runtime does several times faster.
 */
function spreadBack(
  g: GraphBuilder,
  dy: Value,
  { weight, stride, dilation }: Pick<KernelOperands, 'weight' | 'stride' | 'dilation'>,
): Value {
  if (stride > 1) return g.convTranspose1d(dy, weight, { stride, dilation });
  const size = staticDimOf(weight.shape, 2);
  const backwards = g.constant(
    BigInt64Array.from({ length: size }, (_, k) => BigInt(size - 1 - k)),
    [size],
  );
  const kernel = g.gather(g.transpose(weight, [1, 0, 2]), backwards, 2);
  return g.conv1d(dy, kernel, { dilation, padding: (size - 1) * dilation });
}

/** Samples at the end that a stride did not reach; a symbolic length has stride 1, which reaches all. */
function lengthDifference(long: Value, short: Value): number {
  const [a, b] = [long.shape[2], short.shape[2]];
  return typeof a === 'number' && typeof b === 'number' ? a - b : 0;
}

interface KernelOperands extends Pick<Convolution, 'stride' | 'dilation'> {
  /** [batch, first of the kernel's channels, length] */
  readonly few: Value;
  /** [batch, second of the kernel's channels, longer length] */
  readonly many: Value;
  readonly weight: Value;
}

/** K[a, b, k] = Σ_nt few[n, a, t] many[n, b, s t + d k], one product for each k. */
function kernelGradient(g: GraphBuilder, { few, many, weight, stride, dilation }: KernelOperands): Value {
  const [channels, others, size] = [0, 1, 2].map((axis) => staticDimOf(weight.shape, axis));
  const columns = Array.from({ length: size! }, (_, k) => {
    const seen = g.stridedSlice(many, 2, windowOf(few, many, { start: k * dilation, step: stride }));
    const perObject = g.matmul(few, seen, { transposeB: true });
    return g.reshape(g.reduceSum(perObject, [0]), [channels!, others!, 1]);
  });
  return columns.length === 1 ? columns[0]! : g.concat(columns, 2);
}

/** The samples of `many` that meet those of `few`, for one place in the kernel. */
function windowOf(
  few: Value,
  many: Value,
  { start, step }: { readonly start: number; readonly step: number },
): { readonly start: number; readonly end: number | null; readonly step: number } {
  const length = few.shape[2]!;
  if (typeof length === 'number') return { start, end: start + (length - 1) * step + 1, step };
  // A symbolic length has stride 1: the window ends as far from the end as the lengths differ, less its start.
  const isLast = dimPlus(length, start) === many.shape[2];
  let fromEnd = 0;
  while (!isLast && dimPlus(length, start + fromEnd) !== many.shape[2]) fromEnd++;
  return { start, end: isLast ? null : -fromEnd, step };
}

/** The transposed map of a convolution: dx is the convolution, dw as there with the roles of x and dy exchanged. */
const convTranspose1d: GradientRule<'convTranspose1d'> = (at) => {
  const { g, node, isWanted } = at;
  const [x, weight] = [node.operands[0]!, node.operands[1]!];
  const { stride, dilation } = node.attributes;
  const dy = onlyCotangent(at);
  return [
    isWanted[0] === true ? g.conv1d(dy, weight, { stride, dilation }) : null,
    isWanted[1] === true ? kernelGradient(g, { few: x, many: dy, weight, stride, dilation }) : null,
  ];
};

/**
 * y = the largest of each window: it has dy; equals share it; the rest that fills no window has 0. Each place in a window
 * is compared with y by itself: ONNX Runtime stretches y along a last axis of `size` many times slower.
 */
const maxPool1d: GradientRule<'maxPool1d'> = (at) => {
  const { g, node } = at;
  const x = node.operands[0]!;
  const y = node.results[0]!;
  const { size } = node.attributes;
  const windows = staticDimOf(y.shape, 2);
  const isLargest = Array.from({ length: size }, (_, place) => {
    const end = place + (windows - 1) * size + 1;
    return g.equal(g.stridedSlice(x, 2, { start: place, end, step: size }), y);
  });
  const count = isLargest
    .map((isHere) => g.cast(isHere, 'float32'))
    .reduce((total, here) => g.add(total, here));
  const share = g.div(onlyCotangent(at), count);
  const flows = isLargest.map((isHere) => g.reshape(g.where(isHere, share, 0), [...y.shape, 1]));
  const filled = windows * size;
  const dx = g.reshape(g.concat(flows, 3), withDim(y.shape, 2, filled));
  const rest = staticDimOf(x.shape, 2) - filled;
  return [rest === 0 ? dx : g.pad(dx, 2, { after: rest })];
};

/** Derivatives of ops that look at windows of an axis. */
export const CONVOLUTION_GRADIENTS = { conv1d, convTranspose1d, maxPool1d } satisfies {
  readonly [K in Op]?: GradientRule<K>;
};
