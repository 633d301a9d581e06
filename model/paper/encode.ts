import type { GraphBuilder } from '../ir/builder.ts';
import { noDropout } from '../ir/dropout.ts';
import type { Dropout } from '../ir/dropout.ts';
import { inputOf } from '../ir/model-inputs.ts';
import type { ModelInputs, RowsOptions } from '../ir/model-inputs.ts';
import { linear } from '../ir/layers.ts';
import type { Value } from '../ir/types.ts';
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
  /** Declares what each object gives; `nameOf` renames, for a second view of the same objects. */
  rows(g: GraphBuilder, model: PaperModel, options: RowsOptions): ModelInputs['rows'];
  /** Declares what all objects share. */
  shared(g: GraphBuilder, model: PaperModel): ModelInputs['shared'];
  /** @returns what the encoder gives, flattened: [batch, …] */
  encode(g: GraphBuilder, inputs: ModelInputs, options: EncodeOptions): Value;
  /** @returns [batch, embeddingDimensions], not normalised */
  project(g: GraphBuilder, encoding: Value, model: PaperModel): Value;
}

const sameName = (name: string): string => name;

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
    rows: (g, { architecture: { photometry } }, { batch, nameOf = sameName }) => {
      const { length, channels } = photometry;
      return {
        photometry: g.input(nameOf('photometry'), 'float32', [batch, length, channels]),
        mask: g.input(nameOf('mask'), 'float32', [batch, length]),
      };
    },
    shared: (g, { architecture: { attention, photometry } }) => {
      if (attention === 'full') return {};
      const shape = [photometry.length, sampledKeys(photometry)];
      return { index_sample: g.input('index_sample', 'int64', shape) };
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
    rows: (g, { architecture: { spectra } }, { batch, nameOf = sameName }) => ({
      spectra: g.input(nameOf('spectra'), 'float32', [batch, spectra.channels[0]!, spectra.length]),
    }),
    shared: () => ({}),
    encode: (g, inputs, { model, dropout = noDropout }) => {
      const encoding = spectraEncoder(g, inputOf(inputs, 'spectra'), model.architecture.spectra);
      return dropout(g, encoding, 'spectra.encoding');
    },
    project: projection('spectra_proj'),
  },
  metadata: {
    rows: (g, { architecture: { metadata } }, { batch, nameOf = sameName }) => ({
      metadata: g.input(nameOf('metadata'), 'float32', [batch, metadata.inputs]),
    }),
    shared: () => ({}),
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
