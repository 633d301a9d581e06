import { mjdTaiFromMjdUtc, njy } from '../../core/index.ts';
import type { MjdTai, Point } from '../../core/index.ts';
import { compareText } from '../windows/alert-record.ts';
import { bandLetter } from './band-names.ts';
import { fluxOf, isBrightness, isUsableError } from './photometry-unit.ts';
import type { PhotometryUnit } from './photometry-unit.ts';

/** The photometry of one object as its source gives it, before anything was checked; NaN for missing numbers. */
export interface RawLightCurve {
  /** [n] MJD, HJD − 2450000, or where `isJulian` also whole Julian dates, days, UTC. */
  readonly time: ArrayLike<number>;
  /** [n] brightness in `unit`. */
  readonly value: ArrayLike<number>;
  /** [n] 1σ error of `value` in `unit`. */
  readonly err: ArrayLike<number>;
  /** [n] names of bands, or one for all. */
  readonly band: ArrayLike<string | null> | string;
  readonly unit: PhotometryUnit;
  /** True where times above 2400000 are Julian dates; otherwise they are impossible. */
  readonly isJulian?: boolean;
  /** [n] not 0 for an upper limit: `value` is the limit and `err` the 1σ noise. `null` where all are measured. */
  readonly isLimit?: ArrayLike<number> | null;
}

export interface CleanLightCurve {
  /** Sorted by (mjdTai, band, kind, alertId); no two with the same identity. */
  readonly points: readonly Point[];
  /** What was left out of it, and how much: `3 of 40 points have …`. */
  readonly faults: readonly string[];
}

/** Below, a light curve's times are HJD − 2450000, as ASAS gives them: MJD 20000 was in 1913. */
const MJD_MIN_OF_MODERN = 20_000;
/** MJD of HJD − 2450000 = 0. */
const MJD_OF_SHORT_HJD = 49_999.5;
const MJD_OF_JD = -2_400_000.5;
const JD_MIN = 2_400_000;
const MJD_MAX = 100_000;

/** Errors of points without any to go by: magnitudes, and share of the flux. */
const FALLBACK_ERR_MAG = 0.05;
const FALLBACK_ERR_RATIO = 0.05;

/**
 * Points of total flux (not of differences from a reference, which no such table has) as light curves hold them.
 *
 * - Times are taken as UTC and become TAI; a heliocentric correction, up to 8.3 minutes, is not undone. A light curve
 *   whose median time is below 20000 is given as HJD − 2450000. A time outside MJD 0…100000 is left out.
 * - A brightness that is missing, not finite, or a magnitude outside (−30, 60) is left out, as is a band that
 *   `bandLetter` does not know.
 * - A point without a usable error (missing, not positive, not finite, 9 mag or more) gets the median of the object's
 *   usable errors in its band; where there is none, 0.05 mag or 5 % of its flux. A flux of 0 without any is left out.
 * - Of rows that are equal the first counts. Different values at one time in one band all stay: the second and later
 *   ones get an `alertId` of their own.
 *
 * @complexity O(n log n)
 */
export function cleanLightCurve(raw: RawLightCurve): CleanLightCurve {
  const left = new LeftOut(raw.time.length);
  const offset = isShortHjd(raw.time) ? MJD_OF_SHORT_HJD : 0;
  const drafts: Draft[] = [];
  for (let i = 0; i < raw.time.length; i++) {
    const draft = draftOf(raw, i, { offset, left });
    if (draft !== null) drafts.push(draft);
  }
  const medians = medianErrors(drafts, raw.unit);
  const points: Point[] = [];
  for (const draft of drafts) {
    const point = pointOf(draft, raw.unit, medians.get(draft.band));
    if (point === null) left.add('a flux of 0 and no error');
    else points.push(point);
  }
  return { points: distinctPoints(points), faults: left.reasons() };
}

interface Draft {
  readonly mjdTai: MjdTai;
  readonly band: string;
  readonly value: number;
  readonly err: number;
  readonly isLimit: boolean;
}

/** Counts the points that are left out of one object, by what they have. */
class LeftOut {
  readonly #total: number;
  readonly #counts = new Map<string, number>();

  constructor(total: number) {
    this.#total = total;
  }

