import type { Entry, KeyRange, TableName, Tables } from './tables.ts';

/** What was asked for and has not been fetched: keys and ranges by table, each once. */
export interface Wanted {
  readonly keys: ReadonlyMap<TableName, readonly Buffer[]>;
  readonly ranges: ReadonlyMap<TableName, readonly KeyRange[]>;
}

/** What a run of the work wrote, the last for each key; `null` takes the key away. */
export type Writes = ReadonlyMap<
  TableName,
  readonly { readonly key: Buffer; readonly value: Buffer | null }[]
>;

/** A copy of those parts of the tables that were fetched, with what is known not to be there. */
export class FetchedPages {
  readonly #values = new ByTable<Buffer | null>();
  readonly #ranges = new ByTable<readonly Entry[]>();

  /** @returns `undefined` if it was not fetched, `null` if there is none */
  value(table: TableName, key: Buffer): Buffer | null | undefined {
    return this.#values.get(table, keyText(key));
  }

  /** @returns `undefined` if this very range was not fetched */
  range(table: TableName, within: KeyRange): readonly Entry[] | undefined {
    return this.#ranges.get(table, rangeText(within));
  }

  putValue(table: TableName, key: Buffer, value: Buffer | null): void {
    this.#values.set(table, keyText(key), value);
  }

  putRange(table: TableName, within: KeyRange, entries: readonly Entry[]): void {
    this.#ranges.set(table, rangeText(within), entries);
  }
}

/**
 * Tables for one run of a piece of work on what was fetched of them. What was not is noted and given as empty, so
 * that one run notes all that it can: with anything noted, the run counts for nothing, whatever it gave or threw,
 * and the work is run again when that was fetched. Writes are collected, and seen by the reads that follow.
 */
export class FetchedTables implements Tables {
  readonly #pages: FetchedPages;
  readonly #writes = new ByTable<{ readonly key: Buffer; readonly value: Buffer | null }>();
  readonly #wantedKeys = new ByTable<Buffer>();
  readonly #wantedRanges = new ByTable<KeyRange>();

  constructor(pages: FetchedPages) {
    this.#pages = pages;
  }

  get(table: TableName, key: Buffer): Buffer | null {
    const id = keyText(key);
    const written = this.#writes.get(table, id);
    if (written !== undefined) return written.value;
    const value = this.#pages.value(table, key);
    if (value === undefined) this.#wantedKeys.set(table, id, key);
    return value ?? null;
  }

  range(table: TableName, within: KeyRange): readonly Entry[] {
    const written = this.#writes.all(table).filter(({ key }) => isWithin(key, within));
    const removed = written.filter(({ value }) => value === null).length;
    // So many that a limit is reached without what was removed.
    const asked = within.limit === undefined ? within : { ...within, limit: within.limit + removed };
    const entries = this.#pages.range(table, asked);
    if (entries === undefined) this.#wantedRanges.set(table, rangeText(asked), asked);
    if (written.length === 0) return entries ?? [];
    const byKey = new Map((entries ?? []).map((entry) => [keyText(entry.key), entry]));
    for (const { key, value } of written) {
      if (value === null) byKey.delete(keyText(key));
      else byKey.set(keyText(key), { key, value });
    }
    return [...byKey.values()].sort((a, b) => Buffer.compare(a.key, b.key)).slice(0, within.limit);
  }

  put(table: TableName, key: Buffer, value: Buffer): void {
    this.#writes.set(table, keyText(key), { key, value });
  }

  remove(table: TableName, key: Buffer): void {
    this.#writes.set(table, keyText(key), { key, value: null });
  }

  settle(): void {
    if (this.wanted !== null) throw new RangeError('Cannot go on as something has to be fetched first');
  }

  get writes(): Writes {
    return this.#writes.lists();
  }

  /** `null` if the run had all that it asked for. */
  get wanted(): Wanted | null {
    const keys = this.#wantedKeys.lists();
    const ranges = this.#wantedRanges.lists();
    return keys.size + ranges.size === 0 ? null : { keys, ranges };
  }
}

/** Values by table and text. */
class ByTable<T> {
  readonly #tables = new Map<TableName, Map<string, T>>();

  get(table: TableName, id: string): T | undefined {
    return this.#tables.get(table)?.get(id);
  }

  set(table: TableName, id: string, value: T): void {
    const values = this.#tables.get(table);
    if (values === undefined) this.#tables.set(table, new Map([[id, value]]));
    else values.set(id, value);
  }

  all(table: TableName): readonly T[] {
    return [...(this.#tables.get(table)?.values() ?? [])];
  }

  lists(): ReadonlyMap<TableName, readonly T[]> {
    return new Map([...this.#tables.keys()].map((table) => [table, this.all(table)]));
  }
}

/** One character per byte. */
function keyText(key: Buffer): string {
  return key.toString('latin1');
}

function rangeText({ start, end, limit }: KeyRange): string {
  return `${start.toString('hex')}-${end?.toString('hex') ?? 'open'}-${limit ?? 'all'}`;
}

function isWithin(key: Buffer, { start, end }: KeyRange): boolean {
  return Buffer.compare(key, start) >= 0 && (end === undefined || Buffer.compare(key, end) < 0);
}
