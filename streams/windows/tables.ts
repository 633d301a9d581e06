export const TABLE_NAMES = [
  'objects',
  'objectsByCell',
  'spectra',
  'spectraByObject',
  'spectraByCell',
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