  add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  reasons(): readonly string[] {
    return [...this.#counts].map(([what, count]) => `${count} of ${this.#total} points have ${what}`);
  }
}

function draftOf(
  raw: RawLightCurve,
  i: number,
  { offset, left }: { readonly offset: number; readonly left: LeftOut },
): Draft | null {
  const given = raw.time[i] ?? NaN;
  const isJd = raw.isJulian === true && given >= JD_MIN;
  const mjdUtc = isJd ? given + MJD_OF_JD : given + offset;
  if (!(mjdUtc >= 0 && mjdUtc <= MJD_MAX)) {
    left.add(Number.isFinite(given) ? `a time outside MJD 0 to ${MJD_MAX}` : 'no time');
    return null;
  }
  const value = raw.value[i] ?? NaN;
  if (!isBrightness(value, raw.unit)) {
    left.add('no possible brightness');
    return null;
  }
  const name = typeof raw.band === 'string' ? raw.band : (raw.band[i] ?? '');
  const band = bandLetter(name);
  if (band === null) {
    left.add(`the band ${JSON.stringify(name.slice(0, 20))}, which is not known`);
    return null;
  }
  const err = raw.err[i] ?? NaN;
  const isLimit = (raw.isLimit?.[i] ?? 0) !== 0;
  return { mjdTai: mjdTaiFromMjdUtc(mjdUtc), band, value, err, isLimit };
}

/** True where the times are HJD − 2450000: by their median, so that one wrong time does not decide. */
function isShortHjd(time: ArrayLike<number>): boolean {
  const middle = median(Array.from(time).filter((value) => Number.isFinite(value)));
  return middle !== null && middle > 0 && middle < MJD_MIN_OF_MODERN;
}

/** Median of the usable errors, by band. */
function medianErrors(drafts: readonly Draft[], unit: PhotometryUnit): ReadonlyMap<string, number> {
  if (drafts.every(({ err }) => isUsableError(err, unit))) return new Map();
  const errors = new Map<string, number[]>();
  for (const { band, err, isLimit } of drafts) {
    if (isLimit || !isUsableError(err, unit)) continue;
    const known = errors.get(band);
    if (known === undefined) errors.set(band, [err]);
    else known.push(err);
  }
  return new Map([...errors].map(([band, known]) => [band, median(known) ?? NaN]));
}

/** The lower one of two in the middle; `null` of nothing. */
function median(values: readonly number[]): number | null {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

function pointOf(draft: Draft, unit: PhotometryUnit, medianErr: number | undefined): Point | null {
  const { mjdTai, band, value, isLimit } = draft;
  const fallback = unit === 'mag' ? FALLBACK_ERR_MAG : FALLBACK_ERR_RATIO * Math.abs(value);
  const err = isUsableError(draft.err, unit) ? draft.err : (medianErr ?? fallback);
  const { flux, fluxErr } = fluxOf(value, err, unit);
  if (!(fluxErr > 0) || !Number.isFinite(flux) || !Number.isFinite(fluxErr)) return null;
  return {
    kind: isLimit ? 'upperLimit' : 'detection',
    alertId: null,
    mjdTai,
    band,
    fluxNjy: isLimit ? njy(0) : flux,
    fluxErrNjy: fluxErr,
  };
}

/** In order of light curves, equal ones once; of those with one identity the later get a number as identifier. */
function distinctPoints(points: readonly Point[]): readonly Point[] {
  const sorted = points.toSorted(
    (a, b) =>
      a.mjdTai - b.mjdTai ||
      compareText(a.band, b.band) ||
      compareText(a.kind, b.kind) ||
      a.fluxNjy - b.fluxNjy ||
      a.fluxErrNjy - b.fluxErrNjy,
  );
  const distinct: Point[] = [];
  let before: Point | null = null;
  let repeats = 0n;
  for (const point of sorted) {
    const isSame =
      before !== null &&
      before.mjdTai === point.mjdTai &&
      before.band === point.band &&
      before.kind === point.kind;
    if (isSame && before?.fluxNjy === point.fluxNjy && before.fluxErrNjy === point.fluxErrNjy) continue;
    repeats = isSame ? repeats + 1n : 0n;
    distinct.push(repeats === 0n ? point : { ...point, alertId: repeats });
    before = point;
  }
  return distinct;
}
