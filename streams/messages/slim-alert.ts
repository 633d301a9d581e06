import type avro from 'avsc';
import { METADATA_FIELD_NAMES, accepted, metadataFrom, mjdTai, njy, rejected } from '../../core/index.ts';
import type {
  Alert,
  ArchivePosition,
  Metadata,
  Point,
  PointKind,
  Result,
  RetryPosition,
  SourcePosition,
  SurveyId,
  TopicPosition,
} from '../../core/index.ts';
import { compileRecordReader } from '../avro/record-reader.ts';
import type { RecordReader } from '../avro/record-reader.ts';
import { parseSchema } from '../avro/schema-nodes.ts';
import type { AvroRecord } from '../surveys/adapter.ts';
import { alertFault } from './alert-fault.ts';
import {
  SINGLE_OBJECT_HEAD_BYTES,
  fingerprintOf,
  schemaFingerprint,
  singleObjectHead,
} from './single-object.ts';
import { SLIM_ALERT_SCHEMA, SLIM_ALERT_TYPE, isInt64 } from './slim-alert-schema.ts';

const FINGERPRINT = schemaFingerprint(SLIM_ALERT_SCHEMA as unknown as avro.Schema);
const HEAD = singleObjectHead(FINGERPRINT);
const READER = slimReader();

/**
 * An alert as a message of the internal topic: all that admission, store and scorer need, so everything but the bytes
 * of cutouts. Avro in single-object encoding.
 */
export function encodeSlimAlert(alert: Alert): Buffer {
  const { source } = alert;
  const isMessage = 'topic' in source;
  const retry = source.retry ?? null;
  const body = SLIM_ALERT_TYPE.toBuffer({
    ...alert,
    objectId: packedId(alert.objectId),
    alertId: packedId(alert.alertId),
    points: alert.points.map((point) =>
      typeof point.alertId === 'bigint' ? { ...point, alertId: packedId(point.alertId) } : point,
    ),
    detections: alert.historyCounts.detection,
    upperLimits: alert.historyCounts.upperLimit,
    forced: alert.historyCounts.forced,
    message: isMessage ? { ...source, index: source.index ?? null } : null,
    file: isMessage
      ? null
      : { ...source, member: source.member ?? null, memberIndex: source.memberIndex ?? null },
    retryMessage: retry !== null && 'topic' in retry ? retry : null,
    retryLine: retry !== null && 'file' in retry ? retry : null,
  });
  return Buffer.concat([HEAD, body], HEAD.length + body.length);
}

/**
 * The alert of a message in the internal topic; equal to what was encoded, without its cutouts.
 *
 * @returns FORMAT_UNKNOWN for bytes that are no slim alert, SCHEMA_ID_UNKNOWN for one of another version's schema,
 *   AVRO_TRUNCATED or AVRO_CORRUPT for damage, ALERT_OUT_OF_RANGE for values that no alert has
 */
export function decodeSlimAlert(bytes: Buffer): Result<Alert> {
  const fingerprint = fingerprintOf(bytes);
  if (fingerprint === null) {
    const first = bytes.subarray(0, SINGLE_OBJECT_HEAD_BYTES).toString('hex');
    const reason = `Cannot read a message as a slim alert: its ${bytes.length} bytes begin with 0x${first}`;
    return rejected('FORMAT_UNKNOWN', reason);
  }
  if (fingerprint !== FINGERPRINT) {
    const reason = `Cannot read a message as a slim alert of schema ${hex(FINGERPRINT)}: current value is ${hex(fingerprint)}`;
    return rejected('SCHEMA_ID_UNKNOWN', reason);
  }
  const decoded = READER.read(bytes, SINGLE_OBJECT_HEAD_BYTES);
  if (!decoded.ok) return decoded;
  const { record, end } = decoded.value;
  if (end !== bytes.length) {
    return rejected('AVRO_CORRUPT', `Cannot read a slim alert: ${bytes.length - end} bytes are left over`);
  }
  const alert = alertOf(record as unknown as PackedAlert);
  if (alert === null) return rejected('AVRO_CORRUPT', 'Cannot read a slim alert: it has no source');
  const fault = alertFault(alert);
  return fault === null
    ? accepted(alert)
    : rejected('ALERT_OUT_OF_RANGE', `Cannot take a slim alert as an alert as ${fault}`);
}

function hex(fingerprint: bigint): string {
  return `0x${fingerprint.toString(16).padStart(16, '0')}`;
}

