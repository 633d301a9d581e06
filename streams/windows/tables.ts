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
  'periods',
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
  /**
   * Says that what comes next is costly: where the tables do not yet have all that was asked for, the work ends here, and
   * is run again when they have.
   */
  settle(): void;
}

/**
 * Maps every item before the first error is thrown. With it, work that reads for many objects asks for what all of
 * them need, although one of them cannot go on without.
 */
export function mapAll<T, U>(items: readonly T[], map: (item: T) => U): U[] {
  const mapped: U[] = [];
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      mapped.push(map(item));
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return mapped;
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
