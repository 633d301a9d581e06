import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Bytes of a file's beginning and end that are looked at: its head, and where columns and archives have their index. */
const EDGE_BYTES = 65_536;
/** Of a store, which changes by being open. */
const LOCK_FILE = 'lock.mdb';

/**
 * A digest of what a training is to be prepared from: of each source the names below it, the sizes, and the first and last
 * 64 KiB of each file, so that a path that holds something else by now is told apart and a folder that was moved is not. A
 * source that is no path, and a file that cannot be read, count by their names. What lies beside a source is not looked at.
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
      hash.update(`\n${path.relative(source, file)}`);
      // What reads the data set says that a file cannot be read, and goes on.
      for (const edge of await edgesOf(file).catch(() => [])) hash.update(edge);
    }
  }
  return hash.digest('hex').slice(0, 12);
}

/** A file's size as text, and the bytes at both of its ends. */
async function edgesOf(file: string): Promise<readonly (string | Buffer)[]> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const edges: (string | Buffer)[] = [` ${size}\n`];
    for (const position of new Set([0, Math.max(0, size - EDGE_BYTES)])) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(EDGE_BYTES), 0, EDGE_BYTES, position);
      edges.push(buffer.subarray(0, bytesRead));
    }
    return edges;
  } finally {
    await handle.close();
  }
}

/** Files, and what links to files, in the order of their names; none where there is no such path. */
async function filesBelow(source: string): Promise<readonly string[]> {
  if (await isFile(source)) return [source];
  const names = await readdir(source, { recursive: true }).catch(() => []);
  const files: string[] = [];
  for (const name of names.sort()) {
    const file = path.join(source, name);
    if (path.basename(name) !== LOCK_FILE && (await isFile(file))) files.push(file);
  }
  return files;
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() === true;
}
