import type { Metadata, Point } from '../../core/index.ts';
import { POINT_KINDS, mjdTai, njy } from '../../core/index.ts';
import type { AlertIdentity } from './alert-record.ts';
import { ByteReader, ByteWriter, readList, readOrReject } from './bytes.ts';
import { JOIN_KINDS } from './object-joins.ts';
import type { ObjectJoin } from './object-joins.ts';
import type { ObjectState } from './object-state.ts';
import type { PointVersion, StoredPoint } from './point-set.ts';
import {
  readIdentities,
  readMetadata,
  readRecords,
  writeIdentities,
  writeMetadata,
  writeRecords,
} from './record-codec.ts';

/** First byte of an encoded object. In version 1 every join was a spectrum's. */
const VERSION = 2;
const VERSION_WITH_SPECTRA_ONLY = 1;
/** Flags of a point or version; the lowest two bits of a point's are its kind. */
const FLAGS = { kindMask: 3, isFloat32: 4, hasEarlier: 8 } as const;
/** Least size of an encoded point, earlier version and join, bytes. */
const POINT_BYTES_MIN = 21;
const VERSION_BYTES_MIN = 11;
const JOIN_BYTES_MIN = 2;
const NO_METADATA: Metadata = {};
const NO_VERSIONS: readonly PointVersion[] = [];

/** One object as bytes: header, joins, alert records, the packets that points name, points, checksum. */
export function encodeObject(state: ObjectState): Buffer {
  const writer = new ByteWriter();
  writer.byte(VERSION);
  writer.text(state.survey);
  writer.id(state.objectId);
  writer.count(state.revision);
  writer.count(state.reproducibleFrom);
  writeJoins(writer, state.joins);
  writeRecords(writer, state.records);
  const packets = packetNumbers(state);
  writeIdentities(writer, [...packets.keys()].slice(state.records.length));
  writer.count(state.points.length);
  for (const stored of state.points) writePoint(writer, stored, packets);
  return writer.finish();
}

/**
 * The object that `encodeObject` wrote.
 *
 * @param name of the object, for the message
 * @throws PipelineError STORE_UNREADABLE if the bytes are damaged or of an unknown version
 */
export function decodeObject(bytes: Buffer, name: string): ObjectState {
  return readOrReject(`object "${name}"`, () => {
    const reader = new ByteReader(bytes);
    const version = reader.byte();
    if (version !== VERSION && version !== VERSION_WITH_SPECTRA_ONLY) {
      throw new RangeError(`Cannot read version ${version} as this program writes ${VERSION}`);
    }
    return readObject(reader, version === VERSION ? readJoins : readSpectrumJoins);
  });
}

function readObject(
  reader: ByteReader,
  readJoinsOf: (reader: ByteReader) => readonly ObjectJoin[],
): ObjectState {
  const survey = reader.text();
  const objectId = reader.id();
  if (objectId === null) throw new RangeError('Cannot read an object without an identifier');
  const revision = reader.count();
  const reproducibleFrom = reader.count();
  const joins = readJoinsOf(reader);
  const records = readRecords(reader);
  const packets = [...records.map((record) => record.identity), ...readIdentities(reader)];
  const points = readList(reader, POINT_BYTES_MIN, () => readPoint(reader, packets));
  reader.end();
  return { survey, objectId, revision, reproducibleFrom, joins, records, points };
}

/** Joins in order; the metadata of each as their difference to those before. */
function writeJoins(writer: ByteWriter, joins: readonly ObjectJoin[]): void {
  writer.count(joins.length);
  let before = NO_METADATA;
  for (const join of joins) {
    writer.byte(JOIN_KINDS.indexOf(join.kind));
    writer.text(join.id);
    writer.count(join.revision);
    if (join.kind !== 'metadata') continue;
    writeMetadata(writer, join.metadata, before);
    before = join.metadata;
  }
}

function readJoins(reader: ByteReader): readonly ObjectJoin[] {
  let before = NO_METADATA;
  return readList(reader, JOIN_BYTES_MIN, (): ObjectJoin => {
    const number = reader.byte();
    const kind = JOIN_KINDS[number];
    if (kind === undefined) {
      throw new RangeError(`Cannot read a join as its kind is unknown: current value is ${number}`);
    }
    const id = reader.text();
    const revision = reader.count();
    if (kind === 'spectrum') return { kind, id, revision };
    const metadata = readMetadata(reader, before);
    before = metadata;
    return { kind, id, revision, metadata };
  });
}

