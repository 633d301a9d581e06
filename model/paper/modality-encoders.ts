import type { ModalityEncoder } from '../training/step/modality-encoder.ts';
import { PAPER_ENCODERS } from './encode.ts';
import type { PaperModality, PaperModel } from './encode.ts';

/** What stands for a modality in the published names of pairs. */
const KEYS: { readonly [M in PaperModality]: string } = { photometry: 'p', spectra: 's', metadata: 'm' };

/** Some modalities of a model of the paper profile, for training. */
export function paperModalityEncoders(
  model: PaperModel,
  modalities: readonly PaperModality[],
): readonly ModalityEncoder[] {
  return modalities.map((name) => {
    const encoder = PAPER_ENCODERS[name];
    return {
      name,
      key: KEYS[name],
      rows: (g, options) => encoder.rows(g, model, options),
      shared: (g) => encoder.shared(g, model),
      encode: (g, inputs, dropout) => encoder.encode(g, inputs, { model, dropout }),
      project: (g, encoding) => encoder.project(g, encoding, model),
    };
  });
}
