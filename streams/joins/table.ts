import { open } from 'node:fs/promises';
import path from 'node:path';
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBType,
  DuckDBVector,
} from '@duckdb/node-api';

/** What a column holds, as far as this product reads it; a `numberTable` is a list of lists of numbers. */
export type ColumnKind = 'number' | 'text' | 'numberList' | 'textList' | 'numberTable' | 'other';

export interface TableColumn {
  /** Of a member of a structure: the structure's name, a dot, and its own. */
  readonly name: string;
  readonly kind: ColumnKind;
}

/**
 * A column to read and how: as number (text is parsed), as text, as list of numbers or texts, or a list's length
 * as number.
 */
export interface ColumnRequest {
  readonly name: string;
  readonly as: 'number' | 'text' | 'numberList' | 'textList' | 'listLength';
  /** Of a `numberTable` read as `numberList`: the place, from 0, of the number taken from each inner list. */
  readonly element?: number;
}

/** Some consecutive rows of the columns asked for, addressed by their place in the request. */
export interface TableChunk {
  readonly rowCount: number;
  /** [rowCount] NaN where the value is missing or is no number. */
  numbers(column: number): Float64Array;
  /** `null` where the value is missing. */
  text(column: number, row: number): string | null;
  /** A copy of one list, NaN for missing elements; `null` where the list is missing. */
  list(column: number, row: number): Float64Array | null;
  /** A copy of one list of texts, `null` for missing elements; `null` where the list is missing. */
  texts(column: number, row: number): readonly (string | null)[] | null;
}

/** A Parquet or CSV file: its columns, and its rows in the file's order. */
export interface Table {
  readonly format: 'parquet' | 'csv';
  readonly columns: readonly TableColumn[];
  /** Rows; `null` where only reading the file would tell (CSV). */
  readonly rowCount: number | null;
  /**
   * Mean length of the longest of the named list columns in the row group where it is greatest; 0 without
   * lists.
   */
  elementsPerRow(columns: readonly string[]): Promise<number>;
  /**
   * @param rowsAtOnce of a Parquet file: reads that many rows at a time, so that wide rows do not fill the
   *   memory
   * @throws Error from the library where the file turns out to be damaged
   */
  chunks(request: readonly ColumnRequest[], rowsAtOnce?: number): AsyncIterable<TableChunk>;
  /** Lines of a CSV file that could not be read as rows, of what was read so far. */
  unreadableLines(): Promise<number>;
  close(): void;
}

/**
 * Bounds of the engine: no spill to disk, no extension fetched or loaded (Parquet and CSV are built in). Two
 * threads, since the machine's others decode and embed.
 */
const ENGINE_OPTIONS = {
  threads: '2',
  memory_limit: '1GB',
  temp_directory: '',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
};

const NUMBER_TYPES = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/;
const LIST_TYPE = /^(.*)\[\d*\]$/;

/**
 * Opens a table with DuckDB, which sees this one file and nothing else. A file that starts with `PAR1` is
 * Parquet; any other is text with a header line, separated by commas, semicolons, tabs or bars, plain or
 * gzipped, whose comment lines start with `#`.
 *
 * @throws Error from the file system or the library: its first line says what is wrong
 */
