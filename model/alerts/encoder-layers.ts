import type { GraphBuilder } from '../ir/builder.ts';
import type { Dropout } from '../ir/dropout.ts';
import { layerNorm, linear, selfAttention, splitHeads } from '../ir/layers.ts';
import type { Value } from '../ir/types.ts';
import type { ModalityEncoder } from '../training/step/modality-encoder.ts';

interface LayerSizes {
  readonly name: string;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  /** As `maskBias` gives it. */
  readonly bias: Value;
  readonly dropout: Dropout;
}

/**
 * One pre-norm transformer layer: x += attention(LN(x)), x += MLP(LN(x)) with exact GELU. It drops elements behind the
 * attention, the wide activation and the narrow map, at the sites `name.attention`, `name.wide` and `name.narrow`.
 */
export function transformerLayer(g: GraphBuilder, x: Value, sizes: LayerSizes): Value {
  const { name, width, heads, feedForward, bias, dropout } = sizes;
  const normed = layerNorm(g, x, `${name}.norm1`);
  const mixed = selfAttention(g, normed, { name: `${name}.attention`, heads, bias });
  const attended = g.add(x, dropout(g, mixed, `${name}.attention`));
  const hidden = linear(g, layerNorm(g, attended, `${name}.norm2`), {
    name: `${name}.expand`,
    inputs: width,
    outputs: feedForward,
  });
  const wide = dropout(g, g.gelu(hidden), `${name}.wide`);
  const narrow = linear(g, wide, { name: `${name}.contract`, inputs: feedForward, outputs: width });
  return g.add(attended, dropout(g, narrow, `${name}.narrow`));
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

/** The linear map from an encoding to the embedding, with the parameters `name.weight` and `name.bias`. */
export function projection(name: string, dimensions: number): ModalityEncoder['project'] {
  return (g, encoding) =>
    linear(g, encoding, { name, inputs: Number(encoding.shape[1]), outputs: dimensions });
}
