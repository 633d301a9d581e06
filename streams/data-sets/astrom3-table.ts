import path from 'node:path';
import type { DataFault } from '../../core/index.ts';
import { openTable } from '../joins/table.ts';
import type { Table, TableColumn } from '../joins/table.ts';
import {
  ASTROM3_BAND,
  ASTROM3_COLUMNS,
  ASTROM3_METADATA_COLUMNS,
  ASTROM3_SURVEY,
  astrom3Catalogue,
  astrom3Metadata,
} from './astrom3-catalogue.ts';
import type { Astrom3Column } from './astrom3-catalogue.ts';
import { ColumnFinder, dataSetInvalid } from './column-finder.ts';
import type { LocatedObject } from './file-data-set.ts';
import { nameBelow } from './files-below.ts';
import { checkedObject } from './raw-object.ts';
import type { RawObject } from './raw-object.ts';
import { splitOfName, splitOfPath } from './split-name.ts';
import { TableRequest } from './table-rows.ts';
import type { AskedColumn, TableRow } from './table-rows.ts';

/** Members of a sample, by place in a list or by name in a structure of lists. */
const PHOTOMETRY_MEMBERS = [
  ['time', 'hjd', 'mjd', 'jd', 't'],
  ['flux'],
  ['flux_err', 'fluxerr', 'flux_error', 'err'],
];
const SPECTRUM_MEMBERS = [['wavelength', 'wave', 'lambda'], ['flux'], ['ivar', 'inverse_variance']];

/** True for a table of the data set's layout: two of its columns are there, whatever they hold. */
export function isAstrom3Table(columns: readonly TableColumn[]): boolean {
  const finder = new ColumnFinder('', columns);
  const names = ['photometry', 'spectra', 'metadata'];
  return (
    names.filter((name) => finder.find([name]) !== null).length >= 2 || finder.find(['photometry']) !== null
  );
}

/**
 * The columns of a Parquet file as AstroM³'s processed data set has them, a row an object: `photometry` (a list of
 * [time, flux, error]), `spectra` (a list of [wavelength, flux, inverse variance]; either may also be a structure of
 * three lists), the columns of `ASTROM3_METADATA_COLUMNS`, flat or as members of a structure `metadata`, and `label`.
 * Where there: `name` or `id`, `split`, and the columns of `ASTROM3_PHOTOMETRY_COLUMNS`.
 */
interface Astrom3Plan {
  readonly request: TableRequest;
  readonly id: AskedColumn;
  readonly label: AskedColumn;
  readonly split: AskedColumn;
  readonly ra: AskedColumn;
  readonly dec: AskedColumn;
  readonly photometry: readonly AskedColumn[];
  readonly spectra: readonly AskedColumn[];
  readonly catalogue: Readonly<Record<Astrom3Column, AskedColumn>>;
}

