import type { GraphBuilder } from '../ir/builder.ts';
import type { Dropout } from '../ir/dropout.ts';
import { linear } from '../ir/layers.ts';
import type { Value } from '../ir/types.ts';
import { spectraLength } from './architecture.ts';
import type { PaperArchitecture } from './architecture.ts';

/**
 * GalSpecNet: convolutions without padding, each with ReLU, and max pooling after all but the last.
 *
 * @param spectra [batch, channels, length]
 * @returns [batch, last channels · last length]
 * @source Wu et al. 2024, GalSpecNet, as AstroM³ uses it (arXiv:2411.08842)
 */
export function spectraEncoder(
  g: GraphBuilder,
  spectra: Value,
  architecture: PaperArchitecture['spectra'],
): Value {
  const { channels, kernelSize, poolSize } = architecture;
  const [batch = 1] = spectra.shape;
  const convolutions = channels.length - 1;
  let x = spectra;
  for (let i = 0; i < convolutions; i++) {
    // Convolution, activation and pooling are three modules of the published sequence.
    const name = `spectra_encoder.layers.${3 * i}`;
    const [inputs, outputs] = [channels[i]!, channels[i + 1]!];
    const weight = g.parameter(`${name}.weight`, [outputs, inputs, kernelSize]);
    x = g.conv1d(x, weight, { bias: g.parameter(`${name}.bias`, [outputs]) });
    // The largest of what is cut at 0 is the largest, cut at 0: the same, on fewer numbers.
    x = g.relu(i < convolutions - 1 ? g.maxPool1d(x, { size: poolSize }) : x);
  }
  return g.reshape(x, [batch, channels.at(-1)! * spectraLength(architecture)]);
}

/**
 * Two linear layers, each with ReLU and dropout.
 *
 * @param metadata [batch, inputs]
 * @returns [batch, hiddenDimensions]
 */
export function metadataEncoder(
  g: GraphBuilder,
  metadata: Value,
  { inputs, hiddenDimensions, dropout }: PaperArchitecture['metadata'] & { readonly dropout: Dropout },
): Value {
  const name = 'metadata_encoder.model';
  const first = linear(g, metadata, { name: `${name}.0`, inputs, outputs: hiddenDimensions });
  const second = linear(g, dropout(g, g.relu(first), 'metadata.0'), {
    name: `${name}.3`,
    inputs: hiddenDimensions,
    outputs: hiddenDimensions,
  });
  return dropout(g, g.relu(second), 'metadata.1');
}
