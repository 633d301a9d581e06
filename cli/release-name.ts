import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { RELEASE_NAME } from '../model/index.ts';

/** What a release is called whose folder's name has nothing that a name may hold. */
const FALLBACK_NAME = 'release';
const NAME_LENGTH_MAX = 63;

/** A release's name given on the command line. */
export function parseReleaseName(text: string): string {
  if (RELEASE_NAME.test(text)) return text;
  throw new InvalidArgumentError(
    `It must be lower-case letters, digits, ".", "_" and "-", at most ${NAME_LENGTH_MAX}.`,
  );
}

/**
 * A folder's name as a release may be called.
 *
 * @example releaseNameFrom('releases/My Release') // 'my-release'
 */
export function releaseNameFrom(folder: string): string {
  const name = path
    .basename(path.resolve(folder))
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-');
  return name.replace(/^[^a-z0-9]+/, '').slice(0, NAME_LENGTH_MAX) || FALLBACK_NAME;
}
