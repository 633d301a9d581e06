import type { BinaryTable, Header } from 'fitsjs-ng';
import type { Result } from '../../../core/index.ts';
import { accepted, rejected } from '../../../core/index.ts';

const BLOCK_BYTES = 2880;
const CARD_BYTES = 80;
/** Cards read of one header: SDSS headers with all their exposures have about 3,000. */
const CARDS_MAX = 20_000;
/** Units walked of one file: the spectrum is in the first or second of every kind that is read. */
const UNITS_MAX = 8;
/** Rows of an image: a spectrum, its errors, masks, and so on. */
const IMAGE_ROWS_MAX = 32;
/** Bytes of one sample, all columns together: SDSS has 36. */
const SAMPLE_BYTES_MAX = 512;

export type CardValue = string | number | boolean | null;

interface UnitHeader {
  /** A card's value; `null` where there is none or it is not a value. */
  readonly card: (key: string) => CardValue;
}

/** An image, row by row. */
export interface FitsImage extends UnitHeader {
  readonly kind: 'image';
  /** Rows of equal length, BSCALE and BZERO applied. */
  readonly rows: readonly Float64Array[];
}

/** A binary table, column by column: one value a row, or the vector in its only row. */
export interface FitsTable extends UnitHeader {
  readonly kind: 'table';
  readonly columnNames: readonly string[];
  /** TUNITn of a column, empty where there is none. */
  unit(column: number): string;
  /** Values of a column with TSCALn and TZEROn applied; `null` for text and variable-length columns. */
  values(column: number): Float64Array | null;
  /** Texts of a column, without the blanks at their ends; `null` for another kind of column. */
  texts(column: number): readonly string[] | null;
}

/** A header alone, or a kind of data that no spectrum is kept in. */
interface OtherUnit extends UnitHeader {
  readonly kind: 'other';
}

export type FitsUnit = FitsImage | FitsTable | OtherUnit;

/**
 * The header and data units of a FITS file, up to and with the first that satisfies `isWanted`.
 *
 * fitsjs-ng parses cards and decodes data; the walk from unit to unit is made here, since the library
 * believes what a header claims: a negative or huge axis makes it loop or run out of memory. Here a unit is
 * decoded only if the file really holds its bytes and they are few enough for one spectrum.
 *
 * @param bytes a whole file, uncompressed
 * @param samplesMax longest spectrum
 * @returns the units, or why the file cannot be read, as the end of a sentence
 * @source FITS standard 4.0, doi:10.1051/0004-6361/201015362
 */
export async function readFits(
  bytes: Uint8Array,
  samplesMax: number,
  isWanted: (unit: FitsUnit) => boolean,
): Promise<Result<readonly FitsUnit[]>> {
  const units: FitsUnit[] = [];
  if (latin1(bytes, 0, 10) !== 'SIMPLE  = ') return invalid('its first card must be SIMPLE', 'another');
  for (let offset = 0; offset < bytes.length && units.length < UNITS_MAX;) {
    const read = await readUnit(bytes, offset, samplesMax);
    if (!read.ok) {
      // What follows the last whole unit may be padding.
      if (units.length > 0 && isPadding(bytes, offset)) break;
      return read;
    }
    units.push(read.value.unit);
    if (isWanted(read.value.unit)) break;
    offset = read.value.end;
  }
  return accepted(units);
}

function invalid(rule: string, value: string | number): ReturnType<typeof rejected> {
  return rejected('SPECTRUM_INVALID', `${rule}: current value is ${value}`);
}

function isPadding(bytes: Uint8Array, offset: number): boolean {
  return bytes.subarray(offset).every((byte) => byte === 0 || byte === 0x20);
}

