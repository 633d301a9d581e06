import type { MjdTai, Njy, Point, PointKind, SurveyId } from '../../core/index.ts';

/** 1990-01-01 and 2100-01-01: a time outside is not of a survey. */
export const MJD_TAI_MIN = 47_892;
export const MJD_TAI_MAX = 88_069;

/** A measurement as an adapter read it: NaN and an empty band where a value is missing. */
export interface PointDraft {
  readonly kind: PointKind;
  readonly alertId: SurveyId | null;
  readonly mjdTai: number;
  readonly band: string;
  fluxNjy: number;
  readonly fluxErrNjy: number;
}

/** A draft that passed `isUsable`. */
type UsablePoint = PointDraft & { readonly mjdTai: MjdTai; fluxNjy: Njy; readonly fluxErrNjy: Njy };

/** True if time, band, flux and error are all there, finite and possible. */
function isUsable(draft: PointDraft): draft is UsablePoint {
  return (
    draft.mjdTai >= MJD_TAI_MIN &&
    draft.mjdTai < MJD_TAI_MAX &&
    draft.band !== '' &&
    Number.isFinite(draft.fluxNjy) &&
    draft.fluxErrNjy > 0 &&
    Number.isFinite(draft.fluxErrNjy)
  );
}

function isSamePoint(a: Point, b: PointDraft): boolean {
  return a.kind === b.kind && a.alertId === b.alertId && a.band === b.band;
}

/**
 * The points of one packet: counts all as packed, keeps the usable ones, each identity (kind, alertId, mjdTai, band)
 * once, the first.
 *
 * @complexity O(1) a point, also when a hostile packet gives all its points the same time
 */
export class PointList {
  readonly points: Point[] = [];
  readonly counts: Record<PointKind, number> = { detection: 0, upperLimit: 0, forced: 0 };
  /** The first point at each time; in almost every packet it is the only one. */
  readonly #firstAtTime = new Map<number, Point>();
  /** Identities of the others, where times are shared. */
  #sharingTime: Set<string> | null = null;

  /** Takes the draft over: it becomes a point, or is only counted. */
  add(draft: PointDraft): void {
    this.counts[draft.kind] += 1;
    if (!isUsable(draft)) return;
    // Adding zero makes −0 the 0 that it equals, so that equal points are equal bytes too.
    draft.fluxNjy = (draft.fluxNjy + 0) as Njy;
    const first = this.#firstAtTime.get(draft.mjdTai);
    if (first === undefined) {
      this.#firstAtTime.set(draft.mjdTai, draft);
    } else {
      if (isSamePoint(first, draft)) return;
      this.#sharingTime ??= new Set();
      const identity = `${draft.mjdTai}/${draft.kind}/${draft.band}/${typeof draft.alertId}/${draft.alertId ?? ''}`;
      if (this.#sharingTime.has(identity)) return;
      this.#sharingTime.add(identity);
    }
    this.points.push(draft);
  }
}
