import type { DataFault, Metadata, MetadataField } from '../../core/index.ts';
import { metadataFrom } from '../../core/index.ts';
import { resolveFields } from '../joins/catalogue-columns.ts';
import { openTable } from '../joins/table.ts';
import type { Table, TableColumn } from '../joins/table.ts';
import { isInRange } from '../metadata-ranges.ts';
import type { RawLightCurve } from './clean-light-curve.ts';
import { ColumnFinder } from './column-finder.ts';
import type { LocatedObject } from './file-data-set.ts';
import { PHOTOMETRY_UNITS, photometryUnit } from './photometry-unit.ts';
import { checkedObject } from './raw-object.ts';
import type { RawSamples } from './raw-object.ts';
import { splitOfName } from './split-name.ts';
import { TableRequest } from './table-rows.ts';
import type { AskedColumn, TableRow } from './table-rows.ts';

/** Survey of objects whose table does not name one. */
const NO_SURVEY = 'unknown';

const ID_NAMES = ['id', 'name', 'objectId', 'object_id'];
const CLASS_NAMES = ['cls', 'class', 'className', 'label'];
const CURVE_MARKS = ['mjd', 'value', 'band'];
const SPECTRUM_MARKS = ['wave', 'flux', 'ivar'];

/**
 * Whether a table is meant as one of objects with light curves, spectra or both: two of the columns that one of them
 * needs are there, whatever they hold.
 */
export function isObjectTable(columns: readonly TableColumn[]): boolean {
  const finder = new ColumnFinder('', columns);
  return hasMarks(finder, CURVE_MARKS) || hasMarks(finder, SPECTRUM_MARKS);
}

function hasMarks(finder: ColumnFinder, marks: readonly string[]): boolean {
  return marks.filter((name) => finder.find([name]) !== null).length >= 2;
}

/**
 * The columns that are read, of a table of light curves, of spectra, or of both.
 *
 * - Of every object: `id` or `name`. Where there: the class in `cls` (of a table of spectra alone `subclass`, and `cls`
 *   where that is empty), `survey`, `ra`, `dec`, `split`, columns of metadata by the names that catalogues use
 *   (`resolveFields`), and metadata by such names in the JSON text `extra`.
 * - Of a light curve: `mjd`, `value`, `err`, `band` (lists of one length) and `unit`.
 * - Of a spectrum: `wave` (Ångström), `flux`, and where there `ivar` or `flux_err` (lists of one length).
 *
 * A redshift `z` is metadata where there is a light curve; beside a spectrum alone it is the star's own velocity.
 */
interface ObjectPlan {
  readonly request: TableRequest;
  readonly id: AskedColumn;
  readonly classes: readonly AskedColumn[];
  readonly survey: AskedColumn;
  readonly split: AskedColumn;
  readonly ra: AskedColumn;
  readonly dec: AskedColumn;
  readonly extra: AskedColumn;
  readonly curve: CurvePlan | null;
  readonly spectrum: SpectrumPlan | null;
  readonly fields: readonly FieldPlan[];
}

interface CurvePlan {
  readonly mjd: AskedColumn;
  readonly value: AskedColumn;
  readonly err: AskedColumn;
  readonly band: AskedColumn;
  readonly unit: AskedColumn;
}

interface SpectrumPlan {
  readonly wave: AskedColumn;
  readonly flux: AskedColumn;
  readonly uncertainty: { readonly kind: 'error' | 'inverseVariance'; readonly column: AskedColumn } | null;
}

interface FieldPlan {
  readonly field: MetadataField;
  readonly columns: readonly AskedColumn[];
  readonly value: (first: number, second: number) => number;
}

