import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { outputFailure, PipelineError, systemErrorCode } from '../../core/index.ts';
import { syncFolder, writeDurably } from '../durable-file.ts';
import type { Manifest, ReleaseFile } from './manifest.ts';
import { manifestSchema } from './manifest.ts';
import { MANIFEST_FILE, sha256Of } from './release.ts';

/**
 * Writes a release, which appears whole or not at all: its files are written to a folder beside it that takes its name
 * when all are there.
 *
 * @param folder new or empty
 * @param writeFiles puts the release's files into the folder it is given, and says what the manifest is to be
 * @returns the manifest as written
 * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
 * @example
 * await writeRelease('releases/mine', async (draft) => {
 *   await writeSafetensors(path.join(draft, 'weights.safetensors'), weights);
 *   return { …, weights: { ...(await releaseFile(draft, 'weights.safetensors')), parameters, … } };
 * });
 */
export async function writeRelease(
  folder: string,
  writeFiles: (draft: string) => Promise<Manifest>,
): Promise<Manifest> {
  const draft = `${path.resolve(folder)}.partial`;
  await requireEmpty(folder);
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    const manifest = manifestSchema.parse(await writeFiles(draft));
    await writeDurably(path.join(draft, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    await rename(draft, folder);
    await syncFolder(path.dirname(path.resolve(folder)));
    return manifest;
  } catch (cause) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw outputFailure(cause, folder);
  }
}

/** A manifest's entry for a file that has been written. */
export async function releaseFile(folder: string, file: string): Promise<ReleaseFile> {
  return { file, sha256: await sha256Of(path.join(folder, file)) };
}

async function requireEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw outputFailure(error, folder);
  });
  if (entries.length > 0)
    throw new PipelineError(
      'OUTPUT_UNUSABLE',
      `Cannot write release "${folder}" as the folder must be new or empty: current value is ${entries.length} entries`,
    );
}
