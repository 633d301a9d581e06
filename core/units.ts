declare const unit: unique symbol;
type Branded<Unit extends string> = number & { readonly [unit]: Unit };

/** Instant as Modified Julian Date on the TAI scale, days. Always float64: a float32 step here is minutes. */
export type MjdTai = Branded<'MjdTai'>;
/** Spectral flux density, nanojansky. */
export type Njy = Branded<'Njy'>;
/** AB magnitude. */
export type AbMag = Branded<'AbMag'>;

/** Zero point of nanojansky fluxes: an AB magnitude of 31.4 is 1 nJy (Oke & Gunn 1983, rounded as Rubin and ZTF do). */
export const AB_ZERO_POINT_NJY_MAG = 31.4;

/** Flux error per magnitude error at unit flux: ln(10) / 2.5. */
const FLUX_PER_MAG = Math.LN10 / 2.5;

/** @param value days */
export function mjdTai(value: number): MjdTai {
  return value as MjdTai;
}

/** @param value nanojansky */
export function njy(value: number): Njy {
  return value as Njy;
}

/** @param value AB magnitude */
export function abMag(value: number): AbMag {
  return value as AbMag;
}

/**
 * Flux of an AB magnitude.
 *
 * @example njyFromAbMag(abMag(31.4)) // 1
 */
export function njyFromAbMag(mag: AbMag): Njy {
  return njy(10 ** ((AB_ZERO_POINT_NJY_MAG - mag) / 2.5));
}

/**
 * 1σ flux error from a flux and a 1σ magnitude error, to first order: σ_f = |f| σ_m ln(10) / 2.5.
 *
 * @param magErr magnitudes; ≥ 0
 */
export function njyErrFromMagErr(flux: Njy, magErr: number): Njy {
  return njy(Math.abs(flux) * magErr * FLUX_PER_MAG);
}

/** AB magnitude of a flux; `null` where the flux is not positive. */
export function abMagFromNjy(flux: Njy): AbMag | null {
  return flux > 0 ? abMag(AB_ZERO_POINT_NJY_MAG - 2.5 * Math.log10(flux)) : null;
}

const SECONDS_PER_DAY = 86_400;
const MJD_JD_OFFSET = 2_400_000.5;

/**
 * TAI − UTC in whole seconds from each MJD (UTC) on; none was added after 2017.
 *
 * @source IERS Bulletin C, list of leap seconds since 1972
 */
const LEAP_SECONDS: readonly (readonly [mjdUtc: number, taiMinusUtcSeconds: number])[] = [
  [41317, 10],
  [41499, 11],
  [41683, 12],
  [42048, 13],
  [42413, 14],
  [42778, 15],
  [43144, 16],
  [43509, 17],
  [43874, 18],
  [44239, 19],
  [44786, 20],
  [45151, 21],
  [45516, 22],
  [46247, 23],
  [47161, 24],
  [47892, 25],
  [48257, 26],
  [48804, 27],
  [49169, 28],
  [49534, 29],
  [50083, 30],
  [50630, 31],
  [51179, 32],
  [53736, 33],
  [54832, 34],
  [56109, 35],
  [57204, 36],
  [57754, 37],
];
const FIRST_TAI_MINUS_UTC_SECONDS = 10;

/** TAI − UTC at an MJD on the UTC scale, seconds; before 1972 the first whole-second value is used. */
function taiMinusUtcSeconds(mjdUtc: number): number {
  return LEAP_SECONDS.findLast(([start]) => mjdUtc >= start)?.[1] ?? FIRST_TAI_MINUS_UTC_SECONDS;
}

/** TAI − UTC at an MJD TAI, seconds: on that scale a value holds from as much later on as it is. */
function taiMinusUtcSecondsAt(instant: MjdTai): number {
  const entry = LEAP_SECONDS.findLast(([start, seconds]) => instant >= start + seconds / SECONDS_PER_DAY);
  return entry?.[1] ?? FIRST_TAI_MINUS_UTC_SECONDS;
}

/** MJD TAI of an MJD on the UTC scale. */
export function mjdTaiFromMjdUtc(mjdUtc: number): MjdTai {
  return mjdTai(mjdUtc + taiMinusUtcSeconds(mjdUtc) / SECONDS_PER_DAY);
}

/**
 * MJD TAI of a Julian Date on the UTC scale, as ZTF and PGIR give it.
 *
 * @example mjdTaiFromJdUtc(2457754.5) // 57754 + 37 s: the newest leap second
 */
export function mjdTaiFromJdUtc(jdUtc: number): MjdTai {
  return mjdTaiFromMjdUtc(jdUtc - MJD_JD_OFFSET);
}

/** Julian Date on the UTC scale of an MJD TAI: the inverse of `mjdTaiFromJdUtc` but in the leap second itself. */
export function jdUtcFromMjdTai(instant: MjdTai): number {
  const mjdUtc = instant - taiMinusUtcSecondsAt(instant) / SECONDS_PER_DAY;
  return mjdUtc + MJD_JD_OFFSET;
}

/** 1970-01-01, MJD. */
export const UNIX_EPOCH_MJD = 40_587;

/** Milliseconds since 1970 UTC of an instant, for comparison with the machine's clock. */
export function unixMsFromMjdTai(instant: MjdTai): number {
  return Math.round((jdUtcFromMjdTai(instant) - MJD_JD_OFFSET - UNIX_EPOCH_MJD) * SECONDS_PER_DAY * 1000);
}

/**
 * Galactic latitude and longitude (IAU 1958 system, J2000 pole) of an equatorial position.
 *
 * @param raDeg  right ascension, ICRS, degrees
 * @param decDeg declination, ICRS, degrees
 * @returns longitude in [0, 360), latitude in [−90, 90], degrees
 * @source Hipparcos catalogue (ESA SP-1200) vol. 1, eq. 1.5.10: pole (192.85948, 27.12825), node 32.93192
 */
export function galacticFromIcrs(
  raDeg: number,
  decDeg: number,
): { longitudeDeg: number; latitudeDeg: number } {
  const radians = Math.PI / 180;
  const poleDec = 27.12825 * radians;
  const hourAngle = (raDeg - 192.85948) * radians;
  const dec = decDeg * radians;
  const sinLatitude =
    Math.sin(dec) * Math.sin(poleDec) + Math.cos(dec) * Math.cos(poleDec) * Math.cos(hourAngle);
  const y = Math.sin(dec) * Math.cos(poleDec) - Math.cos(dec) * Math.sin(poleDec) * Math.cos(hourAngle);
  const x = Math.cos(dec) * Math.sin(hourAngle);
  const longitude = (Math.atan2(y, x) / radians + 32.93192 + 720) % 360;
  return {
    longitudeDeg: longitude,
    latitudeDeg: Math.asin(Math.max(-1, Math.min(1, sinLatitude))) / radians,
  };
}
