import { GraphBuilder } from '../ir/builder.ts';
import { l2Normalise, linear } from '../ir/layers.ts';
import type { Graph, Value } from '../ir/types.ts';
import { sampledKeys, spectraLength } from './architecture.ts';
import type { PaperArchitecture, PaperLayout } from './architecture.ts';
import { metadataEncoder, spectraEncoder } from './encoders.ts';
import { photometryEncoder } from './photometry-encoder.ts';

/** What the three graphs take and give; batch is their only symbol. */
export const PAPER_MODALITIES = ['photometry', 'spectra', 'metadata'] as const;
export type PaperModality = (typeof PAPER_MODALITIES)[number];

export interface PaperModel {
  readonly architecture: PaperArchitecture;
  readonly layout: PaperLayout;
}

/**
 * One graph per modality, since an object may lack any of them. Each has the outputs `encoding`, what the encoder gives,
 * and `embedding` [batch, embeddingDimensions], unit vectors.
 *
 * Inputs: photometry: `photometry` [batch, length, channels], `mask` [batch, length] and, with sparse attention,
 * `index_sample` [length, samples] int64; spectra: `spectra` [batch, channels, length]; metadata: `metadata`
 * [batch, inputs].
 */
export function paperGraphs(model: PaperModel): { readonly [M in PaperModality]: Graph } {
  return {
    photometry: photometryGraph(model),
    spectra: spectraGraph(model),
    metadata: metadataGraph(model),
  };
}

/** Logarithms of the contrastive loss's temperatures, one per pair of modalities: in the weights, not in the graphs. */
const LOGIT_SCALES = ['logit_scale_ps', 'logit_scale_sm', 'logit_scale_mp'] as const;

/** The shape of every parameter, by state-dict name. */
export function paperParameters(model: PaperModel): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>(LOGIT_SCALES.map((name) => [name, []]));
  for (const { parameters } of Object.values(paperGraphs(model))) {
    for (const { name, value } of parameters) shapes.set(name, value.shape.map(Number));
  }
  return shapes;
}

function photometryGraph({ architecture, layout }: PaperModel): Graph {
  const { length, channels, dimensions } = architecture.photometry;
  const g = new GraphBuilder('photometry');
  const photometry = g.input('photometry', 'float32', ['batch', length, channels]);
  const mask = g.input('mask', 'float32', ['batch', length]);
  const indexSample =
    architecture.attention === 'full'
      ? null
      : g.input('index_sample', 'int64', [length, sampledKeys(architecture.photometry)]);
  const encoding = photometryEncoder(g, { photometry, mask, indexSample }, { architecture, layout });
  return embedded(g, encoding, {
    name: 'photometry_proj',
    inputs: length * dimensions,
    outputs: architecture.embeddingDimensions,
  });
}

function spectraGraph({ architecture }: PaperModel): Graph {
  const { channels, length } = architecture.spectra;
  const g = new GraphBuilder('spectra');
  const spectra = g.input('spectra', 'float32', ['batch', channels[0]!, length]);
  return embedded(g, spectraEncoder(g, spectra, architecture.spectra), {
    name: 'spectra_proj',
    inputs: channels.at(-1)! * spectraLength(architecture.spectra),
    outputs: architecture.embeddingDimensions,
  });
}

function metadataGraph({ architecture }: PaperModel): Graph {
  const { inputs, hiddenDimensions } = architecture.metadata;
  const g = new GraphBuilder('metadata');
  const metadata = g.input('metadata', 'float32', ['batch', inputs]);
  return embedded(g, metadataEncoder(g, metadata, architecture.metadata), {
    name: 'metadata_proj',
    inputs: hiddenDimensions,
    outputs: architecture.embeddingDimensions,
  });
}

function embedded(
  g: GraphBuilder,
  encoding: Value,
  projection: { readonly name: string; readonly inputs: number; readonly outputs: number },
): Graph {
  g.output('encoding', encoding);
  g.output('embedding', l2Normalise(g, linear(g, encoding, projection)));
  return g.build();
}
