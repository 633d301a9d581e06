import { PipelineError } from '../../core/index.ts';
import type { ColumnKind, TableColumn } from '../joins/table.ts';

const KIND_IN_WORDS: Readonly<Record<ColumnKind, string>> = {
  number: 'numbers',
  text: 'texts',
  numberList: 'lists of numbers',
  textList: 'lists of texts',
  numberTable: 'lists of lists of numbers',
  other: 'something else',
};

/** Kinds of columns in words: `numbers or texts`. */
function inWords(kinds: readonly ColumnKind[]): string {
  return kinds.map((kind) => KIND_IN_WORDS[kind]).join(' or ');
}

export function dataSetInvalid(file: string, why: string, cause?: unknown): PipelineError {
  return new PipelineError('DATA_SET_INVALID', `Cannot use "${file}" as a data set as ${why}`, { cause });
}

/** Finds columns of a table by name, letters' case aside, and says in one line what is wrong with them. */
export class ColumnFinder {
  readonly #file: string;
  readonly #columns: readonly TableColumn[];

  constructor(file: string, columns: readonly TableColumn[]) {
    this.#file = file;
    this.#columns = columns;
  }

  /**
   * @param names tried in order
   * @param kinds what it may hold
   * @throws PipelineError DATA_SET_INVALID if there is none, or the first that there is holds something else
   */
  required(names: readonly string[], kinds: readonly ColumnKind[]): TableColumn {
    const column = this.optional(names, kinds);
    if (column !== null) return column;
    const [wanted, ...others] = names.map((name) => `"${name}"`);
    const also = others.length === 0 ? '' : ` (or ${others.join(', ')})`;
    const found = this.#columns.map(({ name }) => `"${name}"`).slice(0, 40);
    throw dataSetInvalid(
      this.#file,
      `it needs a column ${wanted ?? ''}${also} of ${inWords(kinds)}: current columns are ${found.join(', ') || 'none'}`,
    );
  }

  /**
   * @returns `null` if there is none
   * @throws PipelineError DATA_SET_INVALID if the first that there is holds something else
   */
  optional(names: readonly string[], kinds: readonly ColumnKind[]): TableColumn | null {
    const column = this.find(names);
    if (column === null || kinds.includes(column.kind)) return column;
    throw dataSetInvalid(
      this.#file,
      `its column "${column.name}" must hold ${inWords(kinds)}: current value is ${KIND_IN_WORDS[column.kind]}`,
    );
  }

  /** The first column of these names, whatever it holds. */
  find(names: readonly string[]): TableColumn | null {
    for (const wanted of names) {
      const column = this.#columns.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
      if (column !== undefined) return column;
    }
    return null;
  }
}
