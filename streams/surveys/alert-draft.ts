import { accepted, effectiveWavelengthAngstrom, njy, rejected } from '../../core/index.ts';
import type { Alert, ErrorCode, Metadata, MjdTai, Rejection, Result, SurveyId } from '../../core/index.ts';
import type { AdapterContext, AvroRecord } from './adapter.ts';
import type { CutoutReader } from './cutouts.ts';
import { MJD_TAI_MAX, MJD_TAI_MIN } from './point-list.ts';
import type { PointDraft, PointList } from './point-list.ts';

/** One required value as packed: what a rejection says of it. */
export interface StatedValue {
  /** Dotted path in the packet. */
  readonly field: string;
  readonly value: unknown;
  /** As the packet has it; empty for identifiers and bands. */
  readonly unit: string;
}

/** An alert as an adapter read it, before it is checked. */
export interface AlertDraft {
  readonly survey: string;
  readonly schemaVersion: string;
  readonly objectId: SurveyId | null;
  readonly raDeg: number;
  readonly decDeg: number;
  /** The alert's own measurement; also the first that was added to `points`. */
  readonly own: PointDraft;
  /** NaN where the packet does not tell it. */
  readonly totalFluxNjy: number;
  readonly totalFluxErrNjy: number;
  readonly realBogusRatio: number | null;
  readonly points: PointList;
  readonly metadata: Metadata;
  /** The required values as packed; called only for a rejection. */
  stated(): Readonly<Record<RequiredValue, StatedValue>>;
}

export type RequiredValue = 'objectId' | 'time' | 'ra' | 'dec' | 'band' | 'flux' | 'fluxErr';

/** What each required value must be when it is given. */
const RULES: Readonly<Record<RequiredValue, string>> = {
  objectId: 'an identifier',
  time: 'a time from 1990 to 2100',
  ra: 'in [0, 360]',
  dec: 'in [−90, 90]',
  band: 'a known band',
  flux: 'a possible brightness',
  fluxErr: 'a finite error above 0',
};

/** Longest value quoted in a rejection, characters. */
const QUOTE_LENGTH_MAX = 60;

/**
 * The alert, or why the packet is none: identity, time, position, band, flux and its error are required, finite and in
 * range; right ascension 360 is 0; −0 is 0.
 */
export function alertFromDraft(
  draft: AlertDraft,
  packet: { readonly record: AvroRecord; readonly cutouts: CutoutReader },
  context: AdapterContext,
): Result<Alert> {
  const fault = firstFault(draft);
  const { objectId, own, points } = draft;
  if (fault !== null || objectId === null)
    return { ok: false, rejection: rejectionOf(draft, fault ?? 'objectId') };
  const hasTotal = Number.isFinite(draft.totalFluxNjy);
  const hasTotalErr = hasTotal && draft.totalFluxErrNjy > 0 && Number.isFinite(draft.totalFluxErrNjy);
  return accepted({
    survey: draft.survey,
    schemaVersion: draft.schemaVersion,
    objectId,
    alertId: own.alertId,
    mjdTai: own.mjdTai as MjdTai,
    raDeg: draft.raDeg === 360 ? 0 : draft.raDeg + 0,
    decDeg: draft.decDeg + 0,
    band: own.band,
    wavelengthAngstrom: effectiveWavelengthAngstrom(draft.survey, own.band),
    diffFluxNjy: njy(own.fluxNjy + 0),
    diffFluxErrNjy: njy(own.fluxErrNjy),
    totalFluxNjy: hasTotal ? njy(draft.totalFluxNjy + 0) : null,
    totalFluxErrNjy: hasTotalErr ? njy(draft.totalFluxErrNjy) : null,
    realBogusRatio: draft.realBogusRatio,
    points: points.points,
    historyCounts: points.counts,
    metadata: draft.metadata,
    cutoutNames: packet.cutouts.names(packet.record),
    cutouts: context.withCutouts ? packet.cutouts.cutouts(packet.record) : [],
    source: context.source,
  });
}

/** The first required value that is missing or impossible; `null` where all are fine. */
function firstFault(draft: AlertDraft): RequiredValue | null {
  const { own } = draft;
  if (draft.objectId === null) return 'objectId';
  if (!(own.mjdTai >= MJD_TAI_MIN && own.mjdTai < MJD_TAI_MAX)) return 'time';
  if (!(draft.raDeg >= 0 && draft.raDeg <= 360)) return 'ra';
  if (!(draft.decDeg >= -90 && draft.decDeg <= 90)) return 'dec';
  if (own.band === '') return 'band';
  if (!Number.isFinite(own.fluxNjy)) return 'flux';
  if (!(own.fluxErrNjy > 0 && Number.isFinite(own.fluxErrNjy))) return 'fluxErr';
  return null;
}

/** Missing, `null` and NaN are incomplete; anything else that was refused is out of range. */
function rejectionOf(draft: AlertDraft, fault: RequiredValue): Rejection {
  const { field, value, unit } = draft.stated()[fault];
  const isMissing = value === undefined || value === null || value === '' || Number.isNaN(value);
  const code: ErrorCode = isMissing ? 'ALERT_INCOMPLETE' : 'ALERT_OUT_OF_RANGE';
  const rule = isMissing ? 'given' : RULES[fault];
  const quoted = isMissing || unit === '' ? textOf(value) : `${textOf(value)} ${unit}`;
  return rejected(
    code,
    `Cannot take the packet as an alert as "${field}" must be ${rule}: current value is ${quoted}`,
  ).rejection;
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'missing';
    case 'string':
      return `"${value.length > QUOTE_LENGTH_MAX ? `${value.slice(0, QUOTE_LENGTH_MAX)}…` : value}"`;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'a record';
  }
}
