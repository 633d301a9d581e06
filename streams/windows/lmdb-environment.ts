import { open } from 'lmdb';
import type { Database, RootDatabase } from 'lmdb';
import { z } from 'zod';
import { PipelineError, claimText, createClaim, dropClaim, liveClaim } from '../../core/index.ts';
import type { WriterClaim } from '../../core/index.ts';
import {
  RESERVE_BYTES,
  allocateLockFile,
  fileFailure,
  notAStore,
  prepareFolder,
  requireFreeBytes,
  requireStore,
  requireWholeData,
} from './lmdb-files.ts';
import { TABLE_NAMES } from './tables.ts';
import type { Entry, KeyRange, TableName, Tables } from './tables.ts';

/**
 * Version of the store's layout; a change that older programs cannot read takes the next number. Stores of format 1 lack
 * the tables of metadata records and of what waits: to a reader they are as if empty, and a writer makes them.
 */
const FORMAT = 2;
const FORMATS_READ: readonly string[] = ['1', String(FORMAT)];
/** What stores of every format have. */
const TABLES_OF_ALL = [
  'objects',
  'objectsByCell',
  'spectra',
  'spectraByObject',
  'spectraByCell',
  'about',
] as const;
const PAGE_BYTES = 4096;

/** `about` holds what the store says of itself, by these keys; the others are of the store above. */
const ABOUT = { format: 'format', writer: 'writer' } as const;

type Table = Database<Buffer, Buffer>;

export interface EnvironmentOptions {
  readonly folder: string;
  readonly mode: 'read' | 'write';
}

/**
 * LMDB in one folder. Each commit is on the disk before it returns. One process writes: it leaves its claim
 * in the store, and each transaction looks whether the claim still stands.
 */
export class LmdbEnvironment implements Tables {
  readonly folder: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #tables: ReadonlyMap<TableName, Table>;
  readonly #claim: WriterClaim | null;
  /** After a failed commit LMDB's state is unknown: nothing more is written. */
  #failure: PipelineError | null = null;
  #isClosed = false;
  /** Most bytes that the running transaction may need on the disk. */
  #pendingBytes = 0;

  private constructor(options: {
    readonly folder: string;
    readonly root: RootDatabase<Buffer, Buffer>;
    readonly tables: ReadonlyMap<TableName, Table>;
    readonly claim: WriterClaim | null;
  }) {
    this.folder = options.folder;
    this.#root = options.root;
    this.#tables = options.tables;
    this.#claim = options.claim;
  }

  /** @throws PipelineError if the folder cannot be used, or another process writes it */
  static async open(options: EnvironmentOptions): Promise<LmdbEnvironment> {
    const { folder, mode } = options;
    if (mode === 'write') {
      prepareFolder(folder);
      requireFreeBytes(folder, RESERVE_BYTES);
    } else {
      requireStore(folder);
    }
    requireWholeData(folder, mode);
    allocateLockFile(folder);
    const root = openRoot(options);
    try {
      const tables = openTables(root, options);
      const claim = mode === 'write' ? claimed(tableOf(tables, 'about'), { root, folder }) : null;
      return new LmdbEnvironment({ folder, root, tables, claim });
    } catch (error) {
      await root.close();
      throw fileFailure(error, options);
    }
  }

  get(table: TableName, key: Buffer): Buffer | null {
    return this.#reading(() => this.#tables.get(table)?.getBinary(key) ?? null);
  }

