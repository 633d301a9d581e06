import avro from 'avsc';
import { POINT_KINDS } from '../../core/index.ts';

const NULLABLE_DOUBLE = ['null', 'double'] as const;
/** An integer beyond 64 bits is `bytes`: its decimal digits, ASCII. */
const ID = ['long', 'string', 'bytes'] as const;
const NULLABLE_ID = ['null', ...ID] as const;

const RETRY_MESSAGE = {
  type: 'record',
  name: 'RetryMessage',
  fields: [
    { name: 'topic', type: 'string' },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: 'long' },
  ],
} as const;

const RETRY_LINE = {
  type: 'record',
  name: 'RetryLine',
  fields: [
    { name: 'file', type: 'string' },
    { name: 'index', type: 'int' },
  ],
} as const;

const MESSAGE_SOURCE = {
  type: 'record',
  name: 'MessageSource',
  fields: [
    { name: 'topic', type: 'string' },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: 'long' },
    { name: 'index', type: ['null', 'int'] },
  ],
} as const;

const FILE_SOURCE = {
  type: 'record',
  name: 'FileSource',
  fields: [
    { name: 'file', type: 'string' },
    { name: 'member', type: ['null', 'string'] },
    { name: 'memberIndex', type: ['null', 'int'] },
    { name: 'index', type: 'int' },
  ],
} as const;

const SLIM_POINT = {
  type: 'record',
  name: 'SlimPoint',
  fields: [
    { name: 'kind', type: { type: 'enum', name: 'SlimPointKind', symbols: [...POINT_KINDS] } },
    { name: 'alertId', type: NULLABLE_ID },
    { name: 'mjdTai', type: 'double' },
    { name: 'band', type: 'string' },
    { name: 'fluxNjy', type: 'double' },
    { name: 'fluxErrNjy', type: 'double' },
  ],
} as const;

/**
 * Avro schema of an `Alert` without the bytes of its cutouts. A change of it changes its fingerprint: readers of the
 * new one must go on knowing the old, since messages of it may lie in topics.
 */
export const SLIM_ALERT_SCHEMA = {
  type: 'record',
  name: 'SlimAlert',
  namespace: 'nightjar',
  fields: [
    { name: 'survey', type: 'string' },
    { name: 'schemaVersion', type: 'string' },
    { name: 'objectId', type: ID },
    { name: 'alertId', type: NULLABLE_ID },
    { name: 'mjdTai', type: 'double' },
    { name: 'raDeg', type: 'double' },
    { name: 'decDeg', type: 'double' },
    { name: 'band', type: 'string' },
    { name: 'wavelengthAngstrom', type: NULLABLE_DOUBLE },
    { name: 'diffFluxNjy', type: 'double' },
    { name: 'diffFluxErrNjy', type: 'double' },
    { name: 'totalFluxNjy', type: NULLABLE_DOUBLE },
    { name: 'totalFluxErrNjy', type: NULLABLE_DOUBLE },
    { name: 'realBogusRatio', type: NULLABLE_DOUBLE },
    { name: 'points', type: { type: 'array', items: SLIM_POINT } },
    { name: 'detections', type: 'int' },
    { name: 'upperLimits', type: 'int' },
    { name: 'forced', type: 'int' },
    { name: 'metadata', type: { type: 'map', values: 'double' } },
    { name: 'cutoutNames', type: { type: 'array', items: 'string' } },
    { name: 'message', type: ['null', MESSAGE_SOURCE] },
    { name: 'file', type: ['null', FILE_SOURCE] },
    { name: 'retryMessage', type: ['null', RETRY_MESSAGE] },
    { name: 'retryLine', type: ['null', RETRY_LINE] },
  ],
} as const;

const INT64_BYTES = 8;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** True for an integer that Avro's long can hold. */
export function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}

/** Longs from `bigint`. */
const BIGINT_LONG = avro.types.LongType.__with({
  toBuffer: (value: bigint) => {
    const bytes = Buffer.allocUnsafe(INT64_BYTES);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  isValid: (value: unknown) => typeof value === 'bigint' && isInt64(value),
  fromJSON: BigInt,
  toJSON: String,
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** Writes slim alerts: avsc's type of the schema, longs as `bigint`, unions without wrapping. */
export const SLIM_ALERT_TYPE = avro.Type.forSchema(SLIM_ALERT_SCHEMA as unknown as avro.Schema, {
  registry: { long: BIGINT_LONG },
  wrapUnions: false,
});
