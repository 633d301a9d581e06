import type { GraphBuilder } from '../ir/builder.ts';
import type { Dropout } from '../ir/dropout.ts';
import { maskBias } from '../ir/layers.ts';
import { inputOf } from '../ir/model-inputs.ts';
import type { Value } from '../ir/types.ts';
import type { ModalityEncoder } from '../training/step/modality-encoder.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { attentionPool, projection } from './encoder-layers.ts';
import { SPECTRUM_INPUTS } from './spectrum-grid.ts';

/** Odd, so that a stride of 2 halves the length exactly with this padding. */
const KERNEL = 7;
const PADDING = (KERNEL - 1) / 2;
const STRIDE = 2;

/**
 * A spectrum: strided convolutions, a learned position for each remaining sample (a line's place matters), pooled by
 * attention over what is covered.
 *
 * Input: `spectra` [batch, SPECTRUM_INPUTS.length, samples]. Encoding: [batch, the last channels].
 *
 * @param samples of the grid: a multiple of 2 to the number of convolutions
 */
export function spectrumEncoder(
  { dimensions, spectrum }: AlertsArchitecture,
  samples: number,
): ModalityEncoder {
  return {
    name: 'spectra',
    key: 's',
    rows: (g, { batch, nameOf = (name) => name }) => ({
      spectra: g.input(nameOf('spectra'), 'float32', [batch, SPECTRUM_INPUTS.length, samples]),
    }),
    shared: () => ({}),
    encode: (g, inputs, dropout) => encode(g, inputOf(inputs, 'spectra'), { ...spectrum, samples, dropout }),
    project: projection('spectrum.project', dimensions),
  };
}

interface EncodeOptions {
  readonly channels: readonly number[];
  readonly heads: number;
  readonly samples: number;
  readonly dropout: Dropout;
}

function encode(
  g: GraphBuilder,
  spectra: Value,
  { channels, heads, samples, dropout }: EncodeOptions,
): Value {
  let x = spectra;
  let inputs = SPECTRUM_INPUTS.length;
  for (const [layer, outputs] of channels.entries()) {
    const weight = g.parameter(`spectrum.convolutions.${layer}.weight`, [outputs, inputs, KERNEL]);
    const bias = g.parameter(`spectrum.convolutions.${layer}.bias`, [outputs]);
    x = g.gelu(g.conv1d(x, weight, { bias, stride: STRIDE, padding: PADDING }));
    inputs = outputs;
  }
  const length = Number(x.shape[2]);
  x = g.add(g.transpose(x, [0, 2, 1]), g.parameter('spectrum.position', [length, inputs]));
  const bias = maskBias(g, coveredSamples(g, spectra, samples / length));
  return dropout(
    g,
    attentionPool(g, x, { name: 'spectrum.pool', width: inputs, heads, bias }),
    'spectra.pool',
  );
}

/** Mask [batch, samples / factor]: 1 where any of the samples below is covered. */
function coveredSamples(g: GraphBuilder, spectra: Value, factor: number): Value {
  const covered = g.slice(spectra, 1, SPECTRUM_INPUTS.length - 1);
  const pooled = g.maxPool1d(covered, { size: factor });
  return g.reshape(pooled, [pooled.shape[0] ?? 1, pooled.shape[2] ?? 1]);
}
