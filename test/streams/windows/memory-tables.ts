import type { Entry, KeyRange, TableName, Tables } from '../../../streams/windows/tables.ts';

/** Tables in memory, for what is tested many times over. */
export class MemoryTables implements Tables {
  readonly #tables = new Map<TableName, Map<string, Buffer>>();

  get(table: TableName, key: Buffer): Buffer | null {
    return this.#of(table).get(key.toString('latin1')) ?? null;
  }

  range(table: TableName, { start, end, limit }: KeyRange): readonly Entry[] {
    return [...this.#of(table)]
      .map(([key, value]) => ({ key: Buffer.from(key, 'latin1'), value }))
      .filter(
        ({ key }) => Buffer.compare(key, start) >= 0 && (end === undefined || Buffer.compare(key, end) < 0),
      )
      .sort((a, b) => Buffer.compare(a.key, b.key))
      .slice(0, limit);
  }

  put(table: TableName, key: Buffer, value: Buffer): void {
    this.#of(table).set(key.toString('latin1'), Buffer.from(value));
  }

  remove(table: TableName, key: Buffer): void {
    this.#of(table).delete(key.toString('latin1'));
  }

  settle(): void {
    // Everything is at hand.
  }

  /** Rows of a table. */
  size(table: TableName): number {
    return this.#of(table).size;
  }

  #of(table: TableName): Map<string, Buffer> {
    const rows = this.#tables.get(table) ?? new Map<string, Buffer>();
    this.#tables.set(table, rows);
    return rows;
  }
}