/** @throws PipelineError DATA_SET_INVALID naming the column that is missing or of another type */
export function planAstrom3Table(file: string, columns: readonly TableColumn[]): Astrom3Plan {
  const finder = new ColumnFinder(file, columns);
  const request = new TableRequest();
  const memberOf = (column: string): TableColumn | null =>
    finder.find([column]) ??
    columns.find(({ name }) => name.toLowerCase().startsWith('metadata.') && lastPart(name) === column) ??
    null;
  const number = (column: Astrom3Column): AskedColumn => {
    const found = memberOf(column);
    const isNeeded = (ASTROM3_METADATA_COLUMNS as readonly string[]).includes(column);
    if (found === null) {
      if (!isNeeded) return null;
      throw dataSetInvalid(
        file,
        `it needs a column "${column}" of numbers, by itself or in a structure "metadata"`,
      );
    }
    return request.ask(finder.optional([found.name], ['number']), 'number');
  };
  const text = (names: readonly string[]): AskedColumn => {
    const found = names.map(memberOf).find((column) => column !== null) ?? null;
    return found === null ? null : request.ask(finder.optional([found.name], ['text', 'number']), 'text');
  };
  return {
    request,
    id: text(['name', 'id', 'object_id', '_id']),
    label: request.ask(finder.required(['label', 'target', 'class'], ['text', 'number']), 'text'),
    split: text(['split']),
    ra: request.ask(finder.optional(['ra'], ['number']), 'number'),
    dec: request.ask(finder.optional(['dec'], ['number']), 'number'),
    photometry: samplePlan({ finder, request, name: 'photometry', members: PHOTOMETRY_MEMBERS }),
    spectra: samplePlan({ finder, request, name: 'spectra', members: SPECTRUM_MEMBERS }),
    catalogue: Object.fromEntries(ASTROM3_COLUMNS.map((column) => [column, number(column)])) as Record<
      Astrom3Column,
      AskedColumn
    >,
  };
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

/** The three lists of a column of samples. */
function samplePlan(options: {
  readonly finder: ColumnFinder;
  readonly request: TableRequest;
  readonly name: string;
  readonly members: readonly (readonly string[])[];
}): readonly AskedColumn[] {
  const { finder, request, name, members } = options;
  const inStructure = members.map((names) =>
    finder.optional(
      names.map((member) => `${name}.${member}`),
      ['numberList'],
    ),
  );
  if (inStructure.every((column) => column !== null)) {
    return inStructure.map((column) => request.ask(column, 'numberList'));
  }
  const column = finder.required([name], ['numberTable']);
  return members.map((_, element) => request.ask(column, 'numberList', element));
}

/**
 * The objects of one table. Where it has no `split`, the names of file and folder say what its objects are for.
 *
 * @param options.root what the user named
 * @throws PipelineError DATA_SET_INVALID, or Error from the library where the file is damaged
 */
export async function* readAstrom3Table(
  file: string,
  options: {
    readonly root: string;
    readonly samplesMax: number;
    readonly onFault: (fault: DataFault) => void;
  },
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
  options: {
    readonly root: string;
    readonly samplesMax: number;
    readonly onFault: (fault: DataFault) => void;
  },
): AsyncGenerator<LocatedObject> {
  const plan = planAstrom3Table(file, table.columns);
  const { root } = options;
  const below = file === root ? path.basename(file) : path.relative(root, file);
  for await (const row of plan.request.rows(table)) {
    const id = row.text(plan.id)?.trim() ?? '';
    const objectId = id === '' ? `${nameBelow(root, file)}#${row.row}` : id;
    const fault = (what: string): void => {
      options.onFault({ file, row: row.row, reason: what });
    };
    const raw = rawObject(row, plan, { objectId, fault });
    const split = plan.split === null ? splitOfPath(below) : splitOfName(row.text(plan.split));
    const { object, faults } = checkedObject({ ...raw, split }, options.samplesMax);
    faults.forEach(fault);
    if (object !== null) yield { file, row: row.row, object };
  }
}

function rawObject(
  row: TableRow,
  plan: Astrom3Plan,
  { objectId, fault }: { readonly objectId: string; readonly fault: (reason: string) => void },
): Omit<RawObject, 'split'> {
  const catalogue = astrom3Catalogue((column) => row.number(plan.catalogue[column]));
  const lists = (columns: readonly AskedColumn[], what: string): Lists | null => {
    const [first, second, third] = columns.map((column) => row.list(column));
    if (!first || !second || !third || first.length === 0) return null;
    if (second.length === first.length && third.length === first.length) return [first, second, third];
    const lengths = `${first.length}, ${second.length}, ${third.length}`;
    fault(
      `${JSON.stringify(objectId)}: the lists of its ${what} must have one length: current values are ${lengths}`,
    );
    return null;
  };
  const photometry = lists(plan.photometry, 'photometry');
  const spectra = lists(plan.spectra, 'spectrum');
  return {
    objectId,
    className: row.text(plan.label),
    survey: ASTROM3_SURVEY,
    raDeg: row.number(plan.ra),
    decDeg: row.number(plan.dec),
    lightCurve:
      photometry === null
        ? null
        : {
            time: photometry[0],
            value: photometry[1],
            err: photometry[2],
            band: ASTROM3_BAND,
            unit: 'mjy',
            isJulian: true,
          },
    spectrum:
      spectra === null
        ? null
        : {
            wavelengthAngstrom: spectra[0],
            flux: spectra[1],
            uncertainty: { kind: 'inverseVariance', values: spectra[2] },
            mask: null,
          },
    metadata: astrom3Metadata(catalogue),
    catalogue,
  };
}

type Lists = readonly [Float64Array, Float64Array, Float64Array];
