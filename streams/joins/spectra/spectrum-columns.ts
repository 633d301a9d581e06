/** Ångström per unit, and how the unit is written in a header: a number before it is how many of it. */
const UNITS: readonly (readonly [pattern: RegExp, angstromPerUnit: number])[] = [
  [/(?:^|[^a-z])(?:nm|nanomet(?:er|re)s?)(?:[^a-z]|$)/i, 10],
  [/(?:^|[^a-z])(?:[uµμ]m|microns?|micromet(?:er|re)s?)(?:[^a-z]|$)/i, 1e4],
];
/** The number that a text ends with. */
const LAST_NUMBER = /(?:^|[^\w.])(\d*\.?\d+)\s*$/;

/**
 * Ångström per unit of a wavelength, as a column name or a unit says: nanometres and micrometres are
 * recognised, anything else is Ångström.
 *
 * @source CDS, Astronomical Catalogues and Tables: Adopted Standards 2.0, 3.2: units may have a factor, as `0.1nm`
 * @example angstromPerUnit('wavelength_nm') // 10
 */
export function angstromPerUnit(text: string): number {
  for (const [pattern, angstrom] of UNITS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    // The match begins with the character before the unit, which may be the number's last digit.
    const unitStart = found.index + found[0].search(/[a-zµμ]/i);
    const count = LAST_NUMBER.exec(text.slice(0, unitStart))?.[1];
    return angstrom * Number(count ?? 1);
  }
  return 1;
}

/**
 * A column name without its unit: `Wavelength (nm)` and `wave_nm` are `wavelength` and `wave`, in lower case.
 */
function nameWithoutUnit(text: string): string {
  return text
    .toLowerCase()
    .replace(/[([].*$/, '')
    .replace(/[_\s](?:nm|[uµμ]m|microns?|aa?|å|ang|angstroms?|ångström)$/, '')
    .trim();
}

const WAVELENGTH_NAMES = ['wave', 'wavelength', 'lambda', 'wavelengths', 'wl', 'lam', 'obswave', 'wav', 'λ'];
const FLUX_NAMES = ['flux', 'flam', 'f_lambda', 'flux_density', 'fluxes', 'fnorm'];
const ERROR_NAMES = [
  'err',
  'error',
  'fluxerr',
  'flux_err',
  'flux_error',
  'sigma',
  'sig',
  'unc',
  'uncertainty',
  'eflux',
  'e_flux',
  'noise',
];
const INVERSE_VARIANCE_NAMES = ['ivar', 'invvar', 'inverse_variance', 'inverse_var'];
const MASK_NAMES = ['mask', 'and_mask', 'andmask', 'badmask'];

/** Places of a spectrum's columns among names; `null` for one that is not there. */
export interface SpectrumColumns {
  readonly wavelength: number;
  readonly flux: number;
  readonly uncertainty: { readonly kind: 'error' | 'inverseVariance'; readonly column: number } | null;
  readonly mask: number | null;
  readonly angstromPerUnit: number;
}

/** Finds the columns of a spectrum by name, units aside; `null` without wavelength or flux. */
export function spectrumColumns(names: readonly string[]): SpectrumColumns | null {
  const plain = names.map(nameWithoutUnit);
  const find = (wanted: readonly string[]): number | null => {
    const place = plain.findIndex((name) => wanted.includes(name));
    return place < 0 ? null : place;
  };
  const [wavelength, flux] = [find(WAVELENGTH_NAMES), find(FLUX_NAMES)];
  if (wavelength === null || flux === null) return null;
  const [error, inverseVariance] = [find(ERROR_NAMES), find(INVERSE_VARIANCE_NAMES)];
  return {
    wavelength,
    flux,
    uncertainty:
      inverseVariance !== null
        ? { kind: 'inverseVariance', column: inverseVariance }
        : error !== null
          ? { kind: 'error', column: error }
          : null,
    mask: find(MASK_NAMES),
    angstromPerUnit: angstromPerUnit(names[wavelength] ?? ''),
  };
}
