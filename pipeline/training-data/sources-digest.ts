import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Bytes of a file's beginning and end that are looked at: its head, and where columns and archives have their index. */
const EDGE_BYTES = 65_536;
/** Of a store, which changes by being open. */
const LOCK_FILE = 'lock.mdb';

/**
 * A digest of what a training is to be prepared from: of each source the names below it, the sizes, and the first and last
 * 64 KiB of each file, so that a path that holds something else by now is told apart and a folder that was moved is not; a
 * source that is no path counts by its name.
 *
 * @param settings what else the prepared objects depend on
 * @returns 12 hexadecimal digits
 * @complexity O(files), whatever their sizes
 */
export async function sourcesDigest(sources: readonly string[], settings: unknown): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const source of sources) {
    const files = await filesBelow(source);
    if (files.length === 0) hash.update(`\n${source}`);
    for (const file of files) {
      const handle = await open(file, 'r');
      try {
        const { size } = await handle.stat();
        hash.update(`\n${path.relative(source, file)} ${size}\n`);
        for (const position of new Set([0, Math.max(0, size - EDGE_BYTES)])) {
          const { buffer, bytesRead } = await handle.read(Buffer.alloc(EDGE_BYTES), 0, EDGE_BYTES, position);
          hash.update(buffer.subarray(0, bytesRead));
        }
      } finally {
        await handle.close();
      }
    }
  }
  return hash.digest('hex').slice(0, 12);
}

/** Regular files, in the order of their names; none where there is no such path. */
async function filesBelow(source: string): Promise<readonly string[]> {
  const found = await stat(source).catch(() => null);
  if (found?.isFile() === true) return [source];
  if (found?.isDirectory() !== true) return [];
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== LOCK_FILE)
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
