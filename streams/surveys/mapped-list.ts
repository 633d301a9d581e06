import type { LIST_LAYOUTS } from '../../core/index.ts';
import type { AvroRecord } from './adapter.ts';
import { isRecord } from './fields.ts';
import { PathReader } from './mapped-path.ts';

/** A list of measurements in a packet: a list of records, or a record of lists. */
export class MeasurementList {
  readonly path: string;
  readonly #reader: PathReader;
  readonly #isColumns: boolean;
  readonly #inItem: readonly string[];

  /** @param inItem paths that are read in each element */
  constructor(
    list: { readonly path: string; readonly layout: (typeof LIST_LAYOUTS)[number] },
    inItem: readonly string[],
  ) {
    this.path = list.path;
    this.#reader = new PathReader(list.path);
    this.#isColumns = list.layout === 'columns';
    this.#inItem = inItem;
  }

  /** Every path that is read. */
  paths(): readonly string[] {
    return this.#inItem.map((path) => `${this.path}.${path}`);
  }

  /** The elements that are records; none where there is no list. */
  items(record: AvroRecord): readonly AvroRecord[] {
    const value = this.#reader.read(record);
    if (this.#isColumns) return isRecord(value) ? rowsOf(value, this.#inItem) : [];
    return Array.isArray(value) ? value.filter(isRecord) : [];
  }
}

/**
 * The rows of columns, as many as the longest has; beyond the end of a shorter one its value is missing.
 *
 * @param paths that are read: the columns are their first fields
 */
function rowsOf(columns: AvroRecord, paths: readonly string[]): readonly AvroRecord[] {
  const names = [...new Set(paths.map((path) => path.split('.', 1)[0] ?? path))];
  const wanted = names.filter((name) => Object.hasOwn(columns, name));
  const lists = wanted.map((name) => columns[name]).filter((value) => Array.isArray(value));
  const length = lists.reduce((longest, list) => Math.max(longest, list.length), 0);
  return Array.from({ length }, (_, row) =>
    Object.fromEntries(
      wanted.map((name) => {
        const column = columns[name];
        return [name, Array.isArray(column) ? (column as readonly unknown[])[row] : column];
      }),
    ),
  );
}
