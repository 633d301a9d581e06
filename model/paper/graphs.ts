import { GraphBuilder } from '../ir/builder.ts';
import { l2Normalise } from '../ir/layers.ts';
import type { Graph } from '../ir/types.ts';
import { PAPER_ENCODERS, PAPER_MODALITIES } from './encode.ts';
import type { PaperModality, PaperModel } from './encode.ts';

/**
 * One graph per modality, since an object may lack any of them. Each has the outputs `encoding`, what the encoder gives,
 * and `embedding` [batch, embeddingDimensions], unit vectors. Their inputs are those of `PAPER_ENCODERS`; batch is their
 * only symbol.
 */
export function paperGraphs(model: PaperModel): { readonly [M in PaperModality]: Graph } {
  return {
    photometry: paperGraph(model, 'photometry'),
    spectra: paperGraph(model, 'spectra'),
    metadata: paperGraph(model, 'metadata'),
  };
}

/** Logarithms of the contrastive loss's temperatures, one per pair of modalities: in the weights, not in the graphs. */
const LOGIT_SCALES = ['logit_scale_ps', 'logit_scale_sm', 'logit_scale_mp'] as const;

/** The shape of every parameter, by state-dict name. */
export function paperParameters(model: PaperModel): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>(LOGIT_SCALES.map((name) => [name, []]));
  for (const modality of PAPER_MODALITIES) {
    for (const { name, value } of paperGraph(model, modality).parameters)
      shapes.set(name, value.shape.map(Number));
  }
  return shapes;
}

function paperGraph(model: PaperModel, modality: PaperModality): Graph {
  const g = new GraphBuilder(modality);
  const encoder = PAPER_ENCODERS[modality];
  const rows = encoder.rows(g, model, { batch: 'batch' });
  const encoding = encoder.encode(g, { rows, shared: encoder.shared(g, model) }, { model });
  g.output('encoding', encoding);
  g.output('embedding', l2Normalise(g, encoder.project(g, encoding, model)));
  return g.build();
}
