import type { ColumnRequest, Table, TableChunk, TableColumn } from '../joins/table.ts';

/** Numbers or texts of all list columns that are in memory at once: about 64 MiB. */
const ELEMENTS_AT_ONCE = 2 ** 22;
/** Rows that the library hands over at most at once. */
const CHUNK_ROWS_MAX = 2048;

/** One row of a table, column by column as they were asked for. */
export interface TableRow {
  /** Zero-based, in the file. */
  readonly row: number;
  number(column: AskedColumn): number;
  text(column: AskedColumn): string | null;
  list(column: AskedColumn): Float64Array | null;
  texts(column: AskedColumn): readonly (string | null)[] | null;
}

/** Place of a column among those asked for; `null` for one that the table lacks, whose cells are all missing. */
export type AskedColumn = number | null;

/** The columns of a table that are to be read. */
export class TableRequest {
  readonly #request: ColumnRequest[] = [];

  /** @param element of a table of numbers: the place of the one that is taken, from 0 */
  ask(column: TableColumn | null, as: ColumnRequest['as'], element?: number): AskedColumn {
    if (column === null) return null;
    const { name } = column;
    return this.#request.push(element === undefined ? { name, as } : { name, as, element }) - 1;
  }

  /**
   * The rows of a Parquet table, in order; of wide ones a few at a time are in memory.
   *
   * @throws Error from the library where the file turns out to be damaged
   */
  async *rows(table: Table): AsyncGenerator<TableRow> {
    const lists = this.#request.filter(({ as }) => as !== 'number' && as !== 'text');
    const perRow = await table.elementsPerRow(lists.map(({ name }) => name.split('.', 1)[0] ?? name));
    const rowsAtOnce = Math.max(1, Math.floor(ELEMENTS_AT_ONCE / Math.max(1, perRow * lists.length)));
    let first = 0;
    for await (const chunk of table.chunks(
      this.#request,
      rowsAtOnce < CHUNK_ROWS_MAX ? rowsAtOnce : undefined,
    )) {
      yield* rowsOf(chunk, first, this.#request);
      first += chunk.rowCount;
    }
  }
}

function* rowsOf(chunk: TableChunk, first: number, request: readonly ColumnRequest[]): Generator<TableRow> {
  const numbers = request.map(({ as }, column) => (as === 'number' ? chunk.numbers(column) : null));
  for (let i = 0; i < chunk.rowCount; i++) {
    yield {
      row: first + i,
      number: (column) => (column === null ? NaN : (numbers[column]?.[i] ?? NaN)),
      text: (column) => (column === null ? null : chunk.text(column, i)),
      list: (column) => (column === null ? null : chunk.list(column, i)),
      texts: (column) => (column === null ? null : chunk.texts(column, i)),
    };
  }
}
