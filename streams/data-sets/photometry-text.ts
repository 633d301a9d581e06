import type { Result } from '../../core/index.ts';
import { accepted, rejected } from '../../core/index.ts';
import type { RawLightCurve } from './clean-light-curve.ts';

const TIME_NAMES = ['hjd', 'bjd', 'jd', 'mjd', 'time'];
const MAG_NAMES = ['mag', 'magnitude'];
const MAG_ERR_NAMES = ['mag_err', 'magerr', 'mag_error', 'e_mag'];
const FLUX_NAMES = ['flux', 'flux_mjy'];
const FLUX_ERR_NAMES = ['flux_err', 'fluxerr', 'flux_error', 'e_flux', 'flux_err_mjy'];
const BAND_NAMES = ['filter', 'band', 'phot_filter'];

/** Columns where no line names them, by their number. */
const UNNAMED: Readonly<Record<number, readonly string[]>> = {
  3: ['hjd', 'flux', 'flux_err'],
  5: ['hjd', 'mag', 'mag_err', 'flux', 'flux_err'],
};

interface Columns {
  readonly time: number;
  readonly value: number;
  readonly err: number | null;
  readonly band: number | null;
  readonly unit: 'mag' | 'mjy';
}

/**
 * A light curve as ASAS-SN's variable star database and Sky Patrol give it: a line an epoch, cells separated by commas
 * or white space. A line, as comment or not, names the columns: a time (`HJD`, `JD`, `MJD`), a brightness (`flux` in
 * mJy, or without it `mag`) with its error (`flux_err`, `mag_err`), and where there the band (`Filter`). Without one
 * there are three columns (HJD, flux, error) or five (HJD, magnitude, error, flux, error). A cell that is no number, as
 * the limit `>15.3`, is missing.
 *
 * @param band where no column names it
 */
export function photometryFromText(text: string, band: string): Result<RawLightCurve> {
  const invalid = (rule: string, value: string): Result<RawLightCurve> =>
    rejected('DATA_SET_INVALID', `its photometry needs ${rule}: current value is ${value}`);
  const rows: (readonly string[])[] = [];
  let columns: Columns | null = null;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const isComment = /^\s*[#%;!\\|]/.test(line);
    const cells = cellsOf(line.replace(/^\s*[#%;!\\|]+/, ''));
    if (cells.length === 0) continue;
    if (!isComment && isNumber(cells[0])) rows.push(cells);
    else if (rows.length === 0) columns = columnsOf(cells) ?? columns;
  }
  const [first] = rows;
  if (first === undefined) return invalid('lines of numbers', 'none');
  const found = columns ?? columnsOf(UNNAMED[first.length] ?? []);
  if (found === null) {
    return invalid('columns of time and brightness, named or 3 or 5 of them', `${first.length} columns`);
  }
  const { value, err, unit } = found;
  const bandColumn = found.band;
  const column = (place: number | null): Float64Array =>
    Float64Array.from(rows, (cells) => (place === null ? NaN : numberIn(cells[place])));
  return accepted({
    time: column(found.time),
    value: column(value),
    err: column(err),
    band: bandColumn === null ? band : rows.map((cells) => cells[bandColumn] ?? null),
    unit,
    isJulian: true,
  });
}

function cellsOf(line: string): readonly string[] {
  const trimmed = line.trim();
  if (trimmed === '') return [];
  const separated = trimmed.includes(',') ? trimmed.split(',') : trimmed.split(/\s+/);
  return separated.map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

function columnsOf(cells: readonly string[]): Columns | null {
  const names = cells.map((cell) =>
    cell
      .toLowerCase()
      .replace(/\s*[([].*$/, '')
      .replace(/\s+/g, '_'),
  );
  const find = (wanted: readonly string[]): number | null => {
    const places = wanted.map((name) => names.indexOf(name)).filter((place) => place >= 0);
    return places[0] ?? null;
  };
  const [time, flux, mag] = [find(TIME_NAMES), find(FLUX_NAMES), find(MAG_NAMES)];
  if (time === null) return null;
  const band = find(BAND_NAMES);
  if (flux !== null) return { time, value: flux, err: find(FLUX_ERR_NAMES), band, unit: 'mjy' };
  return mag === null ? null : { time, value: mag, err: find(MAG_ERR_NAMES), band, unit: 'mag' };
}

function isNumber(cell: string | undefined): boolean {
  return !Number.isNaN(numberIn(cell));
}

function numberIn(cell: string | undefined): number {
  return cell === undefined || cell === '' ? NaN : Number(cell);
}
