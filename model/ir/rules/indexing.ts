import { dimOf, sameShape, shapeText, withDim } from '../dims.ts';
import { illegal } from '../op.ts';
import type { OpRule } from '../op.ts';
import type { ValueType } from '../types.ts';
import { one, requireDType, requireSameDType, three, two } from './operands.ts';

/** Whole slices along an axis: the indices' shape stands in the axis's place. */
const gather: OpRule<'gather'> = {
  infer: (operands, { axis }) => {
    const [data, indices] = two(operands);
    requireDType(indices, 'int64');
    dimOf(data.shape, axis);
    const shape = [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)];
    return [{ dtype: data.dtype, shape }];
  },
  lower: ({ operands, attributes: { axis }, results }, onnx) => {
    onnx.node(
      'Gather',
      operands.map((value) => onnx.tensor(value)),
      { results, attributes: { axis } },
    );
  },
};

/** Throws unless `indices` has the shape of `data` but along `axis`. */
function requireIndices(data: ValueType, indices: ValueType, axis: number): void {
  requireDType(indices, 'int64');
  dimOf(data.shape, axis);
  if (!sameShape(withDim(data.shape, axis, 0), withDim(indices.shape, axis, 0)))
    illegal(
      `data and indices must agree but along axis ${axis}`,
      `${shapeText(data.shape)} with ${shapeText(indices.shape)}`,
    );
}

/** y[i, j, k] = data[i, indices[i, j, k], k] for axis 1. */
const gatherElements: OpRule<'gatherElements'> = {
  infer: (operands, { axis }) => {
    const [data, indices] = two(operands);
    requireIndices(data, indices, axis);
    return [{ dtype: data.dtype, shape: indices.shape }];
  },
  lower: ({ operands, attributes: { axis }, results }, onnx) => {
    onnx.node(
      'GatherElements',
      operands.map((value) => onnx.tensor(value)),
      {
        results,
        attributes: { axis },
      },
    );
  },
};

/** A copy of `data` in which y[i, indices[i, j, k], k] is, or has added, updates[i, j, k] for axis 1. */
const scatterElements: OpRule<'scatterElements'> = {
  infer: (operands, { axis }) => {
    const [data, indices, updates] = three(operands);
    requireIndices(data, indices, axis);
    requireSameDType(data, updates);
    if (!sameShape(indices.shape, updates.shape))
      illegal(
        'indices and updates must agree',
        `${shapeText(indices.shape)} with ${shapeText(updates.shape)}`,
      );
    return [{ dtype: data.dtype, shape: data.shape }];
  },
  lower: ({ operands, attributes: { axis, reduction }, results }, onnx) => {
    onnx.node(
      'ScatterElements',
      operands.map((value) => onnx.tensor(value)),
      {
        results,
        attributes: { axis, reduction },
      },
    );
  },
};

/** The `count` largest along an axis, largest first, and where they stand; of equals the one with the lower index first. */
const topK: OpRule<'topK'> = {
  infer: (operands, { axis, count }) => {
    const x = one(operands);
    requireDType(x, 'float32');
    const length = dimOf(x.shape, axis);
    if (!Number.isInteger(count) || count < 1 || (typeof length === 'number' && count > length))
      illegal(`the count must be within 1…${length}`, String(count));
    const shape = withDim(x.shape, axis, count);
    return [
      { dtype: 'float32', shape },
      { dtype: 'int64', shape },
    ];
  },
  lower: ({ operands: [x], attributes: { axis, count }, results }, onnx) => {
    onnx.node('TopK', [onnx.tensor(x!), onnx.integers([count])], {
      results,
      attributes: { axis, largest: 1, sorted: 1 },
    });
  },
};

/** A new last axis of `depth`: 1 at the index, 0 elsewhere. */
const oneHot: OpRule<'oneHot'> = {
  infer: (operands, { depth }) => {
    const indices = one(operands);
    requireDType(indices, 'int64');
    if (!Number.isInteger(depth) || depth < 1) illegal('the depth must be a positive integer', String(depth));
    return [{ dtype: 'float32', shape: [...indices.shape, depth] }];
  },
  lower: ({ operands: [indices], attributes: { depth }, results }, onnx) => {
    onnx.node('OneHot', [onnx.tensor(indices!), onnx.integers([depth]), onnx.floats([0, 1], [2])], {
      results,
      attributes: { axis: -1 },
    });
  },
};

/** Ops that pick and place elements by index. */
export const INDEXING_RULES = { gather, gatherElements, scatterElements, topK, oneHot };
