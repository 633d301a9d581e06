import { GraphBuilder } from '../ir/builder.ts';
import { l2Normalise, linear } from '../ir/layers.ts';
import type { Graph } from '../ir/types.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { METADATA_INPUTS } from './metadata-inputs.ts';

/**
 * Metadata to a unit vector: two hidden layers on standardised values and the flags that tell which are known.
 *
 * Input: `metadata` [batch, 2 · METADATA_INPUTS.length]. Output: `metadata_embedding` [batch, dimensions].
 */
export function buildMetadataEncoder({ dimensions, metadata: { hidden } }: AlertsArchitecture): Graph {
  const inputs = 2 * METADATA_INPUTS.length;
  const g = new GraphBuilder('alerts_metadata');
  const x = g.input('metadata', 'float32', ['batch', inputs]);
  const first = g.gelu(linear(g, x, { name: 'metadata.hidden1', inputs, outputs: hidden }));
  const second = g.gelu(linear(g, first, { name: 'metadata.hidden2', inputs: hidden, outputs: hidden }));
  const out = linear(g, second, { name: 'metadata.project', inputs: hidden, outputs: dimensions });
  g.output('metadata_embedding', l2Normalise(g, out));
  return g.build();
}
