import type { GraphBuilder } from '../../ir/builder.ts';
import { elementCount } from '../../ir/dims.ts';
import type { Op } from '../../ir/op.ts';
import type { Shape, Value } from '../../ir/types.ts';
import { onlyCotangent } from '../gradient-rule.ts';
import type { GradientRule } from '../gradient-rule.ts';
import { sumToShape } from '../sum-to-shape.ts';

/** A folded value with the folded axes back, of size 1. */
function unfolded(g: GraphBuilder, y: Value, x: Value, axes: readonly number[]): Value {
  return g.reshape(
    y,
    x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
  );
}

/** 1 / the number of elements of a shape, as a scalar; symbols are counted at run time. */
function inverseCount(g: GraphBuilder, shape: Shape): Value | number {
  const sizes = shape.filter((dim) => typeof dim === 'number');
  if (sizes.length === shape.length) return 1 / elementCount(sizes);
  const ones = g.full(1, shape);
  const count = g.reduceSum(
    ones,
    shape.map((_, axis) => axis),
  );
  return g.div(1, count);
}

/** y = Σ x over some axes: every element has dy. */
const reduceSum: GradientRule<'reduceSum'> = (at) => {
  const { g, node } = at;
  const x = node.operands[0]!;
  return [g.broadcastTo(unfolded(g, onlyCotangent(at), x, node.attributes.axes), x.shape)];
};

/** y = Σ x / n over some axes: every element has dy / n. */
const reduceMean: GradientRule<'reduceMean'> = (at) => {
  const { g, node } = at;
  const x = node.operands[0]!;
  const { axes } = node.attributes;
  const share = g.mul(
    onlyCotangent(at),
    inverseCount(
      g,
      axes.map((axis) => x.shape[axis]!),
    ),
  );
  return [g.broadcastTo(unfolded(g, share, x, axes), x.shape)];
};

/** y = max x over some axes: the largest has dy; equals share it. */
const reduceMax: GradientRule<'reduceMax'> = (at) => {
  const { g, node } = at;
  const x = node.operands[0]!;
  const { axes } = node.attributes;
  const isLargest = g.equal(x, unfolded(g, node.results[0]!, x, axes));
  const count = g.reduceSum(g.cast(isLargest, 'float32'), axes, { keepDims: true });
  return [g.where(isLargest, g.div(unfolded(g, onlyCotangent(at), x, axes), count), 0)];
};

/** y = softmax x: dx = y (dy − Σ dy y). */
const softmax: GradientRule<'softmax'> = (at) => {
  const { g, node } = at;
  const y = node.results[0]!;
  const dy = onlyCotangent(at);
  const mean = g.reduceSum(g.mul(dy, y), [node.attributes.axis], { keepDims: true });
  return [g.mul(y, g.sub(dy, mean))];
};

/** y = log softmax x: dx = dy − e^y Σ dy. */
const logSoftmax: GradientRule<'logSoftmax'> = (at) => {
  const { g, node } = at;
  const dy = onlyCotangent(at);
  const total = g.reduceSum(dy, [node.attributes.axis], { keepDims: true });
  return [g.sub(dy, g.mul(g.exp(node.results[0]!), total))];
};

/**
 * y = x̂ γ + β with x̂ = (x − μ) r, μ the row's mean and r = 1/√(variance + ε), over rows of n:
 *
 *   dγ = Σ_rows dy x̂, dβ = Σ_rows dy,
 *   dx = r (dy γ − ⟨dy γ⟩ − x̂ ⟨dy γ x̂⟩) with ⟨·⟩ the mean of a row,
 *
 * and where μ and r are used themselves: dx += dμ / n − dr r² x̂ / n.
 */
const layerNorm: GradientRule<'layerNorm'> = ({ g, node, cotangents, isWanted }) => {
  const [x, scale] = [node.operands[0]!, node.operands[1]!];
  const [mean, inverseDeviation] = [node.results[1]!, node.results[2]!];
  const [dy, dMean, dInverse] = [cotangents[0] ?? null, cotangents[1] ?? null, cotangents[2] ?? null];
  const width = Number(scale.shape[0]);
  const normal = g.mul(g.sub(x, mean), inverseDeviation);
  const product = dy === null ? null : g.mul(dy, normal);
  let dx: Value | null = null;
  const add = (flow: Value): void => {
    dx = dx === null ? flow : g.add(dx, flow);
  };
  if (isWanted[0] === true) {
    if (dy !== null && product !== null) {
      // Means of a row weighted by γ are products with γ / n.
      const weights = g.reshape(g.mul(scale, 1 / width), [width, 1]);
      const centred = g.sub(g.mul(dy, scale), g.matmul(dy, weights));
      add(g.mul(g.sub(centred, g.mul(normal, g.matmul(product, weights))), inverseDeviation));
    }
    if (dMean !== null) add(g.broadcastTo(g.mul(dMean, 1 / width), x.shape));
    if (dInverse !== null) {
      const factor = g.mul(g.mul(dInverse, -1 / width), g.mul(inverseDeviation, inverseDeviation));
      add(g.mul(normal, factor));
    }
  }
  return [
    dx,
    isWanted[1] === true && product !== null ? sumToShape(g, product, scale.shape) : null,
    isWanted[2] === true && dy !== null ? sumToShape(g, dy, scale.shape) : null,
  ];
};

/** Derivatives of ops that fold an axis, or normalise along one. */
export const REDUCTION_GRADIENTS = {
  reduceSum,
  reduceMean,
  reduceMax,
  softmax,
  logSoftmax,
  layerNorm,
} satisfies { readonly [K in Op]?: GradientRule<K> };
