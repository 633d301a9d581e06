import type { DataSetObject, Device } from '../core/index.ts';
import { createAlertsObjectEncoder } from './alerts/object-encoder.ts';
import { createPaperObjectEncoder } from './paper/object-encoder.ts';
import type { Manifest, ManifestOf, Profile } from './releases/manifest.ts';
import type { Release } from './releases/release.ts';
import type { Tensors } from './tensor.ts';

/** An object of a data set under a release: unit vectors of the modalities that it has. */
export interface EncodedObject {
  /** [dimensions] `null` without a usable point */
  readonly photometry: Float32Array | null;
  /** [dimensions] */
  readonly spectra: Float32Array | null;
  /** [dimensions] */
  readonly metadata: Float32Array | null;
  /** [featureNames.length] NaN where missing; `null` where the encoder has no features */
  readonly features: Float32Array | null;
}

/** Turns objects of data sets into embeddings under one release, whatever its profile. */
export interface ObjectEncoder {
  readonly dimensions: number;
  /** What `features` are: numbers about an object that no model has seen; `null` where there are none. */
  readonly featureNames: readonly string[] | null;
  /**
   * @returns in order of `objects`; the same object gives the same vectors whatever comes with it
   * @throws PipelineError INFERENCE_FAILED if a worker fails; the signal's reason if it aborts
   */
  encode(objects: readonly DataSetObject[], signal?: AbortSignal): Promise<readonly EncodedObject[]>;
  close(): Promise<void>;
}

export interface ObjectEncoderOptions {
  readonly release: Release;
  /** Threads; the result does not depend on them. */
  readonly workers: number;
  readonly device?: Device;
}

/** What an encoder of a profile is made from. */
export interface ProfileEncoderOptions<P extends Profile> extends Omit<ObjectEncoderOptions, 'release'> {
  readonly folder: string;
  readonly part: ManifestOf<P>['model'];
  readonly weights: Tensors;
}

const ENCODERS: {
  readonly [P in Profile]: (options: ProfileEncoderOptions<P>) => Promise<ObjectEncoder>;
} = { alerts: createAlertsObjectEncoder, paper: createPaperObjectEncoder };

/**
 * Starts the workers and loads a release's encoders into them.
 *
 * @throws PipelineError RELEASE_INVALID where the release's profile cannot take such objects; INFERENCE_FAILED
 */
export function openObjectEncoder({ release, ...options }: ObjectEncoderOptions): Promise<ObjectEncoder> {
  const { folder, manifest, weights } = release;
  return encoderOf(manifest, { ...options, folder, weights });
}

function encoderOf<P extends Profile>(
  {
    profile,
    model,
  }: { readonly profile: P; readonly model: ManifestOf<P>['model'] } & Pick<Manifest, 'name'>,
  options: Omit<ProfileEncoderOptions<P>, 'part'>,
): Promise<ObjectEncoder> {
  return ENCODERS[profile]({ ...options, part: model });
}