export async function openTable(file: string): Promise<Table> {
  const magic = await firstBytes(file);
  const absolute = path.resolve(file);
  const { DuckDBInstance: Instance } = await import('@duckdb/node-api');
  const instance = await Instance.create(':memory:', ENGINE_OPTIONS);
  const connection = await instance.connect();
  const engine = { instance, connection };
  try {
    await connection.run(`SET allowed_paths = [${quoted(absolute)}, ${quoted(globEscaped(absolute))}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return magic.subarray(0, 4).toString('latin1') === 'PAR1'
      ? await openParquet(engine, absolute)
      : await openCsv(engine, absolute, magic[0] === 0x1f && magic[1] === 0x8b);
  } catch (cause) {
    closeEngine(engine);
    throw cause;
  }
}

/**
 * The first line of a library's or system's message: the rest is the query and a picture of where it failed.
 */
export function tableErrorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}

interface Engine {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
}

function closeEngine({ instance, connection }: Engine): void {
  connection.closeSync();
  instance.closeSync();
}

async function openParquet(engine: Engine, file: string): Promise<Table> {
  const name = quoted(globEscaped(file));
  const columns = await describe(engine, `read_parquet(${name})`);
  const counted = await rowsOf(engine, `SELECT num_rows FROM parquet_file_metadata(${name})`);
  const rowCount = Number(counted[0]?.[0] ?? 0);
  return {
    format: 'parquet',
    columns: columns.map(({ name: column, type }) => ({ name: column, kind: kindOf(type) })),
    rowCount,
    async elementsPerRow(names) {
      const found = await rowsOf(
        engine,
        `SELECT coalesce(max(num_values / greatest(row_group_num_rows, 1)), 0) FROM parquet_metadata(${name})
         WHERE split_part(path_in_schema, ', ', 1) IN (${names.map(quoted).join(', ')})`,
      );
      return Number(found[0]?.[0] ?? 0);
    },
    async *chunks(request, rowsAtOnce) {
      const selected = selection(request, columns);
      if (rowsAtOnce === undefined) {
        yield* streamed(engine, `SELECT ${selected} FROM read_parquet(${name})`);
        return;
      }
      const from = `read_parquet(${name}, file_row_number = true)`;
      for (let row = 0; row < rowCount; row += rowsAtOnce) {
        const range = `file_row_number BETWEEN ${row} AND ${row + rowsAtOnce - 1}`;
        yield* streamed(engine, `SELECT ${selected} FROM ${from} WHERE ${range}`);
      }
    },
    unreadableLines: () => Promise.resolve(0),
    close: () => {
      closeEngine(engine);
    },
  };
}

async function openCsv(engine: Engine, file: string, isGzipped: boolean): Promise<Table> {
  const options = [
    quoted(globEscaped(file)),
    'header = true',
    // Types guessed from the first rows would reject later ones; numbers are parsed one by one instead.
    'all_varchar = true',
    'null_padding = true',
    'ignore_errors = true',
    'store_rejects = true',
    'parallel = false',
    `compression = '${isGzipped ? 'gzip' : 'none'}'`,
  ];
  let from = `read_csv(${options.join(', ')})`;
  let columns = await describe(engine, from);
  if (columns[0]?.name.startsWith('#') === true) {
    from = `read_csv(${[...options, "comment = '#'"].join(', ')})`;
    columns = await describe(engine, from);
  }
  return {
    format: 'csv',
    columns: columns.map(({ name }) => ({ name, kind: 'text' })),
    rowCount: null,
    elementsPerRow: () => Promise.resolve(0),
    chunks: (request) => streamed(engine, `SELECT ${selection(request, columns)} FROM ${from}`),
    async unreadableLines() {
      const counted = await rowsOf(engine, 'SELECT count(DISTINCT line) FROM reject_errors');
      return Number(counted[0]?.[0] ?? 0);
    },
    close: () => {
      closeEngine(engine);
    },
  };
}

interface TypedColumn {
  readonly name: string;
  readonly type: string;
  /** How SQL names it. */
  readonly sql: string;
}

/** Depth of structures within structures whose members are columns too. */
const MEMBER_DEPTH_MAX = 3;

/** The columns, and behind a structure its members. */
async function describe(engine: Engine, from: string): Promise<readonly TypedColumn[]> {
  const { DuckDBStructType } = await import('@duckdb/node-api');
  const reader = await engine.connection.runAndReadAll(`SELECT * FROM ${from} LIMIT 0`);
  const withMembers = (column: TypedColumn, type: DuckDBType, depth: number): readonly TypedColumn[] => {
    if (!(type instanceof DuckDBStructType) || depth >= MEMBER_DEPTH_MAX) return [column];
    const members = type.entryNames.flatMap((name, i) => {
      const entry = type.entryTypes[i];
      if (entry === undefined) return [];
      const sql = `${column.sql}.${identifier(name)}`;
      return withMembers({ name: `${column.name}.${name}`, type: entry.toString(), sql }, entry, depth + 1);
    });
    return [column, ...members];
  };
  const types = reader.columnTypes();
  return reader.columnNames().flatMap((name, i) => {
    const type = types[i];
    if (type === undefined) return [];
    return withMembers({ name, type: type.toString(), sql: identifier(name) }, type, 0);
  });
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function rowsOf(engine: Engine, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await engine.connection.runAndReadAll(sql)).getRows();
}

function kindOf(type: string): ColumnKind {
  if (type === 'VARCHAR') return 'text';
  if (NUMBER_TYPES.test(type)) return 'number';
  const element = LIST_TYPE.exec(type)?.[1];
  if (element === undefined) return 'other';
  if (element === 'VARCHAR') return 'textList';
  if (NUMBER_TYPES.test(element)) return 'numberList';
  const inner = LIST_TYPE.exec(element)?.[1];
  return inner !== undefined && NUMBER_TYPES.test(inner) ? 'numberTable' : 'other';
}

/** Float lists stay as they are: a cast would hold each chunk twice, and at twice its size. */
function selection(request: readonly ColumnRequest[], columns: readonly TypedColumn[]): string {
  return request
    .map(({ name, as, element }) => {
      const described = columns.find((candidate) => candidate.name === name);
      const column = described?.sql ?? identifier(name);
      if (as === 'number') return `TRY_CAST(${column} AS DOUBLE)`;
      if (as === 'listLength') return `CAST(len(${column}) AS DOUBLE)`;
      if (as === 'text') return `CAST(${column} AS VARCHAR)`;
      if (as === 'textList') return `CAST(${column} AS VARCHAR[])`;
      if (element !== undefined) {
        return `TRY_CAST(list_transform(${column}, lambda x: x[${element + 1}]) AS DOUBLE[])`;
      }
      const type = described?.type;
      return type === 'FLOAT[]' || type === 'DOUBLE[]' ? column : `TRY_CAST(${column} AS DOUBLE[])`;
    })
    .join(', ');
}

async function* streamed({ connection }: Engine, sql: string): AsyncGenerator<TableChunk> {
  const { DuckDBListVector } = await import('@duckdb/node-api');
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield tableChunk(chunk, (vector) => (vector instanceof DuckDBListVector ? vector : null));
  }
}

/** A list column, as far as it is read here. */
interface ListVector {
  getItemVector(row: number): DuckDBVector | null;
}

function tableChunk(chunk: DuckDBDataChunk, asList: (vector: DuckDBVector) => ListVector | null): TableChunk {
  const vectors = Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column));
  const lists = vectors.map(asList);
  return {
    rowCount: chunk.rowCount,
    numbers: (column) => numbersOf(vectors[column], chunk.rowCount),
    text(column, row) {
      const value = vectors[column]?.getItem(row);
      return typeof value === 'string' ? value : null;
    },
    list(column, row) {
      const items = lists[column]?.getItemVector(row) ?? null;
      return items === null ? null : numbersOf(items, items.itemCount);
    },
    texts(column, row) {
      const items = lists[column]?.getItemVector(row) ?? null;
      return items === null ? null : textsOf(items);
    },
  };
}

function numbersOf(vector: DuckDBVector | undefined, count: number): Float64Array {
  const numbers = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = vector?.getItem(i);
    numbers[i] = typeof value === 'number' ? value : NaN;
  }
  return numbers;
}

function textsOf(vector: DuckDBVector): readonly (string | null)[] {
  return Array.from({ length: vector.itemCount }, (_, i) => {
    const value = vector.getItem(i);
    return typeof value === 'string' ? value : null;
  });
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * The library takes every file name as a pattern: each of its wildcards becomes a class of that one
 * character.
 */
function globEscaped(file: string): string {
  return file.replace(/[*?[]/g, '[$&]');
}