  put(table: TableName, key: Buffer, value: Buffer): void {
    tableOf(this.#tables, table).putSync(key, value);
    // The value's own pages and the leaf above it are written anew.
    this.#pendingBytes += (Math.ceil(value.length / PAGE_BYTES) + 1) * PAGE_BYTES;
  }

  remove(table: TableName, key: Buffer): void {
    tableOf(this.#tables, table).removeSync(key);
    this.#pendingBytes += PAGE_BYTES;
  }

  range(table: TableName, within: KeyRange): readonly Entry[] {
    const { start, end, limit } = within;
    const options = {
      start,
      ...(end === undefined ? {} : { end }),
      ...(limit === undefined ? {} : { limit }),
    };
    return this.#reading(() => [...(this.#tables.get(table)?.getRange(options) ?? [])]);
  }

  settle(): void {
    // Everything is at hand.
  }

  /** Bytes that the store takes on the disk. */
  get byteLength(): number {
    const { lastPageNumber } = environmentStats.parse(this.#root.getStats());
    return (lastPageNumber + 1) * PAGE_BYTES;
  }

  /**
   * Runs a change as one transaction: all of it is on the disk when this returns, and nothing of it if this
   * throws.
   *
   * @throws PipelineError OUTPUT_NO_SPACE, OUTPUT_UNUSABLE, or what `change` throws
   */
  transact<T>(change: () => T): T {
    const claim = this.#claim;
    if (claim === null) throw new TypeError('Cannot change a store that was opened for reading');
    if (this.#isClosed) throw new TypeError('Cannot change a store that is closed');
    if (this.#failure !== null) throw this.#failure;
    this.#pendingBytes = 0;
    try {
      return this.#root.transactionSync(() => {
        this.#requireClaim(claim);
        const result = change();
        requireFreeBytes(this.folder, RESERVE_BYTES + this.#pendingBytes);
        return result;
      });
    } catch (error) {
      if (!isLmdbError(error)) throw error;
      this.#failure = fileFailure(error, { folder: this.folder, mode: 'write' });
      throw this.#failure;
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    try {
      if (this.#claim !== null && this.#failure === null) this.#giveClaimBack(this.#claim);
    } finally {
      this.#isClosed = true;
      if (this.#claim !== null) dropClaim(this.#claim);
      await this.#root.close();
    }
  }

  #reading<T>(read: () => T): T {
    if (this.#isClosed) throw new TypeError('Cannot read a store that is closed');
    try {
      // LMDB keeps a snapshot for a while: a reader wants what the writer committed last.
      if (this.#claim === null) this.#root.resetReadTxn();
      return read();
    } catch (error) {
      throw isLmdbError(error) ? fileFailure(error, { folder: this.folder, mode: 'read' }) : error;
    }
  }

  #requireClaim(claim: WriterClaim): void {
    const found = this.get('about', Buffer.from(ABOUT.writer))?.toString();
    if (found === claimText(claim)) return;
    throw new PipelineError(
      'OUTPUT_UNUSABLE',
      `Cannot go on writing to the store "${this.folder}" as another process has taken it over: ` +
        `current value is ${found ?? 'none'}`,
    );
  }

  /** On a full disk the claim stays: the process it names is gone by the time that it matters. */
  #giveClaimBack(claim: WriterClaim): void {
    try {
      this.transact(() => {
        this.remove('about', Buffer.from(ABOUT.writer));
      });
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      dropClaim(claim);
    }
  }
}

const environmentStats = z.object({ lastPageNumber: z.number() });

function isLmdbError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

function openRoot(options: EnvironmentOptions): RootDatabase<Buffer, Buffer> {
  const { folder, mode } = options;
  try {
    return open<Buffer, Buffer>({
      path: folder,
      noSubdir: false,
      maxDbs: TABLE_NAMES.length,
      encoding: 'binary',
      keyEncoding: 'binary',
      readOnly: mode === 'read',
      // A commit is on the disk when it returns, whatever happens to the machine afterwards.
      overlappingSync: false,
    });
  } catch (error) {
    throw fileFailure(error, options);
  }
}

/** The tables of a store; in a new folder they are made. */
function openTables(
  root: RootDatabase<Buffer, Buffer>,
  { folder, mode }: EnvironmentOptions,
): ReadonlyMap<TableName, Table> {
  // LMDB lists tables in the unnamed one, their names ending with a zero byte.
  const names = [...root.getKeys({ limit: TABLE_NAMES.length + 1 })].map((name) =>
    name.toString().replace('\0', ''),
  );
  const isEmpty = names.length === 0;
  if (!isEmpty && !names.includes('about')) throw notAStore(folder, `it holds "${names[0]?.slice(0, 40)}"`);
  // Before anything else: a newer format may have other tables.
  if (!isEmpty) requireFormat(openTable(root, 'about'), folder);
  if (mode === 'write') return new Map(TABLE_NAMES.map((name) => [name, openTable(root, name)]));
  const missing = TABLES_OF_ALL.find((table) => !names.includes(table));
  if (missing !== undefined) throw notAStore(folder, `it lacks the table "${missing}"`);
  const present = TABLE_NAMES.filter((table) => names.includes(table));
  return new Map(present.map((name) => [name, openTable(root, name)]));
}

function openTable(root: RootDatabase<Buffer, Buffer>, name: TableName): Table {
  // LMDB's own compression would be as good as the codec's, but a damaged value can crash the process in it.
  return root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
}

function tableOf(tables: ReadonlyMap<TableName, Table>, name: TableName): Table {
  const table = tables.get(name);
  if (table === undefined) throw new TypeError(`Cannot find table "${name}" as it was not opened`);
  return table;
}

function requireFormat(about: Table, folder: string): void {
  const found = about.getBinary(Buffer.from(ABOUT.format))?.toString();
  if (found === undefined || FORMATS_READ.includes(found)) return;
  throw notAStore(folder, `this program reads format ${FORMAT}: current value is ${found}`);
}

/** Leaves this process's claim in the store, unless another one that is still running has it. */
function claimed(
  about: Table,
  { root, folder }: { readonly root: RootDatabase<Buffer, Buffer>; readonly folder: string },
): WriterClaim {
  const claim = createClaim();
  try {
    root.transactionSync(() => {
      const found = about.getBinary(Buffer.from(ABOUT.writer))?.toString();
      const other = found === undefined ? null : liveClaim(found, claim);
      if (other !== null) {
        throw new PipelineError(
          'OUTPUT_UNUSABLE',
          `Cannot write to the store "${folder}" as one process writes it at a time: ` +
            `current value is process ${other.pid}`,
        );
      }
      about.putSync(Buffer.from(ABOUT.format), Buffer.from(String(FORMAT)));
      about.putSync(Buffer.from(ABOUT.writer), Buffer.from(claimText(claim)));
    });
    return claim;
  } catch (error) {
    dropClaim(claim);
    throw error;
  }
}