type PackedId = bigint | string | Uint8Array;
/** A point as the reader gives it. */
interface PackedPoint {
  readonly kind: PointKind;
  readonly alertId: PackedId | null;
  readonly mjdTai: number;
  readonly band: string;
  readonly fluxNjy: number;
  readonly fluxErrNjy: number;
}
/** A record of SLIM_ALERT_SCHEMA as the reader gives it: its types are those of the schema. */
interface PackedAlert {
  readonly survey: string;
  readonly schemaVersion: string;
  readonly objectId: PackedId;
  readonly alertId: PackedId | null;
  readonly mjdTai: number;
  readonly raDeg: number;
  readonly decDeg: number;
  readonly band: string;
  readonly wavelengthAngstrom: number | null;
  readonly diffFluxNjy: number;
  readonly diffFluxErrNjy: number;
  readonly totalFluxNjy: number | null;
  readonly totalFluxErrNjy: number | null;
  readonly realBogusRatio: number | null;
  readonly points: readonly PackedPoint[];
  readonly detections: number;
  readonly upperLimits: number;
  readonly forced: number;
  readonly metadata: Readonly<Record<string, number>>;
  readonly cutoutNames: readonly string[];
  readonly message: (Omit<TopicPosition, 'index'> & { readonly index: number | null }) | null;
  readonly file:
    | (Pick<ArchivePosition, 'file' | 'index'> & {
        readonly member: string | null;
        readonly memberIndex: number | null;
      })
    | null;
  readonly retryMessage: Pick<TopicPosition, 'topic' | 'partition' | 'offset'> | null;
  readonly retryLine: Pick<ArchivePosition, 'file' | 'index'> | null;
}

function slimReader(): RecordReader {
  const node = parseSchema({ root: SLIM_ALERT_SCHEMA, named: new Map() });
  if (!node.ok || node.value.kind !== 'record') throw new TypeError('Cannot use the schema of slim alerts');
  const fields: AvroRecord = Object.fromEntries(SLIM_ALERT_SCHEMA.fields.map(({ name }) => [name, true]));
  const request = { fields: fields as Readonly<Record<string, true>>, presence: [] };
  const reader = compileRecordReader(node.value, new Map([[node.value, request]]));
  if (!reader.ok) throw new TypeError(reader.rejection.reason);
  return reader.value;
}

function alertOf(packed: PackedAlert): Alert | null {
  const source = sourceOf(packed);
  if (source === null) return null;
  return {
    survey: packed.survey,
    schemaVersion: packed.schemaVersion,
    objectId: unpackedId(packed.objectId),
    alertId: packed.alertId === null ? null : unpackedId(packed.alertId),
    mjdTai: mjdTai(packed.mjdTai),
    raDeg: packed.raDeg,
    decDeg: packed.decDeg,
    band: packed.band,
    wavelengthAngstrom: packed.wavelengthAngstrom,
    diffFluxNjy: njy(packed.diffFluxNjy),
    diffFluxErrNjy: njy(packed.diffFluxErrNjy),
    totalFluxNjy: packed.totalFluxNjy === null ? null : njy(packed.totalFluxNjy),
    totalFluxErrNjy: packed.totalFluxErrNjy === null ? null : njy(packed.totalFluxErrNjy),
    realBogusRatio: packed.realBogusRatio,
    points: packed.points.map(pointOf),
    historyCounts: { detection: packed.detections, upperLimit: packed.upperLimits, forced: packed.forced },
    metadata: metadataOf(packed.metadata),
    cutoutNames: packed.cutoutNames,
    cutouts: [],
    source,
  };
}

function pointOf({ kind, alertId, band, ...numbers }: PackedPoint): Point {
  return {
    kind,
    alertId: alertId === null ? null : unpackedId(alertId),
    mjdTai: mjdTai(numbers.mjdTai),
    band,
    fluxNjy: njy(numbers.fluxNjy),
    fluxErrNjy: njy(numbers.fluxErrNjy),
  };
}

/** Fields that this version does not know are left out. */
function metadataOf(packed: Readonly<Record<string, number>>): Metadata {
  return metadataFrom(Object.fromEntries(METADATA_FIELD_NAMES.map((field) => [field, packed[field]])));
}

function sourceOf({ message, file, retryMessage, retryLine }: PackedAlert): SourcePosition | null {
  // Copies: the reader's records have a prototype of their own.
  const retry = retryMessage ?? retryLine;
  const retried: { readonly retry?: RetryPosition } = retry === null ? {} : { retry: { ...retry } };
  if (message !== null) {
    const { topic, partition, offset, index } = message;
    return { topic, partition, offset, ...(index === null ? {} : { index }), ...retried };
  }
  if (file === null) return null;
  return {
    file: file.file,
    index: file.index,
    ...(file.member === null ? {} : { member: file.member }),
    ...(file.memberIndex === null ? {} : { memberIndex: file.memberIndex }),
    ...retried,
  };
}

function packedId(id: SurveyId | null): PackedId | null {
  return typeof id === 'bigint' && !isInt64(id) ? Buffer.from(String(id), 'latin1') : id;
}

/** Bytes that are no digits give an empty text, which is no identifier. */
function unpackedId(id: PackedId): SurveyId {
  if (!(id instanceof Uint8Array)) return id;
  const digits = Buffer.from(id).toString('latin1');
  return /^-?\d{1,400}$/.test(digits) ? BigInt(digits) : '';
}
