import path from 'node:path';
import type { DataFault, Result } from '../../core/index.ts';
import { fitsSpectrum } from '../joins/spectra/fits-spectrum.ts';
import { readWhole } from '../joins/spectra/read-whole.ts';
import { openTable } from '../joins/table.ts';
import type { Table, TableColumn } from '../joins/table.ts';
import {
  ASTROM3_BAND,
  ASTROM3_METADATA_COLUMNS,
  ASTROM3_SURVEY,
  astrom3Catalogue,
  astrom3Metadata,
} from './astrom3-catalogue.ts';
import type { Astrom3Column } from './astrom3-catalogue.ts';
import type { RawLightCurve } from './clean-light-curve.ts';
import { ColumnFinder } from './column-finder.ts';
import type { LocatedObject } from './file-data-set.ts';
import { endingOf } from './files-below.ts';
import { photometryFromText } from './photometry-text.ts';
import { checkedObject } from './raw-object.ts';
import type { RawSamples } from './raw-object.ts';
import { splitOfName, splitOfPath } from './split-name.ts';

/** Names of the folder of light curves, by folder of ASAS-SN's own archive too. */
const PHOTOMETRY_FOLDERS = ['photometry', 'vardb_files'];
const SPECTRA_FOLDERS = ['spectra'];
const PHOTOMETRY_ENDINGS = ['.dat', '.csv', '.txt'];
const SPECTRUM_ENDINGS = ['.fits', '.fit'];

/** Where the parts of a data set as AstroM³ publishes its raw files lie. */
export interface Astrom3Folder {
  readonly root: string;
  /** Tables with a row for each object. */
  readonly tables: readonly string[];
  /** Light curves by name, see `plainName`. */
  readonly photometry: ReadonlyMap<string, string>;
  readonly spectra: ReadonlyMap<string, string>;
}

/**
 * The folder of AstroM³'s raw data set among the files below a folder: a folder `photometry` (or `vardb_files`) of
 * light curves, a folder `spectra` of FITS files, and beside them tables (`.csv`) of metadata. The tables are those in
 * the folder itself; without any those of the first folder that has some: such folders hold the same objects divided
 * anew.
 *
 * @param files in order of path
 * @returns `null` where it is no such folder
 */
export function astrom3Folder(root: string, files: readonly string[]): Astrom3Folder | null {
  const photometry = new Map<string, string>();
  const spectra = new Map<string, string>();
  const tables: string[] = [];
  for (const file of files) {
    const folders = path.relative(path.normalize(root), file).toLowerCase().split(path.sep).slice(0, -1);
    const ending = endingOf(file);
    if (folders.some((name) => PHOTOMETRY_FOLDERS.includes(name))) {
      if (PHOTOMETRY_ENDINGS.includes(ending)) photometry.set(plainName(file), file);
    } else if (folders.some((name) => SPECTRA_FOLDERS.includes(name))) {
      if (SPECTRUM_ENDINGS.includes(ending)) spectra.set(plainName(file), file);
    } else if (ending === '.csv') tables.push(file);
  }
  if (photometry.size === 0 || tables.length === 0) return null;
  const own = tables.filter((file) => path.dirname(file) === path.normalize(root).replace(/(.)[/\\]$/, '$1'));
  const first = path.dirname(tables[0] ?? '');
  return {
    root,
    photometry,
    spectra,
    tables: own.length > 0 ? own : tables.filter((file) => path.dirname(file) === first),
  };
}

/** A file's or object's name without folders, endings and blanks, in lower case: what the parts of an object share. */
function plainName(name: string): string {
  const base = path.posix.basename(name.replaceAll('\\', '/')).toLowerCase().replace(/\.gz$/, '');
  return base.replace(/\.(?:dat|csv|txt|fits?)$/, '').replace(/\s+/g, '');
}

interface FolderPlan {
  readonly columns: readonly string[];
  readonly names: readonly string[];
  readonly label: string;
  readonly split: string | null;
  readonly spectrum: string | null;
  readonly ra: string | null;
  readonly dec: string | null;
}

/** @throws PipelineError DATA_SET_INVALID naming the column that is missing */
export function planAstrom3Folder(file: string, columns: readonly TableColumn[]): FolderPlan {
  const finder = new ColumnFinder(file, columns);
  for (const column of ASTROM3_METADATA_COLUMNS) finder.required([column], ['text', 'number']);
  const name = finder.required(['name', 'id', 'object_id'], ['text', 'number']).name;
  const id = finder.find(['id', 'object_id'])?.name;
  const optional = (names: readonly string[]): string | null => finder.find(names)?.name ?? null;
  return {
    columns: columns.map((column) => column.name),
    names: id === undefined || id === name ? [name] : [name, id],
    label: finder.required(['label', 'target', 'class'], ['text', 'number']).name,
    split: optional(['split']),
    spectrum: optional(['spec_filename', 'spectrum', 'spec']),
    ra: optional(['ra', 'raDeg']),
    dec: optional(['dec', 'decDeg']),
  };
}

