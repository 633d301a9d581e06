import { open, readdir, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { PipelineError, systemErrorCode } from '../../core/index.ts';
import { HEAD_BYTES, archiveFormat } from './formats.ts';

/** One file to read packets from. */
export interface ArchiveInput {
  /** As the user named it, or joined below the folder that the user named. */
  readonly file: string;
  readonly byteLength: number;
  /** The folder that the user named, if the file was found below one. */
  readonly folder: string | null;
}

/** Names of files that are offered whatever they hold, so that a damaged one is told, not passed over. */
const PACKET_EXTENSIONS = ['.avro', '.bin', '.gz', '.tar', '.tgz', '.zip', '.bz2', '.xz', '.zst', '.msg'];
/** Names of files that lie beside packets: passed over. */
const SIDE_EXTENSIONS = [
  '.mdb',
  '.csv',
  '.json',
  '.jsonl',
  '.txt',
  '.md',
  '.parquet',
  '.avsc',
  '.log',
  '.yaml',
  '.yml',
];

/**
 * The files that paths name: a file itself, a folder all packet files below it, sorted by path. Of a folder
 * are offered files whose name or whose first bytes are those of packets or archives; other files in it are
 * passed over.
 *
 * @returns in order of the paths, each file once
 * @throws PipelineError INPUT_NOT_FOUND naming a path that is not there, INPUT_UNREADABLE
 */
export async function listArchiveInputs(paths: readonly string[]): Promise<readonly ArchiveInput[]> {
  const inputs = new Map<string, ArchiveInput>();
  for (const named of paths) {
    const stats = await statOf(named);
    const found = stats.isDirectory()
      ? await packetFilesBelow(named)
      : [{ file: named, byteLength: stats.size, folder: null }];
    for (const input of found) if (!inputs.has(input.file)) inputs.set(input.file, input);
  }
  return [...inputs.values()];
}

/**
 * True for a file of an archive or folder that is passed over by its name: tables and notes beside packets.
 */
export function isSideFile(name: string): boolean {
  const base = path.posix.basename(name).replace(/\.gz$/, '');
  return base.startsWith('.') || base.startsWith('._') || hasExtension(base, SIDE_EXTENSIONS);
}

/** True for a file that is offered by its name. */
export function isPacketFileName(name: string): boolean {
  return !isSideFile(name) && hasExtension(name, PACKET_EXTENSIONS);
}

function hasExtension(name: string, extensions: readonly string[]): boolean {
  return extensions.includes(path.extname(name).toLowerCase());
}

async function statOf(named: string): Promise<Stats> {
  try {
    return await stat(named);
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ENOENT' && systemErrorCode(cause) !== 'ENOTDIR')
      throw unreadable(named, cause);
    throw new PipelineError('INPUT_NOT_FOUND', `Cannot read "${named}": there is no such file or folder`, {
      cause,
    });
  }
}

async function packetFilesBelow(folder: string): Promise<readonly ArchiveInput[]> {
  const inputs: ArchiveInput[] = [];
  // A folder that links to one above it would never end.
  const entered = new Set<string>();
  const visit = async (directory: string): Promise<void> => {
    const own = await statOf(directory);
    const identity = `${own.dev}:${own.ino}`;
    if (entered.has(identity)) return;
    entered.add(identity);
    const names = await readdir(directory).catch((cause: unknown) => {
      throw unreadable(directory, cause);
    });
    for (const name of names) {
      if (name.startsWith('.')) continue;
      const file = path.join(directory, name);
      const stats = await stat(file).catch(() => null);
      if (stats?.isDirectory() === true) await visit(file);
      else if (stats?.isFile() === true && (await isOffered(file))) {
        inputs.push({ file, byteLength: stats.size, folder });
      }
    }
  };
  await visit(folder);
  return inputs.sort((a, b) => (a.file < b.file ? -1 : 1));
}

async function isOffered(file: string): Promise<boolean> {
  if (isSideFile(file)) return false;
  return isPacketFileName(file) || archiveFormat(await headOf(file)) !== 'unknown';
}

async function headOf(file: string): Promise<Buffer> {
  const handle = await open(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** A file or folder that cannot be read, as the error that ends the run. */
export function unreadable(file: string, cause: unknown): PipelineError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PipelineError('INPUT_UNREADABLE', `Cannot read "${file}": ${why}`, { cause });
}
