import type { Alert, Metadata, MjdTai, SurveyId } from '../../core/index.ts';
import { METADATA_FIELD_NAMES } from '../../core/index.ts';

/** What makes two packets the same alert. */
export interface AlertIdentity {
  readonly mjdTai: MjdTai;
  readonly alertId: SurveyId | null;
  /** Empty unless `alertId` is `null`: then the band stands in for it. */
  readonly band: string;
}

/** What the views at and after an alert's revision need of its packet. */
export interface AlertDetail {
  /** `positionText` of the packet. */
  readonly source: string;
  /** ICRS, degrees. */
  readonly raDeg: number;
  readonly decDeg: number;
  readonly metadata: Metadata;
}

/** The trace that a merged packet leaves in its object. */
export interface AlertRecord {
  readonly identity: AlertIdentity;
  readonly revision: number;
  /** True if the object already had a newer alert. */
  readonly isLate: boolean;
  /**
   * True for the same alert from another position with other content: it changed the object but is not
   * scored.
   */
  readonly isCopy: boolean;
  /** `null` once no view that may still be asked for needs it. */
  readonly detail: AlertDetail | null;
}

/** A record whose detail is still there. */
export type DetailedRecord = AlertRecord & { readonly detail: AlertDetail };

export function identityOf(alert: Pick<Alert, 'mjdTai' | 'alertId' | 'band'>): AlertIdentity {
  return {
    mjdTai: alert.mjdTai,
    alertId: alert.alertId,
    band: alert.alertId === null ? alert.band : '',
  };
}

/** Order of text by code unit, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Total order of survey identifiers: none, then integers by value, then texts. */
export function compareIds(a: SurveyId | null, b: SurveyId | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'bigint') return typeof b === 'bigint' && b < a ? 1 : -1;
  return typeof b === 'bigint' ? 1 : compareText(a, b);
}

/**
 * Total order of alerts: by time, ties by identifier, so that "the newest" is one alert whatever the order of
 * arrival.
 */
export function compareIdentities(a: AlertIdentity, b: AlertIdentity): number {
  return a.mjdTai - b.mjdTai || compareIds(a.alertId, b.alertId) || compareText(a.band, b.band);
}

/** Total order of what two packets of the same alert say of its object. */
export function compareDetails(a: AlertDetail, b: AlertDetail): number {
  return a.raDeg - b.raDeg || a.decDeg - b.decDeg || compareMetadata(a.metadata, b.metadata);
}

function compareMetadata(a: Metadata, b: Metadata): number {
  for (const field of METADATA_FIELD_NAMES) {
    // A missing field comes before every value.
    const difference = (a[field] ?? -Infinity) - (b[field] ?? -Infinity);
    if (difference > 0 || difference < 0) return difference;
  }
  return 0;
}

/**
 * The newest alert among those up to a revision, as the packet says that is greatest in the order of details.
 *
 * @param records ascending by revision
 */
export function newestRecord(records: readonly AlertRecord[], revision: number): DetailedRecord | null {
  let newest: DetailedRecord | null = null;
  for (const record of records) {
    if (record.revision > revision) break;
    if (!hasDetail(record)) continue;
    if (newest === null || compareRecords(record, newest) > 0) newest = record;
  }
  return newest;
}

function compareRecords(a: DetailedRecord, b: DetailedRecord): number {
  return compareIdentities(a.identity, b.identity) || compareDetails(a.detail, b.detail);
}

function hasDetail(record: AlertRecord): record is DetailedRecord {
  return record.detail !== null;
}

/**
 * The newest alert that no longer counts: as many as `alertsMax` up to the revision are newer.
 *
 * @returns `null` while there are no more than `alertsMax`
 */
export function floorIdentity(
  records: readonly AlertRecord[],
  options: { readonly revision: number; readonly alertsMax: number },
): AlertIdentity | null {
  const { revision, alertsMax } = options;
  if (records.length <= alertsMax) return null;
  return newestIdentities(records, revision)[alertsMax] ?? null;
}

/** Identities of the alerts up to a revision, newest first. */
function newestIdentities(records: readonly AlertRecord[], revision: number): readonly AlertIdentity[] {
  return records
    .filter((record) => record.revision <= revision && !record.isCopy)
    .map((record) => record.identity)
    .sort((a, b) => compareIdentities(b, a));
}

/**
 * Records without what no view from `reproducibleFrom` on needs: those of that revision and later stay whole;
 * of the earlier ones the newest `alertsMax` + 1 stay by identity, and the newest of all keeps its detail.
 */
export function trimmedRecords(
  records: readonly AlertRecord[],
  options: { readonly reproducibleFrom: number; readonly alertsMax: number },
): readonly AlertRecord[] {
  const { reproducibleFrom, alertsMax } = options;
  const floor = floorIdentity(records, { revision: reproducibleFrom, alertsMax });
  const newest = newestRecord(records, reproducibleFrom);
  return records
    .filter(
      (record) =>
        record.revision >= reproducibleFrom ||
        record === newest ||
        (!record.isCopy && (floor === null || compareIdentities(record.identity, floor) >= 0)),
    )
    .map((record) =>
      record.revision >= reproducibleFrom || record === newest || record.detail === null
        ? record
        : { ...record, detail: null },
    );
}
