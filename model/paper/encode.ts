import type { GraphBuilder } from '../ir/builder.ts';
import { noDropout } from '../ir/dropout.ts';
import type { Dropout } from '../ir/dropout.ts';
import { linear } from '../ir/layers.ts';
import type { Dim, Value } from '../ir/types.ts';
import { sampledKeys, spectraLength } from './architecture.ts';
import type { PaperArchitecture, PaperLayout } from './architecture.ts';
import { metadataEncoder, spectraEncoder } from './encoders.ts';
import { photometryEncoder } from './photometry-encoder.ts';

export const PAPER_MODALITIES = ['photometry', 'spectra', 'metadata'] as const;
export type PaperModality = (typeof PAPER_MODALITIES)[number];

export interface PaperModel {
  readonly architecture: PaperArchitecture;
  readonly layout: PaperLayout;
}

/** A modality's inputs by name; all but `index_sample` have the batch as their first axis. */
export type PaperInputs = Readonly<Record<string, Value>>;

export interface Encoded {
  /** What the encoder gives, flattened: [batch, …] */
  readonly encoding: Value;
  /** [batch, embeddingDimensions], not normalised */
  readonly projection: Value;
}

export interface PaperEncoder {
  /** Declares the inputs on a graph. */
  inputs(g: GraphBuilder, model: PaperModel, batch: Dim): PaperInputs;
  encode(
    g: GraphBuilder,
    inputs: PaperInputs,
    options: { readonly model: PaperModel; readonly dropout?: Dropout },
  ): Encoded;
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
      const curves = {
        photometry: g.input('photometry', 'float32', [batch, length, channels]),
        mask: g.input('mask', 'float32', [batch, length]),
      };
      if (attention === 'full') return curves;
      return { ...curves, index_sample: g.input('index_sample', 'int64', [length, sampledKeys(photometry)]) };
    },
    encode: (g, inputs, { model, dropout = noDropout }) => {
      const { photometry, embeddingDimensions } = model.architecture;
      const encoding = photometryEncoder(
        g,
        {
          photometry: inputOf(inputs, 'photometry'),
          mask: inputOf(inputs, 'mask'),
          indexSample: inputs['index_sample'] ?? null,
        },
        { ...model, dropout },
      );
      return projected(g, encoding, {
        name: 'photometry_proj',
        inputs: photometry.length * photometry.dimensions,
        outputs: embeddingDimensions,
      });
    },
  },
  spectra: {
    inputs: (g, { architecture: { spectra } }, batch) => ({
      spectra: g.input('spectra', 'float32', [batch, spectra.channels[0]!, spectra.length]),
    }),
    encode: (g, inputs, { model, dropout = noDropout }) => {
      const { spectra, embeddingDimensions } = model.architecture;
      const encoding = spectraEncoder(g, inputOf(inputs, 'spectra'), spectra);
      return projected(g, dropout(g, encoding, 'spectra.encoding'), {
        name: 'spectra_proj',
        inputs: spectra.channels.at(-1)! * spectraLength(spectra),
        outputs: embeddingDimensions,
      });
    },
  },
  metadata: {
    inputs: (g, { architecture: { metadata } }, batch) => ({
      metadata: g.input('metadata', 'float32', [batch, metadata.inputs]),
    }),
    encode: (g, inputs, { model, dropout = noDropout }) => {
      const { metadata, embeddingDimensions } = model.architecture;
      return projected(g, metadataEncoder(g, inputOf(inputs, 'metadata'), { ...metadata, dropout }), {
        name: 'metadata_proj',
        inputs: metadata.hiddenDimensions,
        outputs: embeddingDimensions,
      });
    },
  },
};

function inputOf(inputs: PaperInputs, name: string): Value {
  const value = inputs[name];
  if (value === undefined) throw new TypeError(`Cannot encode as the input "${name}" is missing`);
  return value;
}

function projected(
  g: GraphBuilder,
  encoding: Value,
  sizes: { readonly name: string; readonly inputs: number; readonly outputs: number },
): Encoded {
  return { encoding, projection: linear(g, encoding, sizes) };
}
