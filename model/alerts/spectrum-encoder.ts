import { GraphBuilder } from '../ir/builder.ts';
import { l2Normalise, linear, maskBias } from '../ir/layers.ts';
import type { Graph, Value } from '../ir/types.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { attentionPool } from './encoder-layers.ts';
import { SPECTRUM_INPUTS } from './spectrum-grid.ts';

/** Odd, so that a stride of 2 halves the length exactly with this padding. */
const KERNEL = 7;
const PADDING = (KERNEL - 1) / 2;
const STRIDE = 2;

/**
 * A spectrum to a unit vector: strided convolutions, a learned position for each remaining sample (a line's place matters),
 * pooled by attention over what is covered.
 *
 * Input: `spectra` [batch, SPECTRUM_INPUTS.length, samples]. Output: `spectra_embedding` [batch, dimensions].
 *
 * @param samples of the grid: a multiple of 2 to the number of convolutions
 */
export function buildSpectrumEncoder({ dimensions, spectrum }: AlertsArchitecture, samples: number): Graph {
  const g = new GraphBuilder('alerts_spectrum');
  const input = g.input('spectra', 'float32', ['batch', SPECTRUM_INPUTS.length, samples]);
  let x = input;
  let inputs = SPECTRUM_INPUTS.length;
  for (const [layer, outputs] of spectrum.channels.entries()) {
    const weight = g.parameter(`spectrum.convolutions.${layer}.weight`, [outputs, inputs, KERNEL]);
    const bias = g.parameter(`spectrum.convolutions.${layer}.bias`, [outputs]);
    x = g.gelu(g.conv1d(x, weight, { bias, stride: STRIDE, padding: PADDING }));
    inputs = outputs;
  }
  const length = Number(x.shape[2]);
  x = g.add(g.transpose(x, [0, 2, 1]), g.parameter('spectrum.position', [length, inputs]));
  const bias = maskBias(g, coveredSamples(g, input, samples / length));
  const pooled = attentionPool(g, x, { name: 'spectrum.pool', width: inputs, heads: spectrum.heads, bias });
  const out = linear(g, pooled, { name: 'spectrum.project', inputs, outputs: dimensions });
  g.output('spectra_embedding', l2Normalise(g, out));
  return g.build();
}

/** Mask [batch, samples / factor]: 1 where any of the samples below is covered. */
function coveredSamples(g: GraphBuilder, spectra: Value, factor: number): Value {
  const covered = g.slice(spectra, 1, SPECTRUM_INPUTS.length - 1);
  const pooled = g.maxPool1d(covered, { size: factor });
  return g.reshape(pooled, [pooled.shape[0] ?? 1, pooled.shape[2] ?? 1]);
}
