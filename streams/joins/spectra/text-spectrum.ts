import path from 'node:path';
import type { Result } from '../../../core/index.ts';
import { accepted, rejected } from '../../../core/index.ts';
import type { RawSpectrum } from './clean-spectrum.ts';
import type { SpectrumColumns } from './spectrum-columns.ts';
import { angstromPerUnit, spectrumColumns } from './spectrum-columns.ts';

/** Ends the object's name in a file name: `ZTF18abcdefg_20210101_P60.txt` is of `ZTF18abcdefg`. */
const OBJECT_NAME_SEPARATOR = '_';

/** A text that is a table, but not of a spectrum: its header line names other columns. */
export interface OtherTable {
  readonly otherColumns: readonly string[];
}

/** Wavelength, flux and error where no header names the columns. */
const UNNAMED_COLUMNS: SpectrumColumns = {
  wavelength: 0,
  flux: 1,
  uncertainty: { kind: 'error', column: 2 },
  mask: null,
  angstromPerUnit: 1,
};

/** Longest line; a sample takes some 50 characters. */
const LINE_CHARACTERS_MAX = 4096;
/** Comments looked at for a header line and for whose spectrum it is: they stand at the top. */
const COMMENTS_MAX = 1000;

const COMMENT = /^[#%;!]+\s*/;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[ed][-+]?\d+)?$/i;
const MISSING = /^(?:nan|[-+]?inf(?:inity)?|null|none|-{0,3})$/i;
const FACT = /^(object|ra|dec|unit)s?(?:[ _]?(?:id|name|deg|j2000))?\s*[:=]\s*(.+)$/i;

/**
 * The spectrum in a text: wavelength, flux and optionally its 1σ error, a sample a line, separated by commas,
 * semicolons or white space. Lines starting with `#`, `%`, `;` or `!` are comments; one header line may name
 * the columns, as comment or not, and give the wavelength's unit (Ångström unless it says nm or µm, as may a
 * comment `# unit: nm`). The comments `# object: NAME`, `# ra: DEGREES` and `# dec: DEGREES` say whose
 * spectrum it is: with a position and no name it is joined by position; with neither, the file's name up to
 * the first `_` is the object's. Sexagesimal positions are not understood and count as none.
 *
 * @param file for the object's name
 * @param samplesMax longest spectrum; longer texts are not read to their end
 * @returns the spectrum, or columns that are not a spectrum's, or the first line that is wrong
 */
export function textSpectrum(
  text: string,
  {
    spectrumId,
    file,
    samplesMax,
  }: { readonly spectrumId: string; readonly file: string; readonly samplesMax: number },
): Result<RawSpectrum | OtherTable> {
  const split = splitLines(text, samplesMax);
  if (typeof split === 'string') return invalid(spectrumId, 'a text is at most a spectrum long', split);
  const { comments, lines } = split;
  const [first] = lines;
  if (first === undefined)
    return invalid(spectrumId, 'a text must have lines of wavelength and flux', 'none');
  const hasHeader = first.cells.length > 1 && first.cells.every((cell) => numberIn(cell) === null);
  const named = hasHeader ? spectrumColumns(first.cells) : columnsInComments(comments, first.cells.length);
  if (hasHeader && named === null) return accepted({ otherColumns: first.cells });

  const columns = named ?? UNNAMED_COLUMNS;
  const samples = readSamples(hasHeader ? lines.slice(1) : lines, columns);
  if (!samples.ok) return invalid(spectrumId, 'each line must hold numbers', samples.rejection.reason);
  const { wavelength, flux, error, mask } = samples.value;
  const facts = factsIn(comments);
  const scale =
    columns.angstromPerUnit === 1 ? angstromPerUnit(facts.get('unit') ?? '') : columns.angstromPerUnit;
  return accepted({
    spectrumId,
    ...ownerOf(facts, file),
    wavelengthAngstrom: wavelength.map((value) => value * scale),
    flux,
    uncertainty: error.some((value) => !Number.isNaN(value))
      ? { kind: columns.uncertainty?.kind ?? 'error', values: error }
      : null,
    mask: columns.mask === null ? null : mask,
  });
}

function invalid(spectrumId: string, rule: string, value: string): Result<never> {
  return rejected('SPECTRUM_INVALID', `Cannot read "${spectrumId}" as ${rule}: current value is ${value}`);
}

interface Line {
  readonly number: number;
  readonly content: string;
  readonly cells: readonly string[];
}

interface Lines {
  /** The first COMMENTS_MAX. */
  readonly comments: readonly string[];
  readonly lines: readonly Line[];
}

/** The lines that are not empty, or what is too long about them. */
function splitLines(text: string, samplesMax: number): Lines | string {
  const comments: string[] = [];
  const lines: Line[] = [];
  let number = 0;
  let start = 0;
  for (const lineBreak of text.matchAll(/\r\n|\n|\r|$/g)) {
    const [from, to] = [start, lineBreak.index];
    start = to + lineBreak[0].length;
    number++;
    if (to - from > LINE_CHARACTERS_MAX) return `a line of ${to - from} characters`;
    const content = text.slice(from, to).trim();
    if (content === '') continue;
    if (COMMENT.test(content)) {
      if (comments.length < COMMENTS_MAX) comments.push(content.replace(COMMENT, ''));
      continue;
    }
    // One line may be a header.
    if (lines.length > samplesMax) return `more than ${samplesMax} lines (join.spectrumSamplesMax)`;
    lines.push({ number, content, cells: cellsOf(content) });
  }
  return { comments, lines };
}

/** Cells of a line; a unit in brackets stays with its column's name. */
function cellsOf(line: string): readonly string[] {
  const joined = line.replace(/\s{0,4}[([][^)\]]{0,40}[)\]]/g, (unit) => unit.replace(/\s+/g, ''));
  const cells = joined.includes(',') ? joined.split(',') : joined.split(joined.includes(';') ? ';' : /\s+/);
  return cells.map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

