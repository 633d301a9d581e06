import { broadcastShapes, checkShape, dimOf, dimPlus, sameShape, shapeText, withDim } from '../dims.ts';
import { illegal } from '../op.ts';
import type { OpRule, Slice } from '../op.ts';
import type { Dim, Shape } from '../types.ts';
import { one, requireSameDType } from './operands.ts';

const transpose: OpRule<'transpose'> = {
  infer: (operands, { permutation }) => {
    const x = one(operands);
    const isPermutation =
      permutation.length === x.shape.length && x.shape.every((_, axis) => permutation.includes(axis));
    if (!isPermutation)
      illegal(`the permutation must name each of ${x.shape.length} axes once`, `[${permutation.join(', ')}]`);
    return [{ dtype: x.dtype, shape: permutation.map((axis) => dimOf(x.shape, axis)) }];
  },
  lower: ({ operands: [x], attributes: { permutation }, results }, onnx) => {
    onnx.node('Transpose', [onnx.tensor(x!)], { results, attributes: { perm: permutation } });
  },
};

/** Symbols of a shape in sorted order, and the product of its numbers: equal for shapes of as many elements. */
function volume(shape: Shape): string {
  const symbols = shape.filter((dim) => typeof dim === 'string').sort();
  const product = shape.reduce<number>((p, dim) => (typeof dim === 'number' ? p * dim : p), 1);
  return [product, ...symbols].join('·');
}

const reshape: OpRule<'reshape'> = {
  infer: (operands, { shape }) => {
    const x = one(operands);
    checkShape(shape);
    if (volume(x.shape) !== volume(shape))
      illegal('a reshape must keep the elements', `${shapeText(x.shape)} to ${shapeText(shape)}`);
    return [{ dtype: x.dtype, shape }];
  },
  lower: ({ operands: [x], attributes: { shape }, results }, onnx) => {
    onnx.node('Reshape', [onnx.tensor(x!), reshapeSizes(x!.shape, shape, onnx)], { results });
  },
};

/** In ONNX a 0 copies the operand's size at the same axis and one −1 is worked out: so most shapes are constants. */
function reshapeSizes(from: Shape, to: Shape, onnx: Parameters<OpRule<'reshape'>['lower']>[1]): string {
  const sizes = to.map((dim, axis) => (typeof dim === 'number' ? dim : from[axis] === dim ? 0 : -1));
  const isConstant = sizes.filter((size) => size === -1).length <= 1 && !to.includes(0);
  return isConstant ? onnx.integers(sizes) : onnx.sizes(to);
}

const broadcastTo: OpRule<'broadcastTo'> = {
  infer: (operands, { shape }) => {
    const x = one(operands);
    checkShape(shape);
    if (!sameShape(broadcastShapes(x.shape, shape), shape))
      illegal('the operand must stretch to the shape', `${shapeText(x.shape)} to ${shapeText(shape)}`);
    return [{ dtype: x.dtype, shape }];
  },
  lower: ({ operands: [x], attributes: { shape }, results }, onnx) => {
    onnx.node('Expand', [onnx.tensor(x!), onnx.sizes(shape)], { results });
  },
};

const concat: OpRule<'concat'> = {
  infer: (operands, { axis }) => {
    const [first, ...rest] = operands;
    if (first === undefined) return illegal('it takes at least one operand', '0');
    let total = dimOf(first.shape, axis);
    for (const operand of rest) {
      requireSameDType(first, operand);
      const added = dimOf(operand.shape, axis);
      if (!sameShape(withDim(first.shape, axis, 0), withDim(operand.shape, axis, 0)))
        illegal(
          `all sizes but that of axis ${axis} must agree`,
          `${shapeText(first.shape)} with ${shapeText(operand.shape)}`,
        );
      total = sumOfDims(total, added);
    }
    return [{ dtype: first.dtype, shape: withDim(first.shape, axis, total) }];
  },
  lower: ({ operands, attributes: { axis }, results }, onnx) => {
    onnx.node(
      'Concat',
      operands.map((value) => onnx.tensor(value)),
      { results, attributes: { axis } },
    );
  },
};

function sumOfDims(a: Dim, b: Dim): Dim {
  if (typeof b === 'number') return dimPlus(a, b);
  if (typeof a === 'number') return dimPlus(b, a);
  return illegal('at most one size along the axis may be a symbol', `"${a}" and "${b}"`);
}

const slice: OpRule<'slice'> = {
  infer: (operands, attributes) => {
    const x = one(operands);
    const length = dimOf(x.shape, attributes.axis);
    return [{ dtype: x.dtype, shape: withDim(x.shape, attributes.axis, slicedDim(length, attributes)) }];
  },
  lower: ({ operands: [x], attributes: { axis, start, end, step }, results }, onnx) => {
    const bounds = [[start], [end ?? Number.MAX_SAFE_INTEGER], [axis], [step]];
    const inputs = bounds.slice(0, step === 1 ? 3 : 4).map((values) => onnx.integers(values));
    onnx.node('Slice', [onnx.tensor(x!), ...inputs], { results });
  },
};

/** Size of a slice; on a symbolic axis the bounds are taken to lie within it, since only the run can know. */
function slicedDim(length: Dim, slice: Slice): Dim {
  const { step } = slice;
  if (!Number.isInteger(step) || step < 1) illegal('the step must be a positive integer', String(step));
  const size = spanOf(length, slice);
  if (step === 1) return size;
  if (typeof size === 'string') return illegal('a step above 1 needs a length in numbers', `"${size}"`);
  return Math.ceil(size / step);
}

/** Elements from the start of a slice to its end. */
function spanOf(length: Dim, { start, end }: Slice): Dim {
  const current = `${start} to ${end ?? 'the end'} of ${length}`;
  const isFromEnd = [start < 0, end === null || end < 0] as const;
  let size: Dim;
  if (typeof length === 'number') {
    const first = isFromEnd[0] ? length + start : start;
    const last = end === null ? length : isFromEnd[1] ? length + end : end;
    if (first < 0 || last > length) illegal('a slice must lie within its axis', current);
    size = last - first;
  } else if (isFromEnd[0] === isFromEnd[1]) size = (end ?? 0) - start;
  else if (isFromEnd[1]) size = dimPlus(length, (end ?? 0) - start);
  else
    return illegal('a slice of a symbolic axis cannot start at its end and stop at its beginning', current);
  if (typeof size === 'number' && size < 0) illegal('a slice must not end before it starts', current);
  return size;
}

const pad: OpRule<'pad'> = {
  infer: (operands, { axis, before, after }) => {
    const x = one(operands);
    if (before < 0 || after < 0) illegal('padding must not be negative', `${before}, ${after}`);
    return [{ dtype: x.dtype, shape: withDim(x.shape, axis, dimPlus(dimOf(x.shape, axis), before + after)) }];
  },
  lower: ({ operands: [x], attributes: { axis, before, after, value }, results }, onnx) => {
    const inputs = [onnx.integers([before, after]), onnx.floats([value], []), onnx.integers([axis])];
    onnx.node('Pad', [onnx.tensor(x!), ...inputs], { results, attributes: { mode: 'constant' } });
  },
};

/** Ops that move elements without changing them. */
export const SHAPE_RULES = { transpose, reshape, broadcastTo, concat, slice, pad };
