import { dimOf, elementCount, staticDimOf } from '../../ir/dims.ts';
import type { Op } from '../../ir/op.ts';
import type { Dim, Shape } from '../../ir/types.ts';
import { NO_GRADIENT, onlyCotangent } from '../gradient-rule.ts';
import type { GradientRule } from '../gradient-rule.ts';

/** y = slices of data by index: a slice that was taken n times has the sum of its n cotangents. */
const gather: GradientRule<'gather'> = (at) => {
  const { g, node } = at;
  const [data, indices] = [node.operands[0]!, node.operands[1]!];
  const { axis } = node.attributes;
  const count = countOf(indices.shape);
  const shape = [...data.shape.slice(0, axis), count, ...data.shape.slice(axis + 1)];
  const column = shape.map((_, i) => (i === axis ? count : 1));
  return [
    g.scatterElements(g.full(0, data.shape), {
      indices: g.broadcastTo(g.reshape(indices, column), shape),
      updates: g.reshape(onlyCotangent(at), shape),
      axis,
      reduction: 'add',
    }),
  ];
};

/** Elements of a shape as one size; of several axes all must be numbers, since no product of symbols is a size. */
function countOf(shape: Shape): Dim {
  if (shape.length === 1) return dimOf(shape, 0);
  return elementCount(shape.map((_, axis) => staticDimOf(shape, axis)));
}

/** y = elements of data by index: an element that was taken n times has the sum of its n cotangents. */
const gatherElements: GradientRule<'gatherElements'> = (at) => {
  const { g, node } = at;
  const [data, indices] = [node.operands[0]!, node.operands[1]!];
  const { axis } = node.attributes;
  const updates = onlyCotangent(at);
  return [g.scatterElements(g.full(0, data.shape), { indices, updates, axis, reduction: 'add' })];
};

/**
 * y = data with updates put, or added, by index: an update has the cotangent of its place; data has dy, but for places that
 * were overwritten. Where two updates are put into one place the one that lost is not known, so that it must not happen.
 */
const scatterElements: GradientRule<'scatterElements'> = (at) => {
  const { g, node, isWanted } = at;
  const [indices, updates] = [node.operands[1]!, node.operands[2]!];
  const { axis, reduction } = node.attributes;
  const dy = onlyCotangent(at);
  const zeros = (): ReturnType<typeof g.full> => g.full(0, updates.shape);
  return [
    reduction === 'add' || isWanted[0] !== true
      ? dy
      : g.scatterElements(dy, { indices, updates: zeros(), axis }),
    null,
    isWanted[2] === true ? g.gatherElements(dy, indices, axis) : null,
  ];
};

/** y = the largest elements, which have their cotangents; which they are has no derivative. */
const topK: GradientRule<'topK'> = ({ g, node, cotangents }) => {
  const [updates] = cotangents;
  if (updates === undefined || updates === null) return [];
  const x = node.operands[0]!;
  const indices = node.results[1]!;
  const { axis } = node.attributes;
  return [g.scatterElements(g.full(0, x.shape), { indices, updates, axis, reduction: 'add' })];
};

/** Derivatives of ops that pick and place elements by index. */
export const INDEXING_GRADIENTS = {
  gather,
  gatherElements,
  scatterElements,
  topK,
  oneHot: NO_GRADIENT,
} satisfies { readonly [K in Op]?: GradientRule<K> };
