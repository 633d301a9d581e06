import type { GraphBuilder } from '../ir/builder.ts';
import { layerNorm, linear, selfAttention, splitHeads } from '../ir/layers.ts';
import type { Value } from '../ir/types.ts';

interface LayerSizes {
  readonly name: string;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  /** As `maskBias` gives it. */
  readonly bias: Value;
}

/** One pre-norm transformer layer: x += attention(LN(x)), x += MLP(LN(x)) with exact GELU. */
export function transformerLayer(g: GraphBuilder, x: Value, sizes: LayerSizes): Value {
  const { name, width, heads, feedForward, bias } = sizes;
  const normed = layerNorm(g, x, `${name}.norm1`);
  const attended = g.add(x, selfAttention(g, normed, { name: `${name}.attention`, heads, bias }));
  const hidden = linear(g, layerNorm(g, attended, `${name}.norm2`), {
    name: `${name}.expand`,
    inputs: width,
    outputs: feedForward,
  });
  const out = linear(g, g.gelu(hidden), { name: `${name}.contract`, inputs: feedForward, outputs: width });
  return g.add(attended, out);
}

interface PoolSizes {
  readonly name: string;
  readonly width: number;
  readonly heads: number;
  /** As `maskBias` gives it. */
  readonly bias: Value;
}

/**
 * Masked attention pooling: each head has one learned query, given as the linear map from a token to its logit.
 *
 * @param x [batch, length, width]
 * @returns [batch, width]
 */
export function attentionPool(g: GraphBuilder, x: Value, { name, width, heads, bias }: PoolSizes): Value {
  const [batch = 1, length = 1] = x.shape;
  const logits = linear(g, x, { name: `${name}.query`, inputs: width, outputs: heads });
  const rows = g.reshape(g.transpose(logits, [0, 2, 1]), [batch, heads, 1, length]);
  const share = g.softmax(g.add(rows, bias));
  const values = splitHeads(g, linear(g, x, { name: `${name}.value`, inputs: width, outputs: width }), heads);
  return g.reshape(g.matmul(share, values), [batch, width]);
}
