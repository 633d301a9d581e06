import { GraphBuilder } from '../ir/builder.ts';
import { l2Normalise, layerNorm, linear, maskBias } from '../ir/layers.ts';
import type { Graph } from '../ir/types.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { attentionPool, transformerLayer } from './encoder-layers.ts';
import { GLOBAL_INPUTS } from './global-inputs.ts';
import { TOKEN_INPUTS } from './token-inputs.ts';

/**
 * Photometry to a unit vector: tokens through a pre-norm transformer whose attention leaves padding out, pooled by masked
 * attention, joined with the global inputs and projected. Time is in the tokens, so that there is no position encoding and
 * the order of tokens does not matter.
 *
 * Inputs: `tokens` [batch, length, TOKEN_INPUTS.length], `tokens_mask` [batch, length] (1 a point, 0 padding; at least one
 * 1 a row), `globals` [batch, 2 · GLOBAL_INPUTS.length] (standardised values, then flags). Output: `photometry`
 * [batch, dimensions].
 */
export function buildPhotometryEncoder({ dimensions, photometry }: AlertsArchitecture): Graph {
  const { width, layers, heads, feedForward, hidden } = photometry;
  const g = new GraphBuilder('alerts_photometry');
  const tokens = g.input('tokens', 'float32', ['batch', 'length', TOKEN_INPUTS.length]);
  const mask = g.input('tokens_mask', 'float32', ['batch', 'length']);
  const globals = g.input('globals', 'float32', ['batch', 2 * GLOBAL_INPUTS.length]);
  const bias = maskBias(g, mask);
  let x = linear(g, tokens, { name: 'photometry.tokens', inputs: TOKEN_INPUTS.length, outputs: width });
  for (let layer = 0; layer < layers; layer++)
    x = transformerLayer(g, x, { name: `photometry.layers.${layer}`, width, heads, feedForward, bias });
  x = layerNorm(g, x, 'photometry.norm');
  const pooled = attentionPool(g, x, { name: 'photometry.pool', width, heads, bias });
  const joined = linear(g, g.concat([pooled, globals], 1), {
    name: 'photometry.join',
    inputs: width + 2 * GLOBAL_INPUTS.length,
    outputs: hidden,
  });
  const out = linear(g, g.gelu(joined), { name: 'photometry.project', inputs: hidden, outputs: dimensions });
  g.output('photometry', l2Normalise(g, out));
  return g.build();
}
