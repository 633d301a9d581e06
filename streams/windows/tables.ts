export const TABLE_NAMES = [
  'objects',
  'objectsByCell',
  'spectra',
  'spectraByObject',
  'spectraByCell',
  'metadata',
  'metadataByObject',
  'metadataByCell',
  'waiting',
  'holders',
  'holderChanges',
  'about',
] as const;
export type TableName = (typeof TABLE_NAMES)[number];

export interface KeyRange {
  readonly start: Buffer;
  /** The first key that is not in it. */
  readonly end?: Buffer;
  readonly limit?: number;
}

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/**
 * Values by key in named tables, in the order of the keys' bytes; what the parts of the store are written on.
 */
export interface Tables {
  get(table: TableName, key: Buffer): Buffer | null;
  range(table: TableName, within: KeyRange): readonly Entry[];
  put(table: TableName, key: Buffer, value: Buffer): void;
  remove(table: TableName, key: Buffer): void;
}

/** What a change will touch, told before it begins, so that a store that several write can lock it first. */
export type WriteScope =
  | {
      readonly kind: 'merge';
      /** Keys in `objects` of those that the change reads and may write. */
      readonly objectKeys: readonly Buffer[];
    }
  /** A change that may join anything to any object. */
  | { readonly kind: 'join' };

/**
 * Where tables are kept. `work` may be run more than once before it counts: it must do nothing but read and
 * write the tables that it is given, and compute.
 */
export interface TableTransactions {
  /** All that `work` writes is kept when this resolves, and nothing of it if it rejects. */
  transact<T>(scope: WriteScope, work: (tables: Tables) => T): Promise<T>;
  read<T>(work: (tables: Tables) => T): Promise<T>;
  close(): Promise<void>;
}