/** The number in a cell, NaN for a missing one; `null` for anything else and where there is no cell. */
function numberIn(cell: string | undefined): number | null {
  if (cell === undefined) return null;
  if (NUMBER.test(cell)) return Number(cell.replace(/d/i, 'e'));
  return MISSING.test(cell) ? NaN : null;
}

/** Columns that a comment names: one name for each cell of the lines. */
function columnsInComments(comments: readonly string[], width: number): SpectrumColumns | null {
  for (const comment of comments) {
    const cells = cellsOf(comment);
    const columns = cells.length === width ? spectrumColumns(cells) : null;
    if (columns !== null) return columns;
  }
  return null;
}

interface Samples {
  readonly wavelength: number[];
  readonly flux: number[];
  readonly error: number[];
  readonly mask: number[];
}

/** Every line's numbers, or the first line without. */
function readSamples(lines: readonly Line[], columns: SpectrumColumns): Result<Samples> {
  const samples: Samples = { wavelength: [], flux: [], error: [], mask: [] };
  for (const { number, content, cells } of lines) {
    const wavelength = numberIn(cells[columns.wavelength]);
    const flux = numberIn(cells[columns.flux]);
    const error = columns.uncertainty === null ? NaN : numberIn(cells[columns.uncertainty.column] ?? '');
    const mask = columns.mask === null ? 0 : numberIn(cells[columns.mask] ?? '');
    if (wavelength === null || flux === null || error === null || mask === null) {
      return rejected('SPECTRUM_INVALID', `"${content.slice(0, 60)}" in line ${number}`);
    }
    samples.wavelength.push(wavelength);
    samples.flux.push(flux);
    samples.error.push(error);
    samples.mask.push(mask);
  }
  return accepted(samples);
}

function factsIn(comments: readonly string[]): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  for (const comment of comments) {
    const [, key, value] = FACT.exec(comment.replace(/^wave(?:length)?[ _]?(?=unit)/i, '')) ?? [];
    if (key !== undefined && value !== undefined) facts.set(key.toLowerCase(), value.trim());
  }
  return facts;
}

function ownerOf(
  facts: ReadonlyMap<string, string>,
  file: string,
): Pick<RawSpectrum, 'objectId' | 'raDeg' | 'decDeg'> {
  const [raDeg, decDeg] = [degreesIn(facts.get('ra')), degreesIn(facts.get('dec'))];
  const isPlaced = raDeg !== null && decDeg !== null;
  const [stem] = path
    .basename(file)
    .replace(/(?:\.[a-z]+)?(?:\.gz)?$/i, '')
    .split(OBJECT_NAME_SEPARATOR);
  const objectId = facts.get('object') ?? (isPlaced ? undefined : stem);
  return { objectId: objectId === undefined || objectId === '' ? null : objectId, raDeg, decDeg };
}

function degreesIn(text: string | undefined): number | null {
  const degrees = numberIn(text?.replace(/\s*(?:deg(?:rees)?|°)$/i, ''));
  return degrees === null || Number.isNaN(degrees) ? null : degrees;
}
