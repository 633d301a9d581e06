import type { Alert, Point, SurveyId } from '../../core/index.ts';
import { objectKey, positionText } from '../../core/index.ts';
import {
  compareDetails,
  compareIdentities,
  floorIdentity,
  identityOf,
  newestRecord,
  trimmedRecords,
} from './alert-record.ts';
import type { AlertDetail, AlertIdentity, AlertRecord, DetailedRecord } from './alert-record.ts';
import { findJoin, joinedMetadataAt, joinsWith, spectrumIdAt, trimmedJoins } from './object-joins.ts';
import type { Joinable, ObjectJoin } from './object-joins.ts';
import type { MergeOutcome, ObjectView } from './object-store.ts';
import { firstRevision, mergePoints, trimmedPoint } from './point-set.ts';
import type { StoredPoint } from './point-set.ts';
import { alertsMax, lightCurvePoints, visiblePoints } from './visible-points.ts';
import type { ObjectLimits } from './visible-points.ts';

/** Versions of points that one object may hold, for each alert that is remembered of it. */
const VERSIONS_PER_ALERT_MAX = 4;

/**
 * One object, whole: what every implementation of the store keeps of it. Values are never changed in place.
 */
export interface ObjectState {
  readonly survey: string;
  readonly objectId: SurveyId;
  /** The newest; 0 for an object without alerts. */
  readonly revision: number;
  /** Views from this revision on can be given. */
  readonly reproducibleFrom: number;
  /** In order of `comparePoints`. */
  readonly points: readonly StoredPoint[];
  /** Ascending by revision. */
  readonly records: readonly AlertRecord[];
  /** Ascending by revision. */
  readonly joins: readonly ObjectJoin[];
}

/** A view that names its spectrum: the store puts the spectrum itself in. */
export type StateView = Omit<ObjectView, 'spectrum'> & { readonly spectrumId: string | null };

export type StateOutcome =
  | (Omit<Extract<MergeOutcome, { kind: 'merged' }>, 'view'> & { readonly view: StateView })
  | Exclude<MergeOutcome, { kind: 'merged' }>;

export interface Merged {
  readonly state: ObjectState;
  readonly outcome: StateOutcome;
}

/**
 * An object without alerts.
 *
 * @param options.waiting what waited for it, in order of arrival: seen from its first revision on
 */
export function createObjectState(options: {
  readonly survey: string;
  readonly objectId: SurveyId;
  readonly waiting?: readonly Joinable[];
}): ObjectState {
  const { survey, objectId, waiting = [] } = options;
  const joins = waiting.reduce<readonly ObjectJoin[]>((before, joined) => joinsWith(before, joined, 1), []);
  return { survey, objectId, revision: 0, reproducibleFrom: 1, points: [], records: [], joins };
}

/**
 * Merges one alert. An alert that is new gets the next revision; one that comes again keeps its own; one that
 * is older than what is remembered is too late.
 */
export function mergeAlert(state: ObjectState, alert: Alert, limits: ObjectLimits): Merged {
  const identity = identityOf(alert);
  const known = state.records.filter((record) => compareIdentities(record.identity, identity) === 0);
  if (known.length > 0) return mergedAgain({ state, alert, known }, limits);
  const reason = tooLateReason(state, identity, limits);
  if (reason !== null) return { state, outcome: { kind: 'tooLate', reason } };

  const newest = newestRecord(state.records, state.revision);
  const isLate = newest !== null && newest.identity.mjdTai > identity.mjdTai;
  const before = visiblePoints(state, state.revision, limits).versions.length;
  const next = withPacket(state, { alert, isLate, isCopy: false }, limits);
  const view = stateViewAt(next, next.revision, limits);
  const pointsAdded = next.points.filter((point) => firstRevision(point) === next.revision).length;
  const pointsDropped = Math.max(0, before + pointsAdded - view.lightCurve.points.length);
  return {
    state: next,
    outcome: { kind: 'merged', view, isLate, isRedelivered: false, pointsAdded, pointsDropped },
  };
}

