import path from 'node:path';
import type { ReferenceBank } from '../../core/index.ts';
import { elementCount } from '../ir/dims.ts';
import type { Manifest, ManifestOf } from '../releases/manifest.ts';
import { tensorsFault } from '../releases/tensor-faults.ts';
import { releaseFile, writeRelease } from '../releases/write-release.ts';
import { writeSafetensors } from '../safetensors/writer.ts';
import { BANK_FILES, writeBank } from './bank.ts';
import type { AlertsModel } from './load-encoders.ts';
import { alertsTensors } from './release-schema.ts';

const WEIGHTS_FILE = 'weights.safetensors';

export interface AlertsReleaseParts extends AlertsModel {
  readonly name: string;
  /** What the manifest says of the weights beside their file. */
  readonly origin: Pick<Manifest['weights'], 'origin' | 'seed' | 'note'>;
  /** `null` for a release that only embeds. */
  readonly bank: ReferenceBank | null;
  readonly training: Manifest['training'];
}

/**
 * Writes a release of the profile.
 *
 * @param folder new or empty
 * @returns its manifest
 * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
 */
export async function writeAlertsRelease(
  folder: string,
  { name, part, weights, origin, bank, training }: AlertsReleaseParts,
): Promise<ManifestOf<'alerts'>> {
  const tensors = alertsTensors(part);
  const fault = tensorsFault(weights, tensors);
  if (fault !== null) throw new TypeError(`Cannot write release "${folder}" as ${fault}`);
  const manifest = await writeRelease(folder, async (draft) => {
    await writeSafetensors(path.join(draft, WEIGHTS_FILE), weights);
    if (bank !== null) await writeBank(draft, bank);
    return {
      formatVersion: 1,
      name,
      profile: 'alerts',
      model: part,
      weights: {
        ...(await releaseFile(draft, WEIGHTS_FILE)),
        parameters: [...tensors.values()].reduce((total, { shape }) => total + elementCount(shape), 0),
        ...origin,
      },
      bank: bank && {
        files: [await releaseFile(draft, BANK_FILES.vectors), await releaseFile(draft, BANK_FILES.objects)],
        objects: bank.objectIds.length,
      },
      calibration: null,
      training,
    };
  });
  if (manifest.profile !== 'alerts')
    throw new TypeError('Cannot happen: the manifest is written as it was given');
  return manifest;
}