/** @throws PipelineError DATA_SET_INVALID naming the column that is missing or of another type */
export function planObjectTable(file: string, columns: readonly TableColumn[]): ObjectPlan {
  const finder = new ColumnFinder(file, columns);
  const request = new TableRequest();
  const hasCurve = hasMarks(finder, CURVE_MARKS);
  const hasSpectrum = hasMarks(finder, SPECTRUM_MARKS);
  const number = (names: readonly string[]): AskedColumn =>
    request.ask(finder.optional(names, ['number']), 'number');
  const text = (names: readonly string[]): AskedColumn =>
    request.ask(finder.optional(names, ['text', 'number']), 'text');
  return {
    request,
    id: request.ask(finder.required(ID_NAMES, ['text', 'number']), 'text'),
    classes: hasCurve ? [text(CLASS_NAMES)] : [text(['subclass']), text(CLASS_NAMES)],
    survey: text(['survey']),
    split: text(['split']),
    ra: number(['ra', 'raDeg']),
    dec: number(['dec', 'decDeg']),
    // Any table may call a column so: only texts are looked into.
    extra: request.ask(finder.find(['extra']), 'text'),
    curve: hasCurve ? curvePlan(finder, request) : null,
    spectrum: hasSpectrum ? spectrumPlan(finder, request) : null,
    fields: fieldPlans(columns, request, hasCurve),
  };
}

function curvePlan(finder: ColumnFinder, request: TableRequest): CurvePlan {
  const list = (name: string): AskedColumn =>
    request.ask(finder.required([name], ['numberList']), 'numberList');
  return {
    mjd: list('mjd'),
    value: list('value'),
    err: list('err'),
    band: request.ask(finder.required(['band'], ['textList']), 'textList'),
    unit: request.ask(finder.required(['unit'], ['text']), 'text'),
  };
}

function spectrumPlan(finder: ColumnFinder, request: TableRequest): SpectrumPlan {
  const list = (name: string): AskedColumn =>
    request.ask(finder.required([name], ['numberList']), 'numberList');
  const ivar = request.ask(finder.optional(['ivar'], ['numberList']), 'numberList');
  const err = request.ask(finder.optional(['flux_err', 'fluxErr'], ['numberList']), 'numberList');
  return {
    wave: list('wave'),
    flux: list('flux'),
    uncertainty:
      ivar !== null
        ? { kind: 'inverseVariance', column: ivar }
        : err !== null
          ? { kind: 'error', column: err }
          : null,
  };
}

function fieldPlans(
  columns: readonly TableColumn[],
  request: TableRequest,
  hasCurve: boolean,
): readonly FieldPlan[] {
  const numbers = columns.filter(({ kind }) => kind === 'number');
  const sources = resolveFields(
    numbers.map(({ name }) => name),
    {},
  );
  return sources
    .filter(({ field }) => hasCurve || field !== 'hostRedshift')
    .map(({ field, columns: names, value }) => ({
      field,
      value,
      columns: names.map((name) =>
        request.ask(numbers.find((column) => column.name === name) ?? null, 'number'),
      ),
    }));
}

/**
 * The objects of one table, a row each.
 *
 * @throws PipelineError DATA_SET_INVALID, or Error from the library where the file is damaged
 */
export async function* readObjectTable(
  file: string,
  options: { readonly samplesMax: number; readonly onFault: (fault: DataFault) => void },
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
  { samplesMax, onFault }: { readonly samplesMax: number; readonly onFault: (fault: DataFault) => void },
): AsyncGenerator<LocatedObject> {
  const plan = planObjectTable(file, table.columns);
  for await (const row of plan.request.rows(table)) {
    const fault = (reason: string): void => {
      onFault({ file, row: row.row, reason });
    };
    const objectId = row.text(plan.id)?.trim() ?? '';
    if (objectId === '') {
      fault('it has no id');
      continue;
    }
    const ownFault = (what: string): null => {
      fault(`${JSON.stringify(objectId)}: ${what}`);
      return null;
    };
    const survey = row.text(plan.survey)?.trim().toLowerCase() ?? '';
    const { object, faults } = checkedObject(
      {
        objectId,
        className:
          plan.classes.map((column) => row.text(column)?.trim() ?? '').find((name) => name !== '') ?? null,
        split: splitOfName(row.text(plan.split)),
        survey: survey === '' ? NO_SURVEY : survey,
        raDeg: row.number(plan.ra),
        decDeg: row.number(plan.dec),
        lightCurve: plan.curve === null ? null : lightCurveIn(row, plan.curve, ownFault),
        spectrum: plan.spectrum === null ? null : samplesIn(row, plan.spectrum, ownFault),
        metadata: metadataIn(row, plan),
        catalogue: null,
      },
      samplesMax,
    );
    faults.forEach(fault);
    if (object !== null) yield { file, row: row.row, object };
  }
}