/** An alert whose identity is known: the same packet again, or a copy of the alert from elsewhere. */
function mergedAgain(
  again: { readonly state: ObjectState; readonly alert: Alert; readonly known: readonly AlertRecord[] },
  limits: ObjectLimits,
): Merged {
  const { state, alert, known } = again;
  const source = positionText(alert.source);
  const same = known.find((record) => record.detail?.source === source);
  if (same !== undefined && !same.isCopy && same.revision >= state.reproducibleFrom) {
    const { isLate } = same;
    const view = stateViewAt(state, same.revision, limits);
    return {
      state,
      outcome: { kind: 'merged', view, isLate, isRedelivered: true, pointsAdded: 0, pointsDropped: 0 },
    };
  }
  const original = known.find((record) => !record.isCopy) ?? known[0];
  const outcome = { kind: 'duplicate', revision: original?.revision ?? 0 } as const;
  if (same !== undefined || !tellsMore(state, alert, limits)) return { state, outcome };
  return { state: withPacket(state, { alert, isLate: false, isCopy: true }, limits), outcome };
}

/**
 * True if a copy of a known alert would change the object: copies that differ are merged too, without a score
 * of their own, so that it does not matter which of them comes first.
 */
function tellsMore(state: ObjectState, alert: Alert, limits: ObjectLimits): boolean {
  const identity = identityOf(alert);
  if (tooLateReason(state, identity, limits) !== null) return false;
  const newest = newestRecord(state.records, state.revision);
  const isOfNewest = newest !== null && compareIdentities(newest.identity, identity) === 0;
  if (isOfNewest && compareDetails(detailOf(alert), newest.detail) > 0) return true;
  const revision = state.revision + 1;
  return mergePoints(state.points, pointsThatCount(state, alert, limits), { identity, revision }).isChanged;
}

/** An alert's points without those that no view of the object from now on can show. */
function pointsThatCount(state: ObjectState, alert: Alert, limits: ObjectLimits): readonly Point[] {
  const { isOut } = visiblePoints(state, state.revision, limits);
  const packet = identityOf(alert);
  return alert.points.filter((point) => !isOut({ point, packet }));
}

function tooLateReason(state: ObjectState, identity: AlertIdentity, limits: ObjectLimits): string | null {
  const newest = newestRecord(state.records, state.revision);
  if (newest === null) return null;
  const ageDays = newest.identity.mjdTai - identity.mjdTai;
  if (identity.mjdTai < newest.identity.mjdTai - limits.retentionDays) {
    return (
      `Cannot merge an alert as it is older than its object's newest by more than window.retentionDays ` +
      `${limits.retentionDays}: current value is ${ageDays.toFixed(1)} days`
    );
  }
  const floor = floorIdentity(state.records, { revision: state.revision, alertsMax: alertsMax(limits) });
  if (floor === null || compareIdentities(identity, floor) > 0) return null;
  return (
    `Cannot merge an alert as ${alertsMax(limits)} newer alerts of its object are remembered at most: ` +
    `current value is ${ageDays.toFixed(1)} days before the newest`
  );
}

function detailOf(alert: Alert): AlertDetail {
  const { raDeg, decDeg, metadata } = alert;
  return { source: positionText(alert.source), raDeg, decDeg, metadata };
}

/** The state after a packet, as its next revision. */
function withPacket(
  state: ObjectState,
  packet: { readonly alert: Alert; readonly isLate: boolean; readonly isCopy: boolean },
  limits: ObjectLimits,
): ObjectState {
  const { alert, isLate, isCopy } = packet;
  const identity = identityOf(alert);
  const revision = state.revision + 1;
  const counting = pointsThatCount(state, alert, limits);
  const { points } = mergePoints(state.points, counting, { identity, revision });
  const record: AlertRecord = { identity, revision, isLate, isCopy, detail: detailOf(alert) };
  const grown = { ...state, revision, points, records: [...state.records, record] };
  const { isOut } = visiblePoints(grown, revision, limits);
  // What is out at the revision that brought it is never seen.
  const seen = points.filter((point) => firstRevision(point) !== revision || !isOut(point));
  return bounded({ ...grown, points: seen }, limits);
}

