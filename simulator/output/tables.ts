import { METADATA_FIELD_NAMES } from '../../core/index.ts';
import type { Spectrum } from '../../core/index.ts';
import { TRUTH_FIELDS } from '../classes/source.ts';
import type { TruthField } from '../classes/source.ts';
import type { ObservedObject } from '../packets/packet-writer.ts';
import type { SimulatedTruth } from '../simulation.ts';
import { catalogueOf } from '../sky/surroundings.ts';

const TRUTH_COLUMNS = Object.keys(TRUTH_FIELDS) as readonly TruthField[];

export const TRUTH_HEADER = ['objectId', 'class', 'ra', 'dec', ...TRUTH_COLUMNS].join(',');
export const CATALOGUE_HEADER = ['ra', 'dec', ...METADATA_FIELD_NAMES].join(',');

/** A number in as few digits as keep ten significant ones; nothing for an unknown one. */
function cell(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(10)));
}

/** One line of the truth table: what the object is. */
export function truthRow(truth: SimulatedTruth): string {
  const numbers = TRUTH_COLUMNS.map((field) => cell(truth.numbers[field]));
  return [truth.objectId, truth.className, cell(truth.raDeg), cell(truth.decDeg), ...numbers].join(',');
}

/** One line of the catalogue: what other surveys knew of the place. */
export function catalogueRow({ object, surroundings }: ObservedObject): string {
  const catalogue = catalogueOf(surroundings);
  const values = METADATA_FIELD_NAMES.map((field) => {
    const value = catalogue[field];
    return value === undefined ? '' : String(Number(value.toPrecision(6)));
  });
  return [cell(object.raDeg), cell(object.decDeg), ...values].join(',');
}

/** A spectrum as text: who and where in comments, then wavelength in Ångström, flux, and its error. */
export function spectrumText(spectrum: Spectrum): string {
  const lines = [
    `# object: ${spectrum.objectId ?? ''}`,
    `# ra: ${cell(spectrum.raDeg ?? undefined)}`,
    `# dec: ${cell(spectrum.decDeg ?? undefined)}`,
    '# wavelength in Angstrom, flux per wavelength in 1e-17 erg/s/cm2/Angstrom, 1-sigma error',
  ];
  spectrum.wavelengthAngstrom.forEach((wavelength, i) => {
    const [flux, err] = [spectrum.flux[i] ?? 0, spectrum.fluxErr?.[i] ?? 0];
    lines.push(`${wavelength} ${flux.toPrecision(5)} ${err.toPrecision(3)}`);
  });
  return `${lines.join('\n')}\n`;
}
