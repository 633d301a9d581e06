import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PipelineError } from '../../core/index.ts';
import { readSafetensors } from '../safetensors/reader.ts';
import type { Tensors } from '../tensor.ts';
import { manifestSchema } from './manifest.ts';
import type { Manifest, ManifestOf, Profile, ReleaseFile } from './manifest.ts';
import { PROFILES } from './profiles.ts';
import { tensorsFault } from './tensor-faults.ts';

export const MANIFEST_FILE = 'manifest.json';

/** A manifest is read whole; those of real releases have a few kilobytes. */
const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;

/** A release that has been read and found whole. */
export interface Release {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly weights: Tensors;
}

/** The folder of the releases that come with the program: `releases/` beside its package.json. */
export function shippedReleasesFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const above = path.dirname(folder);
    if (above === folder) return path.join(import.meta.dirname, 'releases');
    folder = above;
  }
  return path.join(folder, 'releases');
}

/** Names of the shipped releases, sorted. */
export async function listReleases(releasesFolder = shippedReleasesFolder()): Promise<readonly string[]> {
  if (!existsSync(releasesFolder)) return [];
  const entries = await readdir(releasesFolder);
  return entries.filter((name) => existsSync(path.join(releasesFolder, name, MANIFEST_FILE))).sort();
}

/**
 * Opens a release: every file has the digest that the manifest names, and the weights are all there, of the right shapes.
 *
 * @param nameOrFolder name of a shipped release, or a folder; where both exist the shipped one
 * @throws PipelineError RELEASE_NOT_FOUND; RELEASE_INVALID saying what is wrong
 */
export async function openRelease(
  nameOrFolder: string,
  releasesFolder = shippedReleasesFolder(),
): Promise<Release> {
  const { folder, manifest } = await readManifest(nameOrFolder, releasesFolder);
  const invalid = (why: string, cause?: unknown): PipelineError =>
    new PipelineError('RELEASE_INVALID', `Cannot open release "${nameOrFolder}" as ${why}`, { cause });
  for (const { file, sha256 } of filesOf(manifest)) {
    const current = await sha256Of(path.join(folder, file)).catch((cause: unknown) => {
      throw invalid(`its file "${file}" cannot be read`, cause);
    });
    if (current !== sha256) throw invalid(`"${file}" must have the sha256 ${sha256}: current value is ${current}`);
  }
  const { file } = manifest.weights;
  const weights = await readSafetensors(path.join(folder, file)).catch((cause: unknown) => {
    throw invalid(`"${file}" is damaged: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  });
  const fault = faultOf(manifest, weights);
  if (fault !== null) throw invalid(fault);
  return { folder, manifest, weights };
}

/**
 * A release's manifest, without opening its files.
 *
 * @throws PipelineError RELEASE_NOT_FOUND, RELEASE_INVALID
 */
export async function readManifest(
  nameOrFolder: string,
  releasesFolder = shippedReleasesFolder(),
): Promise<{ readonly folder: string; readonly manifest: Manifest }> {
  const folder = await locate(nameOrFolder, releasesFolder);
  const file = path.join(folder, MANIFEST_FILE);
  let json: unknown;
  try {
    const { size } = await stat(file);
    if (size > MANIFEST_BYTES_MAX)
      throw new RangeError(`it may have ${MANIFEST_BYTES_MAX} bytes: current value is ${size}`);
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PipelineError('RELEASE_INVALID', `Cannot read "${file}" as a manifest: ${why}`, { cause });
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return { folder, manifest: parsed.data };
  const faults = parsed.error.issues.map(({ path: at, message }) => `${at.join('.') || 'top level'}: ${message}`);
  throw new PipelineError(
    'RELEASE_INVALID',
    `Cannot use "${file}" as a manifest: ${faults.slice(0, 5).join('; ')}`,
    { cause: parsed.error },
  );
}

/** Every file that the manifest names. */
function filesOf({ weights, bank }: Manifest): readonly ReleaseFile[] {
  return [weights, ...(bank?.files ?? [])];
}

/** The digest of a file, as 64 hexadecimal digits. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function locate(nameOrFolder: string, releasesFolder: string): Promise<string> {
  const isName = path.basename(nameOrFolder) === nameOrFolder;
  const candidates = [...(isName ? [path.join(releasesFolder, nameOrFolder)] : []), nameOrFolder];
  const found = candidates.find((folder) => existsSync(path.join(folder, MANIFEST_FILE)));
  if (found !== undefined) return found;
  const shipped = await listReleases(releasesFolder);
  throw new PipelineError(
    'RELEASE_NOT_FOUND',
    `Cannot open release "${nameOrFolder}" as it is neither a shipped release nor a folder with a ${MANIFEST_FILE}: ` +
      `shipped are ${shipped.length === 0 ? 'none' : shipped.join(', ')}`,
  );
}

function faultOf<P extends Profile>(
  { profile, model }: { readonly profile: P; readonly model: ManifestOf<P>['model'] },
  weights: Tensors,
): string | null {
  const rules = PROFILES[profile];
  const fault = rules.partFault(model) ?? tensorsFault(weights, rules.tensors(model));
  return fault ?? rules.weightsFault(model, weights);
}