/** The state without what no view within the redelivery window needs. */
function bounded(state: ObjectState, limits: ObjectLimits): ObjectState {
  const from = Math.max(state.reproducibleFrom, state.revision - limits.redeliveryPacketsMax);
  let next = from === state.reproducibleFrom ? state : forgotten(state, from, limits);
  // Packets that bring many new points each could fill the window with views that share nothing: then it is
  // shortened.
  const versionsMax = VERSIONS_PER_ALERT_MAX * alertsMax(limits);
  while (storedVersions(next) > versionsMax && next.reproducibleFrom < next.revision) {
    next = forgotten(next, Math.ceil((next.reproducibleFrom + next.revision) / 2), limits);
  }
  return next;
}

function storedVersions(state: ObjectState): number {
  return state.points.reduce((count, point) => count + 1 + point.earlier.length, 0);
}

function forgotten(state: ObjectState, reproducibleFrom: number, limits: ObjectLimits): ObjectState {
  const { isOut } = visiblePoints(state, reproducibleFrom, limits);
  return {
    ...state,
    reproducibleFrom,
    points: state.points
      .filter((point) => !isOut(point))
      .map((point) => trimmedPoint(point, reproducibleFrom)),
    records: trimmedRecords(state.records, { reproducibleFrom, alertsMax: alertsMax(limits) }),
    joins: trimmedJoins(state.joins, reproducibleFrom),
  };
}

/**
 * The object as it stood at a revision; its position is that of the revision's alert, or of the newest by
 * then where the revision is no alert's.
 *
 * @param revision in [`state.reproducibleFrom`, `state.revision`]
 * @throws RangeError outside of it
 */
export function stateViewAt(state: ObjectState, revision: number, limits: ObjectLimits): StateView {
  if (revision < state.reproducibleFrom || revision > state.revision) {
    throw new RangeError(
      `Cannot give a view as revisions ${state.reproducibleFrom} to ${state.revision} are kept: ` +
        `current value is ${revision}`,
    );
  }
  const own = state.records.find((record) => record.revision === revision && !record.isCopy);
  return viewOf(state, { revision, positionOf: own?.detail ?? null }, limits);
}

/** The object as it stands, at the position of its newest alert by time. */
export function newestStateView(state: ObjectState, limits: ObjectLimits): StateView {
  return viewOf(state, { revision: state.revision, positionOf: null }, limits);
}

function viewOf(
  state: ObjectState,
  options: { readonly revision: number; readonly positionOf: AlertDetail | null },
  limits: ObjectLimits,
): StateView {
  const { survey, objectId } = state;
  const { revision } = options;
  const newest = newestAlertAt(state, revision);
  const { raDeg, decDeg } = options.positionOf ?? newest.detail;
  const points = lightCurvePoints(visiblePoints(state, revision, limits));
  return {
    key: objectKey(survey, objectId),
    revision,
    lightCurve: { survey, objectId, raDeg, decDeg, points },
    packetMetadata: newest.detail.metadata,
    joinedMetadata: joinedMetadataAt(state.joins, revision),
    spectrumId: spectrumIdAt(state.joins, revision),
  };
}

/** The newest alert, by time, up to a revision that can be given. */
export function newestAlertAt(state: ObjectState, revision: number): DetailedRecord {
  const newest = newestRecord(state.records, revision);
  if (newest === null) {
    throw new RangeError(
      `Cannot view "${objectKey(state.survey, state.objectId)}" as it has no alert at revision ${revision}`,
    );
  }
  return newest;
}

export interface Attached {
  readonly state: ObjectState;
  /** The revision that it is seen from. */
  readonly revision: number;
  readonly isRedelivered: boolean;
}

/** Joins a spectrum or a metadata record as the next revision; what was joined before keeps its revision. */
export function attach(state: ObjectState, joined: Joinable, limits: ObjectLimits): Attached {
  const known = findJoin(state.joins, joined);
  if (known !== undefined) return { state, revision: known.revision, isRedelivered: true };
  const revision = state.revision + 1;
  const grown = { ...state, revision, joins: joinsWith(state.joins, joined, revision) };
  return { state: bounded(grown, limits), revision, isRedelivered: false };
}
