import type { GraphBuilder } from './builder.ts';
import type { Shape, Value } from './types.ts';

/** y = x · Wᵀ + b over the last axis, with the parameters `name.weight` [out, in] and `name.bias` [out]. */
export function linear(
  g: GraphBuilder,
  x: Value,
  { name, inputs, outputs }: { readonly name: string; readonly inputs: number; readonly outputs: number },
): Value {
  const weight = g.parameter(`${name}.weight`, [outputs, inputs]);
  const bias = g.parameter(`${name}.bias`, [outputs]);
  return g.add(g.matmul(x, weight, { transposeB: true }), bias);
}

/** Layer normalisation over the last axis with the parameters `name.weight` and `name.bias`. */
export function layerNorm(g: GraphBuilder, x: Value, name: string): Value {
  const width = Number(x.shape.at(-1));
  return g.layerNorm(x, g.parameter(`${name}.weight`, [width]), g.parameter(`${name}.bias`, [width]));
}

/**
 * x / max(‖x‖, 1e-12) over the last axis, so that a zero vector stays zero; PyTorch's rule and bound.
 */
export function l2Normalise(g: GraphBuilder, x: Value): Value {
  const norm = g.sqrt(g.reduceSum(g.mul(x, x), [-1], { keepDims: true }));
  return g.div(x, g.maximum(norm, 1e-12));
}

/** [batch, length, heads · width] → [batch, heads, length, width]. */
export function splitHeads(g: GraphBuilder, x: Value, heads: number): Value {
  const [batch, length, total] = axes3(x.shape);
  const width = Number(total) / heads;
  return g.transpose(g.reshape(x, [batch, length, heads, width]), [0, 2, 1, 3]);
}

/** [batch, heads, length, width] → [batch, length, heads · width]. */
export function mergeHeads(g: GraphBuilder, x: Value): Value {
  const [batch = 1, heads, length = 1, width] = x.shape;
  return g.reshape(g.transpose(x, [0, 2, 1, 3]), [batch, length, Number(heads) * Number(width)]);
}

/** Added to a logit that must not count: its softmax is exactly 0 in float32, and no infinity meets another. */
export const MASKED_LOGIT = -1e9;

/**
 * What attention adds to its logits so that masked keys do not count.
 *
 * @param mask [batch, length], 1 for a key, 0 for padding
 * @returns [batch, 1, 1, length], 0 or −1e9
 */
export function maskBias(g: GraphBuilder, mask: Value): Value {
  const [batch = 1, length = 1] = mask.shape;
  return g.reshape(g.mul(g.sub(1, mask), MASKED_LOGIT), [batch, 1, 1, length]);
}

/** Multi-head attention of a value with itself: `name.query`, `.key`, `.value` and `.output` are linear, with bias. */
export function selfAttention(
  g: GraphBuilder,
  x: Value,
  { name, heads, bias }: { readonly name: string; readonly heads: number; readonly bias?: Value },
): Value {
  const width = Number(x.shape.at(-1));
  const project = (input: Value, part: string): Value =>
    linear(g, input, { name: `${name}.${part}`, inputs: width, outputs: width });
  const context = g.attention({
    query: splitHeads(g, project(x, 'query'), heads),
    key: splitHeads(g, project(x, 'key'), heads),
    value: splitHeads(g, project(x, 'value'), heads),
    ...(bias === undefined ? {} : { bias }),
  });
  return project(mergeHeads(g, context), 'output');
}

function axes3(shape: Shape): readonly [Shape[number], Shape[number], Shape[number]] {
  const [a, b, c] = shape;
  if (a === undefined || b === undefined || c === undefined || shape.length !== 3)
    throw new TypeError(`Cannot split heads as 3 axes are needed: current value is [${shape.join(', ')}]`);
  return [a, b, c];
}
