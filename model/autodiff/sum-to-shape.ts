import type { GraphBuilder } from '../ir/builder.ts';
import { elementCount, sameShape } from '../ir/dims.ts';
import type { Shape, Value } from '../ir/types.ts';

/**
 * The derivative of broadcasting: what was stretched to the shape of `x` gets the sum over its copies.
 *
 * @param x a value of a shape that `shape` broadcasts to
 * @returns a value of `shape`
 */
export function sumToShape(g: GraphBuilder, x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const rows = extra > 0 ? mergedRows(g, x, extra) : null;
  if (rows !== null) return sumToShape(g, rows, shape);
  const axes = x.shape.flatMap((dim, axis) => {
    const target = axis < extra ? 1 : shape[axis - extra];
    return target === 1 && (axis < extra || dim !== 1) ? [axis] : [];
  });
  return g.reshape(g.reduceSum(x, axes, { keepDims: true }), shape);
}

/** The sum over leading axes of numeric size, as one axis: a single product with ones; `null` with a symbol among them. */
function mergedRows(g: GraphBuilder, x: Value, leading: number): Value | null {
  const sizes = x.shape.filter((dim) => typeof dim === 'number');
  if (sizes.length < x.shape.length) return null;
  const [outer, inner] = [sizes.slice(0, leading), sizes.slice(leading)];
  const matrix = g.reshape(x, [elementCount(outer), elementCount(inner)]);
  return g.reshape(g.reduceSum(matrix, [0]), inner);
}
