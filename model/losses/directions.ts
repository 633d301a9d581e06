import type { GraphBuilder } from '../ir/builder.ts';
import { l2Normalise } from '../ir/layers.ts';
import type { Value } from '../ir/types.ts';

/** ‖x‖² below which a row has no direction: the bound of `l2Normalise`, squared. */
const SQUARED_NORM_MIN = 1e-24;

/**
 * Unit vectors as `l2Normalise` gives them, with a derivative everywhere: a row of zeros stays zero and passes no
 * gradient on, where ‖x‖ itself has none.
 *
 * @param x [batch, dimensions]
 */
export function directions(g: GraphBuilder, x: Value): Value {
  const squaredNorm = g.reduceSum(g.mul(x, x), [-1], { keepDims: true });
  // A NaN is not less, so that it goes on into the loss, where it is seen.
  const hasNoDirection = g.less(squaredNorm, SQUARED_NORM_MIN);
  return g.where(hasNoDirection, 0, l2Normalise(g, g.where(hasNoDirection, 1, x)));
}
