import { abMag, njyErrFromMagErr, njyFromAbMag, njy } from '../../core/index.ts';
import type { Njy } from '../../core/index.ts';

/** How a table's brightness is given, and nJy per unit of it; 0 for magnitudes. */
const NJY_PER_UNIT = {
  mag: 0,
  flux: 1,
  njy: 1,
  ujy: 1e3,
  mjy: 1e6,
  jy: 1e9,
} as const satisfies Readonly<Record<string, number>>;

export type PhotometryUnit = keyof typeof NJY_PER_UNIT;

export const PHOTOMETRY_UNITS = Object.keys(NJY_PER_UNIT) as readonly PhotometryUnit[];

/** The unit that a text means, letters' case and the sign for micro aside; `null` for any other. */
export function photometryUnit(text: string): PhotometryUnit | null {
  const plain = text.trim().toLowerCase().replace(/^[µμ]/, 'u');
  return PHOTOMETRY_UNITS.find((unit) => unit === plain) ?? null;
}

/** Magnitudes outside are placeholders: the Sun has −27, and no survey reaches 60. */
const MAG_MIN = -30;
const MAG_MAX = 60;
/** An error of this many magnitudes says nothing: 9.99, 99.999 and the like are placeholders. */
const MAG_ERR_PLACEHOLDER = 9;

/** True for a brightness that can be one. A flux may be negative: that of a difference is. */
export function isBrightness(value: number, unit: PhotometryUnit): boolean {
  return unit === 'mag' ? value > MAG_MIN && value < MAG_MAX : Number.isFinite(value);
}

/** True for a 1σ error that says something. */
export function isUsableError(err: number, unit: PhotometryUnit): boolean {
  return err > 0 && (unit === 'mag' ? err < MAG_ERR_PLACEHOLDER : Number.isFinite(err));
}

/**
 * Flux and 1σ error in nJy. Magnitudes are taken as AB, whatever system they are of: an object's own offsets do not
 * matter to a model that standardises each light curve.
 *
 * @param value in the unit; see `isBrightness`
 * @param err   in the unit; see `isUsableError`
 * @source Oke & Gunn 1983: flux = 10^((31.4 − mag) / 2.5) nJy, and to first order σ = flux · σ_mag · ln(10) / 2.5
 */
export function fluxOf(value: number, err: number, unit: PhotometryUnit): { flux: Njy; fluxErr: Njy } {
  if (unit === 'mag') {
    const flux = njyFromAbMag(abMag(value));
    return { flux, fluxErr: njyErrFromMagErr(flux, err) };
  }
  const scale = NJY_PER_UNIT[unit];
  return { flux: njy(value * scale), fluxErr: njy(err * scale) };
}
