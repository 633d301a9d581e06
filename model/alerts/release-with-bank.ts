import { createEmbedder } from '../embedder.ts';
import type { ManifestOf } from '../releases/manifest.ts';
import type { Release } from '../releases/release.ts';
import { referenceBank } from './bank.ts';
import type { LabelledObject } from './initialise-model.ts';
import { alertsModelOf } from './release.ts';
import { writeAlertsRelease } from './write-alerts-release.ts';

export interface ReleaseWithBankOptions {
  /** Of the profile; its own bank, if it has one, is left out. */
  readonly release: Release;
  /** Become the bank, in this order. */
  readonly objects: readonly LabelledObject[];
  /** New or empty. */
  readonly folder: string;
  readonly name: string;
  /** What a user should know of the weights, in a sentence. */
  readonly note: string;
  /** Threads; the result does not depend on them. */
  readonly workers: number;
}

/**
 * Writes a release anew with a reference bank of embedded objects: what a trained release needs to score.
 *
 * @returns its manifest
 * @throws PipelineError RELEASE_INVALID if it is of another profile; INFERENCE_FAILED, OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
 */
export async function writeReleaseWithBank({
  release,
  objects,
  folder,
  name,
  note,
  workers,
}: ReleaseWithBankOptions): Promise<ManifestOf<'alerts'>> {
  const model = alertsModelOf(release);
  const embedder = await createEmbedder({ release, workers });
  try {
    const embeddings = await embedder.embed(objects.map(({ object }) => object));
    const labelled = objects.map(({ object, label }, i) => ({
      objectId: String(object.lightCurve.objectId),
      label,
      embedding: embeddings[i]!,
    }));
    const { origin, seed } = release.manifest.weights;
    return await writeAlertsRelease(folder, {
      ...model,
      name,
      origin: { origin, seed, note },
      bank: referenceBank(labelled, model.part.architecture.dimensions),
      training: release.manifest.training,
    });
  } finally {
    await embedder.close();
  }
}
