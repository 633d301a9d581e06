import type { Config, EmbeddedObject, JoinedObject, Metrics } from '../core/index.ts';
import { createDetectors } from '../detectors/index.ts';
import type { Detector } from '../detectors/index.ts';
import { chooseDevice, createEmbedder, openBank, openRelease } from '../model/index.ts';
import type { ChosenDevice, Manifest } from '../model/index.ts';

/** A release at work: its encoders in worker threads, and the detectors on its bank. */
export interface ScoringModel {
  readonly manifest: Manifest;
  /** Where the encoders run. */
  readonly device: ChosenDevice;
  /** Unit embeddings of objects, in order. */
  readonly embed: (objects: readonly JoinedObject[]) => Promise<readonly EmbeddedObject[]>;
  readonly detectors: Readonly<Record<string, Detector>>;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

/**
 * Opens the release that a configuration names.
 *
 * @throws PipelineError RELEASE_NOT_FOUND, RELEASE_INVALID, DEVICE_UNAVAILABLE or INFERENCE_FAILED
 */
export async function openScoringModel(config: Config, metrics: Metrics): Promise<ScoringModel> {
  const release = await openRelease(config.model.release);
  const detectors = createDetectors(await openBank(release), config.score);
  const chosen = await chooseDevice(config.model.device);
  const { workers } = config.model;
  const embedder = await createEmbedder({ release, workers, device: chosen.device, metrics });
  return {
    manifest: release.manifest,
    device: chosen,
    embed: (objects) => embedder.embed(objects),
    detectors,
    close: () => embedder.close(),
  };
}
