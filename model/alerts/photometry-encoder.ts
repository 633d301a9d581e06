import type { GraphBuilder } from '../ir/builder.ts';
import type { Dropout } from '../ir/dropout.ts';
import { layerNorm, linear, maskBias } from '../ir/layers.ts';
import { inputOf } from '../ir/model-inputs.ts';
import type { ModelInputs } from '../ir/model-inputs.ts';
import type { Dim, Value } from '../ir/types.ts';
import type { ModalityEncoder } from '../training/step/modality-encoder.ts';
import { encodedWidth } from '../quantile-encoding.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { attentionPool, projection, transformerLayer } from './encoder-layers.ts';
import { GLOBAL_INPUTS } from './global-inputs.ts';
import { TOKEN_INPUTS } from './token-inputs.ts';

/**
 * Photometry: tokens through a pre-norm transformer whose attention leaves padding out, pooled by masked attention and
 * joined with the global inputs. Time is in the tokens, so that there is no position encoding and the order of tokens does
 * not matter.
 *
 * Inputs: `tokens` [batch, length, TOKEN_INPUTS.length], `tokens_mask` [batch, length] (1 a point, 0 padding; at least one
 * 1 a row), `globals` [batch, encodedWidth(GLOBAL_INPUTS.length)] (values encoded by quantiles, then flags). Encoding: [batch, hidden].
 *
 * @param length that tokens are padded to
 */
export function photometryEncoder(
  { dimensions, photometry }: AlertsArchitecture,
  length: Dim,
): ModalityEncoder {
  return {
    name: 'photometry',
    key: 'p',
    rows: (g, { batch, nameOf = (name) => name }) => ({
      tokens: g.input(nameOf('tokens'), 'float32', [batch, length, TOKEN_INPUTS.length]),
      tokens_mask: g.input(nameOf('tokens_mask'), 'float32', [batch, length]),
      globals: g.input(nameOf('globals'), 'float32', [batch, encodedWidth(GLOBAL_INPUTS.length)]),
    }),
    shared: () => ({}),
    encode: (g, inputs, dropout) => encode(g, inputs, { ...photometry, dropout }),
    project: projection('photometry.project', dimensions),
  };
}

type EncodeOptions = AlertsArchitecture['photometry'] & { readonly dropout: Dropout };

function encode(g: GraphBuilder, inputs: ModelInputs, options: EncodeOptions): Value {
  const { width, layers, heads, feedForward, hidden, dropout } = options;
  const bias = maskBias(g, inputOf(inputs, 'tokens_mask'));
  let x = linear(g, inputOf(inputs, 'tokens'), {
    name: 'photometry.tokens',
    inputs: TOKEN_INPUTS.length,
    outputs: width,
  });
  for (let layer = 0; layer < layers; layer++) {
    const name = `photometry.layers.${layer}`;
    x = transformerLayer(g, x, { name, width, heads, feedForward, bias, dropout });
  }
  x = layerNorm(g, x, 'photometry.norm');
  const pooled = attentionPool(g, x, { name: 'photometry.pool', width, heads, bias });
  const summary = g.gelu(
    linear(g, inputOf(inputs, 'globals'), {
      name: 'photometry.globals',
      inputs: encodedWidth(GLOBAL_INPUTS.length),
      outputs: hidden,
    }),
  );
  const joined = g.concat([dropout(g, pooled, 'photometry.pool'), dropout(g, summary, 'summary.globals')], 1);
  const join = linear(g, joined, { name: 'photometry.join', inputs: width + hidden, outputs: hidden });
  return dropout(g, g.gelu(join), 'summary.join');
}
