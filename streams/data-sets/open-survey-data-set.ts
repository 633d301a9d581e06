import { readFile, open } from 'node:fs/promises';
import type { DataSet } from '../../core/index.ts';
import { PipelineError } from '../../core/index.ts';
import { openTable, tableErrorText } from '../joins/table.ts';
import type { TableColumn } from '../joins/table.ts';
import { astrom3Folder, planAstrom3Folder, readAstrom3Folder } from './astrom3-folder.ts';
import type { Astrom3Folder } from './astrom3-folder.ts';
import { isAstrom3Table, planAstrom3Table, readAstrom3Table } from './astrom3-table.ts';
import { dataSetInvalid } from './column-finder.ts';
import { createFileDataSet } from './file-data-set.ts';
import { endingOf, filesBelow } from './files-below.ts';
import { isObjectTable, planObjectTable, readObjectTable } from './object-table.ts';
import { catalogObjects, readCatalogFile } from './open-catalog.ts';
import { readSpectrumFile } from './spectrum-file.ts';

export interface SurveyDataSetOptions {
  /** Longest spectrum, samples; 100,000 by default. */
  readonly samplesMax?: number;
  /** Largest file of one object, bytes; 256 MiB by default. */
  readonly fileBytesMax?: number;
}

const SAMPLES_MAX = 100_000;
const FILE_BYTES_MAX = 256 * 2 ** 20;
/** JSON files looked into before a folder is taken for something else. */
const JSON_FILES_TRIED = 3;

interface Found {
  readonly source: string;
  readonly files: readonly string[];
  readonly limits: Required<SurveyDataSetOptions>;
}

/** What is read, in the order in which it is looked for; for the message where a path is nothing of it. */
export const SURVEY_DATA_SETS = [
  'Parquet with light curves (id, mjd, value, err, band, unit), spectra (id, wave, flux), or both',
  'Parquet as of AstroM³ (photometry, spectra, metadata, label)',
  'a folder with photometry/, spectra/ and a table of metadata as of AstroM³',
  'JSON of the Open Astronomy Catalogs',
  'FITS spectra of LAMOST or SDSS',
] as const;

/**
 * The data set of a file or folder that holds objects of surveys, whichever of the kinds of docs/data-sets.md it is: told
 * by what is in it, in the order of `SURVEY_DATA_SETS`.
 *
 * @returns `null` where it is of none of these kinds
 * @throws PipelineError INPUT_NOT_FOUND, INPUT_UNREADABLE, or DATA_SET_INVALID where a table lacks a column or has it of
 *   another type
 */
export async function openSurveyDataSet(
  source: string,
  { samplesMax = SAMPLES_MAX, fileBytesMax = FILE_BYTES_MAX }: SurveyDataSetOptions = {},
): Promise<DataSet | null> {
  const { isFolder, files } = await filesBelow(source);
  const found = { source, files, limits: { samplesMax, fileBytesMax } };
  return (
    (await openTables(found)) ??
    (isFolder ? await openAstrom3Folder(found) : null) ??
    (await openCatalog(found)) ??
    openSpectra(found)
  );
}

/** Parquet files: the first whose columns tell a kind decides; the others are then read as of that kind. */
async function openTables({ source, files, limits }: Found): Promise<DataSet | null> {
  const tables = files.filter((file) => endingOf(file) === '.parquet');
  const [only] = files;
  if (tables.length === 0 && files.length === 1 && only !== undefined && (await isParquet(only))) {
    tables.push(only);
  }
  let problem: PipelineError | null = null;
  for (const file of tables) {
    const columns = await columnsOf(file).catch((error: unknown) => {
      problem ??= error instanceof PipelineError ? error : null;
      if (error instanceof PipelineError) return null;
      throw error;
    });
    if (columns === null) continue;
    if (isAstrom3Table(columns)) {
      planAstrom3Table(file, columns);
      const { samplesMax } = limits;
      return createFileDataSet({
        source,
        files: tables,
        read: (table, onFault) => readAstrom3Table(table, { root: source, samplesMax, onFault }),
      });
    }
    if (isObjectTable(columns)) {
      planObjectTable(file, columns);
      const { samplesMax } = limits;
      return createFileDataSet({
        source,
        files: tables,
        read: (table, onFault) => readObjectTable(table, { samplesMax, onFault }),
      });
    }
    const names = columns.map(({ name }) => `"${name}"`).slice(0, 40);
    const rule = 'it has neither mjd and value, nor wave and flux, nor photometry';
    problem ??= dataSetInvalid(file, `${rule}: current columns are ${names.join(', ')}`);
  }
  if (problem !== null) throw problem;
  return null;
}

async function isParquet(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === 'PAR1';
  } finally {
    await handle.close();
  }
}

/** @throws PipelineError INPUT_UNREADABLE for a file that is damaged or no table */
async function columnsOf(file: string): Promise<readonly TableColumn[]> {
  try {
    const table = await openTable(file);
    table.close();
    if (table.format === 'parquet' || endingOf(file) === '.csv') return table.columns;
  } catch (cause) {
    const why = tableErrorText(cause);
    throw new PipelineError('INPUT_UNREADABLE', `Cannot read the data set "${file}": ${why}`, { cause });
  }
  throw new PipelineError(
    'INPUT_UNREADABLE',
    `Cannot read the data set "${file}": a Parquet file must start with PAR1`,
  );
}

async function openAstrom3Folder({ source, files, limits }: Found): Promise<DataSet | null> {
  const folder: Astrom3Folder | null = astrom3Folder(source, files);
  const [first] = folder?.tables ?? [];
  if (folder === null || first === undefined) return null;
  planAstrom3Folder(first, await columnsOf(first));
  return createFileDataSet({
    source,
    files: folder.tables,
    read: (table, onFault) => readAstrom3Folder(table, { folder, onFault, ...limits }),
  });
}

async function openCatalog({ source, files, limits }: Found): Promise<DataSet | null> {
  const catalogs = files.filter((file) => endingOf(file) === '.json' && !file.toLowerCase().endsWith('.gz'));
  for (const file of catalogs.slice(0, JSON_FILES_TRIED)) {
    if (catalogObjects(await readFile(file, 'utf8')) === null) continue;
    return createFileDataSet({
      source,
      files: catalogs,
      read: (catalog, onFault) => readCatalogFile(catalog, { ...limits, onFault }),
    });
  }
  return null;
}

function openSpectra({ source, files, limits }: Found): DataSet | null {
  const spectra = files.filter((file) => ['.fits', '.fit'].includes(endingOf(file)));
  if (spectra.length === 0) return null;
  return createFileDataSet({
    source,
    files: spectra,
    read: (file, onFault) => readSpectrumFile(file, { root: source, onFault, ...limits }),
  });
}
