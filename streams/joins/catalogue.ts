import type { Config, MetadataField } from '../../core/index.ts';
import { PipelineError, systemErrorCode } from '../../core/index.ts';
import { isInRange } from '../metadata-ranges.ts';
import type { CatalogueColumns } from './catalogue-columns.ts';
import { resolveColumns } from './catalogue-columns.ts';
import type { CatalogueBlock, CatalogueMatch } from './catalogue-index.ts';
import { CatalogueIndex, ID_BYTES_MAX } from './catalogue-index.ts';
import type { ColumnRequest, Table, TableChunk } from './table.ts';
import { openTable, tableErrorText } from './table.ts';

/** A catalogue of sources with metadata, in memory. */
export interface Catalogue {
  /** Sources that can be matched. */
  readonly rows: number;
  /** Rows without a possible position in degrees, and lines that could not be read. */
  readonly skippedRows: number;
  /** Fields that the catalogue can give. */
  readonly fields: readonly MetadataField[];
  /**
   * The nearest source within join.metadataRadiusArcsec and all others there; `null` without any. Same
   * position, same answer.
   *
   * @param raDeg  ICRS, [0, 360)
   * @param decDeg ICRS, [−90, 90]
   */
  match(raDeg: number, decDeg: number): CatalogueMatch | null;
}

/**
 * Reads a catalogue: Parquet, or CSV (also with semicolons, tabs or bars, and gzipped) with a header line.
 * Needed are a position, ICRS or J2000, in degrees (radians, hours and sexagesimal text are not understood)
 * and one metadata column. Values outside a field's possible range are taken as missing.
 *
 * @throws PipelineError INPUT_NOT_FOUND, INPUT_UNREADABLE, or CATALOGUE_INVALID with what is wrong in one
 *   line
 */
export async function openCatalogue(options: {
  readonly file: string;
  readonly join: Config['join'];
}): Promise<Catalogue> {
  const { file, join } = options;
  const table = await openTable(file).catch((cause: unknown) => {
    throw openingError(file, cause);
  });
  try {
    const columns = resolveColumns(
      table.columns.filter(({ kind }) => kind === 'number' || kind === 'text').map(({ name }) => name),
      join.metadataColumns,
    );
    if ('missing' in columns) {
      const found = table.columns.map(({ name }) => `"${name}"`).slice(0, 40);
      throw invalid(file, `it lacks ${columns.missing}: current columns are ${found.join(', ') || 'none'}`);
    }
    return await load(table, columns, options);
  } catch (cause) {
    throw cause instanceof PipelineError ? cause : invalid(file, tableErrorText(cause), cause);
  } finally {
    table.close();
  }
}

function openingError(file: string, cause: unknown): PipelineError {
  const code = systemErrorCode(cause);
  if (code === 'ENOENT') {
    return new PipelineError('INPUT_NOT_FOUND', `Cannot find the catalogue "${file}"`, { cause });
  }
  if (code !== null && code.startsWith('E')) {
    return new PipelineError('INPUT_UNREADABLE', `Cannot read the catalogue "${file}": ${code}`, { cause });
  }
  return invalid(file, tableErrorText(cause), cause);
}

function invalid(file: string, why: string, cause?: unknown): PipelineError {
  return new PipelineError('CATALOGUE_INVALID', `Cannot use "${file}" as catalogue as ${why}`, { cause });
}

async function load(
  table: Table,
  columns: CatalogueColumns,
  { file, join }: { readonly file: string; readonly join: Config['join'] },
): Promise<Catalogue> {
  const request = columnRequest(columns);
  const blocks: CatalogueBlock[] = [];
  let rows = 0;
  let skippedRows = 0;
  for await (const chunk of table.chunks(request)) {
    const block = blockOf(chunk, columns);
    rows += block.raDeg.length;
    skippedRows += chunk.rowCount - block.raDeg.length;
    if (rows > join.metadataRowsMax) {
      const rule = `join.metadataRowsMax is ${join.metadataRowsMax}`;
      throw invalid(file, `${rule}: current value is more than ${join.metadataRowsMax} rows`);
    }
    blocks.push(block);
  }
  skippedRows += await table.unreadableLines();
  if (rows === 0) {
    const where = `"${columns.ra}" and "${columns.dec}"`;
    const rule = `${where} must hold degrees (sexagesimal text, hours and radians are not understood)`;
    throw invalid(file, `${rule}: current value is no usable position in ${skippedRows} rows`);
  }
  const fields = columns.fields.map(({ field }) => field);
  const index = new CatalogueIndex(fields, blocks);
  const limits = { radiusArcsec: join.metadataRadiusArcsec, candidatesMax: join.metadataCandidatesMax };
  return { rows, skippedRows, fields, match: (raDeg, decDeg) => index.match(raDeg, decDeg, limits) };
}

/**
 * Right ascension and declination, then each field's one or two columns, then the identifier if there is one.
 */
function columnRequest({ ra, dec, id, fields }: CatalogueColumns): readonly ColumnRequest[] {
  const numbers = [ra, dec, ...fields.flatMap(({ columns }) => columns)];
  return [
    ...numbers.map((name) => ({ name, as: 'number' as const })),
    ...(id === null ? [] : [{ name: id, as: 'text' as const }]),
  ];
}

/** The usable rows of a chunk. */
function blockOf(chunk: TableChunk, { id, fields }: CatalogueColumns): CatalogueBlock {
  const [ra, dec] = [chunk.numbers(0), chunk.numbers(1)];
  const usable = Array.from({ length: chunk.rowCount }, (_, row) => row).filter((row) =>
    isPosition(ra[row] ?? NaN, dec[row] ?? NaN),
  );
  let column = 2;
  const values = fields.map(({ field, columns, value }) => {
    const first = chunk.numbers(column);
    const second = columns.length > 1 ? chunk.numbers(column + 1) : first;
    column += columns.length;
    return Float32Array.from(usable, (row) => {
      const known = value(first[row] ?? NaN, second[row] ?? NaN);
      return isInRange(field, known) ? known : NaN;
    });
  });
  const ids = id === null ? null : usable.map((row) => identifier(chunk.text(column, row)));
  return {
    raDeg: Float64Array.from(usable, (row) => (ra[row] ?? NaN) % 360),
    decDeg: Float64Array.from(usable, (row) => dec[row] ?? NaN),
    values,
    idBytes: ids === null ? null : Uint8Array.from(ids, (bytes) => bytes.length),
    idText: Buffer.concat(ids ?? []),
  };
}

function isPosition(raDeg: number, decDeg: number): boolean {
  return raDeg >= 0 && raDeg <= 360 && decDeg >= -90 && decDeg <= 90;
}

/** UTF-8 of an identifier; empty where there is none or it is too long to keep. */
function identifier(text: string | null): Buffer {
  const bytes = Buffer.from(text?.trim() ?? '', 'utf8');
  return bytes.length <= ID_BYTES_MAX ? bytes : Buffer.alloc(0);
}
