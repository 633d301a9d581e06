import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError, systemErrorCode } from '../../core/index.ts';

/**
 * The file itself, or all files below a folder in order of path, the same on every machine; names that begin with a dot
 * are passed over, and links followed, each folder once.
 *
 * @throws PipelineError INPUT_NOT_FOUND or INPUT_UNREADABLE
 */
export async function filesBelow(
  root: string,
): Promise<{ readonly isFolder: boolean; readonly files: readonly string[] }> {
  try {
    const about = await stat(root);
    if (!about.isDirectory()) return { isFolder: false, files: [root] };
    const files: string[] = [];
    await visit(path.normalize(root), new Set(), files);
    return { isFolder: true, files };
  } catch (cause) {
    throw filesError(root, cause);
  }
}

async function visit(folder: string, entered: Set<string>, files: string[]): Promise<void> {
  const own = await stat(folder);
  const identity = `${own.dev}:${own.ino}`;
  if (entered.has(identity)) return;
  entered.add(identity);
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  for (const name of names) {
    const place = path.join(folder, name);
    // A link to nothing is nothing.
    const about = await stat(place).catch(() => null);
    if (about?.isDirectory() === true) await visit(place, entered, files);
    else if (about?.isFile() === true) files.push(place);
  }
}

/** What is wrong with a data set's path, in one line. */
function filesError(root: string, cause: unknown): PipelineError {
  const code = systemErrorCode(cause);
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? new PipelineError(
        'INPUT_NOT_FOUND',
        `Cannot find the data set "${root}": there is no such file or folder`,
        { cause },
      )
    : new PipelineError('INPUT_UNREADABLE', `Cannot read the data set "${root}": ${code ?? String(cause)}`, {
        cause,
      });
}

/** The ending of a file's name in lower case, `.gz` aside: `.fits` of `A.FITS.gz`. */
export function endingOf(file: string): string {
  return path.extname(file.toLowerCase().replace(/\.gz$/, ''));
}

/** A path below the root without endings, with `/`: what names the object of a file. */
export function nameBelow(root: string, file: string): string {
  const below = file === root ? path.basename(file) : path.relative(root, file);
  const plain = below.split(path.sep).join('/').replace(/\.gz$/i, '');
  return plain.slice(0, plain.length - path.extname(plain).length);
}
