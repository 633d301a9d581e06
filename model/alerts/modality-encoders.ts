import type { ModalityEncoder } from '../training/step/modality-encoder.ts';
import type { AlertsArchitecture } from './architecture.ts';
import { metadataEncoder } from './metadata-encoder.ts';
import { photometryEncoder } from './photometry-encoder.ts';
import { spectrumEncoder } from './spectrum-encoder.ts';

export interface AlertsInputSizes {
  /** Samples of the release's spectrum grid. */
  readonly spectrumSamples: number;
  /** Tokens of a light curve, as `bucketLength` gives it. */
  readonly length: number;
}

/**
 * The modalities of the profile for training, named as in the paper profile: `photometry`, `spectra`, `metadata`. No
 * parameter depends on the length, so that the steps of all buckets train one model.
 */
export function alertsModalityEncoders(
  architecture: AlertsArchitecture,
  { spectrumSamples, length }: AlertsInputSizes,
): readonly ModalityEncoder[] {
  return [
    photometryEncoder(architecture, length),
    spectrumEncoder(architecture, spectrumSamples),
    metadataEncoder(architecture),
  ];
}
