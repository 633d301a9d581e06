import type { Config, MjdTai, Point } from '../../core/index.ts';
import { floorIdentity, newestRecord } from './alert-record.ts';
import type { AlertRecord } from './alert-record.ts';
import { ageMjdTai, comparePoints, versionAt } from './point-set.ts';
import type { BroughtPoint, PointVersion, StoredPoint } from './point-set.ts';

/** The part of the configuration that bounds an object. */
export type ObjectLimits = Pick<Config['window'], 'pointsMax' | 'retentionDays' | 'redeliveryPacketsMax'>;

/**
 * Alerts of one object that are remembered. With fewer than `pointsMax` the limit of alerts would cut the
 * light curves of surveys whose packets carry no history; with fewer than `redeliveryPacketsMax` a packet
 * could come again unknown.
 */
export function alertsMax(limits: ObjectLimits): number {
  return Math.max(limits.pointsMax, limits.redeliveryPacketsMax);
}

/** What a view sees of the points, and the age below which no later view sees any. */
export interface VisiblePoints {
  /** In order of `comparePoints`. */
  readonly versions: readonly PointVersion[];
  /** True for what this view and every later one leaves out. */
  readonly isOut: (brought: BroughtPoint) => boolean;
}

interface History {
  readonly points: readonly StoredPoint[];
  readonly records: readonly AlertRecord[];
}

/**
 * The points of the view at a revision: known by then, not older than the newest alert by more than the
 * retention, newer than the newest alert that no longer counts, and of these the newest `pointsMax`. Each of
 * the three cuts only moves forward with the revision, so what is out once stays out and may be forgotten;
 * therefore the last view is a function of the set of alerts, not of their order.
 */
export function visiblePoints(history: History, revision: number, limits: ObjectLimits): VisiblePoints {
  const isTooOld = ageCut(history.records, revision, limits);
  const young: PointVersion[] = [];
  for (const stored of history.points) {
    const version = versionAt(stored, revision);
    if (version !== null && !isTooOld(ageMjdTai(version))) young.push(version);
  }
  if (young.length < limits.pointsMax) {
    return { versions: young, isOut: (brought) => isTooOld(ageMjdTai(brought)) };
  }
  const kept = young.toSorted(compareAges).slice(-limits.pointsMax);
  const oldest = kept[0];
  return {
    versions: kept.sort((a, b) => comparePoints(a.point, b.point)),
    isOut: (brought) =>
      isTooOld(ageMjdTai(brought)) || (oldest !== undefined && compareAges(brought, oldest) < 0),
  };
}

function compareAges(a: BroughtPoint, b: BroughtPoint): number {
  return ageMjdTai(a) - ageMjdTai(b) || comparePoints(a.point, b.point);
}

function ageCut(
  records: readonly AlertRecord[],
  revision: number,
  limits: ObjectLimits,
): (mjdTai: number) => boolean {
  const newest: MjdTai | undefined = newestRecord(records, revision)?.identity.mjdTai;
  if (newest === undefined) return () => false;
  const oldestMjdTai = newest - limits.retentionDays;
  const floorMjdTai = floorIdentity(records, { revision, alertsMax: alertsMax(limits) })?.mjdTai ?? -Infinity;
  return (mjdTai) => mjdTai < oldestMjdTai || mjdTai <= floorMjdTai;
}

/** The light curve's points of a view. */
export function lightCurvePoints(visible: VisiblePoints): readonly Point[] {
  return visible.versions.map((version) => version.point);
}
