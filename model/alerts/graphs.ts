import { GraphBuilder } from '../ir/builder.ts';
import { elementCount } from '../ir/dims.ts';
import { noDropout } from '../ir/dropout.ts';
import { l2Normalise } from '../ir/layers.ts';
import type { Graph } from '../ir/types.ts';
import type { ModalityEncoder } from '../training/step/modality-encoder.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { metadataEncoder } from './metadata-encoder.ts';
import { photometryEncoder } from './photometry-encoder.ts';
import { spectrumEncoder } from './spectrum-encoder.ts';

/** The profile's encoders, by modality. */
export interface AlertsGraphs {
  readonly photometry: Graph;
  readonly spectrum: Graph;
  readonly metadata: Graph;
}

/**
 * One graph per modality, since an object may lack any of them; each gives unit vectors [batch, dimensions] as its output
 * `photometry`, `spectra_embedding` or `metadata_embedding`. Batch and the length of photometry are their symbols.
 *
 * @param spectrumSamples samples of the release's spectrum grid
 */
export function buildAlertsGraphs(architecture: AlertsArchitecture, spectrumSamples: number): AlertsGraphs {
  const spectrum = spectrumEncoder(architecture, spectrumSamples);
  return {
    photometry: alertsGraph('alerts_photometry', photometryEncoder(architecture, 'length'), 'photometry'),
    spectrum: alertsGraph('alerts_spectrum', spectrum, 'spectra_embedding'),
    metadata: alertsGraph('alerts_metadata', metadataEncoder(architecture), 'metadata_embedding'),
  };
}

function alertsGraph(name: string, encoder: ModalityEncoder, output: string): Graph {
  const g = new GraphBuilder(name);
  const inputs = { rows: encoder.rows(g, { batch: 'batch' }), shared: encoder.shared(g) };
  const encoding = encoder.encode(g, inputs, noDropout);
  g.output(output, l2Normalise(g, encoder.project(g, encoding)));
  return g.build();
}

/** Shape of every parameter, by state-dict name. */
export function alertsParameterShapes(graphs: AlertsGraphs): ReadonlyMap<string, readonly number[]> {
  const all = [graphs.photometry, graphs.spectrum, graphs.metadata].flatMap((graph) => graph.parameters);
  return new Map(all.map(({ name, value }) => [name, value.shape.map(Number)]));
}

/** Number of weights in all parameters. */
export function alertsParameterCount(graphs: AlertsGraphs): number {
  return [...alertsParameterShapes(graphs).values()].reduce((sum, shape) => sum + elementCount(shape), 0);
}
