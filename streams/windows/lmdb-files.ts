import {
  accessSync,
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  statSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { PipelineError, systemErrorCode } from '../../core/index.ts';

const DATA_FILE = 'data.mdb';
const LOCK_FILE = 'lock.mdb';
/**
 * What may lie in a folder that becomes a store: left by an opening that was cut short, or by the file
 * system.
 */
const HARMLESS_FILES: readonly string[] = [LOCK_FILE, 'lost+found'];
/** At least what LMDB maps for its 126 readers (8272 bytes), in whole pages. */
const LOCK_FILE_BYTES = 12_288;
/**
 * Free space that writing leaves alone: LMDB's own pages for one transaction, and room to close in good
 * order.
 */
export const RESERVE_BYTES = 131_072;
/** LMDB may leave this many of the last pages unwritten when nothing refers to them. */
const UNWRITTEN_PAGES_MAX = 64;

/** Makes the folder of a store that is to be written, unless it is there. */
export function prepareFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    if (!existsSync(path.join(folder, DATA_FILE))) requireNoOtherFiles(folder);
  } catch (cause) {
    throw fileFailure(cause, { folder, mode: 'write' });
  }
}

/**
 * Whether there is a store in a folder; if not, whether one could be made there. Nothing is changed.
 *
 * @throws PipelineError OUTPUT_UNUSABLE or OUTPUT_NO_SPACE if it could not be written
 */
