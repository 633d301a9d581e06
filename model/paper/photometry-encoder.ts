import type { GraphBuilder } from '../ir/builder.ts';
import type { Dropout } from '../ir/dropout.ts';
import { layerNorm, linear, maskBias, mergeHeads, splitHeads } from '../ir/layers.ts';
import type { Value } from '../ir/types.ts';
import type { PaperArchitecture, PaperLayout } from './architecture.ts';
import { positionalEncoding } from './positional-encoding.ts';
import { probSparseAttention } from './prob-sparse-attention.ts';

export interface PhotometryInputs {
  /** [batch, length, channels] */
  readonly photometry: Value;
  /** [batch, length], 1 for a step, 0 for padding at the end */
  readonly mask: Value;
  /** [length, samples] int64; `null` with full attention */
  readonly indexSample: Value | null;
}

export interface EncoderOptions {
  readonly architecture: PaperArchitecture;
  readonly layout: PaperLayout;
  readonly dropout: Dropout;
}

/**
 * Informer encoder: steps as tokens by a circular convolution plus the encoding of their index, post-norm layers, padding
 * zeroed at the end.
 *
 * @returns [batch, length · dimensions]
 * @source Zhou et al. 2021, arXiv:2012.07436; parameter names as in the published state dict
 */
export function photometryEncoder(g: GraphBuilder, inputs: PhotometryInputs, options: EncoderOptions): Value {
  const { architecture, dropout } = options;
  const { length, dimensions, layers } = architecture.photometry;
  const [batch = 1] = inputs.photometry.shape;
  let x = dropout(g, tokens(g, inputs.photometry, architecture.photometry), 'photometry.tokens');
  for (let layer = 0; layer < layers; layer++) {
    const name = `photometry_encoder.encoder.attn_layers.${layer}`;
    const site = `photometry.${layer}`;
    const attended = selfAttention(g, x, { ...options, inputs, name: `${name}.attention` });
    x = layerNorm(g, g.add(x, dropout(g, attended, `${site}.attention`)), `${name}.norm1`);
    const fed = feedForward(g, x, { name, site, dropout, ...architecture.photometry });
    x = layerNorm(g, g.add(x, fed), `${name}.norm2`);
  }
  x = dropout(g, layerNorm(g, x, 'photometry_encoder.encoder.norm'), 'photometry.encoding');
  const kept = g.mul(x, g.reshape(inputs.mask, [batch, length, 1]));
  return g.reshape(kept, [batch, length * dimensions]);
}

function tokens(
  g: GraphBuilder,
  photometry: Value,
  { channels, dimensions, length }: PaperArchitecture['photometry'],
): Value {
  const weight = g.parameter('photometry_encoder.enc_embedding.value_embedding.tokenConv.weight', [
    dimensions,
    channels,
    3,
  ]);
  const convolved = g.conv1d(g.transpose(photometry, [0, 2, 1]), weight, { padding: 'circular' });
  const position = g.constant(positionalEncoding(length, dimensions), [length, dimensions]);
  return g.add(g.transpose(convolved, [0, 2, 1]), position);
}

interface AttentionOptions extends EncoderOptions {
  readonly inputs: PhotometryInputs;
  readonly name: string;
}

function selfAttention(
  g: GraphBuilder,
  x: Value,
  { inputs, architecture, layout, name }: AttentionOptions,
): Value {
  const { dimensions, heads } = architecture.photometry;
  const project = (value: Value, part: string): Value =>
    linear(g, value, { name: `${name}.${part}_projection`, inputs: dimensions, outputs: dimensions });
  const query = splitHeads(g, project(x, 'query'), heads);
  const key = splitHeads(g, project(x, 'key'), heads);
  const value = splitHeads(g, project(x, 'value'), heads);
  const { mask, indexSample } = inputs;
  const context =
    indexSample === null
      ? fullAttention(g, { query, key, value, mask }, layout)
      : probSparseAttention(g, { query, key, value, mask, indexSample }, layout);
  return project(context, 'out');
}

/** Attention of every query over all keys; the corrected layout leaves padded keys out. Heads come side by side in both. */
function fullAttention(
  g: GraphBuilder,
  operands: { readonly query: Value; readonly key: Value; readonly value: Value; readonly mask: Value },
  layout: PaperLayout,
): Value {
  const { query, key, value, mask } = operands;
  if (layout === 'reference') return mergeHeads(g, g.attention({ query, key, value }));
  return mergeHeads(g, g.attention({ query, key, value, bias: maskBias(g, mask) }));
}

interface FeedForwardOptions {
  readonly name: string;
  readonly site: string;
  readonly dropout: Dropout;
  readonly dimensions: number;
  readonly feedForward: number;
}

/** Two convolutions of size 1, which are linear maps of every step, with an exact GELU between. */
function feedForward(g: GraphBuilder, x: Value, sizes: FeedForwardOptions): Value {
  const { name, site, dropout, dimensions, feedForward: hidden } = sizes;
  const pointwise = (value: Value, part: string, [outputs, inputs]: readonly [number, number]): Value => {
    const weight = g.parameter(`${name}.${part}.weight`, [outputs, inputs, 1]);
    const bias = g.parameter(`${name}.${part}.bias`, [outputs]);
    return g.add(g.matmul(value, g.reshape(weight, [outputs, inputs]), { transposeB: true }), bias);
  };
  const wide = dropout(g, g.gelu(pointwise(x, 'conv1', [hidden, dimensions])), `${site}.wide`);
  return dropout(g, pointwise(wide, 'conv2', [dimensions, hidden]), `${site}.narrow`);
}