async function readUnit(
  bytes: Uint8Array,
  offset: number,
  samplesMax: number,
): Promise<Result<{ readonly unit: FitsUnit; readonly end: number }>> {
  const { Header: LibraryHeader } = await import('fitsjs-ng');
  const text = headerText(bytes, offset);
  if (text === null)
    return invalid('each header must have an END card', `none in the header at byte ${offset}`);
  let header: Header;
  try {
    header = new LibraryHeader(text.cards, CARDS_MAX, ignoreWarning);
  } catch (error) {
    return invalid('its header must follow the standard', messageOf(error));
  }
  const size = dataSize(header);
  if (!size.ok) return size;
  const start = text.end;
  const dataEnd = start + size.value;
  if (dataEnd > bytes.length) {
    const left = bytes.length - start;
    return invalid(
      `the file must hold the ${size.value} bytes that the header at byte ${offset} claims`,
      left,
    );
  }
  const data = new Uint8Array(bytes.subarray(start, dataEnd)).buffer;
  const unit = await decodeUnit(header, data, samplesMax);
  if (!unit.ok) return unit;
  return accepted({ unit: unit.value, end: start + Math.ceil(size.value / BLOCK_BYTES) * BLOCK_BYTES });
}

/**
 * Cards from `offset` to END, as the library takes them: numbers with Fortran's D exponent, which it would
 * cut, get an E, and EXTEND, which it refuses outside the primary header, is left out.
 */
function headerText(
  bytes: Uint8Array,
  offset: number,
): { readonly cards: string; readonly end: number } | null {
  const cards: string[] = [];
  for (let i = 0; i < CARDS_MAX; i++) {
    const at = offset + i * CARD_BYTES;
    if (at + CARD_BYTES > bytes.length) return null;
    const card = latin1(bytes, at, CARD_BYTES);
    if (card.startsWith('END     ')) {
      const blocks = Math.ceil(((i + 1) * CARD_BYTES) / BLOCK_BYTES);
      return { cards: cards.join(''), end: Math.min(offset + blocks * BLOCK_BYTES, bytes.length) };
    }
    if (card.startsWith('EXTEND  ')) continue;
    cards.push(card.replace(/^(.{8}= *[-+]?[\d.]+)D([-+]?\d+)(?= |\/|$)/, '$1E$2'));
  }
  return null;
}

/** Bytes of a unit's data as its header claims. */
function dataSize(header: Header): Result<number> {
  const axes = header.get('NAXIS');
  if (!isCount(axes) || axes > 999) return invalid('NAXIS must be a count', String(axes));
  const lengths = Array.from({ length: axes }, (_, i) => header.get(`NAXIS${i + 1}`));
  if (!lengths.every(isCount))
    return invalid('each axis must have a length of 0 or more', lengths.join(' × '));
  const bitpix = header.get('BITPIX');
  const parameters = header.get('PCOUNT') ?? 0;
  if (typeof bitpix !== 'number' || !isCount(parameters)) {
    return invalid('BITPIX and PCOUNT must be numbers', `${String(bitpix)} and ${String(parameters)}`);
  }
  const elements = axes === 0 ? 0 : lengths.reduce((product, length) => product * length, 1);
  return accepted((Math.abs(bitpix) / 8) * (elements + (elements === 0 ? 0 : parameters)));
}

async function decodeUnit(header: Header, data: ArrayBuffer, samplesMax: number): Promise<Result<FitsUnit>> {
  const card = (key: string): CardValue => {
    const value = header.get(key);
    return typeof value === 'number' && !Number.isFinite(value) ? null : value;
  };
  const type = header.getDataType();
  if (data.byteLength === 0 || (type !== 'Image' && type !== 'BinaryTable'))
    return accepted({ kind: 'other', card });
  try {
    return type === 'Image'
      ? await decodeImage(header, data, { card, samplesMax })
      : await decodeTable(header, data, { card, samplesMax });
  } catch (error) {
    return invalid('its data must follow its header', messageOf(error));
  }
}

interface DecodeOptions extends UnitHeader {
  readonly samplesMax: number;
}

async function decodeImage(
  header: Header,
  data: ArrayBuffer,
  { card, samplesMax }: DecodeOptions,
): Promise<Result<FitsUnit>> {
  const axes = header.getNumber('NAXIS');
  const [width, height] = [header.getNumber('NAXIS1'), axes > 1 ? header.getNumber('NAXIS2') : 1];
  if (axes > 2 || height > IMAGE_ROWS_MAX || width > samplesMax) return accepted({ kind: 'other', card });
  const { Image } = await import('fitsjs-ng');
  const pixels = await new Image(header, data).getFrameAsNumber(0);
  const rows = Array.from({ length: height }, (_, row) => pixels.slice(row * width, (row + 1) * width));
  return accepted({ kind: 'image', card, rows });
}