export function hasStoreToWrite(folder: string): boolean {
  const hasStore = existsSync(path.join(folder, DATA_FILE));
  const place = nearestPlace(path.resolve(folder));
  try {
    if (!hasStore && place === path.resolve(folder)) requireNoOtherFiles(folder);
    if (!statSync(place).isDirectory()) throw Object.assign(new Error(place), { code: 'ENOTDIR' });
    accessSync(place, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw fileFailure(cause, { folder, mode: 'write' });
  }
  requireFreeBytes(place, RESERVE_BYTES);
  return hasStore;
}

/** The path itself, or the nearest above it that is there. */
function nearestPlace(place: string): string {
  return existsSync(place) || path.dirname(place) === place ? place : nearestPlace(path.dirname(place));
}

function requireNoOtherFiles(folder: string): void {
  const foreign = readdirSync(folder).filter((name) => !HARMLESS_FILES.includes(name));
  if (foreign.length === 0) return;
  throw new PipelineError(
    'OUTPUT_UNUSABLE',
    `Cannot make a store in "${folder}" as the folder holds other files: ` +
      `current value is "${foreign[0]}"`,
  );
}

/**
 * @throws PipelineError INPUT_NOT_FOUND, STORE_UNREADABLE or INPUT_UNREADABLE if there is no store in the
 * folder
 */
export function requireStore(folder: string): void {
  try {
    const isFolder = statSync(folder).isDirectory();
    // Unlike `existsSync`, this tells a file that is not there from one that may not be looked at.
    const isThere =
      isFolder && statSync(path.join(folder, DATA_FILE), { throwIfNoEntry: false }) !== undefined;
    if (!isThere) {
      throw notAStore(folder, `there is no "${DATA_FILE}" in it`);
    }
  } catch (cause) {
    throw fileFailure(cause, { folder, mode: 'read' });
  }
}

export function notAStore(folder: string, why: string): PipelineError {
  return new PipelineError('STORE_UNREADABLE', `Cannot use "${folder}" as a store as ${why}`);
}

/**
 * Writes the lock file in full before LMDB maps it: touching a page of the map that the disk has no room for
 * would end the process with SIGBUS. Without permission LMDB reads without a lock file.
 */
export function allocateLockFile(folder: string): void {
  const file = path.join(folder, LOCK_FILE);
  try {
    if (existsSync(file)) {
      const { blocks, size } = statSync(file);
      if (blocks * 512 < size) requireFreeBytes(folder, LOCK_FILE_BYTES);
    } else {
      writeFileSync(file, Buffer.alloc(LOCK_FILE_BYTES), { flag: 'wx' });
    }
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'EEXIST' || code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return;
    throw fileFailure(cause, { folder, mode: 'write' });
  }
}

/**
 * @throws PipelineError OUTPUT_NO_SPACE if the disk of a folder has less room; a disk that does not tell has
 * enough
 */
export function requireFreeBytes(folder: string, bytes: number): void {
  const freeBytes = freeBytesOf(folder);
  if (freeBytes === null || freeBytes >= bytes) return;
  throw new PipelineError(
    'OUTPUT_NO_SPACE',
    `Cannot write to the store "${folder}" as its disk needs ${bytes} bytes free: ` +
      `current value is ${freeBytes} bytes`,
  );
}

function freeBytesOf(folder: string): number | null {
  try {
    const { bavail, bsize, blocks } = statfsSync(folder);
    return blocks === 0 ? null : bavail * bsize;
  } catch {
    return null;
  }
}

/** Offsets in an LMDB meta page of data format 2, bytes. */
const META = {
  magic: 24,
  version: 28,
  pageBytes: 48,
  freeRoot: 88,
  mainRoot: 136,
  lastPage: 144,
  transaction: 152,
  length: 160,
} as const;
/** Root of a table without entries. */
const NO_PAGE = 2n ** 64n - 1n;
const LMDB_MAGIC = 0xbeefc0de;
const LMDB_VERSION = 2;

/**
 * Refuses a data file that is no LMDB file or whose end is missing: LMDB maps it whole, and reading beyond
 * its end would end the process with SIGBUS. An empty file is a store whose making was cut short: it may be written, but
 * not read.
 *
 * @source the layout of `MDB_meta` in the LMDB that lmdb 3.5 bundles; little endian
 */
export function requireWholeData(folder: string, mode: 'read' | 'write'): void {
  const file = path.join(folder, DATA_FILE);
  if (!existsSync(file)) return;
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, 'r');
    const { size } = fstatSync(descriptor);
    if (size === 0 && mode === 'read') throw notAStore(folder, `"${DATA_FILE}" is empty`);
    if (size === 0) return;
    const first = readMeta(descriptor, 0);
    if (first === null) throw notAStore(folder, `"${DATA_FILE}" is no LMDB file`);
    const second = readMeta(descriptor, first.pageBytes);
    const newest = second !== null && second.transaction > first.transaction ? second : first;
    const pages = Math.max(newest.lastPage + 1 - UNWRITTEN_PAGES_MAX, newest.lastRoot + 1);
    const wholeBytes = pages * newest.pageBytes;
    if (size < wholeBytes) {
      throw notAStore(
        folder,
        `"${DATA_FILE}" must have at least ${wholeBytes} bytes: current value is ${size} bytes`,
      );
    }
    fillUp(file, (newest.lastPage + 1) * newest.pageBytes - size);
  } catch (cause) {
    throw fileFailure(cause, { folder, mode: 'read' });
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/**
 * Appends zeros for pages that lie behind the end of the file, so that a look at them finds nothing instead of ending the
 * process. Appending is safe beside a writer: it changes no byte that is there, and LMDB writes its pages over the zeros.
 */
function fillUp(file: string, missingBytes: number): void {
  if (missingBytes <= 0) return;
  try {
    appendFileSync(file, Buffer.alloc(missingBytes));
  } catch (cause) {
    const code = systemErrorCode(cause) ?? '';
    if (!FORBIDDEN_CODES.includes(code)) throw cause;
  }
}

interface MetaPage {
  readonly pageBytes: number;
  readonly lastPage: number;
  /** The later of the root pages, which are read whenever the store is opened. */
  readonly lastRoot: number;
  readonly transaction: bigint;
}

function readMeta(descriptor: number, offset: number): MetaPage | null {
  const bytes = Buffer.alloc(META.length);
  if (readSync(descriptor, bytes, 0, bytes.length, offset) < bytes.length) return null;
  if (bytes.readUInt32LE(META.magic) !== LMDB_MAGIC) return null;
  if (bytes.readUInt32LE(META.version) !== LMDB_VERSION) return null;
  const roots = [META.freeRoot, META.mainRoot].map((at) => bytes.readBigUInt64LE(at));
  return {
    lastRoot: Math.max(0, ...roots.filter((root) => root !== NO_PAGE).map(Number)),
    pageBytes: bytes.readUInt32LE(META.pageBytes),
    lastPage: Number(bytes.readBigUInt64LE(META.lastPage)),
    transaction: bytes.readBigUInt64LE(META.transaction),
  };
}

/** LMDB's and the system's error numbers for a disk that takes no more. */
const NO_SPACE_NUMBERS: readonly number[] = [5, 27, 28, 122, -30_792];
const NO_SPACE_CODES: readonly string[] = ['EIO', 'EFBIG', 'ENOSPC', 'EDQUOT'];
/** EPERM, EACCES and EROFS. */
const FORBIDDEN_NUMBERS: readonly number[] = [1, 13, 30];
const FORBIDDEN_CODES: readonly string[] = ['EPERM', 'EACCES', 'EROFS'];

/** The one error that a failed file operation of the store, Node's or LMDB's, becomes. */
export function fileFailure(
  cause: unknown,
  store: { readonly folder: string; readonly mode: 'read' | 'write' },
): PipelineError {
  if (cause instanceof PipelineError) return cause;
  const { folder, mode } = store;
  const text = systemErrorCode(cause) ?? '';
  const number = cause instanceof Error && 'code' in cause && typeof cause.code === 'number' ? cause.code : 0;
  const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  if (NO_SPACE_CODES.includes(text) || NO_SPACE_NUMBERS.includes(number)) {
    return new PipelineError(
      'OUTPUT_NO_SPACE',
      `Cannot write to the store "${folder}" as its disk takes no more: current value is "${why}"`,
      { cause },
    );
  }
  if (text === 'ENOENT') {
    return new PipelineError(
      'INPUT_NOT_FOUND',
      `Cannot find the store "${folder}": there is no such folder`,
      {
        cause,
      },
    );
  }
  const isForbidden = FORBIDDEN_CODES.includes(text) || FORBIDDEN_NUMBERS.includes(number);
  if (mode === 'write') {
    return new PipelineError('OUTPUT_UNUSABLE', `Cannot write to the store "${folder}": ${why}`, { cause });
  }
  return new PipelineError(
    isForbidden ? 'INPUT_UNREADABLE' : 'STORE_UNREADABLE',
    `Cannot read the store "${folder}": ${why}`,
    { cause },
  );
}
