import { positionText, rejected } from '../../core/index.ts';
import type { Config, Result, Spectrum } from '../../core/index.ts';
import { cleanSpectrum } from '../joins/spectra/clean-spectrum.ts';
import type { RawSpectrum } from '../joins/spectra/clean-spectrum.ts';
import { spectrumColumns } from '../joins/spectra/spectrum-columns.ts';
import type { TopicMessage } from '../kafka/partition-input.ts';
import type { AvroRecord } from '../surveys/adapter.ts';
import { numberFrom } from '../surveys/fields.ts';
import type { MessageRecords } from './message-records.ts';
import { subjectOf } from './record-fields.ts';
import { originOf } from './retry-headers.ts';

/** The documented name of the wavelengths, and the same as a table's column has it. */
const OWN_WAVELENGTH = 'wavelengthAngstrom';
const COLUMN_WAVELENGTH = 'wavelength_angstrom';

/**
 * The spectrum of a message of a spectra topic: a record with object or position, and lists of wavelength, flux and 1σ
 * error or inverse variance, under the names of docs/topics.md or those of tables of spectra. It is checked and cleaned
 * as spectra from files are; its id is the position of the message.
 *
 * @returns SPECTRUM_INVALID, or why the message cannot be read
 */
export async function readSpectrumMessage(
  message: TopicMessage,
  { records, join }: { readonly records: MessageRecords; readonly join: Config['join'] },
): Promise<Result<Spectrum>> {
  const spectrumId = positionText(originOf(message));
  const read = await records.record(message);
  if (!read.ok) return read;
  const raw = rawSpectrum(read.value, spectrumId, join.spectrumSamplesMax);
  return raw.ok ? cleanSpectrum(raw.value, join.spectrumSamplesMax) : raw;
}

function rawSpectrum(record: AvroRecord, spectrumId: string, samplesMax: number): Result<RawSpectrum> {
  const invalid = (rule: string, value: string): Result<never> =>
    rejected('SPECTRUM_INVALID', `Cannot use "${spectrumId}" as ${rule}: current value is ${value}`);
  const subject = subjectOf(record);
  if (subject === null) return invalid('a spectrum must name its object or its position', 'neither');
  const names = Object.keys(record).filter((name) => Array.isArray(record[name]));
  const columns = spectrumColumns(names.map((name) => (name === OWN_WAVELENGTH ? COLUMN_WAVELENGTH : name)));
  if (columns === null) return invalid('a spectrum must have lists of wavelength and flux', listed(names));
  const listOf = (place: number): readonly unknown[] => record[names[place] ?? ''] as readonly unknown[];
  const wavelengths = listOf(columns.wavelength);
  if (wavelengths.length > samplesMax) {
    const rule = `a spectrum has at most ${samplesMax} samples (join.spectrumSamplesMax)`;
    return invalid(rule, String(wavelengths.length));
  }
  const { uncertainty, mask, angstromPerUnit } = columns;
  return {
    ok: true,
    value: {
      spectrumId,
      ...subject,
      wavelengthAngstrom: numbers(wavelengths).map((value) => value * angstromPerUnit),
      flux: numbers(listOf(columns.flux)),
      uncertainty:
        uncertainty === null ? null : { kind: uncertainty.kind, values: numbers(listOf(uncertainty.column)) },
      mask: mask === null ? null : maskOf(listOf(mask)),
    },
  };
}

/** A missing value is NaN, which marks a sample as bad. */
function numbers(values: readonly unknown[]): Float64Array {
  return Float64Array.from(values, numberFrom);
}

function maskOf(values: readonly unknown[]): Float64Array {
  return Float64Array.from(values, (value) => (value === false ? 0 : value === true ? 1 : numberFrom(value)));
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'no list' : names.slice(0, 20).join(', ').slice(0, 300);
}