export interface ReadFolderOptions {
  readonly folder: Astrom3Folder;
  readonly samplesMax: number;
  readonly fileBytesMax: number;
  readonly onFault: (fault: DataFault) => void;
}

/**
 * The objects of one of the tables, each with its light curve (a file of its `name` or `id`) and its spectrum (the file
 * in `spec_filename`, or of its name). An object whose file is not there, or cannot be read, is without, with a fault.
 *
 * @throws PipelineError DATA_SET_INVALID, or Error from the library where the table is damaged
 */
export async function* readAstrom3Folder(
  file: string,
  options: ReadFolderOptions,
): AsyncGenerator<LocatedObject> {
  const table = await openTable(file);
  try {
    yield* objectsIn(table, file, options);
  } finally {
    table.close();
  }
}

async function* objectsIn(
  table: Table,
  file: string,
  options: ReadFolderOptions,
): AsyncGenerator<LocatedObject> {
  const plan = planAstrom3Folder(file, table.columns);
  const fileSplit = splitOfPath(path.relative(options.folder.root, file));
  const place = new Map(plan.columns.map((name, i) => [name.toLowerCase(), i]));
  const request = plan.columns.map((name) => ({ name, as: 'text' as const }));
  let row = -1;
  for await (const chunk of table.chunks(request)) {
    for (let i = 0; i < chunk.rowCount; i++) {
      row++;
      const text = (name: string | null): string => {
        const column = name === null ? undefined : place.get(name.toLowerCase());
        return column === undefined ? '' : (chunk.text(column, i)?.trim() ?? '');
      };
      const at = row;
      const fault = (reason: string): void => {
        options.onFault({ file, row: at, reason });
      };
      const object = await objectOf(text, plan, { ...options, fault, fileSplit });
      if (object !== null) yield { file, row, object };
    }
  }
  const unreadable = await table.unreadableLines();
  if (unreadable > 0) options.onFault({ file, row: null, reason: `${unreadable} of its lines are no rows` });
}

async function objectOf(
  text: (name: string | null) => string,
  plan: FolderPlan,
  options: ReadFolderOptions & {
    readonly fault: (reason: string) => void;
    readonly fileSplit: ReturnType<typeof splitOfPath>;
  },
): Promise<LocatedObject['object'] | null> {
  const names = plan.names.map(text).filter((name) => name !== '');
  const [objectId] = names;
  if (objectId === undefined) {
    options.fault('it has no name');
    return null;
  }
  const fault = (what: string): null => {
    options.fault(`${JSON.stringify(objectId)}: ${what}`);
    return null;
  };
  const number = (name: string | null): number => {
    const cell = text(name);
    return cell === '' ? NaN : Number(cell);
  };
  const catalogue = astrom3Catalogue((column: Astrom3Column) => number(column));
  const { object, faults } = checkedObject(
    {
      objectId,
      className: text(plan.label),
      split: plan.split === null ? options.fileSplit : splitOfName(text(plan.split)),
      survey: ASTROM3_SURVEY,
      raDeg: number(plan.ra),
      decDeg: number(plan.dec),
      lightCurve: await lightCurveOf(names, options, fault),
      spectrum: await samplesOf([text(plan.spectrum), ...names], options, fault),
      metadata: astrom3Metadata(catalogue),
      catalogue,
    },
    options.samplesMax,
  );
  faults.forEach((reason) => {
    options.fault(reason);
  });
  return object;
}

function fileOf(names: readonly string[], files: ReadonlyMap<string, string>): string | null {
  const found = names.filter((name) => name !== '').map((name) => files.get(plainName(name)));
  return found.find((file) => file !== undefined) ?? null;
}

async function lightCurveOf(
  names: readonly string[],
  { folder, fileBytesMax }: ReadFolderOptions,
  fault: (what: string) => null,
): Promise<RawLightCurve | null> {
  const file = fileOf(names, folder.photometry);
  if (file === null) return fault('there is no file of its photometry');
  const bytes = await readWhole(file, fileBytesMax);
  const read: Result<RawLightCurve> = bytes.ok
    ? photometryFromText(bytes.value.toString('utf8'), ASTROM3_BAND)
    : bytes;
  return read.ok ? read.value : fault(`${read.rejection.reason} in "${file}"`);
}

async function samplesOf(
  names: readonly string[],
  { folder, fileBytesMax, samplesMax }: ReadFolderOptions,
  fault: (what: string) => null,
): Promise<RawSamples | null> {
  const file = fileOf(names, folder.spectra);
  if (file === null) return fault('there is no file of its spectrum');
  const bytes = await readWhole(file, fileBytesMax);
  const read = bytes.ok ? await fitsSpectrum(bytes.value, { spectrumId: file, samplesMax }) : bytes;
  if (!read.ok) return fault(read.rejection.reason);
  const { wavelengthAngstrom, flux, uncertainty, mask } = read.value;
  return { wavelengthAngstrom, flux, uncertainty, mask };
}
