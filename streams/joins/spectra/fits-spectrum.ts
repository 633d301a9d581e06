import type { Result } from '../../../core/index.ts';
import { accepted, rejected } from '../../../core/index.ts';
import type { RawSpectrum } from './clean-spectrum.ts';
import type { CardValue, FitsImage, FitsTable, FitsUnit } from './fits.ts';
import { readFits } from './fits.ts';
import { angstromPerUnit, spectrumColumns } from './spectrum-columns.ts';

/** The samples of a spectrum, without whose they are. */
type Samples = Pick<RawSpectrum, 'wavelengthAngstrom' | 'flux' | 'uncertainty' | 'mask'>;

/**
 * The spectrum in a FITS file of one of these kinds:
 * - LAMOST low resolution, pilot to DR7: an image with the rows flux, inverse variance, wavelength (in the
 *   pilot: continuum-subtracted flux), and-mask, or-mask; wavelengths also by COEFF0 and COEFF1;
 * - LAMOST from DR8: a table whose only row holds the vectors FLUX, IVAR, WAVELENGTH, ANDMASK, ORMASK;
 * - SDSS and BOSS from DR8: the table COADD with flux, loglam, ivar, and_mask, one sample a row;
 * - SDSS to DR7 (spSpec): an image with the rows flux, continuum-subtracted flux, error (0 marks a bad
 *   sample), mask, sky; wavelengths by COEFF0 and COEFF1. Its mask also marks emission lines, so that only
 *   the error tells bad samples.
 *
 * Wavelengths are kept as given (both surveys': vacuum). The and-mask is used: the or-mask marks good samples
 * with one bad exposure too.
 *
 * @source LAMOST DR5 and DR8 data release descriptions; SDSS data model of spec and spSpec files
 */
export async function fitsSpectrum(
  bytes: Uint8Array,
  { spectrumId, samplesMax }: { readonly spectrumId: string; readonly samplesMax: number },
): Promise<Result<RawSpectrum>> {
  const invalid = (reason: string): Result<RawSpectrum> =>
    rejected('SPECTRUM_INVALID', `Cannot read "${spectrumId}" as FITS as ${reason}`);
  const units = await readFits(bytes, samplesMax, (unit) => samplesOf(unit) !== null);
  if (!units.ok) return invalid(units.rejection.reason);
  const last = units.value.at(-1);
  const samples = last === undefined ? null : samplesOf(last);
  if (samples === null) {
    const found = units.value.map(describeUnit).join(', ');
    return invalid(`no unit is a spectrum as LAMOST or SDSS write them: current units are ${found}`);
  }
  const card: Card = (key) =>
    units.value.map((unit) => unit.card(key)).find((value) => value !== null) ?? null;
  return accepted({ spectrumId, objectId: objectIdOf(card), ...positionOf(card), ...samples });
}

function samplesOf(unit: FitsUnit): Samples | null {
  if (unit.kind === 'table') return tableSamples(unit);
  return unit.kind === 'image' ? imageSamples(unit) : null;
}

function describeUnit(unit: FitsUnit): string {
  if (unit.kind === 'table') return `a table with ${unit.columnNames.slice(0, 20).join(' ')}`;
  if (unit.kind === 'image') return `an image of ${unit.rows.length} × ${unit.rows[0]?.length ?? 0}`;
  return 'one without a spectrum';
}

function tableSamples(table: FitsTable): Samples | null {
  const names = table.columnNames.map((name) => name.toLowerCase());
  const logarithmic = names.indexOf('loglam');
  const columns = spectrumColumns(logarithmic < 0 ? names : names.with(logarithmic, 'wavelength'));
  if (columns === null) return null;
  const wavelength = table.values(columns.wavelength);
  const flux = table.values(columns.flux);
  if (wavelength === null || flux === null) return null;
  const scale = angstromPerUnit(table.unit(columns.wavelength));
  const errors = columns.uncertainty === null ? null : table.values(columns.uncertainty.column);
  return {
    wavelengthAngstrom: wavelength.map((value) =>
      columns.wavelength === logarithmic ? 10 ** value : value * scale,
    ),
    flux,
    uncertainty:
      columns.uncertainty === null || errors === null
        ? null
        : { kind: columns.uncertainty.kind, values: errors },
    mask: columns.mask === null ? null : table.values(columns.mask),
  };
}

function imageSamples(image: FitsImage): Samples | null {
  const [flux, second, third, fourth] = image.rows;
  if (flux === undefined || second === undefined || third === undefined) return null;
  const byCoefficients = logLinearWavelengths(image, flux.length);
  const survey = surveyOf((key) => image.card(key));
  if (survey === 'sdss' && byCoefficients !== null) {
    return {
      wavelengthAngstrom: byCoefficients,
      flux,
      uncertainty: { kind: 'error', values: third },
      mask: null,
    };
  }
  const wavelengthAngstrom = isIncreasing(third) ? third : survey === 'lamost' ? byCoefficients : null;
  if (wavelengthAngstrom === null) return null;
  return {
    wavelengthAngstrom,
    flux,
    uncertainty: { kind: 'inverseVariance', values: second },
    mask: fourth ?? null,
  };
}

type Card = (key: string) => CardValue;

/** Whose file it is, as TELESCOP says. */
function surveyOf(card: Card): 'lamost' | 'sdss' | null {
  const telescope = String(card('TELESCOP') ?? '').toUpperCase();
  if (telescope.startsWith('LAMOST')) return 'lamost';
  return telescope.startsWith('SDSS') ? 'sdss' : null;
}

/** λ = 10^(COEFF0 + COEFF1·i), Ångström. */
function logLinearWavelengths(image: FitsImage, count: number): Float64Array | null {
  const [first, step] = [image.card('COEFF0'), image.card('COEFF1')];
  if (typeof first !== 'number' || typeof step !== 'number' || step === 0) return null;
  return Float64Array.from({ length: count }, (_, i) => 10 ** (first + step * i));
}

function isIncreasing(values: Float64Array): boolean {
  return values.every((value, i) => value > (i === 0 ? 0 : (values[i - 1] ?? Infinity)));
}

/**
 * The name in OBJECT, but not of a survey's file: its names of plates, targets and observations are not those
 * of alerting objects, so that its spectra are joined by position.
 */
function objectIdOf(card: Card): string | null {
  const name = card('OBJECT');
  return surveyOf(card) === null && typeof name === 'string' && name.trim() !== '' ? name.trim() : null;
}

/** Position of the fibre's target, degrees. In SDSS headers RA and DEC are where the telescope pointed. */
function positionOf(card: Card): Pick<RawSpectrum, 'raDeg' | 'decDeg'> {
  const pairs: readonly (readonly [ra: string, dec: string])[] = [
    ['PLUG_RA', 'PLUG_DEC'],
    ['RAOBJ', 'DECOBJ'],
    ...(surveyOf(card) === 'sdss' ? [] : ([['RA', 'DEC']] as const)),
  ];
  for (const [raKey, decKey] of pairs) {
    const [raDeg, decDeg] = [card(raKey), card(decKey)];
    if (typeof raDeg === 'number' && typeof decDeg === 'number') return { raDeg, decDeg };
  }
  return { raDeg: null, decDeg: null };
}
