import type { GraphBuilder } from '../ir/builder.ts';
import { noDropout } from '../ir/dropout.ts';
import type { Dropout } from '../ir/dropout.ts';
import { inputOf } from '../ir/model-inputs.ts';
import type { ModelInputs } from '../ir/model-inputs.ts';
import { linear } from '../ir/layers.ts';
import type { Dim, Value } from '../ir/types.ts';
import { sampledKeys } from './architecture.ts';
import type { PaperArchitecture, PaperLayout } from './architecture.ts';
import { metadataEncoder, spectraEncoder } from './encoders.ts';
import { photometryEncoder } from './photometry-encoder.ts';

export const PAPER_MODALITIES = ['photometry', 'spectra', 'metadata'] as const;
export type PaperModality = (typeof PAPER_MODALITIES)[number];

export interface PaperModel {
  readonly architecture: PaperArchitecture;
  readonly layout: PaperLayout;
}

export interface PaperEncoder {
  /** Declares the inputs on a graph. */
  inputs(g: GraphBuilder, model: PaperModel, batch: Dim): ModelInputs;
  /** @returns what the encoder gives, flattened: [batch, …] */
  encode(g: GraphBuilder, inputs: ModelInputs, options: EncodeOptions): Value;
  /** @returns [batch, embeddingDimensions], not normalised */
  project(g: GraphBuilder, encoding: Value, model: PaperModel): Value;
}

export interface EncodeOptions {
  readonly model: PaperModel;
  readonly dropout?: Dropout;
}

/**
 * How each modality comes into a graph, and becomes a vector.
 *
 * Inputs: photometry: `photometry` [batch, length, channels], `mask` [batch, length] and, with sparse attention,
 * `index_sample` [length, samples] int64; spectra: `spectra` [batch, channels, length]; metadata: `metadata`
 * [batch, inputs].
 */
export const PAPER_ENCODERS: { readonly [M in PaperModality]: PaperEncoder } = {
  photometry: {
    inputs: (g, { architecture: { attention, photometry } }, batch) => {
      const { length, channels } = photometry;
      const rows = {
        photometry: g.input('photometry', 'float32', [batch, length, channels]),
        mask: g.input('mask', 'float32', [batch, length]),
      };
      if (attention === 'full') return { rows, shared: {} };
      const sample = g.input('index_sample', 'int64', [length, sampledKeys(photometry)]);
      return { rows, shared: { index_sample: sample } };
    },
    encode: (g, inputs, { model, dropout = noDropout }) => {
      const curves = {
        photometry: inputOf(inputs, 'photometry'),
        mask: inputOf(inputs, 'mask'),
        indexSample: inputs.shared['index_sample'] ?? null,
      };
      return photometryEncoder(g, curves, { ...model, dropout });
    },
    project: projection('photometry_proj'),
  },
  spectra: {
    inputs: (g, { architecture: { spectra } }, batch) => ({
      rows: { spectra: g.input('spectra', 'float32', [batch, spectra.channels[0]!, spectra.length]) },
      shared: {},
    }),
    encode: (g, inputs, { model, dropout = noDropout }) => {
      const encoding = spectraEncoder(g, inputOf(inputs, 'spectra'), model.architecture.spectra);
      return dropout(g, encoding, 'spectra.encoding');
    },
    project: projection('spectra_proj'),
  },
  metadata: {
    inputs: (g, { architecture: { metadata } }, batch) => ({
      rows: { metadata: g.input('metadata', 'float32', [batch, metadata.inputs]) },
      shared: {},
    }),
    encode: (g, inputs, { model, dropout = noDropout }) => {
      const { metadata } = model.architecture;
      return metadataEncoder(g, inputOf(inputs, 'metadata'), { ...metadata, dropout });
    },
    project: projection('metadata_proj'),
  },
};

/** The linear map to the embedding, with the parameters `name.weight` and `name.bias`. */
function projection(name: string): PaperEncoder['project'] {
  return (g, encoding, { architecture }) =>
    linear(g, encoding, {
      name,
      inputs: Number(encoding.shape[1]),
      outputs: architecture.embeddingDimensions,
    });
}
