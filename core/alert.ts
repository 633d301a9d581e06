import type { Metadata } from './metadata.ts';
import type { MjdTai, Njy } from './units.ts';

/** A survey's identifier: `bigint` where the survey's is an int64, text where it is not (ZTF objects, ATLAS alerts). */
export type SurveyId = bigint | string;

/** Whether a point is a detection, a limit without one, or photometry forced at the object's position. */
export const POINT_KINDS = ['detection', 'upperLimit', 'forced'] as const;
export type PointKind = (typeof POINT_KINDS)[number];

/**
 * One measurement in a light curve. Its identity is (kind, alertId, mjdTai, band): packets repeat their history, and
 * the same measurement must count once.
 */
export interface Point {
  readonly kind: PointKind;
  /** The alert or source that measured it; `null` for upper limits and forced photometry without an id. */
  readonly alertId: SurveyId | null;
  readonly mjdTai: MjdTai;
  /** One lower-case letter. */
  readonly band: string;
  /** Difference flux, nJy, negative where the source faded; 0 for an upper limit. Finite. */
  readonly fluxNjy: Njy;
  /** 1σ error of `fluxNjy`, nJy, > 0; for an upper limit a fifth of the 5σ limiting flux. */
  readonly fluxErrNjy: Njy;
}

/** Where a packet came from; written into every record made from it. */
export type SourcePosition = ArchivePosition | TopicPosition;

/** A file, or a member of an archive, that holds packets. */
export interface PacketPlace {
  /** The file as the user named it, or found below the folder that the user named. */
  readonly file: string;
  /** The name inside an archive. */
  readonly member?: string;
  /** Zero-based number of the member in its archive: a tar may hold one name twice. */
  readonly memberIndex?: number;
}

export interface ArchivePosition extends PacketPlace {
  /** Zero-based number of the record in its file or member. */
  readonly index: number;
  /** Where a dead letter of it lay that was tried again. */
  readonly retry?: RetryPosition;
}

export interface TopicPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Zero-based number of the packet in a message that holds several; absent where it holds one. */
  readonly index?: number;
  /** Where a dead letter of it lay that was tried again. */
  readonly retry?: RetryPosition;
}

/** Where the message or the line lies by which a packet came again after it was a dead letter. */
export type RetryPosition =
  Pick<TopicPosition, 'topic' | 'partition' | 'offset'> | Pick<ArchivePosition, 'file' | 'index'>;

/** One text per position, equal for equal positions. */
export function positionText(source: SourcePosition): string {
  const retried = source.retry === undefined ? '' : `~${positionText(source.retry)}`;
  return `${placeText(source)}${retried}`;
}

function placeText(source: SourcePosition): string {
  if ('topic' in source) {
    const { topic, partition, offset, index } = source;
    return `${topic}/${partition}@${offset}${index === undefined ? '' : `#${index}`}`;
  }
  const { file, member, memberIndex, index } = source;
  return `${file}${member === undefined ? '' : `!${member}`}${memberIndex === undefined ? '' : `@${memberIndex}`}#${index}`;
}

export interface Cutout {
  /** `science`, `template` or `difference`. */
  readonly name: string;
  /** As packed: gzipped FITS, FITS or JPEG. */
  readonly bytes: Uint8Array;
}

/** A survey-neutral alert: what every stage after the decoder works on. */
export interface Alert {
  /** Lower-case name: `ztf`, `lsst`, `elasticc`, or as the generic adapter's mapping names it. */
  readonly survey: string;
  /** The writer schema's own version, not the packet's field about it. */
  readonly schemaVersion: string;
  readonly objectId: SurveyId;
  /** `null` where a re-serialised packet lost it; identity is (objectId, alertId, mjdTai). */
  readonly alertId: SurveyId | null;
  readonly mjdTai: MjdTai;
  /** ICRS, [0, 360). */
  readonly raDeg: number;
  /** ICRS, [−90, 90]. */
  readonly decDeg: number;
  /** One lower-case letter. */
  readonly band: string;
  /** Effective wavelength of `band`; `null` where no table knows it. */
  readonly wavelengthAngstrom: number | null;
  readonly diffFluxNjy: Njy;
  readonly diffFluxErrNjy: Njy;
  /** Reference plus difference flux of the source, where the packet tells it. */
  readonly totalFluxNjy: Njy | null;
  readonly totalFluxErrNjy: Njy | null;
  /** The survey's own real/bogus or reliability score, 0 (bogus) to 1 (real). */
  readonly realBogusRatio: number | null;
  /** Usable measurements, the alert's own among them, in the packet's order. */
  readonly points: readonly Point[];
  /** Counts as packed, the alert's own among `detections`; measurements that are unusable (no flux) are counted too. */
  readonly historyCounts: Readonly<Record<PointKind, number>>;
  readonly metadata: Metadata;
  /** Names of the cutouts that the packet holds. */
  readonly cutoutNames: readonly string[];
  /** Only when the decoder was asked for them. */
  readonly cutouts: readonly Cutout[];
  readonly source: SourcePosition;
}

/** Key of an object in every store and topic: survey and object id. */
export function objectKey(survey: string, objectId: SurveyId): string {
  return `${survey}/${objectId}`;
}
