import { PipelineError, type ReferenceBank } from '../../core/index.ts';
import type { ManifestOf } from '../releases/manifest.ts';
import type { Release } from '../releases/release.ts';
import { BANK_FILES, readBank } from './bank.ts';
import { initialiseModel, type InitialiseOptions } from './initialise-model.ts';
import type { AlertsModel } from './load-encoders.ts';
import { writeAlertsRelease } from './write-alerts-release.ts';

export interface InitialiseReleaseOptions extends InitialiseOptions {
  /** New or empty. */
  readonly folder: string;
  readonly name: string;
}

/**
 * Writes a release whose weights are drawn from a seed and not trained, with statistics and a reference bank from objects.
 * The same options give the same bytes.
 *
 * @returns its manifest
 * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE, INFERENCE_FAILED
 */
export async function initialiseAlertsRelease({
  folder,
  name,
  ...options
}: InitialiseReleaseOptions): Promise<ManifestOf<'alerts'>> {
  const model = await initialiseModel(options);
  return writeAlertsRelease(folder, {
    ...model,
    name,
    origin: {
      origin: 'initialised',
      seed: String(options.seed),
      note:
        'The weights are an initialisation: random numbers drawn from the seed, not trained. ' +
        'Scores say how unlike the bank an object is under random features, and are not calibrated.',
    },
    training: null,
  });
}

/**
 * The model of an opened release.
 *
 * @throws PipelineError RELEASE_INVALID if it is of another profile
 */
export function alertsModelOf({ folder, manifest, weights }: Release): AlertsModel {
  if (manifest.profile === 'alerts') return { part: manifest.model, weights };
  throw new PipelineError(
    'RELEASE_INVALID',
    `Cannot embed alerts with release "${folder}" as its profile must be "alerts": ` +
      `current value is "${manifest.profile}"`,
  );
}

/**
 * The bank of an opened release, whose files have been found to have their digests.
 *
 * @throws PipelineError RELEASE_INVALID if it is of another profile, has no bank, or a bank that is damaged
 */
export async function openBank(release: Release): Promise<ReferenceBank> {
  const { folder, manifest } = release;
  const { part } = alertsModelOf(release);
  const invalid = (why: string): PipelineError =>
    new PipelineError('RELEASE_INVALID', `Cannot compare with the objects of release "${folder}" as ${why}`);
  if (manifest.bank === null) throw invalid('it has no reference bank');
  for (const file of Object.values(BANK_FILES)) {
    if (!manifest.bank.files.some((listed) => listed.file === file))
      throw invalid(`its manifest must name "${file}"`);
  }
  const bank = await readBank(folder, part.architecture.dimensions);
  if (bank.objectIds.length !== manifest.bank.objects)
    throw invalid(
      `its bank must have ${manifest.bank.objects} objects: current value is ${bank.objectIds.length}`,
    );
  return bank;
}
