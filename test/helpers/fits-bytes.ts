/** Header cards by keyword, in order. */
export type FitsCards = Readonly<Record<string, string | number | boolean>>;

/** A column of a binary table: its name, TFORM and one cell a row; of form `nA` a text. */
export interface FitsColumn {
  readonly name: string;
  readonly form: string;
  readonly cells: readonly (number | string | readonly number[])[];
}

/**
 * A FITS header, byte by byte: 80-character cards, padded to blocks of 2880.
 *
 * @source FITS standard 4.0, sections 3 and 4
 */
export function fitsHeader(cards: FitsCards): Buffer {
  const lines = Object.entries(cards).map(([key, value]) => {
    const text =
      typeof value === 'string'
        ? `'${value.replaceAll("'", "''").padEnd(8)}'`
        : (typeof value === 'boolean' ? (value ? 'T' : 'F') : String(value).toUpperCase()).padStart(20);
    return `${key.padEnd(8)}= ${text}`.padEnd(80);
  });
  return padded(Buffer.from([...lines, 'END'.padEnd(80)].join(''), 'latin1'), ' ');
}

/** A primary header without data. */
export function fitsPrimary(cards: FitsCards = {}): Buffer {
  return fitsHeader({ SIMPLE: true, BITPIX: 8, NAXIS: 0, EXTEND: true, ...cards });
}

/** A primary unit that holds rows of big-endian float32 as image. */
export function fitsImage(rows: readonly (readonly number[])[], cards: FitsCards = {}): Buffer {
  const width = rows[0]?.length ?? 0;
  const data = Buffer.alloc(4 * width * rows.length);
  rows.flat().forEach((value, i) => data.writeFloatBE(value, 4 * i));
  const header = { SIMPLE: true, BITPIX: -32, NAXIS: 2, NAXIS1: width, NAXIS2: rows.length, ...cards };
  return Buffer.concat([fitsHeader(header), padded(data, '\0')]);
}

/** A binary-table unit; each cell is a number, a text or, in a vector column, a list. */
export function fitsTable(columns: readonly FitsColumn[], cards: FitsCards = {}): Buffer {
  const rowCount = columns[0]?.cells.length ?? 0;
  const rows = Array.from({ length: rowCount }, (_, row) =>
    Buffer.concat(columns.map(({ form, cells }) => cellBytes(form, cells[row] ?? 0))),
  );
  const header: Record<string, string | number | boolean> = {
    XTENSION: 'BINTABLE',
    BITPIX: 8,
    NAXIS: 2,
    NAXIS1: rows[0]?.length ?? 0,
    NAXIS2: rowCount,
    PCOUNT: 0,
    GCOUNT: 1,
    TFIELDS: columns.length,
  };
  for (const [i, { name, form }] of columns.entries()) {
    header[`TTYPE${i + 1}`] = name;
    header[`TFORM${i + 1}`] = form;
  }
  return Buffer.concat([fitsHeader({ ...header, ...cards }), padded(Buffer.concat(rows), '\0')]);
}

function cellBytes(form: string, cell: number | string | readonly number[]): Buffer {
  if (typeof cell === 'string') return Buffer.from(cell.padEnd(Number.parseInt(form, 10)), 'latin1');
  const values = typeof cell === 'number' ? [cell] : cell;
  const size = form.endsWith('D') ? 8 : 4;
  const bytes = Buffer.alloc(size * values.length);
  values.forEach((value, i) => {
    if (form.endsWith('D')) bytes.writeDoubleBE(value, size * i);
    else if (form.endsWith('E')) bytes.writeFloatBE(value, size * i);
    else bytes.writeInt32BE(value, size * i);
  });
  return bytes;
}

function padded(bytes: Buffer, fill: string): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((2880 - (bytes.length % 2880)) % 2880, fill)]);
}
