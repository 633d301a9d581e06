import { elementCount } from '../ir/dims.ts';
import type { Graph } from '../ir/types.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { buildMetadataEncoder } from './metadata-encoder.ts';
import { buildPhotometryEncoder } from './photometry-encoder.ts';
import { buildSpectrumEncoder } from './spectrum-encoder.ts';

/** The profile's encoders, by modality. */
export interface AlertsGraphs {
  readonly photometry: Graph;
  readonly spectrum: Graph;
  readonly metadata: Graph;
}

/** @param spectrumSamples samples of the release's spectrum grid */
export function buildAlertsGraphs(architecture: AlertsArchitecture, spectrumSamples: number): AlertsGraphs {
  return {
    photometry: buildPhotometryEncoder(architecture),
    spectrum: buildSpectrumEncoder(architecture, spectrumSamples),
    metadata: buildMetadataEncoder(architecture),
  };
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