async function decodeTable(
  header: Header,
  data: ArrayBuffer,
  { card, samplesMax }: DecodeOptions,
): Promise<Result<FitsUnit>> {
  const rowBytes = header.getNumber('NAXIS1');
  const rowCount = header.getNumber('NAXIS2');
  const bytesMax = samplesMax * SAMPLE_BYTES_MAX;
  if (rowCount > samplesMax || rowBytes > bytesMax || rowBytes * rowCount > bytesMax) {
    return accepted({ kind: 'other', card });
  }
  const { BinaryTable: LibraryTable } = await import('fitsjs-ng');
  const table = new LibraryTable(header, data);
  const columnNames = table.columns;
  const widths = Array.from({ length: columnNames?.length ?? 0 }, (_, i) => columnWidth(header, i + 1));
  const claimed = widths.reduce((sum, { bytes }) => sum + bytes, 0);
  if (columnNames === null || claimed !== rowBytes) {
    return invalid('the columns of a table must fill its rows', `${claimed} of ${rowBytes} bytes`);
  }
  // The library reads variable-length columns in this machine's byte order, and takes a column without width
  // for one with.
  if (widths.some(({ bytes, isVariable }) => isVariable || bytes === 0))
    return accepted({ kind: 'other', card });
  const rows = await rowsOf(table, rowCount);
  return accepted({
    kind: 'table',
    card,
    columnNames,
    unit: (column) => String(card(`TUNIT${column + 1}`) ?? ''),
    texts: (column) => columnTexts(rows, columnNames[column] ?? ''),
    values: (column) => columnValues(rows, columnNames[column] ?? '', scaling(card, column + 1)),
  });
}

/** Bytes of one cell for each type letter. @source FITS standard 4.0, table 18 */
const CELL_BYTES: Readonly<Record<string, number>> = {
  L: 1,
  B: 1,
  A: 1,
  I: 2,
  J: 4,
  E: 4,
  K: 8,
  D: 8,
  C: 8,
  M: 16,
};

function columnWidth(
  header: Header,
  column: number,
): { readonly bytes: number; readonly isVariable: boolean } {
  const form = header.get(`TFORM${column}`);
  const match = /^(\d*)([PQLXBIJKAEDCM])/.exec(typeof form === 'string' ? form : '');
  const letter = match?.[2] ?? '';
  const count = match?.[1] === '' ? 1 : Number(match?.[1] ?? NaN);
  if (letter === 'P' || letter === 'Q') return { bytes: count * (letter === 'P' ? 8 : 16), isVariable: true };
  return {
    bytes: letter === 'X' ? Math.ceil(count / 8) : count * (CELL_BYTES[letter] ?? NaN),
    isVariable: false,
  };
}

async function rowsOf(
  table: BinaryTable,
  rowCount: number,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows = await table.getRows(0, rowCount);
  return Array.isArray(rows) ? rows : [];
}

function scaling(
  card: UnitHeader['card'],
  column: number,
): { readonly scale: number; readonly zero: number } {
  const [scale, zero] = [card(`TSCAL${column}`), card(`TZERO${column}`)];
  return { scale: typeof scale === 'number' ? scale : 1, zero: typeof zero === 'number' ? zero : 0 };
}

function columnValues(
  rows: readonly Readonly<Record<string, unknown>>[],
  name: string,
  { scale, zero }: { readonly scale: number; readonly zero: number },
): Float64Array | null {
  const cells = rows.map((row) => row[name]);
  const [only] = cells;
  const values: readonly unknown[] = cells.length === 1 && Array.isArray(only) ? only : cells;
  if (!values.every((value) => typeof value === 'number' || typeof value === 'bigint')) return null;
  return Float64Array.from(values, (value) => Number(value) * scale + zero);
}

function columnTexts(
  rows: readonly Readonly<Record<string, unknown>>[],
  name: string,
): readonly string[] | null {
  const cells = rows.map((row) => row[name]);
  if (!cells.every((cell) => typeof cell === 'string')) return null;
  return cells.map((cell) => cell.replaceAll('\0', ' ').trim());
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function ignoreWarning(): void {
  // Departures from the order of cards are common and harmless.
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function latin1(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(
    bytes.buffer,
    bytes.byteOffset + offset,
    Math.max(0, Math.min(length, bytes.length - offset)),
  ).toString('latin1');
}
