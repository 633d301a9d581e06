import { linear } from '../ir/layers.ts';
import { inputOf } from '../ir/model-inputs.ts';
import type { ModalityEncoder } from '../training/step/modality-encoder.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { encodedWidth } from '../quantile-encoding.ts';
import { projection } from './encoder-layers.ts';
import { METADATA_INPUTS } from './metadata-inputs.ts';

/**
 * Metadata: two hidden layers on values encoded by quantiles and the flags that tell which are known.
 *
 * Input: `metadata` [batch, encodedWidth(METADATA_INPUTS.length)]. Encoding: [batch, hidden].
 */
export function metadataEncoder({ dimensions, metadata: { hidden } }: AlertsArchitecture): ModalityEncoder {
  const inputs = encodedWidth(METADATA_INPUTS.length);
  return {
    name: 'metadata',
    key: 'm',
    rows: (g, { batch, nameOf = (name) => name }) => ({
      metadata: g.input(nameOf('metadata'), 'float32', [batch, inputs]),
    }),
    shared: () => ({}),
    encode: (g, rows, dropout) => {
      const x = inputOf(rows, 'metadata');
      const first = g.gelu(linear(g, x, { name: 'metadata.hidden1', inputs, outputs: hidden }));
      const second = linear(g, dropout(g, first, 'metadata.0'), {
        name: 'metadata.hidden2',
        inputs: hidden,
        outputs: hidden,
      });
      return dropout(g, g.gelu(second), 'metadata.1');
    },
    project: projection('metadata.project', dimensions),
  };
}