function readSpectrumJoins(reader: ByteReader): readonly ObjectJoin[] {
  return readList(reader, JOIN_BYTES_MIN, () => ({
    kind: 'spectrum',
    id: reader.text(),
    revision: reader.count(),
  }));
}

/** A number for each packet that records and points name: those of the records come first, in their order. */
function packetNumbers(state: ObjectState): ReadonlyMap<AlertIdentity, number> {
  const numbers = new Map<AlertIdentity, number>();
  const add = ({ packet }: { readonly packet: AlertIdentity }): void => {
    if (!numbers.has(packet)) numbers.set(packet, numbers.size);
  };
  for (const record of state.records) add({ packet: record.identity });
  for (const stored of state.points) {
    add(stored);
    stored.earlier.forEach(add);
  }
  return numbers;
}

function writePoint(
  writer: ByteWriter,
  stored: StoredPoint,
  packets: ReadonlyMap<AlertIdentity, number>,
): void {
  const { point, earlier } = stored;
  const hasEarlier = earlier.length > 0;
  const kind = POINT_KINDS.indexOf(point.kind);
  writer.byte(kind | floatFlag(point) | (hasEarlier ? FLAGS.hasEarlier : 0));
  writer.float64(point.mjdTai);
  writer.text(point.band);
  writer.id(point.alertId);
  writeValues(writer, stored, packets);
  if (!hasEarlier) return;
  writer.count(earlier.length);
  for (const version of earlier) {
    writer.byte(floatFlag(version.point));
    writeValues(writer, version, packets);
  }
}

function readPoint(reader: ByteReader, packets: readonly AlertIdentity[]): StoredPoint {
  const flags = reader.byte();
  const kind = POINT_KINDS[flags & FLAGS.kindMask];
  if (kind === undefined) {
    throw new RangeError(`Cannot read a point as its kind is unknown: current value is ${flags}`);
  }
  const instant = mjdTai(reader.float64());
  const band = reader.text();
  const key: PointKey = { kind, alertId: reader.id(), mjdTai: instant, band };
  const { point, sinceRevision, packet } = readVersion(reader, flags, { key, packets });
  if ((flags & FLAGS.hasEarlier) === 0) return { point, sinceRevision, packet, earlier: NO_VERSIONS };
  const earlier = readList(reader, VERSION_BYTES_MIN, () =>
    readVersion(reader, reader.byte(), { key, packets }),
  );
  return { point, sinceRevision, packet, earlier };
}

type PointKey = Omit<Point, 'fluxNjy' | 'fluxErrNjy'>;

/** Float32 halves the size of what surveys send as float32, and is used only where it loses nothing. */
function floatFlag({ fluxNjy, fluxErrNjy }: Point): number {
  const isExact = Math.fround(fluxNjy) === fluxNjy && Math.fround(fluxErrNjy) === fluxErrNjy;
  return isExact ? FLAGS.isFloat32 : 0;
}

function writeValues(
  writer: ByteWriter,
  { point, sinceRevision, packet }: PointVersion,
  packets: ReadonlyMap<AlertIdentity, number>,
): void {
  if (floatFlag(point) === 0) {
    writer.float64(point.fluxNjy);
    writer.float64(point.fluxErrNjy);
  } else {
    writer.float32(point.fluxNjy);
    writer.float32(point.fluxErrNjy);
  }
  writer.count(sinceRevision);
  writer.count(packets.get(packet) ?? 0);
}

function readVersion(
  reader: ByteReader,
  flags: number,
  of: { readonly key: PointKey; readonly packets: readonly AlertIdentity[] },
): PointVersion {
  const { kind, alertId, mjdTai: instant, band } = of.key;
  const isFloat32 = (flags & FLAGS.isFloat32) !== 0;
  const fluxNjy = njy(isFloat32 ? reader.float32() : reader.float64());
  const fluxErrNjy = njy(isFloat32 ? reader.float32() : reader.float64());
  const sinceRevision = reader.count();
  const number = reader.count();
  const packet = of.packets[number];
  if (packet === undefined) {
    throw new RangeError(
      `Cannot read a point as ${of.packets.length} packets are listed: current value is ${number}`,
    );
  }
  return { point: { kind, alertId, mjdTai: instant, band, fluxNjy, fluxErrNjy }, sinceRevision, packet };
}
