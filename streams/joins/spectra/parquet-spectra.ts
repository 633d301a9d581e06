import type { Result } from '../../../core/index.ts';
import { accepted, rejected } from '../../../core/index.ts';
import type { ColumnRequest, Table, TableChunk } from '../table.ts';
import type { RawSpectrum } from './clean-spectrum.ts';
import { spectrumColumns } from './spectrum-columns.ts';

/** Samples of one column held at once: 8 MiB of each list column. */
const SAMPLES_AT_ONCE = 2 ** 20;
/** Rows that the library hands over at most at once. */
const ROWS_AT_ONCE_MAX = 2048;

/** Columns of a Parquet file of spectra. */
interface ParquetColumns {
  readonly wavelength: string;
  readonly flux: string;
  readonly uncertainty: { readonly kind: 'error' | 'inverseVariance'; readonly name: string } | null;
  readonly mask: string | null;
  readonly angstromPerUnit: number;
  readonly objectId: string | null;
  readonly ra: string | null;
  readonly dec: string | null;
}

const OBJECT_ID_NAMES = ['objectid', 'object_id', 'name', 'id'];
const RA_NAMES = ['ra', 'radeg', 'ra_deg'];
const DEC_NAMES = ['dec', 'decdeg', 'dec_deg'];

/** Lists of times: a table with one holds a light curve beside the spectrum. */
const TIME_NAMES = ['mjd', 'jd', 'hjd', 'bjd', 'time', 't', 'phase'];

/**
 * Finds the list columns of a spectrum; `null` for a table without wavelengths or fluxes. Errors beside a
 * light curve are the light curve's, whatever their length in one row; inverse variances are the spectrum's.
 */
export function parquetColumns(table: Table): ParquetColumns | null {
  const lists = table.columns.filter(({ kind }) => kind === 'numberList').map(({ name }) => name);
  const columns = spectrumColumns(lists);
  if (columns === null) return null;
  const scalar = (wanted: readonly string[]): string | null => {
    const found = wanted.map((name) =>
      table.columns.find((column) => column.name.toLowerCase() === name && /number|text/.test(column.kind)),
    );
    return found.find((column) => column !== undefined)?.name ?? null;
  };
  const hasLightCurve = lists.some((name) => TIME_NAMES.includes(name.toLowerCase()));
  const uncertainty = hasLightCurve && columns.uncertainty?.kind === 'error' ? null : columns.uncertainty;
  return {
    wavelength: lists[columns.wavelength] ?? '',
    flux: lists[columns.flux] ?? '',
    uncertainty:
      uncertainty === null ? null : { kind: uncertainty.kind, name: lists[uncertainty.column] ?? '' },
    mask: columns.mask === null ? null : (lists[columns.mask] ?? null),
    angstromPerUnit: columns.angstromPerUnit,
    objectId: scalar(OBJECT_ID_NAMES),
    ra: scalar(RA_NAMES),
    dec: scalar(DEC_NAMES),
  };
}

/**
 * The spectra of a Parquet file, one a row, in order. Rows are read so many at a time that about a million
 * samples of each column are in memory.
 *
 * @param spectrumIdOf names the spectrum of a row
 * @throws Error from the library where the file turns out to be damaged
 */
export async function* parquetSpectra(
  table: Table,
  columns: ParquetColumns,
  options: { readonly samplesMax: number; readonly spectrumIdOf: (row: number) => string },
): AsyncGenerator<Result<RawSpectrum>> {
  const lists = [columns.wavelength, columns.flux];
  const optional = [columns.uncertainty?.name, columns.mask].filter((name) => typeof name === 'string');
  const perRow = Math.max(1, await table.elementsPerRow([...lists, ...optional]));
  const rowsAtOnce = Math.max(1, Math.min(ROWS_AT_ONCE_MAX, Math.floor(SAMPLES_AT_ONCE / perRow)));
  let row = 0;
  for await (const chunk of table.chunks(columnRequest(columns), rowsAtOnce)) {
    const positions = { raDeg: chunk.numbers(ROLE.ra), decDeg: chunk.numbers(ROLE.dec) };
    const lengths = chunk.numbers(ROLE.length);
    for (let i = 0; i < chunk.rowCount; i++, row++) {
      const spectrumId = options.spectrumIdOf(row);
      const reject = (rule: string, value: string): Result<RawSpectrum> =>
        rejected('SPECTRUM_INVALID', `Cannot use "${spectrumId}" as ${rule}: current value is ${value}`);
      const length = lengths[i] ?? NaN;
      if (length > options.samplesMax) {
        yield reject(
          `a spectrum has at most ${options.samplesMax} samples (join.spectrumSamplesMax)`,
          String(length),
        );
        continue;
      }
      const samples = rowSamples(chunk, i, columns);
      if (samples === null) {
        yield reject('it must have a wavelength and a flux list', 'none');
        continue;
      }
      const [raDeg, decDeg] = [positions.raDeg[i] ?? NaN, positions.decDeg[i] ?? NaN];
      const name = chunk.text(ROLE.objectId, i)?.trim();
      yield accepted({
        spectrumId,
        objectId: columns.objectId === null || name === undefined || name === '' ? null : name,
        raDeg: columns.ra === null || Number.isNaN(raDeg) ? null : raDeg,
        decDeg: columns.dec === null || Number.isNaN(decDeg) ? null : decDeg,
        ...samples,
      });
    }
  }
}

/**
 * Place of each column in the request. A column that the file lacks is asked for as one that it has, and not
 * used.
 */
const ROLE = {
  length: 0,
  wavelength: 1,
  flux: 2,
  uncertainty: 3,
  mask: 4,
  objectId: 5,
  ra: 6,
  dec: 7,
} as const;

function columnRequest(columns: ParquetColumns): readonly ColumnRequest[] {
  const { wavelength, flux, uncertainty, mask, objectId, ra, dec } = columns;
  const orLength = (name: string | null | undefined, as: ColumnRequest['as']): ColumnRequest =>
    name === null || name === undefined ? { name: wavelength, as: 'listLength' } : { name, as };
  return [
    { name: wavelength, as: 'listLength' },
    { name: wavelength, as: 'numberList' },
    { name: flux, as: 'numberList' },
    orLength(uncertainty?.name, 'numberList'),
    orLength(mask, 'numberList'),
    orLength(objectId, 'text'),
    orLength(ra, 'number'),
    orLength(dec, 'number'),
  ];
}

function rowSamples(
  chunk: TableChunk,
  row: number,
  columns: ParquetColumns,
): Pick<RawSpectrum, 'wavelengthAngstrom' | 'flux' | 'uncertainty' | 'mask'> | null {
  const wavelength = chunk.list(ROLE.wavelength, row);
  const flux = chunk.list(ROLE.flux, row);
  if (wavelength === null || flux === null) return null;
  const errors = columns.uncertainty === null ? null : chunk.list(ROLE.uncertainty, row);
  return {
    wavelengthAngstrom: wavelength.map((value) => value * columns.angstromPerUnit),
    flux,
    uncertainty:
      columns.uncertainty === null || errors === null
        ? null
        : { kind: columns.uncertainty.kind, values: errors },
    mask: columns.mask === null ? null : chunk.list(ROLE.mask, row),
  };
}
