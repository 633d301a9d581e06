import type { Point } from '../../core/index.ts';
import { POINT_KINDS } from '../../core/index.ts';
import { compareIdentities, compareIds, compareText } from './alert-record.ts';
import type { AlertIdentity } from './alert-record.ts';

/** A point as one packet brought it. */
export interface BroughtPoint {
  readonly point: Point;
  readonly packet: AlertIdentity;
}

/** What a point was from one revision until the next version; the packet is the newest that brought it so. */
export interface PointVersion extends BroughtPoint {
  readonly sinceRevision: number;
}

/**
 * One point of an object, as its newest packet gives it. Packets repeat their history, sometimes with other
 * values; the newest packet's count, so the order of arrival does not matter. Earlier versions stay while a
 * view may need them.
 */
export interface StoredPoint extends PointVersion {
  /** Ascending by revision. */
  readonly earlier: readonly PointVersion[];
}

const NO_VERSIONS: readonly PointVersion[] = [];
const KIND_RANK: Readonly<Record<Point['kind'], number>> = {
  detection: POINT_KINDS.indexOf('detection'),
  upperLimit: POINT_KINDS.indexOf('upperLimit'),
  forced: POINT_KINDS.indexOf('forced'),
};

/** Order of points in a light curve, by (mjdTai, band, kind, alertId); 0 for the same measurement. */
export function comparePoints(a: Point, b: Point): number {
  return (
    a.mjdTai - b.mjdTai ||
    compareText(a.band, b.band) ||
    KIND_RANK[a.kind] - KIND_RANK[b.kind] ||
    compareIds(a.alertId, b.alertId)
  );
}

function compareValues(a: Point, b: Point): number {
  return a.fluxNjy - b.fluxNjy || a.fluxErrNjy - b.fluxErrNjy;
}

/**
 * The time that a point's age is counted from, MJD TAI: its own, or its packet's where the packet claims to
 * hold the future (a few early ZTF packets do). So nothing is left of a packet when the packet itself is too
 * old, in whichever order they came.
 */
export function ageMjdTai(version: BroughtPoint): number {
  return Math.min(version.point.mjdTai, version.packet.mjdTai);
}

/** The version of a point that a view at a revision sees; `null` if it did not exist yet. */
export function versionAt(stored: StoredPoint, revision: number): PointVersion | null {
  if (stored.sinceRevision <= revision) return stored;
  for (let i = stored.earlier.length - 1; i >= 0; i--) {
    const version = stored.earlier[i];
    if (version !== undefined && version.sinceRevision <= revision) return version;
  }
  return null;
}

/** The revision that first brought a point. */
export function firstRevision(stored: StoredPoint): number {
  return stored.earlier[0]?.sinceRevision ?? stored.sinceRevision;
}

/** A point without the versions that no view from `reproducibleFrom` on sees. */
export function trimmedPoint(stored: StoredPoint, reproducibleFrom: number): StoredPoint {
  if (stored.earlier.length === 0) return stored;
  if (stored.sinceRevision <= reproducibleFrom) return { ...stored, earlier: NO_VERSIONS };
  const seen = stored.earlier.findLastIndex((version) => version.sinceRevision <= reproducibleFrom);
  return seen <= 0 ? stored : { ...stored, earlier: stored.earlier.slice(seen) };
}

export interface MergedPoints {
  readonly points: readonly StoredPoint[];
  /** False if the packet told nothing that was not known. */
  readonly isChanged: boolean;
}

/**
 * A set of points with a packet's points merged into it.
 *
 * @param points in order of `comparePoints`
 * @param incoming in any order, possibly with repeats
 * @param packet whose points they are, and the revision that the change gets
 * @complexity O(n + m log m)
 */
export function mergePoints(
  points: readonly StoredPoint[],
  incoming: readonly Point[],
  packet: { readonly identity: AlertIdentity; readonly revision: number },
): MergedPoints {
  const { identity, revision } = packet;
  const merged: StoredPoint[] = [];
  let isChanged = false;
  let next = 0;
  for (const point of sortedDistinct(incoming)) {
    let stored = points[next];
    while (stored !== undefined && comparePoints(stored.point, point) < 0) {
      merged.push(stored);
      stored = points[++next];
    }
    const brought: PointVersion = { point, sinceRevision: revision, packet: identity };
    if (stored === undefined || comparePoints(stored.point, point) > 0) {
      merged.push({ ...brought, earlier: NO_VERSIONS });
      isChanged = true;
    } else {
      const updated = updatedPoint(stored, brought);
      merged.push(updated);
      isChanged ||= updated !== stored;
      next += 1;
    }
  }
  for (; next < points.length; next++) {
    const stored = points[next];
    if (stored !== undefined) merged.push(stored);
  }
  return { points: merged, isChanged };
}

/**
 * In order, each measurement once; of repeats within one packet the one that is last in the order of values.
 */
function sortedDistinct(incoming: readonly Point[]): readonly Point[] {
  const sorted = incoming.toSorted((a, b) => comparePoints(a, b) || compareValues(a, b));
  return sorted.filter((point, i) => {
    const following = sorted[i + 1];
    return following === undefined || comparePoints(point, following) !== 0;
  });
}

/** The register of one measurement after another packet brought it: the newest packet's value stays. */
function updatedPoint(stored: StoredPoint, brought: PointVersion): StoredPoint {
  const order = compareIdentities(brought.packet, stored.packet);
  const valueOrder = compareValues(brought.point, stored.point);
  if (order < 0 || (order === 0 && valueOrder <= 0)) return stored;
  const { point, sinceRevision, packet, earlier } = stored;
  // A view shows a point's value and depends on its age: only when one of them changes does an earlier version
  // matter.
  if (valueOrder === 0 && ageMjdTai(stored) === ageMjdTai(brought)) {
    return { point, sinceRevision, packet: brought.packet, earlier };
  }
  return { ...brought, earlier: [...earlier, { point, sinceRevision, packet }] };
}
