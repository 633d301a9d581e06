import type { GraphBuilder } from '../../ir/builder.ts';
import { dimOf, dimPlus, staticDimOf, withDim } from '../../ir/dims.ts';
import type { Op } from '../../ir/op.ts';
import type { Dim, Value } from '../../ir/types.ts';
import { onlyCotangent } from '../gradient-rule.ts';
import type { GradientRule } from '../gradient-rule.ts';
import { sumToShape } from '../sum-to-shape.ts';

/** y = x with axes permuted: dx = dy with them permuted back. */
const transpose: GradientRule<'transpose'> = (at) => {
  const { permutation } = at.node.attributes;
  return [
    at.g.transpose(
      onlyCotangent(at),
      permutation.map((_, axis) => permutation.indexOf(axis)),
    ),
  ];
};

const reshape: GradientRule<'reshape'> = (at) => [
  at.g.reshape(onlyCotangent(at), at.node.operands[0]!.shape),
];

/** y = copies of x: dx = their sum. */
const broadcastTo: GradientRule<'broadcastTo'> = (at) => [
  sumToShape(at.g, onlyCotangent(at), at.node.operands[0]!.shape),
];

/** y = operands one after the other: each has its stretch of dy. */
const concat: GradientRule<'concat'> = (at) => {
  const { g, node, isWanted } = at;
  const { axis } = node.attributes;
  const dy = onlyCotangent(at);
  const symbolic = node.operands.findIndex(({ shape }) => typeof shape[axis] === 'string');
  const sizes = node.operands.map(({ shape }) => dimOf(shape, axis));
  // At most one size is a symbol: what stands before it counts from the start, what follows from the end.
  const before = (i: number): number => sum(sizes.slice(0, i));
  const after = (i: number): number => sum(sizes.slice(i + 1));
  return node.operands.map((_, i) => {
    if (isWanted[i] !== true) return null;
    const isPastSymbol = symbolic >= 0 && i > symbolic;
    const start = isPastSymbol ? -sum(sizes.slice(i)) : before(i);
    const end = symbolic >= 0 && i < symbolic ? before(i + 1) : after(i) === 0 ? null : -after(i);
    return g.slice(dy, axis, start, end);
  });
};

function sum(sizes: readonly Dim[]): number {
  return sizes.reduce<number>((total, size) => total + Number(size), 0);
}

/** y = every `step`-th element of a stretch of x: dx = dy there, 0 elsewhere. */
const slice: GradientRule<'slice'> = (at) => {
  const { g, node } = at;
  const x = node.operands[0]!;
  const { axis, start, end, step } = node.attributes;
  const length = dimOf(x.shape, axis);
  const span = spread(g, onlyCotangent(at), { axis, step });
  if (typeof length === 'number') {
    const before = start < 0 ? length + start : start;
    return [g.pad(span, axis, { before, after: length - before - staticDimOf(span.shape, axis) })];
  }
  const zeros = (size: Dim): readonly Value[] =>
    size === 0 ? [] : [g.full(0, withDim(x.shape, axis, size))];
  const before = start < 0 ? dimPlus(length, start) : start;
  const after = end === null || end < 0 ? -(end ?? 0) : dimPlus(length, -end);
  return [g.concat([...zeros(before), span, ...zeros(after)], axis)];
};

/** Elements `step` apart with zeros between them, none behind the last. */
function spread(
  g: GraphBuilder,
  x: Value,
  { axis, step }: { readonly axis: number; readonly step: number },
): Value {
  if (step === 1) return x;
  const count = staticDimOf(x.shape, axis);
  const split = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)];
  const padded = g.pad(g.reshape(x, split), axis + 1, { after: step - 1 });
  const whole = g.reshape(padded, withDim(x.shape, axis, count * step));
  return g.slice(whole, axis, 0, (count - 1) * step + 1);
}

/** y = x between constants: dx = its stretch of dy. */
const pad: GradientRule<'pad'> = (at) => {
  const { axis, before, after } = at.node.attributes;
  return [at.g.slice(onlyCotangent(at), axis, before, after === 0 ? null : -after)];
};

/** Derivatives of ops that move elements without changing them: the way back. */
export const SHAPE_GRADIENTS = { transpose, reshape, broadcastTo, concat, slice, pad } satisfies {
  readonly [K in Op]?: GradientRule<K>;
};
