import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ArchivePosition, Config, Result, Spectrum } from '../../../core/index.ts';
import { PipelineError, positionText, rejected, systemErrorCode } from '../../../core/index.ts';
import { openTable, tableErrorText } from '../table.ts';
import type { RawSpectrum } from './clean-spectrum.ts';
import { cleanSpectrum } from './clean-spectrum.ts';
import { fitsSpectrum } from './fits-spectrum.ts';
import { parquetColumns, parquetSpectra } from './parquet-spectra.ts';
import { readWhole } from './read-whole.ts';
import { textSpectrum } from './text-spectrum.ts';

/** One spectrum, or the reason why it cannot be used, and where it was found. */
export type SpectrumRecord = Result<Spectrum> & { readonly source: ArchivePosition };

type FileKind = 'fits' | 'text' | 'parquet';
const KIND_OF_EXTENSION: Readonly<Record<string, FileKind>> = {
  '.fits': 'fits',
  '.fit': 'fits',
  '.txt': 'text',
  '.dat': 'text',
  '.csv': 'text',
  '.ascii': 'text',
  '.flm': 'text',
  '.sed': 'text',
  '.parquet': 'parquet',
};

/**
 * The spectra in a file, or in all files below a folder, in order of path: FITS of LAMOST and SDSS, text, and
 * Parquet (see `fitsSpectrum`, `textSpectrum`, `parquetSpectra`); FITS and text may be gzipped. Below a
 * folder, files with other extensions are not looked at, and tables of something else are passed over with a
 * notice. A file or row that cannot be used is one rejection; none ends the reading.
 *
 * A spectrum's id is its position as text: the file as the user named it, or found below the folder that the
 * user named, and the row.
 *
 * @param onNotice told once of each file that is passed over, in a sentence
 * @throws PipelineError INPUT_NOT_FOUND or INPUT_UNREADABLE about `root` itself
 */
export async function* readSpectra(
  root: string,
  join: Config['join'],
  onNotice: (notice: string) => void = () => undefined,
): AsyncGenerator<SpectrumRecord> {
  const about = await requireSpectra(root);
  if (!about.isDirectory()) {
    yield* readFileOfSpectra(path.normalize(root), kindOf(root) ?? 'text', { join, onNotice, isNamed: true });
    return;
  }
  const entries = await sortedEntries(root).catch((cause: unknown) => {
    throw rootError(root, cause);
  });
  yield* readEntries(path.normalize(root), entries, { join, onNotice, isNamed: false });
}

/**
 * What lies at the path of the spectra: told before anything is done.
 *
 * @throws PipelineError INPUT_NOT_FOUND or INPUT_UNREADABLE
 */
export function requireSpectra(root: string): Promise<Stats> {
  return stat(root).catch((cause: unknown) => {
    throw rootError(root, cause);
  });
}

function rootError(root: string, cause: unknown): PipelineError {
  const code = systemErrorCode(cause);
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? new PipelineError(
        'INPUT_NOT_FOUND',
        `Cannot find the spectra "${root}": there is no such file or folder`,
        { cause },
      )
    : new PipelineError('INPUT_UNREADABLE', `Cannot read the spectra "${root}": ${code ?? String(cause)}`, {
        cause,
      });
}

/** Entries of a folder by name, in the order of their UTF-16 units: the same on every machine. */
async function sortedEntries(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function* readEntries(
  folder: string,
  entries: readonly Dirent[],
  options: FileOptions,
): AsyncGenerator<SpectrumRecord> {
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    const kind = kindOf(entry.name);
    if (entry.isDirectory()) {
      try {
        yield* readEntries(file, await sortedEntries(file), options);
      } catch (error) {
        yield unreadable({ file, index: 0 }, systemErrorCode(error) ?? String(error));
      }
    } else if (kind !== null && (entry.isFile() || entry.isSymbolicLink())) {
      yield* readFileOfSpectra(file, kind, options);
    }
  }
}

function kindOf(file: string): FileKind | null {
  const name = file.toLowerCase().replace(/\.gz$/, '');
  const kind = KIND_OF_EXTENSION[path.extname(name)] ?? null;
  return kind === 'parquet' && file.toLowerCase().endsWith('.gz') ? null : kind;
}

interface FileOptions {
  readonly join: Config['join'];
  readonly onNotice: (notice: string) => void;
  /** True if the user named this very file: then it may not be passed over. */
  readonly isNamed: boolean;
}

async function* readFileOfSpectra(
  file: string,
  kind: FileKind,
  options: FileOptions,
): AsyncGenerator<SpectrumRecord> {
  if (kind === 'parquet') {
    yield* readParquet(file, options);
    return;
  }
  const source: ArchivePosition = { file, index: 0 };
  const spectrumId = positionText(source);
  const bytes = await readWhole(file, options.join.spectrumFileBytesMax);
  if (!bytes.ok) {
    yield { source, ...bytes };
    return;
  }
  const samplesMax = options.join.spectrumSamplesMax;
  if (kind === 'fits') {
    const raw = await fitsSpectrum(bytes.value, { spectrumId, samplesMax });
    yield { source, ...cleaned(raw, samplesMax) };
    return;
  }
  const read = textSpectrum(bytes.value.toString('utf8'), { spectrumId, file, samplesMax });
  if (!read.ok) yield { source, ...read };
  else if (!('otherColumns' in read.value)) yield { source, ...cleanSpectrum(read.value, samplesMax) };
  else {
    const record = passOver(source, read.value.otherColumns, options);
    if (record !== null) yield record;
  }
}

function cleaned(raw: Result<RawSpectrum>, samplesMax: number): Result<Spectrum> {
  return raw.ok ? cleanSpectrum(raw.value, samplesMax) : raw;
}

function unreadable(source: ArchivePosition, why: string): SpectrumRecord {
  return { source, ...rejected('SPECTRUM_INVALID', `Cannot read "${source.file}": ${why}`) };
}

/** A table of something else: a notice where a folder was named, a rejection where this file was. */
function passOver(
  source: ArchivePosition,
  columns: readonly string[],
  { isNamed, onNotice }: FileOptions,
): SpectrumRecord | null {
  const found = columns.slice(0, 20).join(', ').slice(0, 300);
  const rule = 'spectra need columns of wavelength and flux';
  const reason = `Cannot use "${source.file}" as ${rule}: current columns are ${found}`;
  if (isNamed) return { source, ...rejected('SPECTRUM_INVALID', reason) };
  onNotice(reason);
  return null;
}

async function* readParquet(file: string, options: FileOptions): AsyncGenerator<SpectrumRecord> {
  let row = 0;
  let table;
  try {
    table = await openTable(file);
    if (table.format !== 'parquet') {
      yield unreadable({ file, index: 0 }, 'a Parquet file must start with PAR1');
      return;
    }
    const columns = parquetColumns(table);
    if (columns === null) {
      const names = table.columns.map(({ name }) => name);
      const record = passOver({ file, index: 0 }, names, options);
      if (record !== null) yield record;
      return;
    }
    const samplesMax = options.join.spectrumSamplesMax;
    const spectrumIdOf = (index: number): string => positionText({ file, index });
    for await (const raw of parquetSpectra(table, columns, { samplesMax, spectrumIdOf })) {
      yield { source: { file, index: row }, ...cleaned(raw, samplesMax) };
      row++;
    }
  } catch (error) {
    yield unreadable({ file, index: row }, tableErrorText(error));
  } finally {
    table?.close();
  }
}