/** `null`, with a fault, where the lists do not belong together or the unit is not known. */
function lightCurveIn(row: TableRow, plan: CurvePlan, fault: (what: string) => null): RawLightCurve | null {
  const [time, value, err] = [row.list(plan.mjd), row.list(plan.value), row.list(plan.err)];
  const band = row.texts(plan.band);
  if (time === null || value === null || band === null) return null;
  const errs = err ?? new Float64Array(time.length).fill(NaN);
  const lengths = [time.length, value.length, errs.length, band.length];
  if (lengths.some((length) => length !== time.length)) {
    return fault(
      `its lists mjd, value, err and band must have one length: current values are ${lengths.join(', ')}`,
    );
  }
  const unitText = row.text(plan.unit) ?? '';
  const unit = photometryUnit(unitText);
  if (unit === null) {
    return fault(
      `its unit must be one of ${PHOTOMETRY_UNITS.join(', ')}: current value is ${JSON.stringify(unitText)}`,
    );
  }
  return { time, value, err: errs, band, unit };
}

/** `null` where there are no samples, with a fault where their lists do not belong together. */
function samplesIn(row: TableRow, plan: SpectrumPlan, fault: (what: string) => null): RawSamples | null {
  const [wave, flux] = [row.list(plan.wave), row.list(plan.flux)];
  if (wave === null || flux === null) return null;
  const errors = plan.uncertainty === null ? null : row.list(plan.uncertainty.column);
  if (wave.length !== flux.length || (errors !== null && errors.length !== wave.length)) {
    const lengths = [wave.length, flux.length, ...(errors === null ? [] : [errors.length])];
    return fault(`the lists of its spectrum must have one length: current values are ${lengths.join(', ')}`);
  }
  return {
    wavelengthAngstrom: wave,
    flux,
    uncertainty:
      plan.uncertainty === null || errors === null ? null : { kind: plan.uncertainty.kind, values: errors },
    mask: null,
  };
}

/** What the row and its `extra` say; values that a field cannot have are missing. */
function metadataIn(row: TableRow, plan: ObjectPlan): Metadata {
  const found: Partial<Record<MetadataField, number>> = metadataInJson(row.text(plan.extra));
  for (const { field, columns, value } of plan.fields) {
    const [first, second] = columns;
    const known = value(row.number(first ?? null), row.number(second ?? null));
    if (isInRange(field, known)) found[field] = known;
  }
  return metadataFrom(found);
}

function metadataInJson(text: string | null): Partial<Record<MetadataField, number>> {
  const found: Partial<Record<MetadataField, number>> = {};
  const values = objectIn(text);
  if (values === null) return found;
  const at = (name: string | undefined): number => {
    const value = name === undefined ? undefined : values[name];
    return typeof value === 'number' ? value : NaN;
  };
  for (const { field, columns, value } of resolveFields(Object.keys(values), {})) {
    const known = value(at(columns[0]), at(columns[1]));
    if (isInRange(field, known)) found[field] = known;
  }
  return found;
}

/** `null` for a text that is not a JSON object: what is extra may be anything. */
function objectIn(text: string | null): Readonly<Record<string, unknown>> | null {
  if (text === null || !text.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}
