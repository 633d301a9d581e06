import { alertsModalityEncoders } from './alerts/modality-encoders.ts';
import { ALERTS_ROWS } from './alerts/training-subject.ts';
import { paperModalityEncoders } from './paper/modality-encoders.ts';
import { PAPER_MODALITIES } from './paper/encode.ts';
import { INDEX_SAMPLE } from './paper/release-part.ts';
import { PAPER_ROWS } from './paper/training-subject.ts';
import type { Release } from './releases/release.ts';
import type { NamedTensors } from './sessions/runtime.ts';
import { modalityRows } from './training/data/modality-rows.ts';
import type { ModalityRows, StatisticsByInput } from './training/data/training-set.ts';
import type { ModalityEncoder } from './training/step/modality-encoder.ts';

/** A release of any profile as what embeds rows of a file of tensors. */
export interface ReleaseEncoders {
  readonly encoders: readonly ModalityEncoder[];
  /** What a file holds of each. */
  readonly modalities: readonly ModalityRows[];
  readonly statistics: StatisticsByInput;
  /** Inputs that all objects share. */
  readonly constants: NamedTensors;
  readonly dimensions: number;
}

export function releaseEncoders({ manifest, weights }: Release): ReleaseEncoders {
  if (manifest.profile === 'alerts') {
    const { architecture, preprocessing } = manifest.model;
    const encoders = alertsModalityEncoders(architecture, {
      spectrumSamples: preprocessing.spectrum.samples,
      length: preprocessing.tokensMax,
    });
    return {
      encoders,
      modalities: encoders.map((encoder) => modalityRows(encoder, ALERTS_ROWS)),
      statistics: preprocessing.statistics,
      constants: {},
      dimensions: architecture.dimensions,
    };
  }
  const encoders = paperModalityEncoders(manifest.model, PAPER_MODALITIES);
  const indexSample = weights.get(INDEX_SAMPLE);
  return {
    encoders,
    modalities: encoders.map((encoder) => modalityRows(encoder, PAPER_ROWS)),
    statistics: {},
    constants: indexSample === undefined ? {} : { [INDEX_SAMPLE]: indexSample },
    dimensions: manifest.model.architecture.embeddingDimensions,
  };
}
